/* Answers orders when a turn ends. Their callbacks may add orders; schedule.c starts the turns. */
#include "partner/route/partner_center/answers.h"

static bool
is_inventory_order(const struct order *o)
{
	return o->kind == ORDER_LOOKUP || o->kind == ORDER_RECHECK || o->kind == ORDER_INVENTORY;
}

static void
answers_due(struct customer *c, const struct route_result *result)
{
	struct order *o;

	while ((o = order_first_due(c->orders)) != NULL) {
		struct route_result own = *result;
		order_answer(o, &own);
	}
}

void
answers_readers(struct customer *c, enum turn ended, const struct route_result *result)
{
	for (struct order *o = c->orders; o != NULL; o = o->next)
		if (o->kind == ORDER_POLL || (is_inventory_order(o) && ended == TURN_INVENTORY))
			o->stage = ORDER_DUE;
	answers_due(c, result);
}

void
answers_paused(struct customer *c, const struct route_result *result)
{
	for (struct order *o = c->orders; o != NULL; o = o->next)
		if (o->stage == ORDER_WAITING)
			o->stage = ORDER_DUE;
	answers_due(c, result);
}

void
answers_lookups(struct customer *c)
{
	struct route_result pending = {.end = ROUTE_PENDING,
	                               .retry_after = HTTP_RETRY_AFTER_NONE,
	                               .reason = "not listed anew yet"};
	struct order *o;

	for (o = c->orders; o != NULL; o = o->next)
		if (is_inventory_order(o))
			o->stage = ORDER_DUE;
	while ((o = order_first_due(c->orders)) != NULL) {
		order_unlink(o);
		if (o->kind == ORDER_LOOKUP)
			(void)customer_answer_lookup(c, o->device, o->done, o->ctx);
		else if (o->kind == ORDER_INVENTORY)
			(void)customer_answer_inventory(c, o->done, o->ctx);
		else if (!customer_answer_recheck(c, o->device, &o->target, o->polled, o->done,
		                                  o->ctx))
			route_deliver(o->done, o->ctx,
			              &pending); /* deleted something since: later */
		order_free(o);
	}
}

void
answers_polls(struct customer *c)
{
	struct order *o;

	for (o = c->orders; o != NULL; o = o->next)
		if (o->kind == ORDER_POLL && o->stage == ORDER_RUNNING)
			o->stage = ORDER_DUE;
	while ((o = order_first_due(c->orders)) != NULL) {
		order_unlink(o);
		(void)customer_answer_poll(c, &o->target, true, o->done, o->ctx);
		order_free(o);
	}
}
