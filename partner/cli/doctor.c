/* "doctor": looks at everything that a run needs; the checks are in partner/doctor. */
#include "partner/cli/cli.h"
#include "partner/doctor/doctor.h"

const struct command command_doctor = {
	.name = "doctor",
	.options = FOR_DOCTOR,
	.run = doctor_run,
	.usage = "doctor [OPTION...]",
	.line = "look at everything that a run needs",
	.about =
		"Looks at configuration, permissions, keys and certificates, clock, network, service,\n"
		"ledger, disk and spool: a line a check, OK, WARN or FAIL, with what was seen and what\n"
		"mends it. A check that another one's failure makes impossible is left out. Writes\n"
		"nothing and sends nothing but the harmless request that every run begins with.\n\n"
		"Ends with 0 where nothing failed, else with the code that a run would: 2 for\n"
		"configuration, files, ledger or disk, 3 for certificates, keys and tokens, 5 where the\n"
		"service is not reached.\n\n"
		"Examples:\n"
		"  unpilot doctor\n"
		"  unpilot doctor -q --offline                only what is not well, no connection\n"
		"  unpilot doctor --json                      for monitoring",
};
