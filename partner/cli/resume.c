/* "resume": finishes what earlier runs left open: pending, unknown, unsent. */
#include "partner/app/exit_code.h"
#include "partner/app/session.h"
#include "partner/app/session_route.h"
#include "partner/cli/cli.h"
#include "partner/run/monitor.h"
#include "partner/run/resume.h"

static int
resume_main(const struct options *o)
{
	struct session d;
	struct sender sender = {.session = &d};
	int code = session_open(&d, o);

	if (code == EXIT_CODE_OK)
		code = session_open_log(&d);
	if (code == EXIT_CODE_OK && !o->dry_run)
		code = session_open_packs(&d);
	if (code == EXIT_CODE_OK && !o->dry_run)
		code = session_route_open_early(&d);
	if (code == EXIT_CODE_OK)
		code = session_open_ledger(&d);
	if (code == EXIT_CODE_OK)
		session_confine(&d, SESSION_WRITES_PACKS);
	if (code != EXIT_CODE_OK)
		code = session_no_run(&d, code);
	else if (o->args > 0)
		code = resume_named(&sender, o->arg[0]);
	else
		code = resume_open_runs(&sender);
	code = monitor_close(&sender.monitor, &d, code);
	session_close(&d);
	return code;
}

const struct command command_resume = {
	.name = "resume",
	.options = FOR_RESUME,
	.run = resume_main,
	.usage = "resume [OPTION...] [RUN]",
	.line = "finish what earlier runs left open",
	.about =
		"Continues under the same run id: collects pending results, sends what was never sent,\n"
		"and sends unanswered requests again if their first send was within resend-within. Older\n"
		"ones wait for --resend. Without RUN it continues all open runs.\n\n"
		"Examples:\n"
		"  unpilot resume\n"
		"  unpilot resume --resend 20261123T031500Z-4f2a",
};
