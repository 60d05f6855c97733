#include "partner/cli/send.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "partner/cli/exits.h"
#include "partner/cli/spool.h"
#include "partner/engine/engine.h"

static void
print_summary(const struct desk *d, const struct ledger_run *run,
              const int64_t counts[static OUTCOME_COUNT], int code)
{
	FILE *to = d->options->quiet ? stderr : stdout;
	int64_t rows = 0;

	if (d->options->json || (d->options->quiet && code == EXITS_OK))
		return;
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		rows += counts[o];
	fprintf(to, "run %s: %lld rows", run->name, (long long)rows);
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		if (counts[o] > 0)
			fprintf(to, ", %lld %s", (long long)counts[o], outcome_word(o));
	fprintf(to, "; exit code %d\n", code);
	if (run->out != NULL)
		fprintf(to, "reports: %s\n", run->out);
}

/* The codes after which a run of the ledger cannot simply be called finished. */
static int
local_failure(const struct error *err)
{
	log_error("%s", err->text);
	log_error("the run is not finished: mend this, then \"unpilot resume\"");
	return EXITS_OPEN;
}

int
send_print(struct desk *d, const struct ledger_run *run, int code)
{
	int64_t counts[OUTCOME_COUNT];
	struct error err;

	if (ledger_counts(d->ledger, run->id, counts, &err) != 0)
		return local_failure(&err);
	if (d->options->json && handoff_print_json(d->ledger, run, &err) != 0)
		log_error("%s", err.text);
	print_summary(d, run, counts, code);
	return code;
}

/* Packs that cannot be written leave the run open; its exit code is at least 1. */
static int
write_packs(struct desk *d, const struct ledger_run *run, enum run_state *state, int code)
{
	struct handoff_settings settings = desk_handoff_settings(d);
	struct error err;

	if (handoff_write(d->ledger, run, &settings, &err) == 0)
		return code;
	log_error("%s", err.text);
	log_error("the outcomes are in the ledger; \"unpilot resume %s\" writes the packs",
	          run->name);
	*state = RUN_OPEN;
	return exits_worse(code, EXITS_SOME);
}

int
send_finish(struct desk *d, struct ledger_run *run, enum run_state state, int code)
{
	struct error err;

	run->exit_code = code;
	if (state == RUN_PLANNED) { /* a plan has no packs to point at */
		free(run->out);
		run->out = NULL;
	} else {
		run->exit_code = code = write_packs(d, run, &state, code);
	}
	if (ledger_run_set_state(d->ledger, run->id, state, code, &err) != 0)
		return local_failure(&err);
	run->state = state;
	if (state != RUN_PLANNED)
		spool_place(d->config.spool_directory, run->name, code);
	return send_print(d, run, code);
}

static struct engine_settings
engine_settings(const struct desk *d)
{
	const struct config *c = &d->config;

	return (struct engine_settings){
		.parallel = (unsigned)c->parallel,
		.retries = (unsigned)c->retries,
		.tps = c->tpslimit,
		.poll_interval_ms = c->poll_interval,
		.poll_deadline_ms = c->poll_deadline,
		.resend_within_ms = c->resend_within,
		.resend = d->options->resend,
		.again = d->options->again,
		.max_fail_percent = c->max_fail_percent,
		.ends_ms = d->ends_ms,
	};
}

static enum run_state
state_of(const int64_t counts[static OUTCOME_COUNT])
{
	return counts[OUTCOME_PENDING] + counts[OUTCOME_UNKNOWN] + counts[OUTCOME_NOT_SENT] > 0
	               ? RUN_OPEN
	               : RUN_FINISHED;
}

int
send_run(struct desk *d, struct ledger_run *run)
{
	struct engine_settings settings = engine_settings(d);
	int64_t counts[OUTCOME_COUNT];
	struct engine_result result;
	struct error err;
	int code;

	if (engine_run(d->ledger, run, d->route, &settings, &result, &err) != 0 ||
	    ledger_counts(d->ledger, run->id, counts, &err) != 0)
		return local_failure(&err);
	code = send_finish(d, run, state_of(counts), exits_code(&result, counts));
	if (result.stop == ENGINE_STOP_NONE)
		send_collect(d, run->id);
	return code;
}

/* 1: results of the run were asked for; 0: it waits for none; -1: the ledger or transport failed. */
static int
collect_one(struct desk *d, struct ledger_run *run, struct error *err)
{
	struct engine_settings settings = engine_settings(d);
	struct handoff_settings handoff = desk_handoff_settings(d);
	int64_t before[OUTCOME_COUNT], counts[OUTCOME_COUNT];
	struct engine_result result;
	struct ledger_batch batch;
	int rc = ledger_batch_next(d->ledger, run->id, BATCH_ACCEPTED, 0, &batch, err);

	if (rc != 1)
		return rc;
	ledger_batch_release(&batch);
	if (ledger_counts(d->ledger, run->id, before, err) != 0 ||
	    engine_collect(d->ledger, run, d->route, &settings, &result, err) != 0 ||
	    ledger_counts(d->ledger, run->id, counts, err) != 0)
		return -1;
	log_info("run %s: %lld pending before, %lld now", run->name,
	         (long long)before[OUTCOME_PENDING], (long long)counts[OUTCOME_PENDING]);
	if (before[OUTCOME_PENDING] == counts[OUTCOME_PENDING])
		return 1;
	run->exit_code = exits_code(&result, counts);
	if (handoff_write(d->ledger, run, &handoff, err) != 0 ||
	    ledger_run_set_state(d->ledger, run->id, state_of(counts), run->exit_code, err) != 0)
		return -1;
	spool_place(d->config.spool_directory, run->name, run->exit_code);
	return 1;
}

void
send_collect(struct desk *d, int64_t except_run)
{
	struct ledger_run run;
	struct error err;
	int64_t after = 0;
	int rc;

	while ((rc = ledger_run_next(d->ledger, RUN_OPEN, after, &run, &err)) == 1) {
		after = run.id;
		if (run.id != except_run)
			rc = collect_one(d, &run, &err);
		ledger_run_release(&run);
		if (rc < 0)
			break;
	}
	if (rc < 0)
		log_warn("results of earlier runs could not be collected: %s", err.text);
}
