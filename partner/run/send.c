#include "partner/run/send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/log.h"
#include "partner/app/exit_code.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/claims.h"
#include "partner/app/session_route.h"
#include "partner/intake/spool.h"
#include "partner/engine/engine.h"

#define SUMMARY_MAX ((size_t)1024) /* every outcome with its number */

/* One line: on standard output, or with -q on standard error where a person is needed. In the logs
 * it is the last word of a run. */
static void
print_summary(const struct session *d, const struct ledger_run *run,
              const int64_t counts[static OUTCOME_COUNT], int code)
{
	bool quiet = d->options->quiet;
	int64_t rows = 0;
	struct buf b;

	buf_init(&b, SUMMARY_MAX);
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		rows += counts[o];
	buf_printf(&b, "run %s: %lld rows", run->name, (long long)rows);
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		if (counts[o] > 0)
			buf_printf(&b, ", %lld %s", (long long)counts[o], outcome_word(o));
	buf_printf(&b, "; exit code %d", code);
	log_summary(quiet && !d->options->json && code != EXIT_CODE_OK, "%s%s%s", b.data,
	            run->out != NULL ? "; reports: " : "", run->out != NULL ? run->out : "");
	if (!quiet && !d->options->json) {
		printf("%s\n", b.data);
		if (run->out != NULL)
			printf("reports: %s\n", run->out);
		fflush(stdout); /* before what comes on standard error; a failure stays in the stream */
	}
	buf_release(&b);
}

/* The codes after which a run of the ledger cannot simply be called finished. */
static int
local_failure(struct sender *s, const struct error *err)
{
	struct session *d = s->session;
	log_error("%s", err->text);
	log_error("the run is not finished: mend this, then \"unpilot resume\"");
	s->broken = true;
	return session_no_run(d, EXIT_CODE_OPEN);
}

int
send_print(struct sender *s, const struct ledger_run *run, int code)
{
	struct session *d = s->session;
	int64_t counts[OUTCOME_COUNT];
	struct error err;

	if (ledger_counts(d->ledger, run->id, counts, &err) != 0)
		return local_failure(s, &err);
	if (d->options->json && handoff_print_json(d->ledger, run, &err) != 0)
		log_error("%s", err.text);
	monitor_rows(&s->monitor, d, counts);
	print_summary(d, run, counts, code);
	return code;
}

/* Packs that cannot be written leave the run open; its exit code is at least 1. */
static int
write_packs(struct sender *s, const struct ledger_run *run, enum run_state *state, int code)
{
	struct session *d = s->session;
	struct handoff_settings settings = session_handoff_settings(d);
	struct error err;

	if (handoff_write(d->ledger, run, &settings, &err) == 0)
		return code;
	log_error("%s", err.text);
	log_error("the outcomes are in the ledger; \"unpilot resume %s\" writes the packs",
	          run->name);
	*state = RUN_OPEN;
	return exit_code_worse(code, EXIT_CODE_SOME);
}

int
send_finish(struct sender *s, struct ledger_run *run, enum run_state state, int code)
{
	struct session *d = s->session;
	struct error err;

	run->exit_code = code;
	if (state == RUN_PLANNED) { /* a plan has no packs to point at */
		free(run->out);
		run->out = NULL;
	} else {
		run->exit_code = code = write_packs(s, run, &state, code);
	}
	if (ledger_run_set_state(d->ledger, run->id, state, code, &err) != 0)
		return local_failure(s, &err);
	run->state = state;
	if (state != RUN_PLANNED)
		spool_place(d->config.spool_directory, run->name, code, exit_code_finished(code));
	return send_print(s, run, code);
}

struct engine_settings
send_settings(const struct session *d)
{
	const struct config *c = &d->config;
	const struct config_sending *s = session_route_sending(d);

	return (struct engine_settings){
		.parallel = (unsigned)s->parallel,
		.retries = (unsigned)s->retries,
		.tps = s->tpslimit,
		.poll_interval_ms = s->poll_interval,
		.poll_deadline_ms = s->poll_deadline,
		.resend_within_ms = c->resend_within,
		.resend = d->options->resend,
		.again = d->options->again,
		.max_fail_percent = c->max_fail_percent,
		.lease_ms = c->lease,
		.ends_ms = d->ends_ms,
	};
}

static enum run_state
state_of(const int64_t counts[static OUTCOME_COUNT])
{
	return exit_code_open(counts) ? RUN_OPEN : RUN_FINISHED;
}

