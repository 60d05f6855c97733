#include "partner/route/partner_center/partner_center.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/crypto.h"
#include "common/text.h"
#include "partner/route/partner_center/customer.h"

struct partner_center {
	struct route route; /* first */
	struct caller *caller;
	struct customer *customers;
	bool all_matches;
	int64_t relist_ms;
	struct check *checks;
};

struct check {
	struct check *next;
	struct partner_center *pc;
	route_done_fn *done;
	void *ctx;
};

static bool
is_guid(const char *text)
{
	if (text == NULL || strlen(text) != CRYPTO_GUID_SIZE - 1)
		return false;
	for (size_t i = 0; text[i] != '\0'; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? text[i] != '-' : strchr("0123456789abcdefABCDEF", text[i]) == NULL)
			return false;
	}
	return true;
}

/* NULL: batch names none that could be in an address. */
static struct customer *
customer_of(struct partner_center *pc, const struct route_batch *batch)
{
	struct customer *c = pc->customers;

	if (!is_guid(batch->customer) || batch->count != 1)
		return NULL;
	while (c != NULL && !text_equal_nocase(c->id, batch->customer))
		c = c->next;
	if (c == NULL) {
		c = customer_new(pc->caller, batch->customer);
		c->all_matches = pc->all_matches;
		c->relist_ms = pc->relist_ms;
		c->next = pc->customers;
		pc->customers = c;
	}
	return c;
}

static void
tell_end(route_done_fn *done, void *ctx, enum route_end end, const char *reason)
{
	struct route_result result = {.end = end, .retry_after = -1, .reason = reason};

	tell_result(done, ctx, &result);
}

static void
check_free(struct check *k)
{
	struct check **at = &k->pc->checks;

	while (*at != k)
		at = &(*at)->next;
	*at = k->next;
	free(k);
}

static void
on_checked(void *ctx, const struct call_answer *a)
{
	struct check *k = ctx, was = *k;
	struct route_result result = {.end = a->end == CALL_DONE     ? ROUTE_ANSWERED
	                                     : a->end == CALL_DENIED ? ROUTE_DENIED
	                                     : a->end == CALL_BUSY   ? ROUTE_BUSY
	                                                             : ROUTE_NOT_SENT,
	                              .retry_after = a->retry_after,
	                              .reason = a->reason};

	check_free(k);
	tell_result(was.done, was.ctx, &result);
}

static int
pc_check(struct route *r, route_done_fn *done, void *ctx, struct error *err)
{
	struct partner_center *pc = (struct partner_center *)r;
	struct check *k = xcalloc(1, sizeof(*k));

	(void)err;
	*k = (struct check){.next = pc->checks, .pc = pc, .done = done, .ctx = ctx};
	pc->checks = k;
	call_token(pc->caller, on_checked, k);
	return 0;
}

static int
pc_find(struct route *r, const struct route_batch *batch, route_done_fn *done, void *ctx,
        struct error *err)
{
	struct customer *c = customer_of((struct partner_center *)r, batch);

	(void)err;
	if (c == NULL)
		tell_end(done, ctx, ROUTE_SKIPPED, "the customer's tenant id is no GUID");
	else if (!customer_tell_find(c, batch, done, ctx) && !customer_tell_pause(c, done, ctx)) {
		customer_add_op(c, OP_FIND, batch, done, ctx);
		customer_go(c);
	}
	return 0;
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

	return listing_device_path(op->customer->id, p->batch, p->device);
}

