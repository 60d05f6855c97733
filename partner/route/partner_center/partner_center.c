/* Turns the calls of the engine into orders. The schedule runs them. */
#include "partner/route/partner_center/partner_center.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/crypto.h"
#include "common/text.h"
#include "partner/route/partner_center/customer.h"
#include "partner/route/partner_center/schedule.h"

struct partner_center {
	struct route route; /* first */
	struct customer_settings set;
	struct customer *customers;
	struct credential_check *credential_checks;
};

/* One check of the credentials under way. */
struct credential_check {
	struct credential_check *next;
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

static struct customer *
find_customer(const struct partner_center *pc, const char *id)
{
	struct customer *c = pc->customers;

	while (c != NULL && !text_equal_nocase(c->id, id))
		c = c->next;
	return c;
}

/* NULL: it is not valid in an address. */
static struct customer *
get_customer(struct partner_center *pc, const char *id)
{
	struct customer *c;

	if (!is_guid(id))
		return NULL;
	c = find_customer(pc, id);
	if (c == NULL) {
		c = customer_new(&pc->set, id);
		c->next = pc->customers;
		pc->customers = c;
	}
	return c;
}

static struct customer *
customer_of(struct partner_center *pc, const struct route_batch *batch)
{
	return batch->count == 1 ? get_customer(pc, batch->customer) : NULL;
}

static void
deliver(route_done_fn *done, void *ctx, enum route_end end, const char *reason)
{
	struct route_result result = {
		.end = end, .retry_after = HTTP_RETRY_AFTER_NONE, .reason = reason};

	route_deliver(done, ctx, &result);
}

/* During a pause: delivers BUSY and returns true. */
static bool
deliver_pause(const struct customer *c, route_done_fn *done, void *ctx)
{
	struct route_result busy;
	bool paused = customer_is_paused(c, &busy);

	if (paused)
		route_deliver(done, ctx, &busy);
	return paused;
}

static struct credential_check *
credential_check_new(struct partner_center *pc, route_done_fn *done, void *ctx)
{
	struct credential_check *k = xcalloc(1, sizeof(*k));

	*k = (struct credential_check){
		.next = pc->credential_checks, .pc = pc, .done = done, .ctx = ctx};
	pc->credential_checks = k;
	return k;
}

static void
credential_check_free(struct credential_check *k)
{
	struct credential_check **at = &k->pc->credential_checks;

	while (*at != k)
		at = &(*at)->next;
	*at = k->next;
	free(k);
}

static enum route_end
end_of_check(enum reply_end end)
{
	switch (end) {
	case REPLY_DONE: return ROUTE_ANSWERED;
	case REPLY_DENIED: return ROUTE_DENIED;
	case REPLY_BUSY: return ROUTE_BUSY;
	case REPLY_ABSENT:
	case REPLY_NOT_SENT:
	case REPLY_LOST:
	case REPLY_FAILED:
	case REPLY_FORBIDDEN:
	case REPLY_REFUSED:
	case REPLY_TOO_LARGE:
	case REPLY_END_COUNT: break;
	}
	return ROUTE_NOT_SENT;
}

static void
on_checked(void *ctx, const struct partner_reply *reply)
{
	struct credential_check *k = ctx, was = *k;
	struct route_result result = {.end = end_of_check(reply->end),
	                              .retry_after = reply->retry_after,
	                              .reason = reply->reason};

	credential_check_free(k);
	route_deliver(was.done, was.ctx, &result);
}

static int
pc_check(struct route *r, route_done_fn *done, void *ctx, struct error *err UNUSED)
{
	struct partner_center *pc = (struct partner_center *)r;

	partner_request_token(pc->set.client, on_checked, credential_check_new(pc, done, ctx));
	return 0;
}

static void
on_signed_in(void *ctx, const struct partner_reply *reply)
{
	struct credential_check *k = ctx, was = *k;
	bool said = reply->end == REPLY_DONE && reply->mfa != NULL;
	struct route_result result = {.end = end_of_check(reply->end),
	                              .retry_after = reply->retry_after,
	                              .reason = reply->reason};

	if (said && text_equal_nocase(reply->mfa, "true"))
		result.reason = "signed in with MFA";
	else if (said && text_equal_nocase(reply->mfa, "false"))
		result = (struct route_result){.end = ROUTE_REFUSED,
		                               .reason = "the user signed in without MFA"};
	else if (reply->end == REPLY_DONE)
		result = (struct route_result){.end = ROUTE_PENDING,
		                               .reason = "the service does not say"};
	credential_check_free(k);
	route_deliver(was.done, was.ctx, &result);
}

/* Any GET answers the question (doc/partner-center.md, section 2.4); this one names no customer. */
static int
pc_check_sign_in(struct route *r, route_done_fn *done, void *ctx, struct error *err UNUSED)
{
	struct partner_center *pc = (struct partner_center *)r;
	struct partner_request request = {.method = HTTP_GET,
	                                  .path = "/v1/customers?size=1",
	                                  .validate_mfa = true,
	                                  .done = on_signed_in};

	request.ctx = credential_check_new(pc, done, ctx);
	partner_request_start(pc->set.client, &request);
	return 0;
}

/* An answer was lost: the inventory says what is left of the target. */
static int
recheck(struct customer *c, const struct route_batch *batch, bool polled, route_done_fn *done,
        void *ctx, struct error *err)
{
	struct target target;
	struct order *o;

	if (target_decode(&target, batch->target, err) != 0) {
		deliver(done, ctx, polled ? ROUTE_FORGOTTEN : ROUTE_SKIPPED,
		        "the target in the ledger does not belong to the Partner Center route");
		return 0;
	}
	if (customer_answer_recheck(c, batch->device, &target, polled, done, ctx) ||
	    deliver_pause(c, done, ctx)) {
		target_release(&target);
		return 0;
	}
	o = order_add(&c->orders, c, ORDER_RECHECK, done, ctx);
	o->device = batch->device;
	o->polled = polled;
	o->target = target;
	schedule_advance(c);
	return 0;
}

static int
pc_lookup(struct route *r, const struct route_batch *batch, route_done_fn *done, void *ctx,
          struct error *err)
{
	struct customer *c = customer_of((struct partner_center *)r, batch);

