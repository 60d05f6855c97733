/*
 * Orders: the look-ups, submits and polls that the engine started and that have no answer yet. Each
 * customer has one queue of them, in the order of arrival.
 *
 * An order owns its target. The device of a look-up is the engine's and lives until the answer.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_ORDER_H
#define PARTNER_ROUTE_PARTNER_CENTER_ORDER_H

#include "common/base.h"
#include "partner/route/partner_center/target.h"
#include "partner/route/route.h"

/* RECHECK: a look-up or poll after a lost answer, which an inventory answers. INVENTORY: it is read for
 * its own sake. */
enum order_kind { ORDER_LOOKUP, ORDER_SUBMIT, ORDER_POLL, ORDER_RECHECK, ORDER_INVENTORY };

enum order_stage {
	ORDER_WAITING,
	ORDER_RUNNING, /* submit: a deletion is under way; poll: the listing began after the order */
	ORDER_DUE      /* to be answered now */
};

struct customer;
struct order {
	struct order *next;
	struct order **queue;
	struct customer *customer;
	enum order_kind kind;
	enum order_stage stage;
	const struct device_id *device; /* lookup, recheck */
	bool polled;                    /* recheck: for a poll */
	struct target target;           /* submit, poll, recheck */
	char service_id[ROUTE_ID_MAX];  /* submit: the target as the ledger has it */
	size_t at;                      /* submit: index of the registration to be deleted next */
	route_done_fn *done;
	void *ctx;
};

/* Appends a waiting order. */
struct order *order_add(struct order **queue, struct customer *customer, enum order_kind kind,
                        route_done_fn *done, void *ctx);
/* The first order of that kind and stage, or NULL. */
struct order *order_first(struct order *queue, enum order_kind kind, enum order_stage stage);
struct order *order_first_due(struct order *queue);
void order_unlink(struct order *o);
void order_free(struct order *o); /* unlinked already */
/* Unlinks, delivers the result, frees. The callback may add new orders. */
void order_answer(struct order *o, struct route_result *result);

#endif
