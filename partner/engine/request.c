/*
 * Starts the request that a job's phase asks for, and hands the result to the file of that phase:
 *
 *	LOOKUP --found--> SUBMIT --accepted--> POLL --verdicts--> OVER
 *	                    ^                   |
 *	                    +---- --resend -----+  (the answer is lost or lacks devices)
 *
 *	LOOKUP  repeated when busy or failed. OVER: not found, skipped, denied
 *	SUBMIT  repeated when busy or not sent; in halves when refused as a whole; when the answer
 *	        was lost, within resend-within. OVER: refused, denied, guarded, skipped, lost
 *	POLL    repeated when pending or failed, until poll-deadline. OVER: the batch stays
 *	        accepted, and a later run collects the result
 *
 * job_new() picks the first phase: POLL for an accepted batch, LOOKUP on a route that looks
 * devices up and has not found this one yet, else SUBMIT. Retries used up end every phase.
 */
#include "common/clock.h"
#include "common/log.h"
#include "partner/engine/internal.h"
#include "partner/engine/throttle.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/guards.h"
#include "partner/ledger/ledger.h"

static void
on_result(void *ctx, const struct route_result *r)
{
	struct job *j = ctx;

	gather_begin(j->engine);
	j->in_flight = false;
	j->engine->in_flight--;
	if (r->trace != NULL)
		log_debug("%s: the service's own id: %s", j->reference, r->trace);
	if (r->end == ROUTE_ACCEPTED || r->end == ROUTE_ANSWERED || r->end == ROUTE_PENDING)
		pace_taken(&j->engine->pace);
	if (r->end != ROUTE_BUSY)
		throttle_clear(j);
	switch (j->phase) {
	case JOB_LOOKUP: on_lookup(j, r); break;
	case JOB_SUBMIT: on_submit(j, r); break;
	case JOB_POLL:
	case JOB_OVER: on_poll(j, r); break;
	}
	job_keep_devices(j);
	if (unanswered_update(j) != 0)
		j->engine->broken = true;
}

/* Judged when the request would leave, because a pause may have exceeded the limit. */
static bool
is_too_old(const struct job *j)
{
	return j->phase == JOB_SUBMIT && j->lost > 0 && !j->engine->set.resend &&
	       !job_may_resend(j, 0);
}

/* The intent is durable before the route sees the batch. 1: it waits, or nothing may be sent. */
static int
start_submit(struct job *j, const struct route_batch *batch)
{
	static const struct route_result not_sent = {.end = ROUTE_NOT_SENT,
	                                             .reason = "resend-within is over"};
	static const struct route_result stopped = {.end = ROUTE_NOT_SENT, .reason = ROUTE_STOPPED};
	struct engine *e = j->engine;
	int rc = unanswered_send(j, batch->target);

	if (rc != 1)
		return rc == 0 ? 1 : -1;
	j->attempts++;
	j->resent = true;
	if (j->first_sent == 0)
		j->first_sent = ledger_now(e->ledger);
	if (j->canary && e->canary.since_ms == 0)
		e->canary.since_ms = clock_tick_ms();
	/* the machine or the server was stopped meanwhile, or a signal came */
	if (is_too_old(j) || !route_may_deregister(e->route)) {
		on_result(j, is_too_old(j) ? &not_sent : &stopped);
		return 0;
	}
	return e->route->ops->submit(e->route, batch, on_result, j, e->err);
}

static int
start_poll(struct job *j, const struct route_batch *batch)
{
	struct route *route = j->engine->route;

	return route->ops->poll(route, j->service_id, batch, on_result, j, j->engine->err);
}

/* Only a route that addresses customers learns the customer's address. */
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
	                            .lost = j->lost > 0,
	                            .count = j->count};
}

static int
start_phase(struct job *j)
{
	struct route_batch batch = batch_of(j);
	struct route *route = j->engine->route;

	switch (j->phase) {
	case JOB_LOOKUP: return route->ops->lookup(route, &batch, on_result, j, j->engine->err);
	case JOB_SUBMIT: return start_submit(j, &batch);
	case JOB_POLL:
	case JOB_OVER: break;
	}
	return start_poll(j, &batch);
}

/* Loads the devices of the next request. A batch that is too large keeps those that may leave. */
static int
load_devices(struct job *j)
{
	static int (*const fit[])(struct job *) = {canary_fit, unanswered_fit};
	int rc = job_load_devices(j);

	for (size_t i = 0; i < ARRAY_SIZE(fit) && rc == 0 && j->phase == JOB_SUBMIT; i++) {
		rc = fit[i](j);
		if (rc == 1)
			rc = job_load_devices(j);
	}
	j->size = j->count;
	return rc;
}

/* No answer came to the BatchId, so the guards hold devices of the batch now. 1: all of them, 0, -1. */
static int
hold_devices(struct job *j)
{
	int64_t held;
	int rc;

	if (j->phase != JOB_SUBMIT || j->lost == 0)
		return 0;
	rc = ledger_hold_batch(j->engine->ledger, j->batch, &held, j->engine->err);
	if (rc >= 0 && (rc == 1 || held > 0))
		log_warn("%s: a guard holds %s devices: not sent again; \"unpilot status %s\" "
		         "says why",
		         j->reference, rc == 1 ? "its" : "some", j->engine->run->name);
	return rc;
}

void
job_start(struct job *j)
{
	struct engine *e = j->engine;
	int rc;

	if (is_too_old(j)) {
		log_error("%s: outcome unknown: resend-within is over: \"unpilot resume --resend\" "
		          "sends it again",
		          j->reference);
		e->result.too_old++;
		j->phase = JOB_OVER;
		return;
	}
	rc = hold_devices(j);
	if (rc < 0 || (rc == 0 && load_devices(j) != 0)) {
		job_break(j);
		return;
	}
	if (rc == 1) {
		j->phase = JOB_OVER;
		return;
	}
	if (j->count == 0) {
		job_end(j, OUTCOME_NOT_SENT, "");
		return;
	}
	if (j->phase == JOB_SUBMIT && !unanswered_has_room(e, j)) {
		job_keep_devices(j); /* it waits until others are answered */
		return;
	}
	j->in_flight = true;
	e->in_flight++;
	if (j->phase != JOB_LOOKUP) { /* most look-ups are answered from memory */
		pace_started(&e->pace, clock_tick_ms());
		e->sharing.turn = false;
	}
	rc = start_phase(j);
	if (rc == 0)
		return;
	j->in_flight = false;
	e->in_flight--;
	if (rc < 0)
		job_break(j);
	else
		job_keep_devices(j);
}
