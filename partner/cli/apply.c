/* "apply": sends exactly what was planned. */
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/next_step.h"
#include "partner/app/session.h"
#include "partner/app/session_route.h"
#include "partner/cli/cli.h"
#include "partner/ledger/ledger.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/transaction.h"
#include "partner/run/import.h"
#include "partner/run/monitor.h"
#include "partner/run/plan.h"
#include "partner/run/send.h"
#include "partner/run/waiting.h"

static int
check_plan(const struct session *session, const struct ledger_run *run)
{
	int64_t age = ledger_now(session->ledger) - run->started;
	char age_text[CLOCK_AGE_SIZE], max_text[CLOCK_AGE_SIZE];

	if (run->state != RUN_PLANNED && run->digest[0] == '\0') {
		log_error("%s is no plan, because \"unpilot %s\" made it: nothing sent; only "
		          "\"unpilot plan LIST.csv\" makes plans",
		          run->name, run->state == RUN_LETTER ? "letter" : "run");
		next_step_set("help plan");
		return EXIT_CODE_UNUSABLE;
	}
	if (run->state != RUN_PLANNED) {
		log_error("guard: plan %s was applied already%s%s", run->name,
		          run->state == RUN_OPEN ? " and is unfinished: unpilot resume " : "",
		          run->state == RUN_OPEN ? run->name : "");
		return EXIT_CODE_GUARD;
	}
	if (age * 1000 <= session->config.plan_max_age)
		return EXIT_CODE_OK;
	clock_age(age, age_text);
	clock_age(session->config.plan_max_age / 1000, max_text);
	log_error("guard: plan %s is %s old, plan-max-age is %s: plan the lists again", run->name,
	          age_text, max_text);
	next_step_set("help plan");
	return EXIT_CODE_GUARD;
}

static int
check_digest(struct session *session, const struct ledger_run *run)
{
	const char *given = session->options->digest;
	char now[CRYPTO_HEX_SIZE];
	struct error err;

	if (ledger_run_digest(session->ledger, run->id, now, &err) != 0)
		return exit_code_unusable(&err);
	if (given != NULL && !text_equal_nocase(given, run->digest)) {
		log_error("guard: plan %s has the digest %s, not the one given: nothing sent",
		          run->name, run->digest);
		return EXIT_CODE_GUARD;
	}
	if (strcmp(now, run->digest) == 0)
		return EXIT_CODE_OK;
	log_error("guard: plan %s was changed in the ledger: plan the lists again", run->name);
	next_step_set("help plan");
	return EXIT_CODE_GUARD;
}

static int
ask_guards(struct session *session, const struct ledger_run *run)
{
	struct guards_settings guards = session_guards_settings(session);
	struct ledger_run earlier;
	struct error err;
	enum guards_end end = guards_judge_list(session->ledger, run, 0, &guards, &earlier, &err);

	if (end == GUARDS_STOP)
		import_name_earlier(&earlier);
	if (end == GUARDS_PASS)
		end = guards_judge(session->ledger, run, &guards, true, &err);
	if (end == GUARDS_FAILED)
		return exit_code_unusable(&err);
	return end == GUARDS_STOP ? EXIT_CODE_GUARD : EXIT_CODE_OK;
}

/* Asks the guards again, so that devices that another run has sent meanwhile are held. */
static int
open_plan(struct session *session, struct ledger_run *run)
{
	struct error err;
	int code = check_plan(session, run);

	if (code == EXIT_CODE_OK)
		code = check_digest(session, run);
	if (code == EXIT_CODE_OK)
		code = ask_guards(session, run);
	if (code == EXIT_CODE_OK && !session->options->dry_run &&
	    waiting_judge(session, run, &err) != 0)
		code = exit_code_unusable(&err);
	if (code == EXIT_CODE_OK && session_set_out(session, run, &err) != 0)
		code = exit_code_unusable(&err);
	if (code == EXIT_CODE_OK && session->options->dry_run &&
	    plan_print(session, run, &err) != 0)
		code = exit_code_unusable(&err);
	if (code == EXIT_CODE_OK && !session->options->dry_run &&
	    ledger_run_set_state(session->ledger, run->id, RUN_OPEN, -1, &err) != 0)
		code = exit_code_unusable(&err);
	return code;
}

/* On a shared ledger another machine may have applied the plan while this one waited for the lock. */
static int
reload_run(struct session *session, struct ledger_run *run)
{
	char name[LEDGER_RUN_ID_SIZE];

	memcpy(name, run->name, sizeof(name));
	ledger_run_release(run);
	return session_find_run(session, name, run);
}

static int
apply(struct sender *s, struct ledger_run *run)
{
	struct session *session = s->session;
	struct error err;
	int code;

	log_set_run(run->name);
	next_step_run(run->name);
	if (ledger_begin_intake(session->ledger, &err) != 0)
		return session_no_run(session, exit_code_unusable(&err));
	code = reload_run(session, run);
	if (code == EXIT_CODE_OK)
		code = open_plan(session, run);
	if (code != EXIT_CODE_OK || session->options->dry_run) {
		ledger_rollback(session->ledger); /* a refused plan stays a plan */
		return session_no_run(session, code);
	}
	if (ledger_commit(session->ledger, &err) != 0)
		return session_no_run(session, exit_code_unusable(&err));
	return send_run(s, run);
}

static int
apply_main(const struct options *o)
{
	struct session session;
	struct sender sender = {.session = &session};
	struct ledger_run run = {0};
	int code = session_open(&session, o);

	if (code == EXIT_CODE_OK)
		code = session_open_log(&session);
	if (code == EXIT_CODE_OK && o->args != 1) {
		log_error("apply needs one run: unpilot apply RUN");
		next_step_set("help apply");
		code = EXIT_CODE_UNUSABLE;
	}
	if (code == EXIT_CODE_OK && !o->dry_run)
		code = session_open_packs(&session);
	if (code == EXIT_CODE_OK && !o->dry_run)
		code = session_route_open_early(&session);
	if (code == EXIT_CODE_OK)
		code = session_open_ledger(&session);
	if (code == EXIT_CODE_OK) {
		session_confine(&session, SESSION_WRITES_PACKS);
		code = session_find_run(&session, o->arg[0], &run);
	}
	if (code == EXIT_CODE_OK && !o->dry_run)
		code = session_route_open_for(&session, &run);
	if (code == EXIT_CODE_OK && !o->dry_run)
		code = send_prepare(&sender);
	code = code == EXIT_CODE_OK ? apply(&sender, &run) : session_no_run(&session, code);
	ledger_run_release(&run);
	code = monitor_close(&sender.monitor, &session, code);
	session_close(&session);
	return code;
}

const struct command command_apply = {
	.name = "apply",
	.args_max = ARGS_ANY,
	.options = FOR_APPLY,
	.run = apply_main,
	.usage = "apply [OPTION...] RUN",
	.line = "send what was planned",
	.about =
		"Sends exactly what was planned. Refuses a plan that is older than plan-max-age, that\n"
		"was changed or applied already, or whose digest is not the one given.\n\n"
		"Example:\n"
		"  unpilot apply 20261123T031500Z-4f2a --digest 9f86d081...",
};
