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
	struct session session;
	struct sender sender = {.session = &session};
	int code = session_open(&session, o);

	if (code == EXIT_CODE_OK)
		code = session_open_log(&session);
	if (code == EXIT_CODE_OK && !o->dry_run)
		code = session_open_packs(&session);
	if (code == EXIT_CODE_OK && !o->dry_run)
		code = session_route_open_early(&session);
	if (code == EXIT_CODE_OK)
		code = session_open_ledger(&session);
	if (code == EXIT_CODE_OK)
		session_confine(&session, SESSION_WRITES_PACKS);
	if (code == EXIT_CODE_OK && o->clear_alarm)
		code = resume_clear_alarm(&session, o->args > 0 ? o->arg[0] : NULL);
	if (code != EXIT_CODE_OK)
		code = session_no_run(&session, code);
	else if (o->collect)
		code = resume_collect(&sender);
	else if (o->args > 0)
		code = resume_named(&sender, o->arg[0]);
	else
		code = resume_open_runs(&sender);
	code = monitor_close(&sender.monitor, &session, code);
	session_close(&session);
	return code;
}

const struct command command_resume = {
	.name = "resume",
	.args_max = 1,
	.options = FOR_RESUME,
	.run = resume_main,
	.usage = "resume [OPTION...] [RUN]",
	.line = "finish what earlier runs left open",
	.about =
		"Continues under the same run id: collects pending results, sends what was never sent,\n"
		"and sends unanswered requests again if their first send was within resend-within. Older\n"
		"ones wait for --resend. Without RUN it continues all open runs, and ends with 0 if\n"
		"none is open.\n\n"
		"After an alarm nothing is sent until --clear-alarm names its run. --collect asks for the\n"
		"results of all runs, and sends nothing.\n\n"
		"Examples:\n"
		"  unpilot resume\n"
		"  unpilot resume --resend 20261123T031500Z-4f2a\n"
		"  unpilot resume --collect\n"
		"  unpilot resume --clear-alarm 20261123T031500Z-4f2a",
};
