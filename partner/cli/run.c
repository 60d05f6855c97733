/* "run": the nightly job: import, send, collect, hand off. */
#include "partner/cli/cli.h"
#include "partner/run/run.h"

static int
run_main(const struct options *o)
{
	return run_command(o, o->dry_run);
}

const struct command command_run = {
	.name = "run",
	.args_max = ARGS_ANY,
	.options = FOR_RUN,
	.run = run_main,
	.usage = "run [OPTION...] [LIST.csv...]",
	.line = "read lists, deregister, hand off",
	.about =
		"Reads the lists, asks the service to deregister each device, and writes a hand-off pack\n"
		"for each customer. Without a list it takes the lists that wait in the spool.\n\n"
		"Examples:\n"
		"  unpilot -c unpilot.conf run returns.csv\n"
		"  unpilot run -q --max-duration 3h           the nightly job, from the spool\n"
		"  unpilot run --dry-run returns.csv          check the list only\n"
		"  unpilot run --again --json returns.csv     again, printing JSON",
};
