/* Judges the result of sending a batch. */
#include <stdlib.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/log.h"
#include "partner/engine/internal.h"
#include "partner/ledger/batches.h"

static void
submit_accepted(struct job *j, const struct route_result *r)
{
	struct engine *e = j->engine;
	char *id = xstrdup(r->service_id); /* it may point to the job's own id */

	free(j->service_id);
	j->service_id = id;
	if (ledger_batch_accepted(e->ledger, j->batch, id, r->trace, e->err) != 0) {
		job_break(j);
		return;
	}
	log_debug("%s: %zu devices accepted as %s", j->reference, j->count, j->service_id);
	j->phase = JOB_POLL;
	job_was_answered(j);
	/* a deletion takes a while to show; polling at once would read a page for each device */
	j->due_ms = clock_tick_ms() + (e->route->ops->lookup != NULL ? e->set.poll_interval_ms : 0);
	j->deadline_ms = clock_tick_ms() + e->set.poll_deadline_ms;
}

/* The attempt certainly did nothing: restores the batch. false: the job is over. */
static bool
submit_take_back(struct job *j, const char *note)
{
	if (ledger_batch_unsent(j->engine->ledger, j->batch, j->was_lost, note, j->engine->err) !=
	    0) {
		job_break(j);
		return false;
	}
	if (j->lost == 0)
		j->first_sent = 0;
	return true;
}

/* The batch stays lost: a later command asks once more for the answer to its BatchId, or looks whether its
 * registration is still listed. The canary does not wait for that. */
static void
submit_stay_lost(struct job *j, const char *reason)
{
	struct engine *e = j->engine;

	j->phase = JOB_OVER;
	if (!submit_take_back(j, reason))
		return;
	if (ledger_batch_outcome(e->ledger, j->batch, OUTCOME_UNKNOWN, reason, e->err) != 0 ||
	    canary_excuse(j) != 0)
		job_break(j);
}

/* After a stop nothing tries again: the batch waits for another command. */
static void
submit_did_nothing(struct job *j, const struct route_result *r)
{
	if (submit_take_back(j, r->reason) &&
	    (r->end == ROUTE_BUSY || engine_may_submit(j->engine)))
		job_try_again(j, r);
}

/* The refusal does not cover an earlier request whose answer was lost: that stays unknown. */
static void
submit_end_refused(struct job *j, const struct route_result *r)
{
	bool known = j->lost > 0 && j->service_id != NULL;
	enum outcome outcome = j->lost == 0 ? OUTCOME_REFUSED : OUTCOME_UNKNOWN;
	char *reason = j->lost == 0 ? xstrdup(r->reason)
	                            : xasprintf("refused (%s), but an earlier answer was lost",
	                                        r->reason);

	log_error("%s: refused: %s", j->reference, r->reason);
	if (known)
		submit_stay_lost(j, reason);
	else
		job_end(j, outcome, reason);
	free(reason);
	engine_count(j->engine, (int64_t)j->count, (int64_t)j->count);
}

/* One bad row costs one row: halve the batch until that row is alone. */
static void
submit_refused(struct job *j, const struct route_result *r)
{
	struct engine *e = j->engine;
	int64_t other;
	int rc;

	if (!r->divisible || j->count == 1) {
		submit_end_refused(j, r);
		return;
	}
	if (!submit_take_back(j, r->reason))
		return;
	rc = ledger_batch_halve(e->ledger, j->batch, &other, e->err);
	if (rc < 0) {
		job_break(j);
		return;
	}
	log_info("%s: %s: halved", j->reference, r->reason);
	j->due_ms = clock_tick_ms();
	if (rc == 1 && (j->lost > 0 || j->canary))
		engine_adopt_half(e, j->lost > 0 ? BATCH_LOST : BATCH_PLANNED, other);
	e->drained = false; /* the other half is planned now */
}

/* Sending again is harmless while nobody has registered the device again. */
static void
submit_lost(struct job *j, const struct route_result *r)
{
	struct engine *e = j->engine;
	int64_t wait = job_next_try_ms(j, r);

	if (ledger_batch_lost(e->ledger, j->batch, r->reason, e->err) != 0) {
		job_break(j);
		return;
	}
	j->lost++;
	if (!r->certificate_refused && wait >= 0 && job_may_resend(j, wait)) {
		log_warn("%s: outcome unknown: %s: sending it again in %lld s", j->reference,
		         r->reason, (long long)wait / 1000);
		e->result.counters.retries++;
		j->due_ms = clock_tick_ms() + wait;
		return;
	}
	log_error("%s: outcome unknown: %s", j->reference, r->reason);
	j->phase = JOB_OVER;
	if (r->certificate_refused)
		engine_stop(e, ENGINE_STOP_DENIED);
}

/* One BatchId for two batches: the answers to both would be mixed up. */
static int
submit_id_is_taken(struct job *j, const struct route_result *r, bool *ret)
{
	struct engine *e = j->engine;

	*ret = false;
	if (e->route->ops->lookup != NULL ||
	    ledger_batch_id_is_taken(e->ledger, j->batch, r->service_id, ret, e->err) == 0)
		return 0;
	job_break(j);
	return -1;
}

static void
submit_answered(struct job *j, const struct route_result *r)
{
	struct route_result lost = *r;
	bool taken;

	if (submit_id_is_taken(j, r, &taken) != 0)
		return;
	if (!taken) {
		submit_accepted(j, r);
		return;
	}
	lost.end = ROUTE_LOST;
	lost.reason = "the service gave this batch the BatchId of another one";
	submit_lost(j, &lost);
}

/* Nothing more leaves: the credentials were refused, or the outbound guard refused the request. */
static void
submit_barred(struct job *j, const struct route_result *r)
{
	bool denied = r->end == ROUTE_DENIED;

	log_error("%s: %s: %s", j->reference,
	          denied ? "credentials refused" : "the outbound guard refused the request",
	          r->reason);
	engine_stop(j->engine, denied ? ENGINE_STOP_DENIED : ENGINE_STOP_GUARD);
	if (submit_take_back(j, r->reason))
		j->phase = JOB_OVER;
}

/* The batch may have been registered. With a BatchId of its own it can still be polled; without one every
 * row is an alarm. */
static void
submit_alarm(struct job *j, const struct route_result *r)
{
	bool taken = true;

	engine_raise_alarm(j, r->reason);
	if (r->end == ROUTE_ACCEPTED && submit_id_is_taken(j, r, &taken) != 0)
		return;
	if (!taken)
		submit_accepted(j, r);
	else
		job_end(j, OUTCOME_ALARM, r->reason);
}

void
on_submit(struct job *j, const struct route_result *r)
{
	if (r->alarm) {
		submit_alarm(j, r);
		return;
	}
	switch (r->end) {
	case ROUTE_ACCEPTED: submit_answered(j, r); break;
	case ROUTE_NOT_SENT:
	case ROUTE_BUSY: submit_did_nothing(j, r); break;
	case ROUTE_REFUSED: submit_refused(j, r); break;
	case ROUTE_SKIPPED:
		if (submit_take_back(j, r->reason))
			job_leave_unsent(j, r->reason);
		break;
	case ROUTE_DENIED:
	case ROUTE_GUARDED: submit_barred(j, r); break;
	case ROUTE_LOST:
	case ROUTE_ANSWERED:
	case ROUTE_PENDING:
	case ROUTE_FORGOTTEN:
	case ROUTE_FOUND:
	case ROUTE_END_COUNT: submit_lost(j, r); break;
	}
}
