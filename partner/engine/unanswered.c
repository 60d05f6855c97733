/* Bounds the devices that were sent and have no answer yet, so that guards can still stop a run when
 * its first answers arrive. Counts our own jobs in memory, everything else from the ledger. */
#include "common/clock.h"
#include "common/log.h"
#include "partner/engine/internal.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/canary.h"
#include "partner/ledger/ledger.h"

int
unanswered_recount(struct engine *e)
{
	int64_t all;

	if (e->set.max_unanswered == 0 || e->collect)
		return 0;
	if (ledger_unanswered(e->ledger, &all, e->err) != 0)
		return -1;
	e->unanswered_else = all > e->unanswered ? all - e->unanswered : 0;
	return 0;
}

/* Another batch is on its way, waits for its answer, or has lost it and goes first. */
static bool
unanswered_other(const struct engine *e, const struct job *mine)
{
	bool lost = mine != NULL && mine->lost > 0;

	for (const struct job *j = e->jobs; j != NULL; j = j->next) {
		if (j == mine || (j->phase != JOB_POLL && j->phase != JOB_SUBMIT))
			continue;
		if (j->phase == JOB_POLL || j->in_flight ||
		    (j->lost > 0 && !lost && canary_lets(e, j)))
			return true;
	}
	return false;
}

/* How many devices may leave at this moment; less than 1: none. */
static int64_t
unanswered_room(const struct engine *e)
{
	return e->set.max_unanswered - e->unanswered - e->unanswered_else;
}

/* A batch is parted to fit the limit. Nothing of this run makes more room once it is stuck: devices of earlier
 * runs stay without their answers, and a part of the batch leaves beside them. */
static int64_t
unanswered_most(const struct engine *e)
{
	int64_t room = unanswered_room(e);

	return e->stuck_ms != 0 && room > 0 ? room : e->set.max_unanswered;
}

bool
unanswered_has_room(const struct engine *e, const struct job *j)
{
	int64_t size = j != NULL && j->size > 0 ? (int64_t)j->size : 1;
	int64_t most = unanswered_most(e);

	if (e->one_at_a_time && unanswered_other(e, j))
		return false;
	return e->set.max_unanswered == 0 || (size < most ? size : most) <= unanswered_room(e);
}

int
unanswered_fit(struct job *j)
{
	struct engine *e = j->engine;
	int64_t other, most = unanswered_most(e);
	int rc;

	if (e->set.max_unanswered == 0 || (int64_t)j->count <= most)
		return 0;
	rc = ledger_batch_split(e->ledger, j->batch, most, &other, e->err);
	if (rc == 1 && j->lost > 0)
		engine_adopt_half(e, BATCH_LOST, other);
	e->drained = e->drained && rc != 1;
	return rc;
}

/* Our own counts are up to a second old, in which another machine may have filled the limit. */
static int
unanswered_send_shared(struct job *j, const char *target)
{
	struct engine *e = j->engine;
	bool full, held;

	if (ledger_batch_sent_within(e->ledger, j->batch, target, (int64_t)j->count,
	                             e->set.max_unanswered, &full, &held, e->err) != 0)
		return -1;
	if (held) {
		engine_stop(e, ENGINE_STOP_GUARD);
		return engine_check_alarms(e);
	}
	return full ? unanswered_recount(e) : 1;
}

int
unanswered_send(struct job *j, const char *target)
{
	struct engine *e = j->engine;
	int rc = e->sharing.on ? unanswered_send_shared(j, target)
	         : ledger_batch_sent(e->ledger, j->batch, target, e->err) == 0 ? 1
	                                                                       : -1;

	if (rc != 1)
		return rc;
	j->unanswered = (int64_t)j->count;
	e->unanswered += j->unanswered;
	return 1;
}

int
unanswered_update(struct job *j)
{
	struct engine *e = j->engine;
	bool ours = j->unanswered > 0;

	if (j->phase == JOB_POLL || (j->phase == JOB_OVER && e->set.max_unanswered == 0))
		return 0;
	e->unanswered -= j->unanswered;
	j->unanswered = 0;
	/* an adopted batch is over, or one of ours stays without its answer */
	return j->phase == JOB_OVER && (j->claimed || !ours) ? unanswered_recount(e) : 0;
}

/* A request in flight or a poll may still make room. */
static bool
unanswered_may_shrink(const struct engine *e)
{
	for (const struct job *j = e->jobs; j != NULL; j = j->next)
		if (j->in_flight || j->phase == JOB_POLL)
			return true;
	return false;
}

/* A job that waits for the canary says nothing about room. */
static bool
unanswered_next_has_room(const struct engine *e)
{
	bool waits = false;

	for (const struct job *j = e->jobs; j != NULL; j = j->next) {
		if (!job_is_unsent(j) || !canary_lets(e, j))
			continue;
		if (unanswered_has_room(e, j))
			return true;
		waits = true;
	}
	return !waits && unanswered_has_room(e, NULL);
}

int
unanswered_check(struct engine *e)
{
	int64_t now = clock_tick_ms();

	if (e->set.max_unanswered == 0 || e->collect || e->result.stop != ENGINE_STOP_NONE ||
	    unanswered_may_shrink(e)) {
		e->stuck_ms = 0;
		return 0;
	}
	if (unanswered_next_has_room(e))
		return 0;
	if (!engine_has_unsent_devices(e)) {
		/* without room nobody has asked the ledger for the next batch, whose devices may all be held */
		e->drained = true;
		e->after = INT64_MAX;
		e->stuck_ms = 0;
		return 0;
	}
	if (e->stuck_ms == 0)
		e->stuck_ms = now;
	if (unanswered_recount(e) != 0)
		return -1;
	if (unanswered_next_has_room(e) ||
	    (e->sharing.on && now - e->stuck_ms < e->set.poll_deadline_ms))
		return 0;
	log_error("guard: %lld devices were accepted and have no answer, max-unanswered is %lld: "
	          "nothing more is sent; \"unpilot resume --collect\" asks for their answers",
	          (long long)e->unanswered + (long long)e->unanswered_else,
	          (long long)e->set.max_unanswered);
	engine_stop(e, ENGINE_STOP_UNANSWERED);
	return 0;
}
