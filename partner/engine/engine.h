/*
 * Drives one run: takes batches from the ledger, sends them over a route, and records the answers.
 * The only module that talks to both ledger and route. Owns the batches in flight, and its memory
 * depends only on their number. One thread; the caller owns ledger, run and route.
 *
 * Order of writing (doc/ARCHITECTURE.md, "Commit points"):
 *	SENT      durable before the first byte of a batch leaves
 *	ACCEPTED  with its BatchId, before the batch is polled
 *	DONE      in one transaction with the outcomes
 *	LOST      when an answer was lost, before the batch is sent again
 */
#ifndef PARTNER_ENGINE_ENGINE_H
#define PARTNER_ENGINE_ENGINE_H

#include "common/base.h"
#include "common/error.h"
#include "partner/engine/pace.h"
#include "partner/ledger/runs.h"
#include "partner/route/route.h"

/* Progress of this command. Equal rows count as one device. */
struct engine_counters {
	int64_t decided[OUTCOME_COUNT]; /* devices by the outcome that they got */
	int64_t retries;                /* repeated requests, whatever the cause */
	int64_t throttled_ms;           /* time in which the service let nothing start */
	int64_t throttled_until_ms;     /* monotonic; 0: not throttled now */
	int64_t in_flight;              /* batches that began and are not over */
	int64_t canary_devices;         /* that everything else waits for; 0: nothing waits */
	int64_t canary_since_ms;        /* monotonic: when they were sent */
	int64_t unsent;                 /* batches that began and are not sent yet */
	int64_t unanswered;             /* devices of batches that wait for their answers */
	int64_t next_poll_ms;           /* monotonic: when the first of them is polled; 0: now */
};
/* Called at least once a second while the run goes on; it must be quick. */
typedef void engine_observe_fn(void *ctx, const struct engine_counters *counters);

struct engine_settings {
	unsigned parallel; /* requests in flight */
	unsigned retries;  /* tries after the first failure, in a row */
	int64_t tps;       /* starts a second, in thousandths (PACE_TPS_ONE); 0: no limit */
	int64_t poll_interval_ms;
	int64_t poll_deadline_ms; /* from acceptance */
	int64_t resend_within_ms; /* from the first send: until then a lost batch is sent again */
	bool resend; /* send lost batches of any age, and devices that an answer lacks, once */
	int64_t max_fail_percent;
	int64_t busy_deadline_ms; /* how long to wait for a throttling service */
	struct pace *pace; /* of the service, over all runs of the command; NULL: of this run */
	int64_t canary;    /* devices of the run's first batch; 0: no canary */
	int64_t canary_trust_ms; /* how long a well-answered canary counts for later runs */
	const char *identity;    /* of service, profile and certificate; "": trust is not kept */
	int64_t max_unanswered;  /* devices sent and not answered, on all machines; 0: no limit */
	int64_t lease_ms;        /* of a claim, if several machines share the ledger */
	int64_t ends_ms;         /* monotonic: nothing is sent after it; 0: no limit */
	int64_t max_inventory_percent; /* of a customer's registrations; 0: no limit */
	engine_observe_fn *observe;    /* or NULL */
	void *observe_ctx;
};

/* Why a run ended before its last batch, the worst reason last. */
enum engine_stop {
	ENGINE_STOP_NONE,
	ENGINE_STOP_UNANSWERED,  /* the canary, or too many devices, have no answer */
	ENGINE_STOP_UNREACHABLE, /* retries used up */
	ENGINE_STOP_DURATION,    /* ends_ms is over */
	ENGINE_STOP_SIGNAL,
	ENGINE_STOP_FAILING, /* max-fail-percent */
	ENGINE_STOP_GUARD,   /* an alarm, the canary, or the outbound guard */
	ENGINE_STOP_DENIED,  /* certificate, key or token refused */
	ENGINE_STOP_COUNT
};

struct engine_result {
	enum engine_stop stop;
	int signal;          /* that ended the run; 0: none */
	unsigned unreadable; /* collecting: polls without a readable answer */
	int64_t too_old;     /* batches, lost or lacking devices, that only `resend` sends again */
	struct engine_counters counters;
};

/* Sends and polls until every batch is over or the run stops. -1: the ledger or the transport failed
 * (err says how); the run can be resumed. */
int engine_run(struct ledger *l, const struct ledger_run *run, struct route *route,
               const struct engine_settings *settings, struct engine_result *ret,
               struct error *err) MUST_CHECK;
/* Polls once every batch that was accepted, or lost with a BatchId, and sends nothing. */
int engine_collect(struct ledger *l, const struct ledger_run *run, struct route *route,
                   const struct engine_settings *settings, struct engine_result *ret,
                   struct error *err) MUST_CHECK;

/* The look-ups of a plan, counted by result. Each row's reason holds its own result. */
struct engine_lookup {
	int64_t found;
	int64_t other[OUTCOME_COUNT]; /* by the outcome that a run would give them now */
};
/* Looks every device up, on a route that can, and sends nothing. */
int engine_lookup(struct ledger *l, const struct ledger_run *run, struct route *route,
                  const struct engine_settings *settings, struct engine_lookup *lookup,
                  struct engine_result *ret, struct error *err) MUST_CHECK;

#endif
