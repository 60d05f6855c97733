/*
 * The run: takes batches out of the ledger, drives a route, writes what becomes known back.
 * The only module that talks to both. Owns the jobs in flight; memory depends on them alone.
 *
 * Order that the promises rest on: a batch is SENT in the ledger, durably, before its first
 * byte leaves; ACCEPTED with its BatchId before it is polled; its outcomes and DONE in one
 * transaction. A lost answer is written down as LOST before the batch is sent once more.
 */
#ifndef PARTNER_ENGINE_ENGINE_H
#define PARTNER_ENGINE_ENGINE_H

#include "common/base.h"
#include "common/error.h"
#include "partner/ledger/runs.h"
#include "partner/route/route.h"

/* How a run stands and what it took, of this command alone. Devices: equal rows count once. */
struct engine_counters {
	int64_t decided[OUTCOME_COUNT]; /* devices with a word of their own from the service */
	int64_t retries;                /* requests made once more, for whatever cause */
	int64_t throttled_ms;           /* in which nothing started, for the service said so */
	int64_t throttled_until_ms;     /* monotonic; 0: it is not throttled now */
	int64_t in_flight;              /* batches that are begun and not over */
};
/* Told at least once a second while the run goes; it must be quick. */
typedef void engine_observe_fn(void *ctx, const struct engine_counters *counters);

struct engine_settings {
	unsigned parallel; /* requests in flight */
	unsigned retries;  /* tries more of one request, in a row */
	int64_t tps;       /* starts a second, in thousandths (pace.h); 0: no limit */
	int64_t poll_interval_ms;
	int64_t poll_deadline_ms; /* from acceptance */
	int64_t resend_within_ms; /* of the first send: a lost answer is asked for once more */
	bool resend;              /* lost answers of any age, once */
	bool again;               /* go on although the run holds an alarm */
	int64_t max_fail_percent;
	int64_t lease_ms;           /* of a batch, where several machines share the ledger */
	int64_t ends_ms;            /* monotonic: no submit from here on; 0: no limit */
	engine_observe_fn *observe; /* or NULL */
	void *observe_ctx;
};

/* Why a run ended before its last batch; a later one never overwrites a worse one. */
enum engine_stop {
	ENGINE_STOP_NONE,
	ENGINE_STOP_UNREACHABLE, /* retries used up */
	ENGINE_STOP_DURATION,    /* ends_ms has come */
	ENGINE_STOP_SIGNAL,
	ENGINE_STOP_FAILING, /* max-fail-percent */
	ENGINE_STOP_GUARD,   /* an alarm, or the outbound guard */
	ENGINE_STOP_DENIED,  /* certificate, key or token refused */
	ENGINE_STOP_COUNT
};

struct engine_result {
	enum engine_stop stop;
	int signal;
	struct engine_counters counters;
};

/* -1: the ledger or the transport failed on our side (err says how); the run can be resumed. */
int engine_run(struct ledger *l, const struct ledger_run *run, struct route *route,
               const struct engine_settings *settings, struct engine_result *ret,
               struct error *err) MUST_CHECK;
/* Asks once for every result that the run waits for, and sends nothing. */
int engine_collect(struct ledger *l, const struct ledger_run *run, struct route *route,
                   const struct engine_settings *settings, struct engine_result *ret,
                   struct error *err) MUST_CHECK;

/* What a plan of a route that looks devices up is told. Each row keeps it as its reason. */
struct engine_lookup {
	int64_t found;
	int64_t other[OUTCOME_COUNT]; /* by the word that a run would give them now */
};
int engine_lookup(struct ledger *l, const struct ledger_run *run, struct route *route,
                  const struct engine_settings *settings, struct engine_lookup *lookup,
                  struct engine_result *ret, struct error *err) MUST_CHECK;

#endif