	if (c == NULL) {
		deliver(done, ctx, ROUTE_SKIPPED, "the customer's tenant id is not a GUID");
		return 0;
	}
	if (batch->target != NULL && c->gave_up[0] == '\0')
		return recheck(c, batch, false, done, ctx, err);
	if (customer_answer_lookup(c, batch->device, done, ctx) || deliver_pause(c, done, ctx))
		return 0;
	order_add(&c->orders, c, ORDER_LOOKUP, done, ctx)->device = batch->device;
	schedule_advance(c);
	return 0;
}

static int
pc_read_inventory(struct route *r, const char *id, route_done_fn *done, void *ctx,
                  struct error *err UNUSED)
{
	struct customer *c = get_customer((struct partner_center *)r, id);

	if (c == NULL) {
		deliver(done, ctx, ROUTE_SKIPPED, "the customer's tenant id is not a GUID");
		return 0;
	}
	if (customer_answer_inventory(c, done, ctx) || deliver_pause(c, done, ctx))
		return 0;
	order_add(&c->orders, c, ORDER_INVENTORY, done, ctx);
	schedule_advance(c);
	return 0;
}

static void
pc_mark(struct route *r, const char *id, const struct device_id *device)
{
	const struct customer *c = find_customer((struct partner_center *)r, id);

	if (c != NULL && c->inventory != NULL)
		inventory_mark(c->inventory, device);
}

static int
pc_each_registration(struct route *r, const char *id, bool unmarked, route_registration_fn *fn,
                     void *ctx, struct error *err)
{
	const struct customer *c = find_customer((struct partner_center *)r, id);

	if (c == NULL || c->inventory == NULL || c->incomplete[0] != '\0')
		return 1;
	return inventory_each(c->inventory, unmarked, fn, ctx, err);
}

static int
pc_submit(struct route *r, const struct route_batch *batch, route_done_fn *done, void *ctx,
          struct error *err)
{
	struct customer *c = customer_of((struct partner_center *)r, batch);
	struct target target;
	struct order *o;

