/*
 * A route: how devices reach a service that deregisters them. The engine calls a route's ops: it
 * starts requests, waits, and receives one route_result for each request through a callback. A route
 * does not know the ledger. Everything runs in one thread.
 *
 * There are two kinds of routes. OEM Direct submits a batch and polls for the verdicts. Partner Center
 * deletes one registration at a time, by the id that the service gave it. There, `lookup` (which only
 * reads) names the registrations as a target; the engine records the target together with the
 * intent; `submit` and `poll` use the target alone. A device that is registered again gets another
 * id, so the engine may repeat such a request at any age.
 */
#ifndef PARTNER_ROUTE_ROUTE_H
#define PARTNER_ROUTE_ROUTE_H

#include "common/base.h"
#include "common/error.h"
#include "partner/vocabulary.h"

#define ROUTE_REASON_MAX 160 /* bytes, with the terminating zero */
#define ROUTE_ID_MAX 1024    /* bytes; a BatchId is opaque, and two GUIDs take 73 */

/* The devices of one request. The route borrows all of it until it has delivered the result. */
struct route_batch {
	const char *reference; /* our own, for the service's records */
	const char *sold_to;
	const char *received_from;
	const char *customer; /* the tenant id for the address; NULL unless names_customer */
	const char *target;   /* as `lookup` returned it; NULL: there was no look-up */
	bool lost;            /* an earlier answer was lost */
	const struct device_id *device;
	size_t count;
};

enum route_end {
	ROUTE_FOUND,     /* lookup: service_id is the target, reason describes the registration */
	ROUTE_ACCEPTED,  /* submit: the service took the batch; service_id is set */
	ROUTE_ANSWERED,  /* poll, lookup: a verdict for every device */
	ROUTE_PENDING,   /* poll: nothing is decided yet */
	ROUTE_NOT_SENT,  /* no byte left this machine */
	ROUTE_BUSY,      /* refused before any work: try again after the pause */
	ROUTE_REFUSED,   /* refused as a whole; halving may isolate the row */
	ROUTE_LOST,      /* bytes left this machine; the result is not known */
	ROUTE_FORGOTTEN, /* poll: the service does not know the batch */
	ROUTE_DENIED,    /* certificate, key or token refused before any work */
	ROUTE_GUARDED,   /* the outbound guard stopped the request */
	ROUTE_SKIPPED,   /* nothing was sent: the route gave up on this customer (see reason) */
	ROUTE_END_COUNT
};

struct route_verdict {
	enum outcome outcome; /* PENDING: the service says so, or its answer lacks the device */
	bool missing;         /* with PENDING: the answer lacks the device */
	char reason[ROUTE_REASON_MAX];
};

struct route_result {
	enum route_end end;
	bool certificate_refused; /* with LOST: stop all the same */
	bool broken_off;          /* LOST: the answer is not whole */
	bool divisible;           /* REFUSED because of the content: halving may isolate the row */
	bool customer_only;       /* BUSY: only this customer has to wait */
	long retry_after;         /* seconds; negative: the service named none */
	const char *service_id;   /* FOUND, ACCEPTED */
	/* FOUND: serial, PKID, make and model of each registration, each of them with a line end */
	const char *identities;
	size_t matches;     /* FOUND: registrations of the device */
	size_t registered;  /* FOUND: registrations of its customer */
	const char *digest; /* FOUND: changes with anything that is registered */
	bool listed;        /* PENDING: the registration is still there */
	const char *trace;  /* ids for the service's support, or NULL */
	const char *reason; /* one line, printable */
	bool alarm;         /* the answer reports a registration outside its verdicts */
	const struct route_verdict *verdict; /* ANSWERED: one for each device of the batch */
	size_t unexpected; /* ANSWERED: entries that match no device of the batch (ignored) */
};

typedef void route_done_fn(void *ctx, const struct route_result *result);

/* A registration as the service lists it; texts are "" if it lists none. They live until the callback
 * returns. */
struct route_registration {
	const char *serial, *pkid, *make, *model;
};
typedef int route_registration_fn(void *ctx, const struct route_registration *r, struct error *err);

struct route;
struct route_ops {
	const char *name;
	bool names_customer; /* a batch holds one device and names its customer */
	/* Sends a harmless request that shows whether the service takes our credentials. */
	int (*check)(struct route *r, route_done_fn *done, void *ctx, struct error *err);
	/* NULL: no user signs in on this route. Asks whether the user signed in with more than one factor:
	 * ANSWERED: yes, REFUSED: no, PENDING: the service does not say; or as `check` ends. Only reads. */
	int (*check_sign_in)(struct route *r, route_done_fn *done, void *ctx, struct error *err);
	/* NULL: this route needs no look-up. Ends as FOUND, ANSWERED (not-found, not-unique, or
	 * unknown if the inventory is incomplete), BUSY, NOT_SENT, DENIED or SKIPPED. With a target
	 * it looks up the rest of the target: deregistered if nothing is left. */
	int (*lookup)(struct route *r, const struct route_batch *batch, route_done_fn *done,
	              void *ctx, struct error *err);
	/* The whole inventory of a customer; NULL on a route without inventories. `read_inventory` only
	 * reads; it ends as ANSWERED (without verdicts), PENDING (it cannot be read completely), or as a
	 * look-up. Its next two use the inventory that was read. `mark` marks the registrations that a device
	 * may mean. `each_registration` (unmarked: leaves marked ones out) ends with 1 if there is no
	 * complete inventory. */
	int (*read_inventory)(struct route *r, const char *customer, route_done_fn *done, void *ctx,
	                      struct error *err);
	void (*mark)(struct route *r, const char *customer, const struct device_id *device);
	int (*each_registration)(struct route *r, const char *customer, bool unmarked,
	                         route_registration_fn *fn, void *ctx, struct error *err);
	int (*submit)(struct route *r, const struct route_batch *batch, route_done_fn *done,
	              void *ctx, struct error *err);
	int (*poll)(struct route *r, const char *service_id, const struct route_batch *batch,
	            route_done_fn *done, void *ctx, struct error *err);
	unsigned (*in_flight)(const struct route *r);
	/* Forgets all requests under way: their callbacks are not called any more. */
	void (*drop)(struct route *r);
	int (*wait)(struct route *r, long timeout_ms, struct error *err);
	void (*free)(struct route *r);
};
/* The struct of every implementation begins with this one. */
struct route {
	const struct route_ops *ops;
	/* Asked at the last moment, because a request may have waited for a listing, a token or a connection.
	 * NULL: it may leave. */
	bool (*may_deregister)(void *ctx);
	void *may_ctx;
};

/* For implementations: a request that deregisters may leave now. If not, `submit` ends as NOT_SENT. */
#define ROUTE_STOPPED "the run stopped before it was sent"
bool route_may_deregister(const struct route *r);

/* For implementations: makes the result's reason printable, then calls done. */
void route_deliver(route_done_fn *done, void *ctx, struct route_result *result);

#endif
