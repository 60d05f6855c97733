/* Drives one run through the engine to its packs and its summary, and collects earlier results. */
#include "partner/run/send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/next_step.h"
#include "partner/app/session_route.h"
#include "partner/engine/engine.h"
#include "partner/intake/spool.h"
#include "partner/ledger/alarms.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/claims.h"
#include "partner/run/reasons.h"
#include "partner/run/waiting.h"

#define SUMMARY_MAX ((size_t)1024) /* enough for every outcome with its count */

/* Prints one line on standard output. With -q, prints it on standard error, and only if a person is
 * needed. The same line ends the log of the run. */
static void
send_print_summary(const struct session *session, const struct ledger_run *run,
                   const int64_t counts[static OUTCOME_COUNT], int code)
{
	bool quiet = session->options->quiet;
	int64_t rows = 0;
	struct error err;
	struct buf b;

	buf_init(&b, SUMMARY_MAX);
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		rows += counts[o];
	buf_printf(&b, "run %s: %lld row%s", run->name, (long long)rows, text_s(rows));
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		if (counts[o] > 0)
			buf_printf(&b, ", %lld %s", (long long)counts[o], outcome_word(o));
	buf_printf(&b, "; exit code %d", code);
	log_summary(quiet && !session->options->json && code != EXIT_CODE_OK, "%s%s%s", b.data,
	            run->out != NULL ? "; reports: " : "", run->out != NULL ? run->out : "");
	if (!quiet && !session->options->json) {
		printf("%s\n", b.data);
		if (run->out != NULL)
			printf("reports: %s\n", run->out);
		if (counts[OUTCOME_HELD] > 0 && run->state != RUN_PLANNED && /* plan.c did */
		    reasons_print(session->ledger, run->id, LEDGER_OUTCOME(OUTCOME_HELD), &err) !=
		            0)
			log_error("%s", err.text);
		fflush(stdout); /* before later lines on standard error; the stream remembers a failure */
	}
	buf_release(&b);
}

/* Ledger or disk failed, so the state of the run is unknown here. Returns the exit code. */
static int
send_fail(struct sender *s, const struct error *err)
{
	bool full = strstr(err->text, "disk is full") != NULL; /* the words of SQLite */

	log_error("%s%s%s: the run is not finished: solve this problem, then \"unpilot resume\"",
	          err->text, full ? ": make room on the disk of " : "",
	          full ? s->session->config.ledger_url : "");
	s->broken = true;
	return session_no_run(s->session, EXIT_CODE_OPEN);
}

int
send_print(struct sender *s, const struct ledger_run *run, int code)
{
	struct session *session = s->session;
	int64_t counts[OUTCOME_COUNT];
	struct error err;

	if (ledger_counts(session->ledger, run->id, counts, &err) != 0)
		return send_fail(s, &err);
	if (session->options->json && handoff_print_json(session->ledger, run, &err) != 0) {
		if (ferror(stdout) != 0)
			exit_code_output_failed(err.text);
		else
			log_error("%s", err.text);
		s->monitor.unwritten = true;
	}
	monitor_add_rows(&s->monitor, session, counts);
	send_print_summary(session, run, counts, code);
	return code;
}

/* false: a pack could not be written, or the log lacks a line. */
static bool
send_write_packs(const struct session *session, const struct ledger_run *run,
                 struct open_steps *ret_open)
{
	struct handoff_settings settings = session_handoff_settings(session);
	struct error err;

	if (handoff_write(session->ledger, run, &settings, ret_open, &err) == 0)
		return !log_is_incomplete();
	log_error("%s; the outcomes are in the ledger, and \"unpilot resume %s\" writes the packs",
	          err.text, run->name);
	return false;
}

/* A plan is in the ledger and on the terminal; its page is an extra, so a failure is only logged. */
static void
send_write_plan(const struct session *session, const struct ledger_run *run, const char *apply)
{
	struct handoff_settings settings = session_handoff_settings(session);
	struct ledger_gate gate = session_gate(session);
	int64_t waiting = 0;
	struct error err;

	settings.apply = apply;
	if ((gate.mode == LEDGER_GATE_REQUIRE &&
	     ledger_gate_count(session->ledger, run->id, &gate, &waiting, &err) != 0) ||
	    handoff_write_plan(session->ledger, run, waiting, &settings, &err) != 0)
		log_info("%s: the page of the plan is not written", err.text);
}

