/* Resumes runs. send.c drives the engine over them. */
#include "partner/run/resume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/next_step.h"
#include "partner/app/session_route.h"
#include "partner/engine/guards.h"
#include "partner/ledger/alarms.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/recover.h"
#include "partner/ledger/transaction.h"
#include "partner/run/waiting.h"

/* Makes the run ready to go on. Releases the devices whose customers have answered; then holds the devices that were put on the skip list since, or that
 * another run has deregistered. */
static int
resume_prepare(struct session *session, struct ledger_run *run, struct error *err)
{
	struct guards_settings guards = session_guards_settings(session);
	int rc = -1;

	if (ledger_recover(session->ledger, run->id, err) != 0 ||
	    ledger_begin(session->ledger, err) != 0)
		return -1;
	if ((!session->options->resend ||
	     ledger_reopen_unknown(session->ledger, run->id, err) == 0) &&
	    waiting_release(session, run, err) == 0 &&
	    guards_hold(session->ledger, run->id, &guards, err) == 0 &&
	    waiting_judge(session, run, err) == 0 && session_set_out(session, run, err) == 0)
		rc = ledger_commit(session->ledger, err);
	if (rc != 0)
		ledger_rollback(session->ledger);
	return rc;
}

static int
resume_print_open_rows(struct sender *s, const struct ledger_run *run)
{
	struct session *session = s->session;
	int64_t counts[OUTCOME_COUNT];
	struct error err;

	if (ledger_counts(session->ledger, run->id, counts, &err) != 0)
		return exit_code_unusable(&err);
	if (!session->options->quiet && !session->options->json)
		printf("run %s: %lld pending, %lld not sent, %lld unknown\n", run->name,
		       (long long)counts[OUTCOME_PENDING], (long long)counts[OUTCOME_NOT_SENT],
		       (long long)counts[OUTCOME_UNKNOWN]);
	return send_print(s, run, run->exit_code);
}

/* Counts the rows only if no batch is open, because ten million take ten seconds. */
static int
resume_is_open(struct session *session, const struct ledger_run *run, bool *ret,
               int64_t counts[static OUTCOME_COUNT], struct error *err)
{
	int64_t waiting;

	if (ledger_has_open(session->ledger, run->id, ret, err) != 0)
		return -1;
	if (*ret)
		return 0;
	if (ledger_counts(session->ledger, run->id, counts, err) != 0 ||
	    waiting_count(session, run, &waiting, err) != 0)
		return -1;
	*ret = exit_code_open(counts) || waiting > 0;
	return 0;
}

static int
resume_one(struct sender *s, struct ledger_run *run)
{
	struct session *session = s->session;
	int64_t counts[OUTCOME_COUNT];
	struct error err;
	bool open;
	int code;

	log_set_run(run->name);
	next_step_run(run->name);
	if (run->state == RUN_PLANNED) {
		log_error("run %s is a plan and was never sent: unpilot apply %s", run->name,
		          run->name);
		next_step_set("apply %s", run->name);
		return session_no_run(session, EXIT_CODE_UNUSABLE);
	}
	if (run->state == RUN_LETTER) {
		log_error("%s is a letter, which is never sent: nothing to resume", run->name);
		next_step_set("status %s", run->name);
		return session_no_run(session, EXIT_CODE_UNUSABLE);
	}
	if (session->options->dry_run)
		return resume_print_open_rows(s, run);
	if (run->state == RUN_FINISHED && !session->options->resend) {
		log_info("run %s is finished: nothing to resume", run->name);
		return send_print(s, run, run->exit_code);
	}
	if (resume_is_open(session, run, &open, counts, &err) != 0)
		return session_no_run(session, exit_code_unusable(&err));
	if (!open && session_set_out(session, run, &err) == 0)
		return send_packs(s, run, counts); /* only they are missing */
	code = session_route_open_for(session, run);
	if (code != EXIT_CODE_OK)
		return session_no_run(session, code);
	/* first, because the guards judge by what earlier runs know */
	code = s->collected ? EXIT_CODE_OK : send_collect(s, run->id);
	if (s->broken)
		return session_no_run(session, EXIT_CODE_OPEN);
	if (resume_prepare(session, run, &err) != 0)
		return session_no_run(session, exit_code_unusable(&err));
	return exit_code_worse(code, send_run(s, run));
}

/* An alarm is not silent because no run is open: it holds every later run as well. */
static int
resume_nothing(struct session *session)
{
	int code = send_check_alarms(session);

	if (code == EXIT_CODE_OK)
		log_info("no run is open: nothing to resume");
	return session_no_run(session, code);
}

int
resume_named(struct sender *s, const char *name)
{
	struct session *session = s->session;
	struct ledger_run run = {0};
	int code = session_find_run(session, name, &run);

	if (code != EXIT_CODE_OK) {
		code = session_no_run(session, code);
	} else if (name == NULL && run.state == RUN_PLANNED) {
		code = resume_nothing(session);
	} else {
		code = resume_one(s, &run);
	}
	ledger_run_release(&run);
	return code;
}

/* After these codes the next run would fail as well, or the user wants the command to end. */
static bool
resume_must_end(int code)
{
	return code == EXIT_CODE_DENIED || code == EXIT_CODE_UNREACHABLE ||
	       code == EXIT_CODE_SIGINT || code == EXIT_CODE_SIGTERM || code == EXIT_CODE_DURATION;
}

/* EXIT_CODE_UNUSABLE says that nothing was sent. If a later run cannot begin, earlier ones have sent. */
static int
resume_code(const struct sender *s, int code)
{
	return code == EXIT_CODE_UNUSABLE && s->began ? EXIT_CODE_OPEN : code;
}

