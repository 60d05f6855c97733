/* Keeps a customer's state, and answers orders from it. Sends nothing. */
#include "partner/route/partner_center/customer.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/patience.h"
#include "common/text.h"

#define PAUSE_DEFAULT_MS 60000 /* if a 429 names no pause */
#define PAUSE_NONE_MS 1000     /* if it names a pause of 0 seconds */
#define PAUSE_MAX_MS 600000    /* doubling ends here; the service may name a longer pause */
#define PAUSE_NAMED_MAX_MS ((int64_t)INT32_MAX * 1000)
#define PAUSE_DOUBLINGS_MAX 6
#define FORBIDDEN_MAX 3 /* 403 in a row, then the route gives up */

struct customer *
customer_new(const struct customer_settings *set, const char *id)
{
	struct customer *c = xcalloc(1, sizeof(*c));

	c->set = set;
	c->id = xstrdup(id);
	return c;
}

void
customer_end_check(struct customer *c, bool complete)
{
	pages_free(c->check_pages);
	c->check_pages = NULL;
	deletion_check_end(c->checks, complete, clock_tick_ms());
}

void
customer_discard_partial(struct customer *c)
{
	pages_free(c->inventory_pages);
	inventory_free(c->partial);
	c->inventory_pages = NULL;
	c->partial = NULL;
	c->page_failures = 0;
}

void
customer_drop(struct customer *c)
{
	while (c->orders != NULL) {
		struct order *o = c->orders;
		order_unlink(o);
		order_free(o);
	}
	customer_end_check(c, false);
	c->turn = TURN_NONE;
}

void
customer_free(struct customer *c)
{
	customer_drop(c);
	customer_discard_partial(c);
	inventory_free(c->inventory);
	deletion_check_free_all(&c->checks);
	free(c->id);
	free(c);
}

long
customer_pause_s(const struct customer *c)
{
	int64_t ms = c->paused_until_ms - clock_tick_ms();

	return ms > 0 ? (long)((ms + 999) / 1000) : 0;
}

bool
customer_is_paused(const struct customer *c, struct route_result *ret)
{
	long pause = customer_pause_s(c);

	*ret = (struct route_result){.end = ROUTE_BUSY,
	                             .customer_only = true,
	                             .retry_after = pause,
	                             .reason = PARTNER_PAUSED};
	return pause > 0;
}

static void
pause_customer(struct customer *c, long named)
{
	int64_t first = named > 0    ? patience_pause_ms(named, PAUSE_NAMED_MAX_MS)
	                : named == 0 ? PAUSE_NONE_MS
	                             : PAUSE_DEFAULT_MS;

	int64_t now = clock_tick_ms(), until;

	/* requests that were in flight when the pause began belong to the same moment */
	if (now >= c->paused_until_ms && c->throttled < PAUSE_DOUBLINGS_MAX)
		c->throttled++;
	until = now + patience_doubled_ms(first, c->throttled, PAUSE_MAX_MS);
	if (until > c->paused_until_ms)
		c->paused_until_ms = until;
}

void
customer_give_up(struct customer *c, const char *why)
{
	if (c->gave_up[0] != '\0')
		return;
	text_printable(c->gave_up, sizeof(c->gave_up), why);
	log_error("customer %s: %s: no more of its devices are looked up or deleted; other "
	          "customers go on",
	          c->id, c->gave_up);
}

void
customer_count_reply(struct customer *c, const struct partner_reply *reply)
{
	switch (reply->end) {
	case REPLY_DONE:
	case REPLY_ABSENT:
		c->throttled = 0;
		c->forbidden = 0;
		break;
	case REPLY_BUSY:
		if (!reply->login && !reply->early)
			pause_customer(c, reply->retry_after);
		break;
	case REPLY_FORBIDDEN:
		if (++c->forbidden >= FORBIDDEN_MAX)
			customer_give_up(c, reply->reason);
		break;
	case REPLY_NOT_SENT:
	case REPLY_LOST:
	case REPLY_FAILED:
	case REPLY_REFUSED:
	case REPLY_DENIED:
	case REPLY_TOO_LARGE:
	case REPLY_END_COUNT: break;
	}
}

