#include "partner/route/partner_center/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/crypto.h"
#include "common/text.h"

#define PAGE_TRIES 4 /* of a page that the service fails to give */

static bool
is_reader(const struct op *op)
{
	return op->kind != OP_SUBMIT;
}

/* Whoever is told may give new orders at once: those are not due. */
static struct op *
next_due(const struct customer *c)
{
	struct op *op = c->ops;

	while (op != NULL && !op->due)
		op = op->next;
	return op;
}

static void
tell_readers(struct customer *c, const struct route_result *result)
{
	struct op *op;

	for (op = c->ops; op != NULL; op = op->next)
		op->due = is_reader(op) && (op->kind == OP_POLL || c->loading);
	while ((op = next_due(c)) != NULL) {
		struct route_result mine = *result;
		op_end(op, &mine);
	}
}

static void
tell_paused(struct customer *c)
{
	struct op *op;

	for (op = c->ops; op != NULL; op = op->next)
		op->due = !op->active;
	while ((op = next_due(c)) != NULL) {
		route_done_fn *done = op->done;
		void *ctx = op->ctx;
		op_free(op);
		if (!customer_tell_pause(c, done, ctx)) {
			struct route_result over = {
				.end = ROUTE_BUSY,
				.customer_only = true,
				.retry_after = 0,
				.reason = "the service throttled this customer"};
			route_deliver(done, ctx, &over);
		}
	}
}

static void
tell_finds(struct customer *c)
{
	struct op *op;

	for (op = c->ops; op != NULL; op = op->next)
		op->due = op->kind == OP_FIND;
	while ((op = next_due(c)) != NULL) {
		struct op was = *op;
		op_free(op);
		(void)customer_tell_find(c, &was.batch, was.done, was.ctx);
	}
}

static void
tell_polls(struct customer *c)
{
	struct op *op;

	for (op = c->ops; op != NULL; op = op->next)
		op->due = op->kind == OP_POLL && op->walked;
	while ((op = next_due(c)) != NULL) {
		struct op was = *op;
		op->target.count = 0; /* it is was's now */
		op_free(op);
		(void)customer_tell_poll(c, &was.target, true, was.done, was.ctx);
		target_release(&was.target);
	}
}

static int
take_for_inventory(void *ctx, const char *batch, const struct page_device *d, struct error *err)
{
	struct customer *c = ctx;

	return inventory_add(c->filling, batch, d, err);
}

static int
take_for_check(void *ctx, const char *batch, const struct page_device *d, struct error *err)
{
	struct customer *c = ctx;

	(void)err;
	deletion_check_add_listed(deletion_check_of(&c->checks, batch), d->id);
	return 0;
}

static void
end_walk(struct customer *c)
{
	c->walking = false;
	if (c->loading)
		return;
	customer_end_relist(c, false);
}

/* What was read cannot become complete. */
static void
broken(struct customer *c, const char *why)
{
	struct route_result result = {.end = ROUTE_PENDING, .retry_after = -1};
	char text[ROUTE_REASON_MAX];

	end_walk(c);
	if (c->loading) {
		snprintf(text, sizeof(text), "the inventory is incomplete: %.120s", why);
		text_printable(c->incomplete, sizeof(c->incomplete), text);
		customer_forget_load(c);
		tell_finds(c);
	} else {
		snprintf(text, sizeof(text), "the listing is incomplete: %.120s", why);
		result.reason = text;
		tell_readers(c, &result);
	}
	customer_go(c);
}

static void
load_over(struct customer *c)
{
	struct error err;

	if (inventory_seal(c->filling, &err) != 0) {
		broken(c, err.text);
		return;
	}
	end_walk(c);
	c->inventory = c->filling;
	c->filling = NULL;
	customer_forget_load(c);
	tell_finds(c);
	customer_go(c);
}

static void
relist_over(struct customer *c)
{
	c->walking = false;
	customer_end_relist(c, true);
	tell_polls(c);
	customer_go(c);
}

