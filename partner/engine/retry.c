/* Whether and when a job tries again. The arithmetic is in common/patience.h. */
#include "common/clock.h"
#include "common/log.h"
#include "partner/engine/internal.h"
#include "partner/engine/throttle.h"

#define PAUSE_MAX_MS ((int64_t)INT32_MAX * 1000)

bool
job_may_resend(const struct job *j, int64_t wait_ms)
{
	/* the target names one registration: repeating it is harmless at any age (route.h) */
	if (j->engine->route->ops->lookup != NULL)
		return true;
	return engine_is_young(j->engine, j->first_sent, wait_ms);
}

int64_t
job_next_try_ms(struct job *j, const struct route_result *r)
{
	const struct engine *e = j->engine;
	int64_t now = clock_tick_ms();

	if (r->end == ROUTE_BUSY)
		return patience_failed(&j->busy, &e->busy_limits, now, r->retry_after);
	return patience_failed(r->end == ROUTE_NOT_SENT ? &j->patience : &j->lost_patience,
	                       &e->limits, now, PATIENCE_UNNAMED);
}

void
job_was_answered(struct job *j)
{
	patience_reset(&j->patience);
	patience_reset(&j->busy);
	patience_reset(&j->lost_patience);
}

/* A job that gives up leaves the whole pause to later runs of the command. */
void
job_pause_all(struct job *j, const struct route_result *r, int64_t wait_ms)
{
	int64_t named = r->retry_after >= 0 ? patience_pause_ms(r->retry_after, PAUSE_MAX_MS)
	                                    : patience_backoff_ms(1);

	if (r->end == ROUTE_BUSY && !r->customer_only)
		pace_throttled(&j->engine->pace, clock_tick_ms(), wait_ms >= 0 ? wait_ms : named);
}

void
job_try_again(struct job *j, const struct route_result *r)
{
	struct engine *e = j->engine;
	int64_t wait;

	if (r->customer_only) {
		throttle_apply(j, r);
		return;
	}
	wait = job_next_try_ms(j, r);
	job_pause_all(j, r, wait);
	if (wait < 0) {
		log_error("%s: %s: %s", j->reference, r->reason,
		          r->end == ROUTE_BUSY ? "busy-deadline is over" : "retries used up");
		engine_stop(e, ENGINE_STOP_UNREACHABLE);
		j->phase = JOB_OVER;
		return;
	}
	log_info("%s: %s: trying again in %lld s", j->reference, r->reason, (long long)wait / 1000);
	e->result.counters.retries++;
	j->due_ms = clock_tick_ms() + wait;
}
