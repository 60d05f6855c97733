#include "partner/engine/throttle.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/log.h"

struct customer {
	struct customer *next;
	char *tenant;
	struct patience patience;
	int64_t until_ms; /* monotonic */
	bool left;
};

/* Only those that were ever throttled: a handful. */
static struct customer *
find(const struct engine *e, const char *tenant)
{
	struct customer *c = e->customers;

	while (c != NULL && strcmp(c->tenant, tenant) != 0)
		c = c->next;
	return c;
}

static struct customer *
find_or_add(struct engine *e, const char *tenant)
{
	struct customer *c = find(e, tenant);

	if (c == NULL) {
		c = xcalloc(1, sizeof(*c));
		c->tenant = xstrdup(tenant);
		c->next = e->customers;
		e->customers = c;
	}
	return c;
}

int64_t
customers_wait_until(const struct engine *e, const struct job *j)
{
	const struct customer *c = find(e, j->tenant);

	return c != NULL ? c->until_ms : 0;
}

bool
customers_left(const struct engine *e, const struct job *j)
{
	const struct customer *c = find(e, j->tenant);

	return c != NULL && c->left;
}

/* What was accepted stays pending, what was not sent stays so. */
static void
leave(struct engine *e, struct customer *c, const struct route_result *r)
{
	log_error("run %s: customer %s: %s: its tries are used up, the others go on; \"unpilot "
	          "resume %s\" takes it up again",
	          e->run->name, c->tenant, r->reason, e->run->name);
	c->left = e->left = true;
	for (struct job *j = e->jobs; j != NULL; j = j->next)
		if (!j->in_flight && strcmp(j->tenant, c->tenant) == 0)
			j->phase = JOB_OVER;
}

void
customers_throttled(struct job *j, const struct route_result *r)
{
	struct engine *e = j->engine;
	struct customer *c = find_or_add(e, j->tenant);
	int64_t now = clock_tick_ms();
	int64_t wait;

	if (now < c->until_ms)
		return; /* it was under way when the pause began: told once is enough */
	wait = patience_failed(&c->patience, &e->limits, now, r->retry_after);
	if (wait < 0) {
		leave(e, c, r);
		return;
	}
	log_info("customer %s: %s: going on with it in %lld s", c->tenant, r->reason,
	         (long long)(wait + 999) / 1000);
	c->until_ms = now + wait;
}

void
customers_answered(struct job *j)
{
	struct customer *c = find(j->engine, j->tenant);

	if (c != NULL)
		patience_reset(&c->patience);
}

void
customers_free(struct engine *e)
{
	while (e->customers != NULL) {
		struct customer *c = e->customers;
		e->customers = c->next;
		free(c->tenant);
		free(c);
	}
}
