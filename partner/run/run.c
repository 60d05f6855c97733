/* Runs the steps in order: lists, import, guards, then plan or send. Its neighbours do each
 * step. */
#include "partner/run/run.h"

#include "common/log.h"
#include "partner/app/exit_code.h"
#include "partner/app/next_step.h"
#include "partner/app/session.h"
#include "partner/app/session_route.h"
#include "partner/app/session_trust.h"
#include "partner/engine/guards.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/transaction.h"
#include "partner/run/import.h"
#include "partner/run/monitor.h"
#include "partner/run/plan.h"
#include "partner/run/resume.h"
#include "partner/run/retention.h"
#include "partner/run/send.h"
#include "partner/run/waiting.h"

static int
run_ask_guards(struct import *import, int *ret_guard)
{
	struct guards_settings guards = session_guards_settings(import->session);
	struct error err;

	switch (guards_judge(import->session->ledger, &import->run, &guards, import->plan, &err)) {
	case GUARDS_PASS: *ret_guard = EXIT_CODE_OK; return EXIT_CODE_OK;
	case GUARDS_STOP: *ret_guard = EXIT_CODE_GUARD; return EXIT_CODE_OK;
	case GUARDS_FAILED: break;
	}
	return exit_code_unusable(&err);
}

/* Records the run in the ledger, even if a guard stops it. *ret_guard: exit code of the guards. */
static int
run_record(struct import *import, const char *name, int *ret_guard)
{
	struct ledger *l = import->session->ledger;
	struct error err;
	int code = import_create_run(import, name), rc;

	if (code == EXIT_CODE_OK)
		code = run_ask_guards(import, ret_guard);
	if (code != EXIT_CODE_OK)
		return code;
	if (!import->plan && *ret_guard == EXIT_CODE_OK &&
	    waiting_judge(import->session, &import->run, &err) != 0)
		return exit_code_unusable(&err);
	/* The run is open from the start, so that `resume` finishes it if this process ends here. */
	rc = import->plan
	             ? plan_record(import->session, &import->run, &err)
	             : ledger_run_set_state(l, import->run.id, RUN_OPEN,
	                                    *ret_guard != EXIT_CODE_OK ? *ret_guard : -1, &err);
	return rc == 0 ? EXIT_CODE_OK : exit_code_unusable(&err);
}

/* Imports the whole run in one transaction: a process that ends before the commit changes
 * nothing. */
static int
run_import_and_start(struct sender *s, struct import *import, const char *name)
{
	struct session *session = s->session;
	struct error err;
	int guard = EXIT_CODE_OK, code;

	if (ledger_begin_intake(session->ledger, &err) != 0)
		return session_no_run(session, exit_code_unusable(&err));
	monitor_enter(&s->monitor, session, PROGRESS_READING);
	code = run_record(import, name, &guard);
	monitor_leave(&s->monitor);
	if (code != EXIT_CODE_OK)
		ledger_rollback(session->ledger);
	else if (ledger_commit(session->ledger, &err) != 0)
		code = exit_code_unusable(&err);
	if (code != EXIT_CODE_OK)
		return session_no_run(session, code);
	next_step_run(name);
	if (import->plan)
		return plan_finish(s, &import->run, guard);
	/* A list of the spool that was left out does not stop the run, but the exit code shows it. */
	if (import->refused != EXIT_CODE_OK)
		s->least_code = EXIT_CODE_SOME;
	return guard != EXIT_CODE_OK ? send_finish(s, &import->run, RUN_FINISHED, guard)
	                             : send_run(s, &import->run);
}

/* Takes the lists of the command line, or claims those that wait in the spool. */
static int
run_gather_lists(struct import *import, const char *name)
{
	const struct session *session = import->session;
	const struct spool_settings settings = {
		.dir = session->config.spool_directory,
		.settle_ms = session->config.spool_settle,
		.run = name,
		.is_done = exit_code_finished,
	};
	struct error err;

	import->path = session->options->arg;
	import->count = session->options->args;
	if (import->count > 0)
		return EXIT_CODE_OK;
	if (spool_claim(&import->spool, session->ledger, &settings, &err) != 0)
		return exit_code_unusable(&err);
	import->spooled = true;
	import->path = (const char *const *)import->spool.path;
	import->count = import->spool.count;
	return EXIT_CODE_OK;
}