/* Records the state; the figures of a finished run are kept, so that nobody counts its rows again. */
static int
send_record(const struct session *session, const struct ledger_run *run, enum run_state state,
            const struct open_steps *open, struct error *err)
{
	int64_t counts[OUTCOME_COUNT];
	struct ledger_tally tally;

	if (state != RUN_FINISHED)
		return ledger_run_set_state(session->ledger, run->id, state, run->exit_code, err);
	if (ledger_counts(session->ledger, run->id, counts, err) != 0)
		return -1;
	tally = open_steps_tally(counts, open);
	return ledger_run_finish(session->ledger, run->id, run->exit_code, &tally, err);
}

/* Writes the packs, records state and exit code, and moves the run's lists to the folder of its exit
 * code if they came from the spool. If something could not be written, the run stays open and its exit
 * code is at least 7. code: the exit code so far. */
static int
send_close(struct sender *s, struct ledger_run *run, enum run_state state, int code,
           struct error *err)
{
	const struct session *session = s->session;
	bool planned = state == RUN_PLANNED; /* a plan has no packs */
	struct open_steps open;

	run->exit_code = code;
	if (!planned)
		monitor_enter(&s->monitor, session, PROGRESS_PACKS);
	if (planned) {
		send_write_plan(session, run, s->apply);
		free(run->out);
		run->out = NULL;
	} else if (!send_write_packs(session, run, &open)) {
		run->exit_code = exit_code_worse(code, EXIT_CODE_UNWRITTEN);
		state = RUN_OPEN;
		next_step_run(run->name);
		s->monitor.unwritten = true;
	}
	monitor_leave(&s->monitor);
	if (send_record(session, run, state, &open, err) != 0)
		return -1;
	run->state = state;
	if (planned)
		return 0;
	notices_add(&s->monitor.notices, session, run);
	spool_place(session->config.spool_directory, run->name, run->exit_code,
	            exit_code_finished(run->exit_code));
	return 0;
}

int
send_finish(struct sender *s, struct ledger_run *run, enum run_state state, int code)
{
	struct error err;

	if (send_close(s, run, state, code, &err) != 0)
		return send_fail(s, &err);
	return send_print(s, run, run->exit_code);
}

struct engine_settings
send_settings(struct session *session)
{
	const struct config *c = &session->config;
	const struct config_sending *s = session_route_sending(session);

	return (struct engine_settings){
		.parallel = (unsigned)s->parallel,
		.retries = (unsigned)s->retries,
		.tps = s->tpslimit,
		.poll_interval_ms = s->poll_interval,
		.poll_deadline_ms = s->poll_deadline,
		.resend_within_ms = c->resend_within,
		.resend = session->options->resend,
		.busy_deadline_ms = s->busy_deadline,
		.pace = &session->pace[session->kind],
		.canary = c->canary,
		.canary_trust_ms = c->canary_trust,
		.identity = session->trust,
		.max_unanswered = c->max_unanswered,
		.max_fail_percent = c->max_fail_percent,
		.max_inventory_percent = c->max_inventory_percent,
		.lease_ms = c->lease,
		.ends_ms = session->ends_ms,
	};
}

/* Devices that wait for their customers keep the run open. */
static int
send_state(const struct session *session, const struct ledger_run *run,
           const int64_t counts[static OUTCOME_COUNT], enum run_state *ret, int *code,
           struct error *err)
{
	int64_t waiting;

	if (waiting_count(session, run, &waiting, err) != 0)
		return -1;
	*ret = exit_code_open(counts) || waiting > 0 ? RUN_OPEN : RUN_FINISHED;
	if (waiting > 0)
		*code = exit_code_worse(*code, EXIT_CODE_OPEN);
	return 0;
}

/* If several machines worked on the run, only the last one writes the packs. */
static int
send_finish_once(struct sender *s, struct ledger_run *run, int code)
{
	struct session *session = s->session;
	int64_t counts[OUTCOME_COUNT];
	enum run_state state;
	struct error err;
	bool ours;

	if (ledger_finish_begin(session->ledger, run, &ours, &err) != 0)
		return send_fail(s, &err);
	if (ledger_counts(session->ledger, run->id, counts, &err) != 0 ||
	    send_state(session, run, counts, &state, &code, &err) != 0)
		code = send_fail(s, &err);
	else if (ours)
		code = send_finish(s, run, state, code);
	else {
		log_info("run %s: another machine writes its packs", run->name);
		return send_print(s, run, code);
	}
	if (ours)
		ledger_finish_end(session->ledger, run);
	return code;
}

