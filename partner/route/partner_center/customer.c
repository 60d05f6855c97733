#include "partner/route/partner_center/customer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/text.h"

#define PAUSE_DEFAULT 60 /* seconds, where a 429 names none */
#define PAUSE_MAX 600    /* seconds that pauses grow to by themselves */
#define PAUSE_DOUBLINGS_MAX 6
#define FORBIDDEN_MAX 3 /* 403 in a row end a customer */

struct customer *
customer_new(struct partner_client *client, const char *id)
{
	struct customer *c = xcalloc(1, sizeof(*c));

	c->client = client;
	c->id = xstrdup(id);
	return c;
}

void
op_free(struct op *op)
{
	struct op **at = &op->customer->ops;

	while (*at != op)
		at = &(*at)->next;
	*at = op->next;
	target_release(&op->target);
	free(op);
}

void
customer_end_relist(struct customer *c, bool complete)
{
	pages_free(c->relist);
	c->relist = NULL;
	deletion_check_end(c->checks, complete, clock_tick_ms());
}

void
customer_forget_load(struct customer *c)
{
	pages_free(c->load);
	inventory_free(c->filling);
	c->load = NULL;
	c->filling = NULL;
	c->tries = 0;
}

void
customer_drop(struct customer *c)
{
	while (c->ops != NULL)
		op_free(c->ops);
	customer_end_relist(c, false);
	c->deletes = 0;
	c->walking = false; /* what was read of the inventory is kept: it goes on from there */
}

void
customer_free(struct customer *c)
{
	customer_drop(c);
	customer_forget_load(c);
	inventory_free(c->inventory);
	deletion_check_free_all(&c->checks);
	for (struct open_delete *o = c->open, *next; o != NULL; o = next) {
		next = o->next;
		free(o->path);
		free(o);
	}
	free(c->id);
	free(c);
}

struct op *
customer_add_op(struct customer *c, enum op_kind kind, const struct route_batch *batch,
                route_done_fn *done, void *ctx)
{
	struct op *op = xcalloc(1, sizeof(*op)), **at = &c->ops;

	while (*at != NULL)
		at = &(*at)->next;
	*at = op;
	op->kind = kind;
	op->customer = c;
	op->batch = *batch;
	op->done = done;
	op->ctx = ctx;
	return op;
}

void
op_end(struct op *op, struct route_result *result)
{
	route_done_fn *done = op->done;
	void *ctx = op->ctx;

	op_free(op);
	route_deliver(done, ctx, result);
}

long
customer_pause_left(const struct customer *c)
{
	int64_t left = c->paused_until_ms - clock_tick_ms();

	return left > 0 ? (long)((left + 999) / 1000) : 0;
}

bool
customer_tell_pause(const struct customer *c, route_done_fn *done, void *ctx)
{
	long left = customer_pause_left(c);
	struct route_result result = {.end = ROUTE_BUSY,
	                              .customer_only = true,
	                              .retry_after = left,
	                              .reason = "the service throttles this customer"};

	if (left <= 0)
		return false;
	route_deliver(done, ctx, &result);
	return true;
}

static void
pause_customer(struct customer *c, long named)
{
	int64_t seconds = named > 0 ? named : named == 0 ? 1 : PAUSE_DEFAULT;
	int64_t grown;

	if (c->throttled < PAUSE_DOUBLINGS_MAX)
		c->throttled++;
	grown = seconds < PAUSE_MAX ? seconds << (c->throttled - 1) : seconds;
	if (seconds < PAUSE_MAX && grown > PAUSE_MAX)
		grown = PAUSE_MAX;
	if (grown > INT32_MAX)
		grown = INT32_MAX;
	c->paused_until_ms = clock_tick_ms() + grown * 1000;
}

void
customer_heed(struct customer *c, const struct partner_reply *a)
{
	if (a->end == REPLY_BUSY && !a->login)
		pause_customer(c, a->retry_after);
	else if (a->end == REPLY_DONE || a->end == REPLY_ABSENT)
		c->throttled = 0;
	if (a->end == REPLY_DONE || a->end == REPLY_ABSENT)
		c->forbidden = 0;
	if (a->end != REPLY_FORBIDDEN || ++c->forbidden < FORBIDDEN_MAX)
		return;
	text_printable(c->left, sizeof(c->left), a->reason);
}

bool
customer_tell_find(struct customer *c, const struct route_batch *batch, route_done_fn *done,
                   void *ctx)
{
	struct inventory_match m = {.outcome = OUTCOME_UNKNOWN};
	struct route_verdict verdict;
	struct route_result result = {
		.end = ROUTE_ANSWERED, .retry_after = -1, .verdict = &verdict};

	if (c->left[0] != '\0') {
		result = (struct route_result){
			.end = ROUTE_SKIPPED, .retry_after = -1, .reason = c->left};
		route_deliver(done, ctx, &result);
		return true;
	}
	if (c->incomplete[0] != '\0')
		text_copy(m.reason, sizeof(m.reason), c->incomplete);
	else if (c->inventory != NULL)
		inventory_find(c->inventory, batch->device, c->all_matches, &m);
	else
		return false;
	verdict.outcome = m.outcome;
	text_copy(verdict.reason, sizeof(verdict.reason), m.reason);
	if (m.found) {
		result.end = ROUTE_FOUND;
		result.verdict = NULL;
		result.service_id = m.target;
	}
	result.reason = m.reason;
	route_deliver(done, ctx, &result);
	return true;
}

bool
customer_tell_poll(struct customer *c, const struct target *target, bool walked,
                   route_done_fn *done, void *ctx)
{
	struct route_verdict verdict = {.outcome = OUTCOME_DEREGISTERED};
	struct route_result result = {
		.end = ROUTE_ANSWERED, .retry_after = -1, .verdict = &verdict};
	int64_t young = clock_tick_ms() - c->relist_ms;

	for (size_t i = 0; i < target->count; i++) {
		const struct deletion_check *w = deletion_check_of(&c->checks,
		                                                   target->pair[i].batch);
		if (deletion_check_is_gone(w, target->pair[i].device))
			continue;
		if (!walked && (w->listed_ms < 0 || w->listed_ms <= young))
			return false; /* a new listing may tell */
		result.end = ROUTE_PENDING;
		result.verdict = NULL;
		result.reason = "still listed";
	}
	route_deliver(done, ctx, &result);
	return true;
}
