/* "doctor": checks everything that a run needs; the checks are in partner/doctor. */
#include "partner/cli/cli.h"
#include "partner/doctor/doctor.h"

const struct command command_doctor = {
	.name = "doctor",
	.options = FOR_DOCTOR,
	.run = doctor_run,
	.usage = "doctor [OPTION...]",
	.line = "check everything that a run needs",
	.about =
		"Checks everything that a run needs: configuration, permissions, keys and certificates,\n"
		"clock, network, service, ledger, disk and spool. Prints a line for each check: OK, WARN\n"
		"or FAIL, what was found, and the remedy. Leaves out checks that an earlier failure\n"
		"makes impossible. Writes nothing, and sends only the harmless request with which every\n"
		"run begins.\n\n"
		"Ends with 0 if no check failed, else with the code with which a run would end: 2 for\n"
		"configuration, files, ledger or disk, 3 for certificates, keys and tokens, 5 if the\n"
		"service cannot be reached.\n\n"
		"Examples:\n"
		"  unpilot doctor\n"
		"  unpilot doctor -q --offline                problems only, without a connection\n"
		"  unpilot doctor --json                      for monitoring",
};