/* The exit code of a run of which only the packs are missing. A guard that stopped it as a whole has left
 * its code; the same code beside an outcome of the service is that of an earlier command. */
static int
send_packs_code(const struct ledger_run *run, const int64_t counts[static OUTCOME_COUNT])
{
	int code = exit_code_of(NULL, counts);

	for (enum outcome o = 0; o < OUTCOME_PENDING; o++)
		if (counts[o] > 0)
			return code;
	return run->exit_code == EXIT_CODE_GUARD ? EXIT_CODE_GUARD : code;
}

int
send_packs(struct sender *s, struct ledger_run *run, const int64_t counts[static OUTCOME_COUNT])
{
	return send_finish_once(s, run, send_packs_code(run, counts));
}

/* Writes packs and state of a run that has new results, and moves its lists in the spool. */
static int
send_complete(struct sender *s, struct ledger_run *run, int code,
              const int64_t counts[static OUTCOME_COUNT], struct error *err)
{
	struct session *session = s->session;
	int rc;
	enum run_state state;
	bool ours;

	if (ledger_finish_begin(session->ledger, run, &ours, err) != 0)
		return -1;
	if (!ours)
		return 0; /* other machines still work on it */
	rc = send_state(session, run, counts, &state, &code, err);
	if (rc == 0)
		rc = send_close(s, run, state, code, err);
	s->collected_code = exit_code_worse(s->collected_code, run->exit_code);
	if (rc == 0 && state == RUN_FINISHED)
		s->finished_code = exit_code_worse(s->finished_code, run->exit_code);
	ledger_finish_end(session->ledger, run);
	return rc;
}

/* 1: a batch of the run may have a result that was not read; 0: none, -1. */
static int
send_may_collect(struct ledger *l, int64_t run, struct error *err)
{
	static const enum batch_state states[] = {BATCH_ACCEPTED, BATCH_LOST};
	struct ledger_batch batch;
	bool known = false;
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(states) && rc >= 0 && !known; i++) {
		int64_t after = 0;
		while (!known &&
		       (rc = ledger_batch_next(l, run, states[i], after, &batch, err)) == 1) {
			after = batch.id;
			known = batch.service_id != NULL;
			ledger_batch_release(&batch);
		}
	}
	return rc < 0 ? -1 : known;
}

/* Asks for the results of one open run. If it waits for none, an earlier command ended before it
 * wrote all packs, and this one completes the run. */
static int
send_collect_one(struct sender *s, struct ledger_run *run, struct engine_result *ret,
                 struct error *err)
{
	struct session *session = s->session;
	struct engine_settings settings = send_settings(session);
	int64_t before[OUTCOME_COUNT], counts[OUTCOME_COUNT], waiting;
	int rc = send_may_collect(session->ledger, run->id, err);

	*ret = (struct engine_result){.stop = ENGINE_STOP_NONE};
	if (rc < 0 || ledger_counts(session->ledger, run->id, before, err) != 0 ||
	    waiting_count(session, run, &waiting, err) != 0)
		return -1;
	if (rc == 0)
		return exit_code_open(before) || waiting > 0
		               ? 0
		               : send_complete(s, run, send_packs_code(run, before), before, err);
	if (engine_collect(session->ledger, run, session->route, &settings, ret, err) != 0 ||
	    ledger_counts(session->ledger, run->id, counts, err) != 0)
		return -1;
	log_info("run %s: %lld pending before, %lld now", run->name,
	         (long long)before[OUTCOME_PENDING], (long long)counts[OUTCOME_PENDING]);
	return memcmp(before, counts, sizeof(counts)) == 0
	               ? 0
	               : send_complete(s, run, exit_code_of(ret, counts), counts, err);
}

/* Keeps the exit codes of an earlier run that stop this command as well. */
static int
send_collected_code(const struct engine_result *result)
{
	static const int64_t none[OUTCOME_COUNT];
	int code = exit_code_of(result, none);

	return code == EXIT_CODE_DENIED || code == EXIT_CODE_GUARD ||
	                       result->stop == ENGINE_STOP_SIGNAL
	               ? code
	               : EXIT_CODE_OK;
}

