/* The harmless request before the first batch: are the credentials accepted, is the service up? */
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "partner/engine/internal.h"
#include "partner/engine/signals.h"

#define SIGNAL_MS 1000 /* the longest delay until a signal is noticed */

struct preflight {
	bool over;
	enum route_end end;
	long retry_after;
	char reason[ROUTE_REASON_MAX];
};

static void
on_preflight(void *ctx, const struct route_result *r)
{
	struct preflight *c = ctx;

	c->over = true;
	c->end = r->end;
	c->retry_after = r->retry_after;
	snprintf(c->reason, sizeof(c->reason), "%s", r->reason);
}

static bool
preflight_is_late(const struct engine *e)
{
	return signals_seen() != 0 || e->result.stop == ENGINE_STOP_DURATION;
}

/* An earlier run of the command may have been told to wait. */
static int
preflight_wait(struct engine *e)
{
	int64_t wait;

	while ((wait = pace_wait_ms(&e->pace, 0, clock_tick_ms())) > 0 && !preflight_is_late(e)) {
		engine_observe(e);
		if (sharing_renew(e) != 0)
			return -1;
		clock_sleep_ms(wait < SIGNAL_MS ? wait : SIGNAL_MS);
		engine_check_duration(e);
	}
	return 0;
}

static int
preflight_once(struct engine *e, struct preflight *c)
{
	*c = (struct preflight){.end = ROUTE_LOST};
	pace_started(&e->pace, clock_tick_ms());
	if (e->sharing.gap_us > 0) { /* it counts as a start, but does not wait for its turn */
		if (sharing_take_turn(e) < 0)
			return -1;
		e->sharing.turn = false;
	}
	if (e->route->ops->check(e->route, on_preflight, c, e->err) != 0)
		return -1;
	while (!c->over && signals_seen() == 0)
		if (sharing_renew(e) != 0 || e->route->ops->wait(e->route, SIGNAL_MS, e->err) != 0)
			return -1;
	if (!c->over)
		e->route->ops->drop(e->route); /* its result would go to a variable that is gone */
	return 0;
}

/* Requests may go out: adapts the pace to the state of the service. */
static void
preflight_apply(struct engine *e, const struct preflight *c)
{
	int64_t pause = c->retry_after >= 0
	                        ? patience_pause_ms(c->retry_after, e->set.busy_deadline_ms)
	                        : patience_backoff_ms(1);

	if (c->end == ROUTE_LOST) {
		log_warn(
			"the service did not answer a harmless request: %s: sending one batch at a time",
			c->reason);
		e->pace.window = 1;
		/* a batch of a route with look-ups is one device */
		e->one_at_a_time = e->route->ops->lookup == NULL;
	}
	if (c->end != ROUTE_BUSY)
		return;
	pace_throttled(&e->pace, clock_tick_ms(), pause);
	if (pause >= e->set.busy_deadline_ms) {
		log_error("service throttling: %s: it asks for too long a pause", c->reason);
		engine_stop(e, ENGINE_STOP_UNREACHABLE);
	}
}

/* The words of the TLS library do not say whose certificate is meant. */
static const char *
hint_of(const char *reason)
{
	static const struct {
		const char *words, *hint;
	} hints[] = {
		{"alert", "the service refuses the client certificate: ask it which one it takes"},
		{"issuer certificate",
	         "the service's certificate is not trusted: set ca-file to its issuer"},
		{"self-signed certificate",
	         "the service's certificate is not trusted: set ca-file to its issuer"},
		{"certificate has expired", "the service's certificate: ask the service"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
		if (strcasestr(reason, hints[i].words) != NULL)
			return hints[i].hint;
	return "";
}

/*
 * Under TLS 1.3 a refused client certificate shows only after the request was written. A harmless
 * request finds that out before the first batch leaves.
 */
int
preflight_run(struct engine *e)
{
	struct preflight c;
	const char *hint;

	if (preflight_wait(e) != 0)
		return -1;
	if (preflight_is_late(e))
		return 0;
	for (unsigned failures = 1;; failures++) {
		if (preflight_once(e, &c) != 0)
			return -1;
		hint = hint_of(c.reason);
		if (signals_seen() != 0)
			return 0;
		if (c.end == ROUTE_DENIED) {
			log_error("credentials refused, nothing sent: %s%s%s%s", hint,
			          hint[0] != '\0' ? " (" : "", c.reason,
			          hint[0] != '\0' ? ")" : "");
			engine_stop(e, ENGINE_STOP_DENIED);
			return 0;
		}
		if (c.end != ROUTE_NOT_SENT) {
			preflight_apply(e, &c);
			return 0;
		}
		if (failures > e->set.retries) {
			log_error("service unreachable: %s", c.reason);
			engine_stop(e, ENGINE_STOP_UNREACHABLE);
			return 0;
		}
		log_info("service unreachable: %s: trying again", c.reason);
		e->result.counters.retries++;
		engine_observe(e);
		if (sharing_renew(e) != 0)
			return -1;
		clock_sleep_ms(patience_backoff_ms(failures));
	}
}
