/*
 * A job is one batch between the ledger and the route: the devices of a request while it is in
 * flight, and where the batch stands in between. Jobs are owned by the engine's list. Inside of
 * the engine: check.c looks first, job.c loads and starts, find.c, submit.c and poll.c take what
 * came back.
 */
#ifndef PARTNER_ENGINE_JOB_H
#define PARTNER_ENGINE_JOB_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"
#include "common/patience.h"
#include "partner/engine/engine.h"
#include "partner/engine/pace.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/runs.h"

#define JOB_TROUBLE_MAX_MS (3600LL * 1000) /* nothing is tried, and no pause waited for, longer */
#define JOB_TEXT_MAX ((size_t)4 * 1024 * 1024) /* device texts of one batch */

enum job_phase { JOB_FIND, JOB_SUBMIT, JOB_POLL, JOB_OVER };

struct engine;
struct job {
	struct job *next;
	struct engine *engine;
	enum job_phase phase;
	bool in_flight;
	bool claimed; /* until it is done, or another machine has it */
	int64_t batch;
	char *service_id, *sold_to, *received_from, *tenant, *reference;
	int64_t first_sent; /* seconds UTC; 0: never */
	int lost;           /* attempts whose answer was lost */
	bool resent;        /* sent once more by --resend: that is done once */
	struct patience patience;
	int64_t due_ms;      /* monotonic: not before */
	int64_t deadline_ms; /* monotonic: polling ends */
	/* the devices of the request in flight, or of the answer that is waited for */
	struct device_id *device;
	int64_t *row;
	size_t count, room;
	struct buf text;
	size_t kept; /* bytes of them in engine.kept; 0: only while it is in flight */
};

/* Where other machines work on the same run: what was last seen of them, and our turn to start. */
struct shared {
	bool on;
	int64_t others;   /* batches that they have, or nobody yet */
	int64_t look_ms;  /* monotonic: when to look again */
	int64_t count_ms; /* likewise, at the answers to all */
	int64_t renew_ms; /* likewise, to renew the claims */
	int64_t gap_us;   /* between two starts of all machines; 0: no limit */
	bool turn;        /* the next start is taken, and is due at turn_us */
	int64_t turn_us;  /* monotonic */
};

struct engine {
	struct ledger *ledger;
	const struct ledger_run *run;
	struct route *route;
	struct engine_settings set;
	struct engine_result result;
	struct pace pace;
	struct patience_limits limits;
	struct job *jobs;
	unsigned in_flight;
	size_t kept;                /* bytes of devices that wait with their jobs; bounded */
	int64_t after;              /* batches up to this id have become jobs */
	bool drained;               /* no planned batch is left */
	bool collect;               /* one poll each, nothing is sent */
	struct customer *customers; /* customers.h */
	bool left;                  /* one of them was throttled until its tries were used up */
	struct engine_look *look;   /* only looked up, nothing is sent; or NULL */
	bool polled_last;           /* polls and submits take turns */
	int64_t soft_ends_ms;       /* monotonic: what was accepted is waited for; 0: not stopped */
	int64_t answered, failed;   /* devices of the run, for max-fail-percent */
	struct shared shared;
	bool broken; /* ledger or transport: err says how */
	struct error *err;
};

struct job *job_new(struct engine *e, const struct ledger_batch *batch);
void job_free(struct job *j);
/* It has not been sent, or is to be sent again. */
bool job_is_unsent(const struct job *j);
/* Starts the request that is due. Failures of our own side go into the engine. */
void job_start(struct job *j);
/* Our own side failed: engine.err says how. */
void job_break(struct job *j);
/* A lost answer may be asked for once more so many milliseconds from now. */
bool job_may_resend(const struct job *j, int64_t wait_ms);
/* Counts a failure. The wait before the next try, or PATIENCE_GIVE_UP. */
int64_t job_next_try_ms(struct job *j, const struct route_result *r);
/* A try that did nothing: again after a pause, or its last word. */
void job_try_again(struct job *j, const struct route_result *r);
/* All rows of the batch get one outcome, and the batch is over. */
void job_end(struct job *j, enum outcome outcome, const char *reason);
void find_done(struct job *j, const struct route_result *r);
void submit_done(struct job *j, const struct route_result *r);
void poll_done(struct job *j, const struct route_result *r);

/* shared.c: nothing of it does anything on a ledger of one machine. -1: broken. */
void engine_share(struct engine *e);
/* Renews what is claimed, where it is time. */
int engine_renew(struct engine *e);
/* Takes over what dead machines left, and counts the answers to all. */
int engine_look_around(struct engine *e);
/* Whether the run goes on elsewhere, and what becomes free there is to be waited for. */
bool engine_waits_for_others(const struct engine *e);
/* 1: a request may start by the pace of all; 0: not yet; -1. Only for one that is due. */
int engine_take_turn(struct engine *e);
/* Batches of a state that are new to us become jobs; over: those alone that a dead machine left. */
int engine_adopt(struct engine *e, enum batch_state state, bool over);
/* The guards' count over all answers of the run. */
int engine_look_back(struct engine *e);

/* Finds out whether credentials are taken before anything is sent; may stop the run. -1: broken. */
int engine_check(struct engine *e);
/* The other half of a batch whose answer was lost: it waits like the first one. */
void engine_adopt_half(struct engine *e, int64_t batch);
/* Brings the counters up to date and tells who watches. */
void engine_observe(struct engine *e);
void engine_stop(struct engine *e, enum engine_stop why);
/* So many more devices have an answer; stops the run where too many of them failed. */
void engine_count(struct engine *e, int64_t answered, int64_t failed);

#endif
