#include "partner/handoff/steps_text.h"

/*
 * Who does it, what, and where. Paths are those of the facts, section 2.1. A text that holds for
 * some devices only carries its "if". Nothing here says that a device is gone from a directory
 * or a management service: the call that this report follows does not do that.
 */
#define CUSTOMER "customer"
#define AUTOPILOT_LIST \
	"Intune admin center > Devices > By platform: Windows > Device onboarding: Enrollment > " \
	"Windows Autopilot: Devices"
#define AUTOPILOT_DELETE \
	AUTOPILOT_LIST \
	" > Search by serial number > tick the device > ... > Unassign user (skip it " \
	"if greyed out) > Delete > Yes > Sync > Refresh every few minutes until the " \
	"device is absent."
#define WINDOWS_LIST "Intune admin center > Home > Devices > By platform: Windows"

static const struct step catalogue[] = {
	[STEP_NONE] = {.id = "", .title = "", .text = "", .who = ""},
	[STEP_B1] = {.id = "B1",
                     .who = CUSTOMER,
                     .title = "Save the recovery keys first",
                     .text = "Before anything else, save the BitLocker recovery key and the local "
                             "administrator (LAPS) password of the device: "
                             "https://entra.microsoft.com > Entra ID "
                             "> Devices > All devices > device > Show Recovery Key, and Overview > "
                             "Local "
                             "administrator password recovery. A later step can destroy both."},
	[STEP_B2] = {.id = "B2",
                     .who = CUSTOMER,
                     .title = "Save the keys kept in AD DS",
                     .text = "If the computer is in AD DS (hybrid), also save the BitLocker and "
                             "LAPS data "
                             "stored there. They are child data of the computer object and go when "
                             "it goes."},
	[STEP_B3] = {.id = "B3",
                     .who = CUSTOMER,
                     .inference = true,
                     .title = "Keys missing? Look at deleted devices",
                     .text = "The Entra object may already have gone together with the "
                             "registration. If keys "
                             "are missing, look among the deleted devices in Microsoft Entra ID "
                             "within 30 days "
                             "(a preview feature, for Entra joined devices only). Treat what is "
                             "not there as lost."},
	[STEP_F1] =
		{.id = "F1",
                 .who = CUSTOMER,
                 .title = "Unlock the firmware settings (DFCI)",
                 .text = "If the device is managed by DFCI: Intune admin center > Devices > Manage "
                         "devices > Configuration > profile; set 'Allow local user to change UEFI "
                         "(BIOS) "
                         "settings' to 'Only not configured settings' and all other settings to "
                         "Not "
                         "configured, save, sync, restart, and check the UEFI menus. Do it before "
                         "the wipe and "
                         "before the Autopilot record goes; deleting the profile does not unlock. "
                         "If the "
                         "device is already unenrolled, only UEFI > refresh from network is left."},
	[STEP_F1_GONE] = {.id = "F1*",
                          .who = CUSTOMER,
                          .inference = true,
                          .title = "Unlock the firmware settings (DFCI), if still possible",
                          .text = "If the device is managed by DFCI: its Autopilot registration "
                                  "has already ended. "
                                  "If it is still enrolled and not wiped, try the profile now "
                                  "(Intune admin center > "
                                  "Devices > Manage devices > Configuration > profile: 'Allow "
                                  "local user to change UEFI "
                                  "(BIOS) settings' = 'Only not configured settings', all others "
                                  "Not configured; save, "
                                  "sync, restart, check the UEFI menus). Otherwise use UEFI > "
                                  "refresh from network."},
	[STEP_F2] = {.id = "F2",
                     .who = CUSTOMER,
                     .title = "Clear a Dell BIOS password",
                     .text = "If a Dell BIOS policy applies: Intune admin center > Devices > "
                             "Manage devices > "
                             "Configuration > profile; set 'Disable per-device BIOS password "
                             "protection' to Yes, "
                             "sync and restart before unenrolling. If the device is already "
                             "unenrolled, an admin "
                             "with the Intune role permission Read Bios Password (or an Intune "
                             "Administrator) reads "
                             "the password and clears it by hand on the device."},
	[STEP_F3] = {.id = "F3",
                     .who = "customer, at the device",
                     .title = "Look for a device association",
                     .text = "Look now; clear it once the device is unenrolled (after W1 or W2, "
                             "I1, T1) and "
                             "before it is handed over. If the device shows under Intune admin "
                             "center > Devices > "
                             "Enrollment > Device association > Devices: unenrol it, clear the "
                             "UEFI variables "
                             "DeviceLinkId, DeviceLinkJwtCompressed, DeviceLinkJwtLastWrite and "
                             "DeviceLinkCreationTimeUtc in {B3DE75DA-819C-4FD5-9F01-C3D49E8CBBD7}, "
                             "then Delete the "
                             "record. In state Pre-associated, Delete is enough. The association "
                             "survives a reset."},
	[STEP_D1] = {.id = "D1",
                     .who = CUSTOMER,
                     .inference = true,
                     .title = "Offboard from Defender for Endpoint",
                     .text = "If the device is onboarded to Microsoft Defender for Endpoint, "
                             "offboard it there. "
                             "That is separate from Intune; the device shows as inactive after 7 "
                             "days."},
	[STEP_W1] = {.id = "W1",
                     .who = CUSTOMER,
                     .title = "Wipe with Intune",
                     .text = "If the device is enrolled in Intune and connected: Intune admin "
                             "center > Devices > "
                             "All devices > device > Remove data > Wipe, without keeping the "
                             "enrollment, and wait "
                             "until it has finished. As long as the Autopilot record is there "
                             "(A1), keep the wiped "
                             "device off the network, or it enters Autopilot again."},
	[STEP_W2] = {.id = "W2",
                     .who = "customer, facility",
                     .inference = true,
                     .title = "Wipe without Intune",
                     .text = "If an Intune wipe is not available, wipe the device with the MDM "
                             "that manages it, "
                             "or reset or reimage it locally."},
	[STEP_R0] = {.id = "R0",
                     .who = "facility",
                     .inference = true,
                     .title = "Was deregistration needed?",
                     .text = "If only parts such as RAM, graphics card, power supply, fan or CMOS "
                             "battery were "
                             "replaced, deregistration was not needed; re-register a device that "
                             "has been "
                             "deregistered already. A new motherboard or TPM always counts as a "
                             "new device."},
	[STEP_R1] = {.id = "R1",
                     .who = CUSTOMER,
                     .title = "Copy data off the device",
                     .text = "Copy important data off the device and tell the facility which "
                             "Windows and Office "
                             "versions to install."},
	[STEP_Q1] =
		{.id = "Q1",
                 .who = CUSTOMER,
                 .title = "Find out how the device is joined",
                 .text = "Run 'dsregcmd /status' on the device, or read the column Join type in "
                         "https://entra.microsoft.com > Entra ID > Devices > All devices. It is "
                         "hybrid if the "
                         "computer is also in AD DS."},
	[STEP_Q2] = {.id = "Q2",
                     .who = CUSTOMER,
                     .title = "Find out what manages the device",
                     .text = "Search the serial number in " WINDOWS_LIST
                             ", and in any other MDM you use."},
	[STEP_I0] = {.id = "I0",
                     .who = CUSTOMER,
                     .title = "Confirm that Intune has no record",
                     .text = "Search the serial number in " WINDOWS_LIST
                             ". There should be no record, and then "
                             "there is nothing to delete."},
	[STEP_I1] = {.id = "I1",
                     .who = CUSTOMER,
                     .title = "Delete the device from Intune",
                     .text = WINDOWS_LIST
                     " > device > note the Serial number > Delete > Yes. Compare the "
                     "serial number exactly. After a finished wipe 'not found' is a good result. A "
                     "tenant "
                     "can delete 1,000 devices a day."},
	[STEP_I2] = {.id = "I2",
                     .who = CUSTOMER,
                     .title = "Look for a leftover Intune record",
                     .text = "Search the serial number in " WINDOWS_LIST
                             ". If there is a record: device > note "
                             "the Serial number > Delete > Yes. 'Not found' is a good result."},
	[STEP_I3] = {.id = "I3",
                     .who = CUSTOMER,
                     .title = "Check that it left the Intune list",
                     .text = "If you deleted a record, search the serial number again until it has "
                             "left the "
                             "list. 'Completed' under Devices > Device actions does not prove that "
                             "the device "
                             "itself was retired."},
	[STEP_T1] = {.id = "T1",
                     .who = CUSTOMER,
                     .title = "Unenrol from the other MDM",
                     .text = "Unenrol or retire the device in the console of the MDM that manages "
                             "it. Microsoft "
                             "tested the repair procedure with Intune only."},
	[STEP_T1_IF] = {.id = "T1?",
                        .who = CUSTOMER,
                        .title = "Unenrol from another MDM, if there is one",
                        .text = "Only if Q2 found another MDM: unenrol or retire the device in its "
                                "console. "
                                "Microsoft tested the repair procedure with Intune only."},
	[STEP_A1] = {.id = "A1",
                     .who = CUSTOMER,
                     .title = "Check the Windows Autopilot list",
                     .text = AUTOPILOT_LIST
                     " > Search by serial number. If the device still shows: Sync (at "
                     "least 10 minutes apart) and Refresh until it is absent."},
	[STEP_A2] = {.id = "A2",
                     .who = CUSTOMER,
                     .title = "Deregister the device in your tenant",
                     .text = AUTOPILOT_DELETE
                     " With Microsoft 365 only: https://admin.microsoft.com/ > Devices "
                     "> Autopilot > select > Delete device."},
	[STEP_A2_IF] = {.id = "A2?",
                        .who = CUSTOMER,
                        .title = "Deregister it yourself, if it still shows",
                        .text = "Only if A1 still shows the device after syncs: " AUTOPILOT_DELETE
                                " With Microsoft "
                                "365 only: https://admin.microsoft.com/ > Devices > Autopilot > "
                                "select > Delete device."},
	[STEP_A3] = {.id = "A3",
                     .who = "partner",
                     .title = "The registrant tries again or escalates",
                     .text = "Whoever registered the device tries again or escalates: an OEM "
                             "through the "
                             "msoemops alias, a CSP through Partner Center help. If another party "
                             "registered it, "
                             "ask that party."},
	[STEP_A4] = {.id = "A4",
                     .who = CUSTOMER,
                     .inference = true,
                     .title = "Meanwhile you may try it in your tenant",
                     .text = "You may try meanwhile: " AUTOPILOT_DELETE
                             " Microsoft gives this procedure without "
                             "a restriction, but also says that the registrant must do it."},
	[STEP_H1] = {.id = "H1",
                     .who = "customer's AD administrator",
                     .title = "Delete the computer object in AD DS",
                     .text = "Delete the computer object in AD DS, so that it is not synchronised "
                             "again. If it "
                             "has child objects, 'Get-ADComputer NAME | Remove-ADObject "
                             "-Recursive' is needed; that "
                             "destroys the recovery keys stored in AD, so finish B2 first."},
	[STEP_H1_IF] = {.id = "H1?",
                        .who = "customer's AD administrator",
                        .title = "Delete the computer object in AD DS, if hybrid",
                        .text = "Only if Q1 found that the computer is in AD DS (hybrid): delete "
                                "the computer "
                                "object there, so that it is not synchronised again. If it has "
                                "child objects, "
                                "'Get-ADComputer NAME | Remove-ADObject -Recursive' is needed; "
                                "that destroys the "
                                "recovery keys stored in AD, so finish B2 first."},
	[STEP_H2] = {.id = "H2",
                     .who = CUSTOMER,
                     .title = "Let Entra Connect synchronise",
                     .text = "Let Entra Connect synchronise (every 30 minutes by default, or run "
                             "'Start-ADSyncSyncCycle -PolicyType Delta' on its server) and check "
                             "that the hybrid "
                             "object goes by itself."},
	[STEP_H2_IF] =
		{.id = "H2?",
                 .who = CUSTOMER,
                 .title = "Let Entra Connect synchronise, if hybrid",
                 .text = "Only if Q1 found that the computer is in AD DS (hybrid): let Entra "
                         "Connect "
                         "synchronise (every 30 minutes by default, or run 'Start-ADSyncSyncCycle "
                         "-PolicyType "
                         "Delta' on its server) and check that the hybrid object goes by itself."},
	[STEP_H3] = {.id = "H3",
                     .who = CUSTOMER,
                     .inference = true,
                     .title = "Decide about the AD DS object before deleting it",
                     .text = "If the computer is in AD DS and comes back to you without being "
                             "reimaged, deleting "
                             "its AD DS object breaks the domain trust. Agree with the facility "
                             "first."},
	[STEP_E1] = {.id = "E1",
                     .who = CUSTOMER,
                     .title = "Leave the Entra device object alone",
                     .text = "Do not delete the device object in Microsoft Entra ID by hand."},
	[STEP_E2] = {.id = "E2",
                     .who = CUSTOMER,
                     .inference = true,
                     .title = "What to expect in Entra ID",
                     .text = "Deregistration leaves the Entra object in place. For an Entra joined "
                             "device we "
                             "expect it to go when the device checks in and carries out the Retire "
                             "that the Intune "
                             "Delete sets off; a device that never checks in, or was wiped before, "
                             "keeps it. The "
                             "hybrid object follows the AD DS steps."},
	[STEP_E3] = {.id = "E3",
                     .who = CUSTOMER,
                     .title = "What to expect in Entra ID",
                     .text = "The Entra object can remain. That is normal."},
	[STEP_E4] = {.id = "E4",
                     .who = CUSTOMER,
                     .title = "What to expect in Entra ID",
                     .text = "The Entra object may disappear by itself. That is normal."},
	[STEP_E5] = {.id = "E5",
                     .who = CUSTOMER,
                     .title = "What to expect in Entra ID",
                     .text = "Whether the Entra object disappears or remains cannot be predicted "
                             "here. Both are "
                             "normal."},
	[STEP_R2] = {.id = "R2",
                     .who = "facility",
                     .title = "Capture the new hardware hash",
                     .text = "Capture the new 4K hardware hash after the repair. The old one is no "
                             "longer valid "
                             "for a new motherboard."},
	[STEP_R3] = {.id = "R3",
                     .who = "facility, customer",
                     .title = "Register the device again",
                     .text = "Register the device again with its new 4K hardware hash, through "
                             "Partner Center or "
                             "in " AUTOPILOT_LIST
                             " > Import. Not through OEM Direct, and not by product key ID or "
                             "by serial number, manufacturer and model. Until A1 is clean the "
                             "device may only go "
                             "back to the same customer."},
	[STEP_R4] = {.id = "R4",
                     .who = "facility",
                     .title = "Reset to the first-run screen",
                     .text = "Reset the device to the state before the out-of-box experience "
                             "(OOBE) before it is "
                             "returned."},
	[STEP_R5] = {.id = "R5",
                     .who = CUSTOMER,
                     .title = "Check the new registration",
                     .text = AUTOPILOT_LIST
                     ": the record is present and its profile status is Assigned, not "
                     "Fix pending and not Attention required."},
	[STEP_R6] = {.id = "R6",
                     .who = CUSTOMER,
                     .title = "If the enrolment fails",
                     .text = "0x80180014: " AUTOPILOT_LIST
                             " > select > Unblock device. 0x801C03F3: register the "
                             "device again or contact support."},
	[STEP_X1] = {.id = "X1",
                     .who = CUSTOMER,
                     .inference = true,
                     .title = "Remove a corporate identifier",
                     .text = "If a Windows corporate identifier was uploaded for the device: "
                             "Intune admin center "
                             "> Devices > Enrollment > Corporate device identifiers > Delete."},
	[STEP_X2] = {.id = "X2",
                     .who = CUSTOMER,
                     .inference = true,
                     .title = "Close the books",
                     .text = "Close inventory and licences. Handle an Entra residue only under "
                             "your own "
                             "stale-device policy, after the Autopilot and Intune records are gone "
                             "and the keys are "
                             "saved."},
	[STEP_S1] = {.id = "S1",
                     .who = "customer, partner",
                     .inference = true,
                     .title = "Hand the device over only when it is clean",
                     .text = "Hand the device over only when A1 is clean, the firmware steps (F1, "
                             "F2, F3) on this "
                             "list are done and the first-run screen shows no company page."},
	[STEP_S2] = {.id = "S2",
                     .who = "buyer",
                     .title = "If the device still belongs to another tenant",
                     .text = "If an import says 808 or 'another tenant', or another company's "
                             "welcome page "
                             "appears: open a support case with proof of ownership (the original "
                             "invoice with "
                             "serial number and company name)."},
	[STEP_Z1] = {.id = "Z1",
                     .who = CUSTOMER,
                     .title = "Where to get help",
                     .text = "If a record is orphaned or a device cannot be recovered: Intune "
                             "admin center > "
                             "Help and support (https://intune.microsoft.com/#blade/"
                             "Microsoft_Intune_DeviceSettings/TenantAdminMenu/helpSupport). A CSP "
                             "uses Partner "
                             "Center help, an OEM Direct partner the msoemops alias."},
};
_Static_assert(ARRAY_SIZE(catalogue) == STEP_COUNT, "a text for every step");

const struct step *
step_text(enum step_id id)
{
	return &catalogue[id];
}
