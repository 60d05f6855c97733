/*
 * One customer of the Partner Center route: what waits for it, its inventory, the batches that were
 * touched, its pauses. Inside of the route: partner_center.c takes the orders, walk.c lets
 * listings and deletions take turns, customer.c keeps and tells, watch.c knows what is gone.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_CUSTOMER_H
#define PARTNER_ROUTE_PARTNER_CENTER_CUSTOMER_H

#include "common/base.h"
#include "common/crypto.h"
#include "partner/route/partner_center/inventory.h"
#include "partner/route/partner_center/pages.h"
#include "partner/route/partner_center/request.h"
#include "partner/route/route.h"
#include "partner/route/partner_center/target.h"
#include "partner/route/partner_center/deletion_check.h"

enum op_kind { OP_FIND, OP_SUBMIT, OP_POLL };

/* An order that is not answered yet. */
struct op {
	struct op *next;
	enum op_kind kind;
	struct customer *customer;
	struct route_batch batch; /* find: what it names is borrowed */
	struct target target;     /* submit, poll */
	char service_id[ROUTE_ID_MAX];
	size_t at;   /* submit: the registration that is its turn */
	bool active; /* submit: a request is on its way */
	bool walked; /* poll: a listing began after it came */
	bool due;    /* to be told now */
	route_done_fn *done;
	void *ctx;
};

/* The request id of a deletion whose answer did not come: its repetition has the same one. */
struct open_delete {
	struct open_delete *next;
	char *path;
	char id[CRYPTO_GUID_SIZE];
};

struct customer {
	struct customer *next;
	struct partner_client *client; /* the route's */
	char *id;
	bool all_matches;
	int64_t relist_ms;
	struct op *ops;   /* in the order they came */
	unsigned deletes; /* requests on their way */
	struct open_delete *open;
	/* listings */
	bool walking, loading; /* a page is on its way; it is one of the inventory */
	struct pages *load, *relist;
	struct inventory *filling;   /* what load has read */
	struct inventory *inventory; /* NULL: not read yet */
	unsigned tries;              /* of the page that failed, in a row */
	struct deletion_check *checks;
	/* why it goes no further, or "" */
	char incomplete[ROUTE_REASON_MAX], left[ROUTE_REASON_MAX];
	unsigned forbidden; /* 403 in a row */
	/* throttling */
	int64_t paused_until_ms;
	unsigned throttled; /* in a row */
};

struct customer *customer_new(struct partner_client *client, const char *id);
void customer_free(struct customer *c);
void customer_drop(struct customer *c); /* nothing waits any more, and nothing is on its way */
struct op *customer_add_op(struct customer *c, enum op_kind kind, const struct route_batch *batch,
                           route_done_fn *done, void *ctx);
/* Where it can be told from memory: told, and true. */
bool customer_tell_find(struct customer *c, const struct route_batch *batch, route_done_fn *done,
                        void *ctx);
bool customer_tell_poll(struct customer *c, const struct target *target, bool walked,
                        route_done_fn *done, void *ctx);
/* Paused: BUSY is told, and true. */
bool customer_tell_pause(const struct customer *c, route_done_fn *done, void *ctx);
void customer_heed(struct customer *c, const struct partner_reply *a); /* 429, 403 */
void customer_forget_load(struct customer *c);      /* its pages are not what they were */
long customer_pause_left(const struct customer *c); /* seconds; 0: none */
void customer_end_relist(struct customer *c, bool complete);
void op_end(struct op *op, struct route_result *result);
void op_free(struct op *op); /* without a word */

#endif