/* An alarm does not end the collecting, nor do a few unreadable answers. */
static bool
send_collects_on(const struct session *session, const struct engine_result *result,
                 unsigned unreadable)
{
	return (result->stop == ENGINE_STOP_NONE || result->stop == ENGINE_STOP_GUARD) &&
	       unreadable <= (unsigned)session_route_sending(session)->retries;
}

int
send_collect(struct sender *s, int64_t except_run)
{
	struct session *session = s->session;
	struct engine_result result = {.stop = ENGINE_STOP_NONE};
	struct ledger_run run;
	struct error err;
	int64_t after = 0;
	static const int64_t none[OUTCOME_COUNT];
	unsigned unreadable = 0;
	int rc = 0, code = EXIT_CODE_OK;

	s->collected = true;
	while (send_collects_on(session, &result, unreadable) &&
	       (rc = ledger_run_next(session->ledger, RUN_OPEN, after, &run, &err)) == 1) {
		after = run.id;
		/* `resume` collects the runs of the other route */
		if (run.id != except_run &&
		    strcmp(run.route, session_route_word(session->kind)) == 0)
			rc = send_collect_one(s, &run, &result, &err);
		ledger_run_release(&run);
		if (rc < 0)
			break;
		unreadable += result.unreadable;
		s->collected_code = exit_code_worse(s->collected_code, exit_code_of(&result, none));
		code = exit_code_worse(code, send_collected_code(&result));
	}
	if (rc >= 0)
		return code;
	/* an answer that could not be recorded may have been an alarm */
	log_error("results of earlier runs could not be collected: %s: nothing is sent", err.text);
	s->broken = true;
	return exit_code_worse(code, EXIT_CODE_UNUSABLE);
}

int
send_check_alarms(const struct session *session)
{
	char at[CLOCK_STAMP_SIZE];
	struct ledger_alarm alarm;
	struct error err;
	int rc = ledger_alarm_open(session->ledger, &alarm, &err);

	if (rc < 0)
		return exit_code_unusable(&err);
	if (rc == 0)
		return EXIT_CODE_OK;
	clock_stamp(alarm.at, at);
	log_error("guard: run %s raised an alarm at %s (%s): nothing sent; find out why, then "
	          "\"unpilot resume --clear-alarm %s\"",
	          alarm.run, at, alarm.reason, alarm.run);
	next_step_set("status %s", alarm.run);
	return EXIT_CODE_GUARD;
}

int
send_prepare(struct sender *s)
{
	int code = send_collect(s, 0);

	return exit_code_worse(send_check_alarms(s->session), code);
}

/* If a plain `resume` would change nothing. */
static int
send_propose(const struct sender *s, const struct ledger_run *run,
             const struct engine_result *result, const int64_t counts[static OUTCOME_COUNT],
             struct error *err)
{
	struct session *session = s->session;
	bool open = false;
	int64_t waiting = 0;

	if (result->too_old == 0) {
		if (counts[OUTCOME_UNKNOWN] == 0)
			return 0;
		if (ledger_has_open(session->ledger, run->id, &open, err) != 0 ||
		    waiting_count(session, run, &waiting, err) != 0)
			return -1;
	}
	if (!open && waiting == 0)
		next_step_set_for(EXIT_CODE_OPEN, "%s %s",
		                  session->options->resend ? "status" : "resume --resend",
		                  run->name);
	return 0;
}

int
send_run(struct sender *s, struct ledger_run *run)
{
	struct session *session = s->session;
	struct engine_settings settings = send_settings(session);
	int64_t counts[OUTCOME_COUNT];
	struct engine_result result;
	struct error err;
	int code, rc;

	if (s->broken)
		return session_no_run(session, EXIT_CODE_OPEN);
	s->began = true;
	monitor_begin(&s->monitor, session, run, &settings);
	rc = engine_run(session->ledger, run, session->route, &settings, &result, &err);
	monitor_end(&s->monitor, &result);
	if (rc != 0 || ledger_counts(session->ledger, run->id, counts, &err) != 0 ||
	    send_propose(s, run, &result, counts, &err) != 0)
		return send_fail(s, &err);
	code = exit_code_worse(exit_code_of(&result, counts), s->least_code);
	return send_finish_once(s, run, code);
}
