/* The queue of orders. The schedule runs and answers them. */
#include "partner/route/partner_center/order.h"

#include <stdlib.h>

#include "common/alloc.h"

struct order *
order_add(struct order **queue, struct customer *customer, enum order_kind kind,
          route_done_fn *done, void *ctx)
{
	struct order *o = xcalloc(1, sizeof(*o)), **at = queue;

	while (*at != NULL)
		at = &(*at)->next;
	*at = o;
	o->queue = queue;
	o->customer = customer;
	o->kind = kind;
	o->done = done;
	o->ctx = ctx;
	return o;
}

struct order *
order_first(struct order *queue, enum order_kind kind, enum order_stage stage)
{
	for (struct order *o = queue; o != NULL; o = o->next)
		if (o->kind == kind && o->stage == stage)
			return o;
	return NULL;
}

struct order *
order_first_due(struct order *queue)
{
	while (queue != NULL && queue->stage != ORDER_DUE)
		queue = queue->next;
	return queue;
}

void
order_unlink(struct order *o)
{
	struct order **at = o->queue;

	while (*at != o)
		at = &(*at)->next;
	*at = o->next;
}

void
order_free(struct order *o)
{
	target_release(&o->target);
	free(o);
}

void
order_answer(struct order *o, struct route_result *result)
{
	order_unlink(o);
	route_deliver(o->done, o->ctx, result);
	order_free(o);
}