int
resume_open_runs(struct sender *s)
{
	struct session *session = s->session;
	struct ledger_run run;
	struct error err;
	int64_t after = 0;
	int code = EXIT_CODE_OK, rc = 0;

	while (!resume_must_end(code) && !s->broken &&
	       (rc = ledger_run_next(session->ledger, RUN_OPEN, after, &run, &err)) == 1) {
		after = run.id;
		code = exit_code_worse(code, resume_code(s, resume_one(s, &run)));
		ledger_run_release(&run);
	}
	/* A job that resumes every morning has done its part, however the latest run ended. --resend is for
	 * finished runs, too. */
	if (after == 0 && rc == 0)
		return session->options->resend ? resume_named(s, NULL) : resume_nothing(session);
	/* the first run collected the others, of which some were finished by that */
	code = exit_code_worse(code, s->finished_code);
	return resume_code(s, rc < 0 ? exit_code_unusable(&err) : code);
}

/* A run that waits only for its customers goes on as soon as one device is ready. */
static int
resume_late(struct sender *s, struct ledger_run *run, int *code, struct error *err)
{
	bool go;

	/* `resume` sends the runs of the other route */
	if (strcmp(run->route, session_route_word(s->session->kind)) != 0)
		return 0;
	if (waiting_can_go(s->session, run, &go, err) != 0)
		return -1;
	if (!go)
		return 0;
	s->late++;
	*code = exit_code_worse(*code, resume_code(s, resume_one(s, run)));
	return 0;
}

bool
resume_waiting(struct sender *s, int *ret_code)
{
	struct ledger_run run;
	struct error err;
	int64_t after = 0;
	int rc = 0;

	*ret_code = EXIT_CODE_OK;
	while (rc == 0 && !resume_must_end(*ret_code) && !s->broken &&
	       (rc = ledger_run_next(s->session->ledger, RUN_OPEN, after, &run, &err)) == 1) {
		after = run.id;
		rc = resume_late(s, &run, ret_code, &err);
		ledger_run_release(&run);
	}
	if (rc < 0)
		*ret_code = session_no_run(s->session, resume_code(s, exit_code_unusable(&err)));
	return rc < 0 || s->broken || resume_must_end(*ret_code);
}

/* The exit code of the runs that are still open after collecting. */
static int
resume_still_open(struct session *session)
{
	int64_t counts[OUTCOME_COUNT], after = 0;
	int code = EXIT_CODE_OK;
	struct ledger_run run;
	struct error err;
	int rc;

	while ((rc = ledger_run_next(session->ledger, RUN_OPEN, after, &run, &err)) == 1) {
		after = run.id;
		ledger_run_release(&run);
		if (ledger_counts(session->ledger, after, counts, &err) != 0)
			return exit_code_unusable(&err);
		code = exit_code_worse(code, exit_code_of(NULL, counts));
	}
	return rc < 0 ? exit_code_unusable(&err) : code;
}

/* All results were asked for, so only clearing the alarm leads on. */
static void
resume_name_alarm(const struct session *session)
{
	struct ledger_alarm alarm;
	struct error ignored; /* send_check_alarms() prints it */

	if (ledger_alarm_open(session->ledger, &alarm, &ignored) == 1)
		next_step_set("resume --clear-alarm %s", alarm.run);
}

int
resume_collect(struct sender *s)
{
	struct session *session = s->session;
	struct ledger_run run;
	struct error err;
	int64_t after = 0;
	int code = EXIT_CODE_OK, rc;
	bool done[ROUTE_KIND_COUNT] = {false};

	while ((rc = ledger_run_next(session->ledger, RUN_OPEN, after, &run, &err)) == 1) {
		int opened = session_route_open_for(session, &run);
		after = run.id;
		ledger_run_release(&run);
		code = exit_code_worse(code, opened);
		if (opened != EXIT_CODE_OK || done[session->kind])
			continue;
		done[session->kind] = true;
		code = exit_code_worse(code, send_collect(s, 0));
	}
	if (rc < 0)
		return session_no_run(session, exit_code_unusable(&err));
	if (code != EXIT_CODE_GUARD) /* then the alarm is new, and printed */
		code = exit_code_worse(code, send_check_alarms(session));
	resume_name_alarm(session);
	code = exit_code_worse(code, s->collected_code);
	code = exit_code_worse(code, resume_still_open(session));
	return session_no_run(session, code);
}

/* "alice", or "alice (root)" with sudo. */
static void
resume_name_person(char *dst, size_t size)
{
	const char *sudo = getenv("SUDO_USER"), *user = getenv("USER");
	char raw[96];

	if (sudo != NULL && sudo[0] != '\0')
		snprintf(raw, sizeof(raw), "%s (uid %ld)", sudo, (long)getuid());
	else
		snprintf(raw, sizeof(raw), "%s (uid %ld)", user != NULL ? user : "unknown",
		         (long)getuid());
	text_printable(dst, size, raw);
}

int
resume_clear_alarm(struct session *session, const char *name)
{
	char by[128];
	struct ledger_run run = {0};
	struct error err;
	int64_t count;
	int code;

	if (name == NULL) {
		log_error("--clear-alarm needs the run: unpilot resume --clear-alarm RUN");
		next_step_set("status");
		return EXIT_CODE_UNUSABLE;
	}
	code = session_find_run(session, name, &run);
	if (code != EXIT_CODE_OK)
		return code;
	resume_name_person(by, sizeof(by));
	if (ledger_alarm_clear(session->ledger, run.id, by, &count, &err) != 0)
		code = exit_code_unusable(&err);
	else if (count == 0)
		log_info("run %s has no alarm that is not cleared", run.name);
	else
		log_warn("%lld alarm%s of run %s cleared by %s", (long long)count,
		         count == 1 ? "" : "s", run.name, by);
	ledger_run_release(&run);
	return code;
}
