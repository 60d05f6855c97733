/*
 * Listings and deletions of a customer take turns, because a deletion shifts the pages of a listing.
 *
 *             a look-up waits
 *         +-------------------> INVENTORY --+
 *         |   only polls wait               |  the last page, a failed page, or a pause
 *  NONE --+-------------------> CHECK ------+-------------------------------------------> NONE
 *         |   only submits wait             |
 *         +-------------------> DELETE -----+  the last answer
 *
 * DELETE takes further submits until a look-up or a poll waits. During a pause no turn starts:
 * waiting orders are answered BUSY. The end of a turn answers the orders that waited for it. Their
 * callbacks may add orders, so this file changes the state first and calls back last.
 */
#include "partner/route/partner_center/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/route/partner_center/answers.h"

#define PAGE_TRIES 4 /* of a page that fails; then the inventory is incomplete */

/* Listings. */

static int
add_to_inventory(void *ctx, const char *batch, const struct page_device *d, struct error *err)
{
	struct customer *c = ctx;

	return inventory_add(c->partial, batch, d, err);
}

static int
add_to_check(void *ctx, const char *batch, const struct page_device *d, struct error *err UNUSED)
{
	struct customer *c = ctx;

	deletion_check_add_listed(deletion_check_of(&c->checks, batch), d->id);
	return 0;
}

/* Returns the turn that it ends. A half-read inventory is kept, a half-read check is not. */
static enum turn
stop_listing(struct customer *c)
{
	enum turn ended = c->turn;

	c->turn = TURN_NONE;
	if (ended == TURN_CHECK)
		customer_end_check(c, false);
	return ended;
}

static struct pages *
pages_of(const struct customer *c)
{
	return c->turn == TURN_INVENTORY ? c->inventory_pages : c->check_pages;
}

/* One line for each customer: its rows repeat the reason without the place. */
static void
log_incomplete(const struct customer *c, const char *place, const char *why)
{
	if (c->gave_up[0] == '\0')
		log_error("customer %s: %s: %s: its inventory is incomplete, so its devices stay "
		          "unknown; other customers go on, \"unpilot resume\" looks again",
		          c->id, place, why);
}

/* The listing cannot become complete. */
static void
fail_listing(struct customer *c, const char *place, const char *why)
{
	struct route_result result = {.end = ROUTE_PENDING, .retry_after = HTTP_RETRY_AFTER_NONE};
	enum turn ended = stop_listing(c);
	char text[ROUTE_REASON_MAX];

	if (ended == TURN_INVENTORY) {
		snprintf(text, sizeof(text), "the inventory is incomplete: %.120s", why);
		text_printable(c->incomplete, sizeof(c->incomplete), text);
		log_incomplete(c, place, why);
		customer_discard_partial(c);
		answers_lookups(c);
	} else {
		snprintf(text, sizeof(text), "the listing is incomplete: %.120s", why);
		result.reason = text;
		answers_readers(c, ended, &result);
	}
	schedule_advance(c);
}

static void
finish_inventory(struct customer *c)
{
	struct error err;

	if (inventory_seal(c->partial, &err) != 0) {
		fail_listing(c, "batches", err.text);
		return;
	}
	c->turn = TURN_NONE;
	c->inventory = c->partial;
	c->inventory_ms = clock_tick_ms();
	c->partial = NULL;
	customer_discard_partial(c);
	answers_lookups(c);
	schedule_advance(c);
}

static void
finish_check(struct customer *c)
{
	c->turn = TURN_NONE;
	customer_end_check(c, true);
	answers_polls(c);
	schedule_advance(c);
}

/* The result that a failed page has for the waiting orders. A lost GET has changed nothing. */
static enum route_end
end_of_page(enum reply_end end)
{
	switch (end) {
	case REPLY_NOT_SENT: return ROUTE_NOT_SENT;
	case REPLY_LOST:
	case REPLY_BUSY:
	case REPLY_FAILED: return ROUTE_BUSY;
	case REPLY_DENIED: return ROUTE_DENIED;
	case REPLY_DONE:
	case REPLY_ABSENT:
	case REPLY_FORBIDDEN:
	case REPLY_REFUSED:
	case REPLY_TOO_LARGE:
	case REPLY_END_COUNT: break;
	}
	return ROUTE_LOST;
}

/* The orders may come again later, and then the same page is requested. */
static void
interrupt_listing(struct customer *c, const struct partner_reply *reply)
{
	bool silent = reply->end == REPLY_LOST && partner_request_is_silent(c->set->client);
	bool pause = reply->end == REPLY_BUSY && !reply->login;
	char place[64], reason[ERROR_TEXT_MAX];
	struct route_result result = {.end = silent ? ROUTE_NOT_SENT : end_of_page(reply->end),
	                              .customer_only = pause || reply->end == REPLY_FAILED ||
	                                               (reply->end == REPLY_LOST && !silent),
	                              .retry_after = pause ? customer_pause_s(c)
	                                                   : reply->retry_after,
	                              .trace = reply->trace,
	                              .reason = reply->reason};

	if (result.customer_only) {
		pages_place(pages_of(c), place, sizeof(place));
		snprintf(reason, sizeof(reason), "%s: %s", place, reply->reason);
		result.reason = reason;
	}
	answers_readers(c, stop_listing(c), &result);
	schedule_advance(c);
}

