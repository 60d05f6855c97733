/*
 * One customer of the Partner Center route: its orders, its inventory, the checks of its deletions,
 * and the pause that the service asked for. Answers look-ups and polls from memory where it can.
 * Sends nothing itself: schedule.h does, and owns the turn.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_CUSTOMER_H
#define PARTNER_ROUTE_PARTNER_CENTER_CUSTOMER_H

#include "common/base.h"
#include "partner/route/partner_center/deletion_check.h"
#include "partner/route/partner_center/inventory.h"
#include "partner/route/partner_center/order.h"
#include "partner/route/partner_center/pages.h"
#include "partner/route/partner_center/request.h"
#include "partner/route/route.h"

/* Who sends requests at the moment; see schedule.c. */
enum turn { TURN_NONE, TURN_INVENTORY, TURN_CHECK, TURN_DELETE };

struct customer_settings {
	struct partner_client *client;
	bool all_matches;  /* if several registrations of one device match: delete them all */
	int64_t relist_ms; /* a batch is listed again at most once in this time */
};

struct customer {
	struct customer *next;
	const struct customer_settings *set; /* borrowed */
	char *id;
	enum turn turn;
	struct order *orders;
	/* the inventory; a half-read one is kept, so that reading goes on after a pause */
	struct inventory *inventory;   /* complete; NULL: not read yet */
	struct inventory *partial;     /* as far as it was read */
	struct pages *inventory_pages; /* the pages that follow; NULL: begin anew */
	unsigned page_failures;        /* of the next page, in a row */
	unsigned deletions;            /* answered so far */
	unsigned inventory_after;      /* deletions when the reading of the inventory began */
	int64_t inventory_ms;          /* monotonic: when it was complete */
	/* deletion checks */
	struct pages *check_pages; /* during TURN_CHECK */
	struct deletion_check *checks;
	/* final findings, as texts for people; "": none */
	char incomplete[ROUTE_REASON_MAX]; /* why the inventory cannot be read */
	char gave_up[ROUTE_REASON_MAX]; /* why its devices are not looked up or deleted any more */
	unsigned forbidden;             /* 403 in a row */
	/* throttling */
	int64_t paused_until_ms; /* monotonic */
	unsigned throttled;      /* 429 in a row */
};

struct customer *customer_new(const struct customer_settings *set, const char *id);
void customer_free(struct customer *c);
/* Frees all orders without an answer. A half-read inventory stays. */
void customer_drop(struct customer *c);

/* If memory holds the answer: deliver it and return true. */
bool customer_answer_lookup(const struct customer *c, const struct device_id *device,
                            route_done_fn *done, void *ctx);
bool customer_answer_inventory(const struct customer *c, route_done_fn *done, void *ctx);
/* After a lost answer. polled: the question is whether everything is gone. */
bool
customer_answer_recheck(struct customer *c, const struct device_id *device,
                        const struct target *target, bool polled, route_done_fn *done, void *ctx);
/* listed: a listing that began after the poll has just ended, so it is not worth another one. */
bool customer_answer_poll(struct customer *c, const struct target *target, bool listed,
                          route_done_fn *done, void *ctx);

/* Counts a reply: 429 starts a pause, 403 in a row make the route give up. */
void customer_count_reply(struct customer *c, const struct partner_reply *reply);
void customer_give_up(struct customer *c, const char *why);
/* True during a pause; then *ret is a BUSY result for the caller. */
bool customer_is_paused(const struct customer *c, struct route_result *ret);
long customer_pause_s(const struct customer *c); /* seconds; 0: none */

/* A deletion shifts the pages that were not read yet, so a half-read inventory is worth nothing. */
void customer_discard_partial(struct customer *c);
void customer_end_check(struct customer *c, bool complete);

#endif
