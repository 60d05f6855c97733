/* "apply": sends what was planned, and just that. */
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/cli/cli.h"
#include "partner/app/session.h"
#include "partner/app/exit_code.h"
#include "partner/ledger/ledger.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/transaction.h"
#include "partner/run/monitor.h"
#include "partner/run/plan.h"
#include "partner/app/session_route.h"
#include "partner/run/send.h"

static int
check_age(const struct session *d, const struct ledger_run *run)
{
	int64_t age = ledger_now(d->ledger) - run->started;
	char is[CLOCK_AGE_SIZE], may_be[CLOCK_AGE_SIZE];

	if (run->state != RUN_PLANNED) {
		log_error("guard: plan %s was applied already%s%s", run->name,
		          run->state == RUN_OPEN ? " and is unfinished: unpilot resume " : "",
		          run->state == RUN_OPEN ? run->name : "");
		return EXIT_CODE_GUARD;
	}
	if (age * 1000 <= d->config.plan_max_age)
		return EXIT_CODE_OK;
	clock_age(age, is);
	clock_age(d->config.plan_max_age / 1000, may_be);
	log_error("guard: plan %s is %s old, plan-max-age is %s: plan the lists again", run->name,
	          is, may_be);
	return EXIT_CODE_GUARD;
}

static int
check_digest(struct session *d, const struct ledger_run *run)
{
	const char *given = d->options->digest;
	char now[CRYPTO_HEX_SIZE];
	struct error err;

	if (ledger_run_digest(d->ledger, run->id, now, &err) != 0)
		return exit_code_unusable(&err);
	if (given != NULL && !text_equal_nocase(given, run->digest)) {
		log_error("guard: plan %s has the digest %s, not the one given: nothing sent",
		          run->name, run->digest);
		return EXIT_CODE_GUARD;
	}
	if (strcmp(now, run->digest) == 0)
		return EXIT_CODE_OK;
	log_error("guard: plan %s was changed in the ledger: plan the lists again", run->name);
	return EXIT_CODE_GUARD;
}

static int
ask_guards(struct session *d, const struct ledger_run *run)
{
	struct guards_settings guards = session_guards_settings(d);
	struct error err;
	enum guards_end end = guards_judge_list(d->ledger, run, 0, &guards, &err);

	if (end == GUARDS_PASS)
		end = guards_judge(d->ledger, run, &guards, true, &err);
	if (end == GUARDS_FAILED)
		return exit_code_unusable(&err);
	return end == GUARDS_STOP ? EXIT_CODE_GUARD : EXIT_CODE_OK;
}

/* Judged as it is now: what another run has sent meanwhile is held. */
static int
open_plan(struct session *d, struct ledger_run *run)
{
	struct error err;
	int code = check_age(d, run);

	if (code == EXIT_CODE_OK)
		code = check_digest(d, run);
	if (code == EXIT_CODE_OK)
		code = ask_guards(d, run);
	if (code == EXIT_CODE_OK && session_set_out(d, run, &err) != 0)
		code = exit_code_unusable(&err);
	if (code == EXIT_CODE_OK && d->options->dry_run && plan_print(d, run, &err) != 0)
		code = exit_code_unusable(&err);
	if (code == EXIT_CODE_OK && !d->options->dry_run &&
	    ledger_run_set_state(d->ledger, run->id, RUN_OPEN, -1, &err) != 0)
		code = exit_code_unusable(&err);
	return code;
}

/* On a shared ledger another machine may have applied it while we waited for our turn. */
static int
look_again(struct session *d, struct ledger_run *run)
{
	char name[LEDGER_RUN_ID_SIZE];

	memcpy(name, run->name, sizeof(name));
	ledger_run_release(run);
	return session_find_run(d, name, run);
}

static int
apply(struct sender *s, struct ledger_run *run)
{
	struct session *d = s->session;
	struct error err;
	int code;

	log_set_run(run->name);
	if (ledger_begin_intake(d->ledger, &err) != 0)
		return session_no_run(d, exit_code_unusable(&err));
	code = look_again(d, run);
	if (code == EXIT_CODE_OK)
		code = open_plan(d, run);
	if (code != EXIT_CODE_OK || d->options->dry_run) {
		ledger_rollback(d->ledger); /* refused, a plan stays a plan */
		return session_no_run(d, code);
	}
	if (ledger_commit(d->ledger, &err) != 0)
		return session_no_run(d, exit_code_unusable(&err));
	return send_run(s, run);
}

static int
apply_main(const struct options *o)
{
	struct session d;
	struct sender sender = {.session = &d};
	struct ledger_run run = {0};
	int code = session_open(&d, o);

	if (code == EXIT_CODE_OK)
		code = session_open_log(&d);
	if (code == EXIT_CODE_OK && o->args != 1) {
		log_error("name the plan: unpilot apply RUN");
		code = EXIT_CODE_UNUSABLE;
	}
	if (code == EXIT_CODE_OK && !o->dry_run)
		code = session_open_packs(&d);
	if (code == EXIT_CODE_OK && !o->dry_run)
		code = session_route_open_early(&d);
	if (code == EXIT_CODE_OK)
		code = session_open_ledger(&d);
	if (code == EXIT_CODE_OK) {
		session_confine(&d, SESSION_WRITES_PACKS);
		code = session_find_run(&d, o->arg[0], &run);
	}
	if (code == EXIT_CODE_OK && !o->dry_run)
		code = session_route_open_for(&d, &run);
	code = code == EXIT_CODE_OK ? apply(&sender, &run) : session_no_run(&d, code);
	ledger_run_release(&run);
	code = monitor_close(&sender.monitor, &d, code);
	session_close(&d);
	return code;
}

const struct command command_apply = {
	.name = "apply",
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