/* Counts the failure. True: this page will never come, so the inventory stays incomplete. */
static bool
page_is_hopeless(struct customer *c, const struct partner_reply *reply)
{
	switch (reply->end) {
	case REPLY_FORBIDDEN: customer_give_up(c, reply->reason); return true;
	case REPLY_REFUSED:
		if (pages_at_customer(c->inventory_pages))
			customer_give_up(c, reply->reason);
		return true;
	case REPLY_TOO_LARGE: return true;
	case REPLY_LOST:
	case REPLY_FAILED: return ++c->page_failures >= PAGE_TRIES;
	case REPLY_DONE:
	case REPLY_ABSENT:
	case REPLY_NOT_SENT:
	case REPLY_BUSY:
	case REPLY_DENIED:
	case REPLY_END_COUNT: break;
	}
	return false;
}

static void request_page(struct customer *c);

static void
read_page(struct customer *c, const struct partner_reply *reply)
{
	const struct pages_answer answer = {
		.body = reply->body, .len = reply->body_len, .continuation = reply->continuation};
	struct pages *p = pages_of(c);
	char place[64];
	struct error err;
	int rc;

	pages_place(p, place, sizeof(place));
	c->page_failures = 0;
	rc = reply->end == REPLY_DONE ? pages_feed(p, &answer, &err) : pages_absent(p, &err);
	if (rc != 0 && pages_barred(p))
		customer_give_up(c, err.text);
	if (rc != 0)
		fail_listing(c, place, err.text);
	else if (!pages_over(p))
		request_page(c);
	else if (c->turn == TURN_INVENTORY)
		finish_inventory(c);
	else
		finish_check(c);
}

static void
on_page(void *ctx, const struct partner_reply *reply)
{
	struct customer *c = ctx;
	char place[64];

	customer_count_reply(c, reply);
	if (reply->end == REPLY_DONE || reply->end == REPLY_ABSENT) {
		read_page(c, reply);
	} else if (c->turn == TURN_INVENTORY && page_is_hopeless(c, reply)) {
		pages_place(c->inventory_pages, place, sizeof(place));
		fail_listing(c, place, reply->reason);
	} else {
		interrupt_listing(c, reply);
	}
}

static void
request_page(struct customer *c)
{
	const struct pages *p = pages_of(c);
	char *path = pages_path(p);
	struct partner_request request = {.method = HTTP_GET,
	                                  .path = path,
	                                  .continuation = pages_continuation(p),
	                                  .done = on_page,
	                                  .ctx = c};

	partner_request_start(c->set->client, &request);
	free(path);
}

static void
start_inventory(struct customer *c)
{
	c->turn = TURN_INVENTORY;
	if (c->inventory_pages == NULL) {
		c->inventory_after = c->deletions;
		c->partial = inventory_new();
		c->inventory_pages = pages_new(c->id, NULL, 0, add_to_inventory, c);
	}
	request_page(c);
}

/* Lists anew all batches that a poll waits for. */
static void
start_check(struct customer *c)
{
	const char **named = NULL;
	size_t count = 0;

	for (struct order *o = c->orders; o != NULL; o = o->next) {
		if (o->kind != ORDER_POLL || o->stage != ORDER_WAITING)
			continue;
		o->stage = ORDER_RUNNING;
		for (size_t i = 0; i < o->target.count; i++) {
			struct deletion_check *check = deletion_check_of(&c->checks,
			                                                 o->target.pair[i].batch);
			if (check->wanted)
				continue;
			check->wanted = true;
			named = xreallocarray(named, count + 1, sizeof(*named));
			named[count++] = check->batch;
		}
	}
	c->turn = TURN_CHECK;
	c->check_pages = pages_new(c->id, named, count, add_to_check, c);
	free(named);
	request_page(c);
}

/* Deletions. */

static char *
deletion_path(const struct order *o)
{
	const struct target_pair *p = &o->target.pair[o->at];

	return pages_device_path(o->customer->id, p->batch, p->device);
}

/* The result that the answer to a deletion has for its whole order. */
static enum route_end
end_of_deletion(enum reply_end end)
{
	switch (end) {
	case REPLY_DONE:
	case REPLY_ABSENT: return ROUTE_ACCEPTED;
	case REPLY_NOT_SENT: return ROUTE_NOT_SENT;
	case REPLY_BUSY: return ROUTE_BUSY;
	case REPLY_FORBIDDEN:
	case REPLY_REFUSED: return ROUTE_REFUSED;
	case REPLY_DENIED: return ROUTE_DENIED;
	case REPLY_LOST:
	case REPLY_FAILED:
	case REPLY_TOO_LARGE:
	case REPLY_END_COUNT: break;
	}
	return ROUTE_LOST;
}