static void
deliver_match(const struct customer *c, const struct inventory_match *m, route_done_fn *done,
              void *ctx)
{
	struct route_verdict verdict = {.outcome = m->outcome};
	struct route_result result = {.end = ROUTE_ANSWERED,
	                              .retry_after = HTTP_RETRY_AFTER_NONE,
	                              .verdict = &verdict,
	                              .reason = m->reason};

	text_copy(verdict.reason, sizeof(verdict.reason), m->reason);
	if (m->found) {
		result.end = ROUTE_FOUND;
		result.verdict = NULL;
		result.service_id = m->target;
		result.digest = m->digest;
		result.identities = m->identities;
		result.matches = m->matches;
		result.registered = inventory_count(c->inventory);
	}
	route_deliver(done, ctx, &result);
}

bool
customer_answer_lookup(const struct customer *c, const struct device_id *device,
                       route_done_fn *done, void *ctx)
{
	struct inventory_match m = {.outcome = OUTCOME_UNKNOWN};
	struct route_result skipped = {
		.end = ROUTE_SKIPPED, .retry_after = HTTP_RETRY_AFTER_NONE, .reason = c->gave_up};

	if (c->gave_up[0] != '\0') {
		route_deliver(done, ctx, &skipped);
		return true;
	}
	if (c->incomplete[0] != '\0')
		text_copy(m.reason, sizeof(m.reason), c->incomplete);
	else if (c->inventory != NULL)
		inventory_lookup(c->inventory, device, c->set->all_matches, &m);
	else
		return false;
	deliver_match(c, &m, done, ctx);
	return true;
}

bool
customer_answer_inventory(const struct customer *c, route_done_fn *done, void *ctx)
{
	struct route_result result = {
		.end = ROUTE_ANSWERED, .retry_after = HTTP_RETRY_AFTER_NONE, .reason = "complete"};

	if (c->gave_up[0] != '\0')
		result = (struct route_result){.end = ROUTE_SKIPPED, .reason = c->gave_up};
	else if (c->incomplete[0] != '\0')
		result = (struct route_result){.end = ROUTE_PENDING, .reason = c->incomplete};
	else if (c->inventory == NULL)
		return false;
	if (result.end == ROUTE_ANSWERED)
		result.registered = inventory_count(c->inventory);
	route_deliver(done, ctx, &result);
	return true;
}

/* A later deletion makes the inventory too old. For a poll, age does as well. */
static bool
is_usable(const struct customer *c, bool polled)
{
	return c->inventory != NULL &&
	       (!polled || (c->inventory_after == c->deletions &&
	                    c->inventory_ms > clock_tick_ms() - c->set->relist_ms));
}

bool
customer_answer_recheck(struct customer *c, const struct device_id *device,
                        const struct target *target, bool polled, route_done_fn *done, void *ctx)
{
	struct inventory_match m = {.outcome = OUTCOME_UNKNOWN};
	struct route_result pending = {.end = ROUTE_PENDING,
	                               .retry_after = HTTP_RETRY_AFTER_NONE,
	                               .reason = "still listed"};

	if (c->incomplete[0] != '\0') {
		text_copy(m.reason, sizeof(m.reason), c->incomplete);
		pending.reason = c->incomplete;
	} else if (is_usable(c, polled)) {
		inventory_recheck(c->inventory, device, target, &m);
	} else {
		if (c->turn != TURN_INVENTORY) {
			inventory_free(c->inventory);
			c->inventory = NULL;
		}
		return false;
	}
	pending.listed = m.found;
	if (polled && (m.found || c->incomplete[0] != '\0'))
		route_deliver(done, ctx, &pending);
	else
		deliver_match(c, &m, done, ctx);
	return true;
}

/* Not listed yet, or so long ago that a new listing is worth its requests. */
static bool
is_stale(const struct customer *c, const struct deletion_check *check)
{
	return check->listed_ms < 0 || check->listed_ms <= clock_tick_ms() - c->set->relist_ms;
}

bool
customer_answer_poll(struct customer *c, const struct target *target, bool listed,
                     route_done_fn *done, void *ctx)
{
	struct route_verdict verdict = {.outcome = OUTCOME_DEREGISTERED};
	struct route_result result = {
		.end = ROUTE_ANSWERED, .retry_after = HTTP_RETRY_AFTER_NONE, .verdict = &verdict};

	for (size_t i = 0; i < target->count; i++) {
		const struct deletion_check *check = deletion_check_of(&c->checks,
		                                                       target->pair[i].batch);
		if (deletion_check_is_gone(check, target->pair[i].device))
			continue;
		if (!listed && is_stale(c, check))
			return false;
		result.end = ROUTE_PENDING;
		result.verdict = NULL;
		result.listed = true;
		result.reason = "still listed";
	}
	route_deliver(done, ctx, &result);
	return true;
}