/* EXIT_CODE_UNUSABLE says that nothing was sent, but devices that had waited may have been. */
static int
run_code(const struct sender *s, int code)
{
	return code == EXIT_CODE_UNUSABLE && s->late > 0 ? EXIT_CODE_OPEN : code;
}

static int
run_lists(struct sender *s, struct import *import)
{
	char name[LEDGER_RUN_ID_SIZE];
	int code, late = EXIT_CODE_OK;
	struct error err;

	if (ledger_run_name(s->session->ledger, "", name, &err) != 0)
		return session_no_run(s->session, exit_code_unusable(&err));
	code = import->plan ? EXIT_CODE_OK : send_prepare(s);
	if (code == EXIT_CODE_OK && !import->plan && resume_waiting(s, &late))
		return late;
	if (code == EXIT_CODE_OK)
		code = run_gather_lists(import, name);
	if (code != EXIT_CODE_OK)
		return session_no_run(s->session, run_code(s, code));
	if (import->count > 0) {
		log_set_run(name);
		return run_code(s, exit_code_worse(late, run_import_and_start(s, import, name)));
	}
	log_info("spool: no list waits in %s/incoming", import->spool.dir);
	if (ledger_is_shared(s->session->ledger)) /* help the other machines with their runs */
		return exit_code_worse(late, resume_open_runs(s));
	return s->late > 0 ? late : session_no_run(s->session, EXIT_CODE_OK);
}

/* Opens what the command needs. */
static int
run_open(struct session *session, const struct options *o, bool plan)
{
	int code = session_open(session, o);

	if (code == EXIT_CODE_OK)
		code = session_open_log(session);
	if (code == EXIT_CODE_OK && o->args == 0 &&
	    (plan || session->config.spool_directory[0] == '\0')) {
		log_error("name at least one list: unpilot %s LIST.csv%s", o->command,
		          plan ? "" : ", or set [spool] directory");
		next_step_set("help %s", o->command);
		code = EXIT_CODE_UNUSABLE;
	}
	if (code == EXIT_CODE_OK && !plan)
		code = session_open_packs(session);
	/* A plan for Partner Center looks the devices up, so it needs credentials as well. */
	if (code == EXIT_CODE_OK && (!plan || session->kind == ROUTE_PARTNER_CENTER))
		code = session_route_open(session);
	else if (code == EXIT_CODE_OK)
		session_trust_set(session);
	if (code == EXIT_CODE_OK)
		code = session_open_ledger(session);
	return code;
}

int
run_command(const struct options *o, bool plan)
{
	struct session session;
	struct sender sender = {.session = &session};
	struct import import = {.session = &session, .monitor = &sender.monitor, .plan = plan};
	int code = run_open(&session, o, plan);
	bool locked = code == EXIT_CODE_OK;

	if (locked)
		session_confine(&session, SESSION_READS_ARGUMENTS | (plan ? SESSION_WRITES_PLAN
		                                                          : SESSION_WRITES_PACKS));
	code = locked ? run_lists(&sender, &import) : session_no_run(&session, code);
	if (locked && !plan && !sender.broken && code != EXIT_CODE_SIGINT &&
	    code != EXIT_CODE_SIGTERM)
		retention_remove_old_runs(&session);
	ledger_run_release(&import.run);
	if (import.spooled)
		spool_release(&import.spool);
	if (!plan)
		code = monitor_close(&sender.monitor, &session, code);
	else if (sender.monitor.unwritten)
		code = exit_code_worse(code, EXIT_CODE_UNWRITTEN);
	session_close(&session);
	return code;
}