static void
finish_submit(struct order *o, const struct partner_reply *reply)
{
	struct customer *c = o->customer;
	bool pause = reply->end == REPLY_BUSY && !reply->login;
	char partly[ERROR_TEXT_MAX];
	struct route_result result = {.end = end_of_deletion(reply->end),
	                              .customer_only = pause,
	                              .retry_after = pause ? customer_pause_s(c)
	                                                   : reply->retry_after,
	                              .service_id = o->service_id,
	                              .trace = reply->trace,
	                              .reason = reply->reason};

	if (o->at > 0 && result.end != ROUTE_ACCEPTED) {
		snprintf(partly, sizeof(partly), "%zu of %zu registrations deleted: %.200s", o->at,
		         o->target.count, reply->reason);
		result.end = ROUTE_LOST; /* neither refused nor not sent */
		result.certificate_refused = reply->end == REPLY_DENIED;
		result.reason = partly;
	}
	o->stage = ORDER_DUE;
	if (order_first(c->orders, ORDER_SUBMIT, ORDER_RUNNING) == NULL)
		c->turn = TURN_NONE;
	order_answer(o, &result);
	schedule_advance(c);
}

static void delete_next(struct order *o);

static void
on_deleted(void *ctx, const struct partner_reply *reply)
{
	struct order *o = ctx;
	struct customer *c = o->customer;
	const struct target_pair *p = &o->target.pair[o->at];

	customer_count_reply(c, reply);
	if (reply->end == REPLY_DONE || reply->end == REPLY_ABSENT) {
		c->deletions++;
		deletion_check_add_deleted(deletion_check_of(&c->checks, p->batch), p->device);
		if (++o->at < o->target.count) {
			delete_next(o);
			return;
		}
	}
	finish_submit(o, reply);
}

static void
delete_next(struct order *o)
{
	char *path = deletion_path(o);
	struct partner_request request = {.method = HTTP_DELETE,
	                                  .path = path,
	                                  .pause_ends_ms = &o->customer->paused_until_ms,
	                                  .done = on_deleted,
	                                  .ctx = o};

	partner_request_start(o->customer->set->client, &request);
	free(path);
}

/* An earlier attempt may have deleted some of the registrations. The last one is deleted once more
 * if necessary, because its answer ends the order. */
static void
skip_deleted(struct order *o)
{
	while (o->at + 1 < o->target.count &&
	       deletion_check_is_deleted(
		       deletion_check_of(&o->customer->checks, o->target.pair[o->at].batch),
		       o->target.pair[o->at].device))
		o->at++;
}

static void
start_submit(struct order *o)
{
	struct customer *c = o->customer;
	struct route_result skipped = {
		.end = ROUTE_SKIPPED, .retry_after = HTTP_RETRY_AFTER_NONE, .reason = c->gave_up};

	if (c->gave_up[0] != '\0') {
		order_answer(o, &skipped);
		return;
	}
	c->turn = TURN_DELETE;
	o->stage = ORDER_RUNNING;
	customer_discard_partial(c);
	skip_deleted(o);
	delete_next(o);
}

static bool
is_waiting(const struct customer *c, enum order_kind kind)
{
	return order_first(c->orders, kind, ORDER_WAITING) != NULL;
}

static bool
needs_inventory(const struct customer *c)
{
	return is_waiting(c, ORDER_LOOKUP) || is_waiting(c, ORDER_RECHECK) ||
	       is_waiting(c, ORDER_INVENTORY);
}

static bool
is_listing(const struct customer *c)
{
	return c->turn == TURN_INVENTORY || c->turn == TURN_CHECK;
}

void
schedule_advance(struct customer *c)
{
	struct route_result busy;
	struct order *o;

	if (is_listing(c) || c->orders == NULL)
		return;
	if (customer_is_paused(c, &busy)) {
		answers_paused(c, &busy);
		return;
	}
	if (needs_inventory(c) || is_waiting(c, ORDER_POLL)) {
		if (c->turn == TURN_DELETE)
			return; /* the last answer to a deletion brings us back here */
		if (needs_inventory(c))
			start_inventory(c);
		else
			start_check(c);
		return;
	}
	while (!is_listing(c) && (o = order_first(c->orders, ORDER_SUBMIT, ORDER_WAITING)) != NULL)
		start_submit(o);
}

void
schedule_stop(struct customer *c)
{
	struct order *o;

	while ((o = order_first(c->orders, ORDER_SUBMIT, ORDER_WAITING)) != NULL) {
		struct route_result stopped = {.end = ROUTE_NOT_SENT,
		                               .retry_after = HTTP_RETRY_AFTER_NONE,
		                               .reason = ROUTE_STOPPED};
		order_answer(o, &stopped);
	}
}