/* The page may be asked for later: what has been read of the inventory is kept. */
static void
interrupted(struct customer *c, const struct partner_reply *a)
{
	static const enum route_end ends[] = {
		[REPLY_DONE] = ROUTE_LOST,         [REPLY_ABSENT] = ROUTE_LOST,
		[REPLY_NOT_SENT] = ROUTE_NOT_SENT, [REPLY_BUSY] = ROUTE_BUSY,
		[REPLY_LOST] = ROUTE_NOT_SENT,     [REPLY_FAILED] = ROUTE_BUSY,
		[REPLY_FORBIDDEN] = ROUTE_LOST,    [REPLY_REFUSED] = ROUTE_LOST,
		[REPLY_DENIED] = ROUTE_DENIED,     [REPLY_TOO_LARGE] = ROUTE_LOST,
	};
	_Static_assert(ARRAY_SIZE(ends) == REPLY_END_COUNT, "one for each");
	struct route_result result = {.end = ends[a->end],
	                              .retry_after = a->retry_after,
	                              .trace = a->trace,
	                              .reason = a->reason};
	bool pause = a->end == REPLY_BUSY && !a->login;

	result.customer_only = pause || a->end == REPLY_FAILED;
	if (pause)
		result.retry_after = customer_pause_left(c);
	end_walk(c);
	tell_readers(c, &result);
	customer_go(c);
}

/* The inventory will not be had: this customer is left alone, or its devices stay unknown. */
static bool
is_final(struct customer *c, const struct partner_reply *a)
{
	if (a->end == REPLY_FORBIDDEN || (a->end == REPLY_REFUSED && pages_at_customer(c->load)))
		text_printable(c->left, sizeof(c->left), a->reason);
	return a->end == REPLY_FORBIDDEN || a->end == REPLY_REFUSED || a->end == REPLY_TOO_LARGE ||
	       (a->end == REPLY_FAILED && ++c->tries >= PAGE_TRIES);
}

static void next_page(struct customer *c);

static void
on_page(void *ctx, const struct partner_reply *a)
{
	struct customer *c = ctx;
	struct pages *l = c->loading ? c->load : c->relist;
	bool at_customer = pages_at_customer(l);
	struct error err;
	int rc;

	customer_heed(c, a);
	if (a->end != REPLY_DONE && a->end != REPLY_ABSENT) {
		if (c->loading && is_final(c, a))
			broken(c, a->reason);
		else
			interrupted(c, a);
		return;
	}
	c->tries = 0;
	rc = a->end == REPLY_DONE ? pages_feed(l, a->body, a->body_len, &err)
	                          : pages_absent(l, &err);
	if (rc != 0 && at_customer)
		text_printable(c->left, sizeof(c->left), err.text);
	if (rc != 0)
		broken(c, err.text);
	else if (!pages_over(l))
		next_page(c);
	else if (c->loading)
		load_over(c);
	else
		relist_over(c);
}

static void
next_page(struct customer *c)
{
	const struct pages *l = c->loading ? c->load : c->relist;
	char *path = pages_path(l);
	struct partner_request request = {.method = HTTP_GET,
	                                  .path = path,
	                                  .continuation = pages_continuation(l),
	                                  .done = on_page,
	                                  .ctx = c};

	partner_request_start(c->client, &request);
	free(path);
}

static void
start_load(struct customer *c)
{
	c->walking = true;
	c->loading = true;
	if (c->load == NULL) {
		c->filling = inventory_new();
		c->load = pages_new(c->id, NULL, 0, take_for_inventory, c);
	}
	next_page(c);
}

/* All batches that somebody waits for, anew. */
static void
start_relist(struct customer *c)
{
	const char **named = NULL;
	size_t count = 0;

	for (struct op *op = c->ops; op != NULL; op = op->next) {
		op->walked = op->kind == OP_POLL;
		for (size_t i = 0; op->walked && i < op->target.count; i++) {
			struct deletion_check *w = deletion_check_of(&c->checks,
			                                             op->target.pair[i].batch);
			if (w->wanted)
				continue;
			w->wanted = true;
			named = xreallocarray(named, count + 1, sizeof(*named));
			named[count++] = w->batch;
		}
	}
	c->walking = true;
	c->loading = false;
	c->relist = pages_new(c->id, named, count, take_for_check, c);
	free(named);
	next_page(c);
}

/* The id that an unanswered deletion went out with, or a new one. */
static const char *
request_id(struct customer *c, const char *path)
{
	struct open_delete *o = c->open;

	while (o != NULL && strcmp(o->path, path) != 0)
		o = o->next;
	if (o == NULL) {
		o = xcalloc(1, sizeof(*o));
		o->path = xstrdup(path);
		crypto_guid(o->id);
		o->next = c->open;
		c->open = o;
	}
	return o->id;
}