/* What a deletion's answer makes of the whole order. */
static void
end_delete(struct op *op, const struct call_answer *a)
{
	static const enum route_end ends[] = {
		[CALL_DONE] = ROUTE_ACCEPTED,     [CALL_ABSENT] = ROUTE_ACCEPTED,
		[CALL_NOT_SENT] = ROUTE_NOT_SENT, [CALL_BUSY] = ROUTE_BUSY,
		[CALL_LOST] = ROUTE_LOST,         [CALL_FAILED] = ROUTE_LOST,
		[CALL_FORBIDDEN] = ROUTE_REFUSED, [CALL_REFUSED] = ROUTE_REFUSED,
		[CALL_DENIED] = ROUTE_DENIED,     [CALL_TOO_LARGE] = ROUTE_LOST,
	};
	_Static_assert(ARRAY_SIZE(ends) == CALL_END_COUNT, "one for each");
	char id[ROUTE_ID_MAX];
	struct route_result result = {.end = ends[a->end],
	                              .retry_after = a->retry_after,
	                              .customer_only = a->end == CALL_BUSY && !a->login,
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
on_deleted(void *ctx, const struct call_answer *a)
{
	struct op *op = ctx;
	struct customer *c = op->customer;
	const struct target_pair *p = &op->target.pair[op->at];
	char *path = path_of(op);

	customer_heed(c, a);
	if (a->end != CALL_LOST && a->end != CALL_NOT_SENT && a->end != CALL_TOO_LARGE)
		answered(c, path);
	free(path);
	if (a->end == CALL_DONE || a->end == CALL_ABSENT) {
		watch_deleted(watch_get(&c->watches, p->batch), p->device);
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
	struct call_request request = {.method = HTTP_DELETE,
	                               .path = path,
	                               .id = request_id(c, path),
	                               .done = on_deleted,
	                               .ctx = op};

	call_start(c->caller, &request);
	free(path);
}

void
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

static int
pc_submit(struct route *r, const struct route_batch *batch, route_done_fn *done, void *ctx,
          struct error *err)
{
	struct customer *c = customer_of((struct partner_center *)r, batch);
	struct target target;
	struct op *op;

	if (c == NULL) {
		tell_end(done, ctx, ROUTE_REFUSED, "the customer's tenant id is no GUID");
		return 0;
	}
	if (c->left[0] != '\0') {
		tell_end(done, ctx, ROUTE_SKIPPED, c->left);
		return 0;
	}
	if (batch->target == NULL || target_decode(&target, batch->target, err) != 0) {
		tell_end(done, ctx, ROUTE_REFUSED, "no target of this route");
		return 0;
	}
	if (customer_tell_pause(c, done, ctx)) {
		target_release(&target);
		return 0;
	}
	op = customer_add_op(c, OP_SUBMIT, batch, done, ctx);
	op->target = target;
	(void)text_copy(op->service_id, sizeof(op->service_id), batch->target);
	customer_go(c);
	return 0;
}

static int
pc_poll(struct route *r, const char *service_id, const struct route_batch *batch,
        route_done_fn *done, void *ctx, struct error *err)
{
	struct customer *c = customer_of((struct partner_center *)r, batch);
	struct target target;

	if (c == NULL || target_decode(&target, service_id, err) != 0) {
		tell_end(done, ctx, ROUTE_FORGOTTEN, "no customer or target of this route");
		return 0;
	}
	if (customer_tell_poll(c, &target, false, done, ctx) || customer_tell_pause(c, done, ctx)) {
		target_release(&target);
		return 0;
	}
	customer_add_op(c, OP_POLL, batch, done, ctx)->target = target;
	customer_go(c);
	return 0;
}

static unsigned
pc_in_flight(const struct route *r)
{
	return caller_in_flight(((const struct partner_center *)r)->caller);
}

static int
pc_wait(struct route *r, long timeout_ms, struct error *err)
{
	return caller_wait(((struct partner_center *)r)->caller, timeout_ms, err);
}

static void
pc_drop(struct route *r)
{
	struct partner_center *pc = (struct partner_center *)r;

	caller_drop(pc->caller);
	for (struct customer *c = pc->customers; c != NULL; c = c->next)
		customer_drop(c);
	for (struct check *k = pc->checks, *next; k != NULL; k = next) {
		next = k->next;
		free(k);
	}
	pc->checks = NULL;
}

static void
pc_free(struct route *r)
{
	struct partner_center *pc = (struct partner_center *)r;

	pc_drop(r);
	for (struct customer *c = pc->customers, *next; c != NULL; c = next) {
		next = c->next;
		customer_free(c);
	}
	caller_free(pc->caller);
	free(pc);
}

static const struct route_ops partner_center_ops = {
	.name = "partner-center",
	.names_customer = true,
	.check = pc_check,
	.find = pc_find,
	.submit = pc_submit,
	.poll = pc_poll,
	.in_flight = pc_in_flight,
	.drop = pc_drop,
	.wait = pc_wait,
	.free = pc_free,
};

struct route *
partner_center_new(const struct partner_center_settings *set, struct error *err)
{
	struct partner_center *pc = xcalloc(1, sizeof(*pc));

	pc->route.ops = &partner_center_ops;
	pc->all_matches = set->all_matches;
	pc->relist_ms = set->relist_ms;
	pc->caller = caller_new(set->url, &set->token, &set->http, err);
	if (pc->caller == NULL) {
		free(pc);
		return NULL;
	}
	return &pc->route;
}
