#include "partner/cli/cli.h"
#include "partner/run/run.h"

static int
plan_main(const struct options *o)
{
	return run_command(o, true);
}

const struct command command_plan = {
	.name = "plan",
	.options = FOR_PLAN,
	.run = plan_main,
	.usage = "plan [OPTION...] LIST.csv...",
	.line = "the same without sending",
	.about =
		"Reads and validates the lists, records the plan, prints its run id, its digest and how\n"
		"many rows each customer has. Sends nothing and needs no credentials.\n\n"
		"Example:\n"
		"  unpilot plan --json returns.csv",
};