static void
answered(struct customer *c, const char *path)
{
	struct open_delete **at = &c->open, *o;

	while (*at != NULL && strcmp((*at)->path, path) != 0)
		at = &(*at)->next;
	o = *at;
	if (o == NULL)
		return;
	*at = o->next;
	free(o->path);
	free(o);
}

static char *
path_of(const struct op *op)
{
	const struct target_pair *p = &op->target.pair[op->at];

	return pages_device_path(op->customer->id, p->batch, p->device);
}

/* What a deletion's answer makes of the whole order. */
static void
end_delete(struct op *op, const struct partner_reply *a)
{
	static const enum route_end ends[] = {
		[REPLY_DONE] = ROUTE_ACCEPTED,     [REPLY_ABSENT] = ROUTE_ACCEPTED,
		[REPLY_NOT_SENT] = ROUTE_NOT_SENT, [REPLY_BUSY] = ROUTE_BUSY,
		[REPLY_LOST] = ROUTE_LOST,         [REPLY_FAILED] = ROUTE_LOST,
		[REPLY_FORBIDDEN] = ROUTE_REFUSED, [REPLY_REFUSED] = ROUTE_REFUSED,
		[REPLY_DENIED] = ROUTE_DENIED,     [REPLY_TOO_LARGE] = ROUTE_LOST,
	};
	_Static_assert(ARRAY_SIZE(ends) == REPLY_END_COUNT, "one for each");
	char id[ROUTE_ID_MAX];
	struct route_result result = {.end = ends[a->end],
	                              .retry_after = a->retry_after,
	                              .customer_only = a->end == REPLY_BUSY && !a->login,
	                              .service_id = id,
	                              .trace = a->trace,
	                              .reason = a->reason};

	memcpy(id, op->service_id, sizeof(id));
	if (result.customer_only)
		result.retry_after = customer_pause_left(op->customer);
	op_end(op, &result);
}

static void delete_next(struct op *op);

static void
on_deleted(void *ctx, const struct partner_reply *a)
{
	struct op *op = ctx;
	struct customer *c = op->customer;
	const struct target_pair *p = &op->target.pair[op->at];
	char *path = path_of(op);

	customer_heed(c, a);
	if (a->end != REPLY_LOST && a->end != REPLY_NOT_SENT && a->end != REPLY_TOO_LARGE)
		answered(c, path);
	free(path);
	if (a->end == REPLY_DONE || a->end == REPLY_ABSENT) {
		deletion_check_add_deleted(deletion_check_of(&c->checks, p->batch), p->device);
		if (++op->at < op->target.count) {
			delete_next(op);
			return;
		}
	}
	c->deletes--;
	end_delete(op, a);
	customer_go(c);
}

static void
delete_next(struct op *op)
{
	struct customer *c = op->customer;
	char *path = path_of(op);
	struct partner_request request = {.method = HTTP_DELETE,
	                                  .path = path,
	                                  .id = request_id(c, path),
	                                  .done = on_deleted,
	                                  .ctx = op};

	partner_request_start(c->client, &request);
	free(path);
}

static void
op_delete(struct op *op)
{
	struct route_result left = {
		.end = ROUTE_SKIPPED, .retry_after = -1, .reason = op->customer->left};

	if (left.reason[0] != '\0') {
		op_end(op, &left);
		return;
	}
	op->active = true;
	op->customer->deletes++;
	customer_forget_load(op->customer); /* its next page would not fit the last one any more */
	delete_next(op);
}

static struct op *
first(const struct customer *c, enum op_kind kind)
{
	struct op *op = c->ops;

	while (op != NULL && (op->kind != kind || op->active))
		op = op->next;
	return op;
}

void
customer_go(struct customer *c)
{
	struct op *op;

	if (c->walking || c->ops == NULL)
		return;
	if (customer_pause_left(c) > 0) {
		tell_paused(c);
		return;
	}
	if (first(c, OP_FIND) != NULL || first(c, OP_POLL) != NULL) {
		if (c->deletes > 0)
			return; /* a page would shift under it: its answer comes back here */
		if (first(c, OP_FIND) != NULL)
			start_load(c);
		else
			start_relist(c);
		return;
	}
	while (!c->walking && (op = first(c, OP_SUBMIT)) != NULL)
		op_delete(op);
}
