/* "plan": imports the lists and records what would be sent. */
#include "partner/cli/cli.h"
#include "partner/run/run.h"

static int
plan_main(const struct options *o)
{
	return run_command(o, true);
}

const struct command command_plan = {
	.name = "plan",
	.args_max = ARGS_ANY,
	.options = FOR_PLAN,
	.run = plan_main,
	.usage = "plan [OPTION...] LIST.csv...",
	.line = "the same without sending",
	.about =
		"Reads and checks the lists, records the plan, and prints its run id, its digest and the\n"
		"number of rows of each customer. Sends nothing. Needs no credentials, except on the\n"
		"Partner Center route, which looks the devices up.\n\n"
		"Example:\n"
		"  unpilot plan --json returns.csv",
};
