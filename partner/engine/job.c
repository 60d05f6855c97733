#include "partner/engine/job.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/log.h"
#include "partner/engine/throttle.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/transaction.h"

#define KEPT_MAX ((size_t)8 * 1024 * 1024) /* devices of all batches that wait for their answers */

struct job *
job_new(struct engine *e, const struct ledger_batch *batch)
{
	struct job *j = xcalloc(1, sizeof(*j));

	j->engine = e;
	j->batch = batch->id;
	j->phase = batch->state == BATCH_ACCEPTED                               ? JOB_POLL
	           : e->route->ops->lookup != NULL && batch->service_id == NULL ? JOB_FIND
	                                                                        : JOB_SUBMIT;
	j->first_sent = batch->first_sent;
	j->lost = batch->lost;
	j->resent = batch->state == BATCH_LOST && e->set.resend;
	j->sold_to = xstrdup(batch->sold_to);
	j->received_from = xstrdup(batch->received_from);
	j->tenant = xstrdup(batch->tenant);
	j->service_id = batch->service_id != NULL ? xstrdup(batch->service_id) : NULL;
	j->reference = xasprintf("%s/%lld", e->run->name, (long long)batch->id);
	j->deadline_ms = clock_tick_ms() + (e->collect ? 0 : e->set.poll_deadline_ms);
	buf_init(&j->text, JOB_TEXT_MAX);
	return j;
}

static void
drop_devices(struct job *j)
{
	j->engine->kept -= j->kept;
	j->kept = 0;
	free(j->device);
	free(j->row);
	j->device = NULL;
	j->row = NULL;
	j->count = j->room = 0;
	buf_release(&j->text);
	buf_init(&j->text, JOB_TEXT_MAX);
}

/* What an answer is read against: all that went out, or what went out twice, at least what is open. */
static bool
is_for_all(const struct job *j)
{
	return j->phase == JOB_POLL && j->lost == 0;
}

/* While it waits for its answer, nobody but the job itself changes what went out. */
static void
keep_devices(struct job *j)
{
	size_t size = j->room * (sizeof(*j->device) + sizeof(*j->row)) + j->text.size;
	size_t others = j->engine->kept - j->kept;

	if (!is_for_all(j) || others > KEPT_MAX || size > KEPT_MAX - others) {
		drop_devices(j);
		return;
	}
	j->engine->kept = others + size;
	j->kept = size;
}

void
job_free(struct job *j)
{
	drop_devices(j);
	buf_release(&j->text);
	free(j->service_id);
	free(j->sold_to);
	free(j->received_from);
	free(j->tenant);
	free(j->reference);
	free(j);
}

bool
job_is_unsent(const struct job *j)
{
	return j->phase == JOB_FIND || j->phase == JOB_SUBMIT;
}

void
job_break(struct job *j)
{
	j->phase = JOB_OVER;
	if (!ledger_claim_lost(j->engine->ledger)) {
		j->engine->broken = true;
		return;
	}
	log_warn("%s: another machine has taken it over", j->reference);
	j->claimed = false;
}

/* Texts go into one buffer that may move: offsets first, pointers when all are there. */
static const char *
keep(struct job *j, const char *text)
{
	size_t at = j->text.len;

	buf_add(&j->text, text, strlen(text) + 1);
	return (const char *)(uintptr_t)at;
}

static int
on_device(void *ctx, int64_t row, const struct device_id *id, struct error *err)
{
	struct job *j = ctx;

	if (j->count == j->room) {
		j->room = j->room == 0 ? 64 : j->room * 2;
		j->device = xreallocarray(j->device, j->room, sizeof(*j->device));
		j->row = xreallocarray(j->row, j->room, sizeof(*j->row));
	}
	j->row[j->count] = row;
	j->device[j->count++] = (struct device_id){keep(j, id->pkid), keep(j, id->serial),
	                                           keep(j, id->manufacturer), keep(j, id->model)};
	return j->text.overflow ? error_set(err, "a batch is too large for memory") : 0;
}

static void
settle_text(const struct job *j, const char **text)
{
	*text = j->text.data + (uintptr_t)*text;
}

static int
load_devices(struct job *j)
{
	struct engine *e = j->engine;
	bool all = is_for_all(j);

	if (all && j->kept > 0)
		return 0;
	drop_devices(j);
	if ((all ? ledger_batch_asked(e->ledger, j->batch, on_device, j, e->err)
	         : ledger_batch_devices(e->ledger, j->batch, on_device, j, e->err)) != 0)
		return -1;
	for (size_t i = 0; i < j->count; i++) {
		settle_text(j, &j->device[i].pkid);
		settle_text(j, &j->device[i].serial);
		settle_text(j, &j->device[i].manufacturer);
		settle_text(j, &j->device[i].model);
	}
	return 0;
}

bool
job_may_resend(const struct job *j, int64_t wait_ms)
{
	/* what goes by the service's own id for a registration does no harm at any age */
	if (j->engine->route->ops->lookup != NULL)
		return true;
	return ledger_now_ms(j->engine->ledger) + wait_ms <
	       j->first_sent * 1000 + j->engine->set.resend_within_ms;
}