/* Where several machines were at work on it, the last one writes what is left to write. */
static int
finish_once(struct sender *s, struct ledger_run *run, int code)
{
	struct session *d = s->session;
	int64_t counts[OUTCOME_COUNT];
	struct error err;
	bool ours;

	if (ledger_finish_begin(d->ledger, run, &ours, &err) != 0)
		return local_failure(s, &err);
	if (!ours) {
		log_info("run %s: another machine writes its packs", run->name);
		return send_print(s, run, code);
	}
	if (ledger_counts(d->ledger, run->id, counts, &err) != 0)
		code = local_failure(s, &err);
	else
		code = send_finish(s, run, state_of(counts), code);
	ledger_finish_end(d->ledger, run);
	return code;
}

int
send_run(struct sender *s, struct ledger_run *run)
{
	struct session *d = s->session;
	struct engine_settings settings = send_settings(d);
	int64_t counts[OUTCOME_COUNT];
	struct engine_result result;
	struct error err;
	int code, rc;

	monitor_begin(&s->monitor, d, run, &settings);
	rc = engine_run(d->ledger, run, d->route, &settings, &result, &err);
	monitor_end(&s->monitor, &result);
	if (rc != 0 || ledger_counts(d->ledger, run->id, counts, &err) != 0)
		return local_failure(s, &err);
	code = exit_code_worse(exit_code_of(&result, counts), s->least_code);
	if (result.stop == ENGINE_STOP_NONE)
		code = exit_code_worse(code, send_collect(s, run->id));
	return finish_once(s, run, code);
}

/* Packs, state and list of a run that more is known of. */
static int
complete(struct sender *s, struct ledger_run *run, const struct engine_result *result,
         const int64_t counts[static OUTCOME_COUNT], struct error *err)
{
	struct session *d = s->session;
	struct handoff_settings settings = session_handoff_settings(d);
	bool ours;
	int rc;

	if (ledger_finish_begin(d->ledger, run, &ours, err) != 0)
		return -1;
	if (!ours)
		return 0; /* there are others at work on it */
	run->exit_code = exit_code_of(result, counts);
	rc = handoff_write(d->ledger, run, &settings, err) != 0
	             ? -1
	             : ledger_run_set_state(d->ledger, run->id, state_of(counts), run->exit_code,
	                                    err);
	ledger_finish_end(d->ledger, run);
	if (rc == 0)
		spool_place(d->config.spool_directory, run->name, run->exit_code,
		            exit_code_finished(run->exit_code));
	return rc;
}

/* A run with nothing left to ask that is open all the same was cut short at its packs. */
static int
collect_one(struct sender *s, struct ledger_run *run, struct engine_result *ret, struct error *err)
{
	struct session *d = s->session;
	struct engine_settings settings = send_settings(d);
	int64_t before[OUTCOME_COUNT], counts[OUTCOME_COUNT];
	struct ledger_batch batch;
	int rc = ledger_batch_next(d->ledger, run->id, BATCH_ACCEPTED, 0, &batch, err);

	*ret = (struct engine_result){.stop = ENGINE_STOP_NONE};
	if (rc < 0 || ledger_counts(d->ledger, run->id, before, err) != 0)
		return -1;
	if (rc == 0)
		return exit_code_open(before) ? 0 : complete(s, run, ret, before, err);
	ledger_batch_release(&batch);
	if (engine_collect(d->ledger, run, d->route, &settings, ret, err) != 0 ||
	    ledger_counts(d->ledger, run->id, counts, err) != 0)
		return -1;
	log_info("run %s: %lld pending before, %lld now", run->name,
	         (long long)before[OUTCOME_PENDING], (long long)counts[OUTCOME_PENDING]);
	return memcmp(before, counts, sizeof(counts)) == 0 ? 0 : complete(s, run, ret, counts, err);
}

/* What an earlier run met that concerns this one as well. */
static int
collected_code(const struct engine_result *result)
{
	static const int64_t none[OUTCOME_COUNT];
	int code = exit_code_of(result, none);

	return code == EXIT_CODE_DENIED || code == EXIT_CODE_GUARD ||
	                       result->stop == ENGINE_STOP_SIGNAL
	               ? code
	               : EXIT_CODE_OK;
}

int
send_collect(struct sender *s, int64_t except_run)
{
	struct session *d = s->session;
	struct engine_result result = {.stop = ENGINE_STOP_NONE};
	struct ledger_run run;
	struct error err;
	int64_t after = 0;
	int rc = 0;

	while (result.stop == ENGINE_STOP_NONE &&
	       (rc = ledger_run_next(d->ledger, RUN_OPEN, after, &run, &err)) == 1) {
		after = run.id;
		/* what went by another route waits for "resume" */
		if (run.id != except_run && strcmp(run.route, session_route_word(d->kind)) == 0)
			rc = collect_one(s, &run, &result, &err);
		ledger_run_release(&run);
		if (rc < 0)
			break;
	}
	if (rc < 0)
		log_warn("results of earlier runs could not be collected: %s", err.text);
	return collected_code(&result);
}