	if (c == NULL) {
		deliver(done, ctx, ROUTE_REFUSED, "the customer's tenant id is not a GUID");
		return 0;
	}
	if (c->gave_up[0] != '\0') {
		deliver(done, ctx, ROUTE_SKIPPED, c->gave_up);
		return 0;
	}
	if (batch->target == NULL || target_decode(&target, batch->target, err) != 0) {
		deliver(done, ctx, ROUTE_REFUSED,
		        "the target in the ledger does not belong to the Partner Center route");
		return 0;
	}
	if (deliver_pause(c, done, ctx)) {
		target_release(&target);
		return 0;
	}
	o = order_add(&c->orders, c, ORDER_SUBMIT, done, ctx);
	o->target = target;
	(void)text_copy(o->service_id, sizeof(o->service_id), batch->target);
	schedule_advance(c);
	return 0;
}

static int
pc_poll(struct route *r, const char *service_id, const struct route_batch *batch,
        route_done_fn *done, void *ctx, struct error *err)
{
	struct customer *c = customer_of((struct partner_center *)r, batch);
	struct target target;

	if (c != NULL && batch->lost && batch->target != NULL)
		return recheck(c, batch, true, done, ctx, err);
	if (c == NULL || target_decode(&target, service_id, err) != 0) {
		deliver(done, ctx, ROUTE_FORGOTTEN,
		        "the customer or the target in the ledger does not belong to the Partner Center route");
		return 0;
	}
	if (customer_answer_poll(c, &target, false, done, ctx) || deliver_pause(c, done, ctx)) {
		target_release(&target);
		return 0;
	}
	order_add(&c->orders, c, ORDER_POLL, done, ctx)->target = target;
	schedule_advance(c);
	return 0;
}

static unsigned
pc_in_flight(const struct route *r)
{
	return partner_request_in_flight(((const struct partner_center *)r)->set.client);
}

static int
pc_wait(struct route *r, long timeout_ms, struct error *err)
{
	struct partner_center *pc = (struct partner_center *)r;

	for (struct customer *c = pc->customers; c != NULL && !route_may_deregister(r); c = c->next)
		schedule_stop(c);
	return partner_request_wait(pc->set.client, timeout_ms, err);
}

static void
pc_drop(struct route *r)
{
	struct partner_center *pc = (struct partner_center *)r;

	partner_request_drop(pc->set.client);
	for (struct customer *c = pc->customers; c != NULL; c = c->next)
		customer_drop(c);
	for (struct credential_check *k = pc->credential_checks, *next; k != NULL; k = next) {
		next = k->next;
		free(k);
	}
	pc->credential_checks = NULL;
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
	partner_request_client_free(pc->set.client);
	free(pc);
}

static const struct route_ops partner_center_ops = {
	.name = "partner-center",
	.names_customer = true,
	.check = pc_check,
	.check_sign_in = pc_check_sign_in,
	.lookup = pc_lookup,
	.read_inventory = pc_read_inventory,
	.mark = pc_mark,
	.each_registration = pc_each_registration,
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
	pc->set = (struct customer_settings){
		.client = partner_request_client_new(set->url, &set->token, &set->http, &pc->route,
	                                             err),
		.all_matches = set->all_matches,
		.relist_ms = set->relist_ms,
	};
	if (pc->set.client == NULL) {
		free(pc);
		return NULL;
	}
	return &pc->route;
}