int64_t
job_next_try_ms(struct job *j, const struct route_result *r)
{
	long named = r->end == ROUTE_BUSY ? r->retry_after : PATIENCE_UNNAMED;

	return patience_failed(&j->patience, &j->engine->limits, clock_tick_ms(), named);
}

void
job_try_again(struct job *j, const struct route_result *r)
{
	struct engine *e = j->engine;
	int64_t wait;

	if (r->customer_only) {
		customers_throttled(j, r);
		return;
	}
	wait = job_next_try_ms(j, r);
	if (wait < 0) {
		log_error("%s: %s: %s", j->reference, r->reason,
		          j->patience.failures > e->limits.retries
		                  ? "retries used up"
		                  : "the service asks for a longer pause than is waited for");
		engine_stop(e, ENGINE_STOP_UNREACHABLE);
		j->phase = JOB_OVER;
		return;
	}
	log_info("%s: %s: trying again in %lld s", j->reference, r->reason, (long long)wait / 1000);
	e->result.counters.retries++;
	j->due_ms = clock_tick_ms() + wait;
	if (r->end == ROUTE_BUSY)
		pace_throttled(&e->pace, clock_tick_ms(), wait);
}

void
job_end(struct job *j, enum outcome outcome, const char *reason)
{
	struct engine *e = j->engine;

	j->phase = JOB_OVER;
	do {
		if (ledger_begin(e->ledger, e->err) == 0 &&
		    ledger_batch_outcome(e->ledger, j->batch, outcome, reason, e->err) == 0 &&
		    ledger_batch_done(e->ledger, j->batch, reason, e->err) == 0 &&
		    ledger_commit(e->ledger, e->err) == 0) {
			j->claimed = false;
			e->result.counters.decided[outcome] += (int64_t)j->count;
			return;
		}
		ledger_rollback(e->ledger);
	} while (ledger_again(e->ledger));
	job_break(j);
}

static void
on_result(void *ctx, const struct route_result *r)
{
	struct job *j = ctx;

	j->in_flight = false;
	j->engine->in_flight--;
	if (r->trace != NULL)
		log_debug("%s: the service's own id: %s", j->reference, r->trace);
	if (r->end == ROUTE_ACCEPTED || r->end == ROUTE_ANSWERED || r->end == ROUTE_PENDING)
		pace_taken(&j->engine->pace);
	if (r->end != ROUTE_BUSY)
		customers_answered(j);
	switch (j->phase) {
	case JOB_FIND: find_done(j, r); break;
	case JOB_SUBMIT: submit_done(j, r); break;
	case JOB_POLL:
	case JOB_OVER: poll_done(j, r); break;
	}
	keep_devices(j);
}

/* The intent is in the ledger before the route sees the batch. */
static int
start_submit(struct job *j, const struct route_batch *batch)
{
	struct engine *e = j->engine;

	if (ledger_batch_sent(e->ledger, j->batch, batch->target, e->err) != 0)
		return -1;
	if (j->first_sent == 0)
		j->first_sent = ledger_now(e->ledger);
	return e->route->ops->submit(e->route, batch, on_result, j, e->err);
}

static int
start_poll(struct job *j, const struct route_batch *batch)
{
	struct route *route = j->engine->route;

	return route->ops->poll(route, j->service_id, batch, on_result, j, j->engine->err);
}

/* What the route is told. A customer's address is told to a route that asks for it alone. */
static struct route_batch
batch_of(const struct job *j)
{
	const struct route_ops *ops = j->engine->route->ops;

	return (struct route_batch){.reference = j->reference,
	                            .sold_to = j->sold_to,
	                            .received_from = j->received_from,
	                            .customer = ops->names_customer ? j->tenant : NULL,
	                            .target = ops->lookup != NULL ? j->service_id : NULL,
	                            .device = j->device,
	                            .count = j->count};
}

static int
start_phase(struct job *j)
{
	struct route_batch batch = batch_of(j);
	struct route *route = j->engine->route;

	switch (j->phase) {
	case JOB_FIND: return route->ops->lookup(route, &batch, on_result, j, j->engine->err);
	case JOB_SUBMIT: return start_submit(j, &batch);
	case JOB_POLL:
	case JOB_OVER: break;
	}
	return start_poll(j, &batch);
}

void
job_start(struct job *j)
{
	struct engine *e = j->engine;

	/* judged when it would leave: a pause may have been longer than the limit */
	if (j->phase == JOB_SUBMIT && j->lost > 0 && !e->set.resend && !job_may_resend(j, 0)) {
		log_error("%s: outcome unknown: resend-within is over: \"unpilot resume --resend\" "
		          "sends it once more",
		          j->reference);
		j->phase = JOB_OVER;
		return;
	}
	if (load_devices(j) != 0) {
		job_break(j);
		return;
	}
	if (j->count == 0) {
		job_end(j, OUTCOME_NOT_SENT, "");
		return;
	}
	j->in_flight = true;
	e->in_flight++;
	if (j->phase != JOB_FIND) { /* most are answered from what was read before */
		pace_started(&e->pace, clock_tick_ms());
		e->shared.turn = false;
	}
	if (start_phase(j) != 0) {
		j->in_flight = false;
		e->in_flight--;
		job_break(j);
	}
}
