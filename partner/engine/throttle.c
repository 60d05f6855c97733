/* The customers that the service throttles, and when their requests may start again. */
#include "partner/engine/throttle.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/log.h"

struct throttle {
	struct throttle *next;
	char *tenant;
	struct patience patience;
	int64_t until_ms; /* monotonic */
	bool gave_up;
};

/* The list is short: it holds only customers that were throttled. */
static struct throttle *
throttle_find(const struct engine *e, const char *tenant)
{
	struct throttle *t = e->throttles;

	while (t != NULL && strcmp(t->tenant, tenant) != 0)
		t = t->next;
	return t;
}

static struct throttle *
throttle_get(struct engine *e, const char *tenant)
{
	struct throttle *t = throttle_find(e, tenant);

	if (t == NULL) {
		t = xcalloc(1, sizeof(*t));
		t->tenant = xstrdup(tenant);
		t->next = e->throttles;
		e->throttles = t;
	}
	return t;
}

int64_t
throttle_until_ms(const struct engine *e, const struct job *j)
{
	const struct throttle *t = throttle_find(e, j->tenant);

	return t != NULL ? t->until_ms : 0;
}

bool
throttle_gave_up(const struct engine *e, const struct job *j)
{
	const struct throttle *t = throttle_find(e, j->tenant);

	return t != NULL && t->gave_up;
}

/* Accepted batches stay pending, the others unsent. */
static void
throttle_give_up(struct engine *e, struct throttle *t, const struct route_result *r)
{
	log_error(
		"run %s: customer %s: %s: busy-deadline is over, other customers go on; \"unpilot "
		"resume %s\" sends the rest",
		e->run->name, t->tenant, r->reason, e->run->name);
	t->gave_up = e->gave_up = true;
	for (struct job *j = e->jobs; j != NULL; j = j->next)
		if (!j->in_flight && strcmp(j->tenant, t->tenant) == 0) {
			if (j->phase == JOB_POLL)
				job_set_waiting(j, r->reason);
			j->phase = JOB_OVER;
		}
}

void
throttle_apply(struct job *j, const struct route_result *r)
{
	struct engine *e = j->engine;
	struct throttle *t = throttle_get(e, j->tenant);
	int64_t now = clock_tick_ms();
	int64_t wait;

	if (now < t->until_ms)
		return; /* it was in flight when the pause began, which counts once */
	wait = patience_failed(&t->patience, &e->busy_limits, now, r->retry_after);
	if (wait < 0) {
		throttle_give_up(e, t, r);
		return;
	}
	log_info("customer %s: %s: next request in %lld s", t->tenant, r->reason,
	         (long long)(wait + 999) / 1000);
	t->until_ms = now + wait;
}

void
throttle_clear(struct job *j)
{
	struct throttle *t = throttle_find(j->engine, j->tenant);

	if (t != NULL)
		patience_reset(&t->patience);
}

void
throttle_free(struct engine *e)
{
	while (e->throttles != NULL) {
		struct throttle *t = e->throttles;
		e->throttles = t->next;
		free(t->tenant);
		free(t);
	}
}
