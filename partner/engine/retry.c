/* Whether and when a job tries again. The arithmetic is in common/patience.h. */
#include "common/clock.h"
#include "common/log.h"
#include "partner/engine/internal.h"
#include "partner/engine/throttle.h"
#include "partner/ledger/ledger.h"

bool
job_may_resend(const struct job *j, int64_t wait_ms)
{
	/* the target names one registration: repeating it is harmless at any age (route.h) */
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
		throttle_apply(j, r);
		return;
	}
	wait = job_next_try_ms(j, r);
	if (wait < 0) {
		log_error("%s: %s: %s", j->reference, r->reason,
		          j->patience.failures > e->limits.retries
		                  ? "retries used up"
		                  : "the service asks for too long a pause");
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
