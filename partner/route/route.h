/*
 * A route: how devices reach a service that deregisters them. The engine drives it: it starts
 * requests, waits, and gets one route_result for each through a callback. A route knows no
 * ledger. Everything runs in one thread.
 *
 * Two kinds of routes. OEM Direct submits a batch and polls for its verdicts. Partner Center
 * deletes one registration at a time, by the service's own id for it: `lookup` looks it up first
 * (reads only), what it names (the target) is written down with the intent, and `submit` and
 * `poll` go by that target alone. A fresh registration of the same device has another id, so
 * such a request may be repeated at any age.
 */
#ifndef PARTNER_ROUTE_ROUTE_H
#define PARTNER_ROUTE_ROUTE_H

#include "common/base.h"
#include "common/error.h"
#include "partner/vocabulary.h"

#define ROUTE_REASON_MAX 160
#define ROUTE_ID_MAX 1024 /* a BatchId is opaque; two GUIDs have 73 bytes */

/* What goes out together. Borrowed by the route until the result is delivered. */
struct route_batch {
	const char *reference; /* ours, for the service's records */
	const char *sold_to;
	const char *received_from;
	const char *
		customer; /* whose address the request goes to; NULL unless the route asks for it */
	const char *target; /* what `lookup` named; NULL: it was not asked */
	const struct device_id *device;
	size_t count;
};

enum route_end {
	ROUTE_FOUND,     /* lookup: service_id is the target, reason what stands there */
	ROUTE_ACCEPTED,  /* submit: taken, service_id is set */
	ROUTE_ANSWERED,  /* poll, lookup: a verdict for every device */
	ROUTE_PENDING,   /* poll: nothing decided yet */
	ROUTE_NOT_SENT,  /* no byte left */
	ROUTE_BUSY,      /* refused before work: try again after the pause */
	ROUTE_REFUSED,   /* refused as a whole; halving may find the row */
	ROUTE_LOST,      /* bytes went out, nothing certain is known */
	ROUTE_FORGOTTEN, /* poll: the service does not know the batch */
	ROUTE_DENIED,    /* certificate, key or token refused before work */
	ROUTE_GUARDED,   /* the outbound guard did not let the bytes out */
	ROUTE_SKIPPED, /* nothing was asked, and nothing more of this customer will be: see reason */
	ROUTE_END_COUNT
};

struct route_verdict {
	enum outcome outcome; /* PENDING: the service says so */
	char reason[ROUTE_REASON_MAX];
};

struct route_result {
	enum route_end end;
	bool certificate_refused; /* with LOST: stop all the same */
	bool divisible;           /* REFUSED for what the batch holds: halving may find the row */
	bool customer_only;       /* BUSY: others need not wait */
	long retry_after;         /* seconds; negative: none named */
	const char *service_id;   /* FOUND, ACCEPTED */
	const char *trace;        /* ids for the service's support, or NULL */
	const char *reason;       /* one line, printable */
	const struct route_verdict *verdict; /* ANSWERED: one for each device of the batch */
	size_t unexpected; /* ANSWERED: entries that name no device of the batch (ignored) */
};

typedef void route_done_fn(void *ctx, const struct route_result *result);

struct route;
struct route_ops {
	const char *name;
	bool names_customer; /* batches carry the customer's address; one device a batch */
	/* A harmless request that shows whether the credentials are taken. */
	int (*check)(struct route *r, route_done_fn *done, void *ctx, struct error *err);
	/* NULL: the route has no use for it. FOUND, ANSWERED (not-found, not-unique, or unknown
	 * where the inventory is incomplete), BUSY, NOT_SENT, DENIED or SKIPPED. */
	int (*lookup)(struct route *r, const struct route_batch *batch, route_done_fn *done,
	              void *ctx, struct error *err);
	int (*submit)(struct route *r, const struct route_batch *batch, route_done_fn *done,
	              void *ctx, struct error *err);
	int (*poll)(struct route *r, const char *service_id, const struct route_batch *batch,
	            route_done_fn *done, void *ctx, struct error *err);
	unsigned (*in_flight)(const struct route *r);
	/* What is under way is forgotten: its done is not called any more. */
	void (*drop)(struct route *r);
	int (*wait)(struct route *r, long timeout_ms, struct error *err);
	void (*free)(struct route *r);
};
/* Every implementation's struct begins with this one. */
struct route {
	const struct route_ops *ops;
};

#endif
