/*
 * The engine's own types, and the functions that its files share. Calls only go down:
 *
 *	engine.c -> request.c -> on_lookup.c on_submit.c on_poll.c -> retry.c throttle.c
 *	         -> preflight.c sharing.c -> adopt.c -> job.c state.c guards.c pace.c
 *
 * A job is one batch while the engine works on it; the engine's list owns it. Times with _ms are
 * milliseconds of the monotonic clock unless a comment says otherwise. A function that returns int
 * returns -1 when ledger or transport failed: engine.err says how.
 */
#ifndef PARTNER_ENGINE_INTERNAL_H
#define PARTNER_ENGINE_INTERNAL_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"
#include "common/patience.h"
#include "partner/engine/engine.h"
#include "partner/engine/pace.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/runs.h"

#define JOB_TROUBLE_MAX_MS (3600LL * 1000)     /* from the first failure to the last try */
#define JOB_TEXT_MAX ((size_t)4 * 1024 * 1024) /* texts of one batch's devices */

enum job_phase { JOB_LOOKUP, JOB_SUBMIT, JOB_POLL, JOB_OVER };

struct engine;
struct job {
	struct job *next;
	struct engine *engine;
	enum job_phase phase;
	bool in_flight;
	bool claimed; /* the claim on the batch is ours */
	int64_t batch;
	char *service_id, *sold_to, *received_from, *tenant, *reference;
	int64_t first_sent; /* seconds UTC; 0: never */
	int lost;           /* attempts whose answer was lost */
	int attempts;       /* requests so far */
	char *planned;      /* the digest of its look-up in the plan; NULL: there was none */
	bool resent;        /* --resend has sent it again, which it does once */
	struct patience patience;
	int64_t due_ms;      /* the next request starts no earlier */
	int64_t deadline_ms; /* polling ends */
	/* devices of the request in flight, or of the answer that the job waits for */
	struct device_id *device;
	int64_t *row;
	size_t count, room;
	struct buf text;
	size_t kept; /* their bytes, counted in engine.kept; 0: freed after the request */
};

/* One run, several machines: when to ask for the others' progress, and our turn to start. */
struct sharing {
	bool on;
	int64_t others;     /* batches that others claim, or nobody yet */
	int64_t peers_ms;   /* when to poll the others */
	int64_t recount_ms; /* when to recount the answers of the whole run */
	int64_t renewal_ms; /* when to renew our claims */
	int64_t gap_us;     /* between two starts on any machine; 0: no limit */
	bool turn;          /* the next start is ours, at turn_us */
	int64_t turn_us;    /* monotonic */
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
	size_t kept;                  /* bytes of devices in memory between two requests; bounded */
	int64_t after;                /* planned batches up to this id have become jobs */
	bool drained;                 /* the ledger holds no planned batch for us */
	bool collect;                 /* poll once, send nothing */
	struct throttle *throttles;   /* throttle.h */
	bool gave_up;                 /* a throttled customer has used up its tries */
	struct engine_lookup *lookup; /* look up, send nothing; or NULL */
	bool polled_last;             /* the last request was a poll */
	int64_t soft_ends_ms;         /* end of a soft stop; 0: none */
	int64_t answered, failed;     /* devices of the run, for max-fail-percent */
	struct sharing sharing;
	bool broken; /* ledger or transport failed: err says how */
	struct error *err;
};

/* ---- state.c ---- */
/* Remembers why the run ends; the worst reason wins. */
void engine_stop(struct engine *e, enum engine_stop why);
/* The service reports a registration: nothing more is sent. */
void engine_raise_alarm(struct job *j, const char *reason);
/* Brings the counters up to date and calls the observer. */
void engine_observe(struct engine *e);
/* Adds devices that have an answer; stops the run if too many of them failed. */
void engine_count(struct engine *e, int64_t answered, int64_t failed);
/* Reads the counts of the whole run from the ledger, as other machines may have added to them. */
int engine_recount(struct engine *e);
/* A batch of the run waits to be sent. */
bool engine_has_unsent(struct engine *e);
/* The job has not been sent, or is to be sent again. */
bool job_is_unsent(const struct job *j);

/* ---- job.c ---- */
struct job *job_new(struct engine *e, const struct ledger_batch *batch);
void job_free(struct job *j);
/* Reads the devices of the next request from the ledger, unless they are in memory. */
int job_load_devices(struct job *j) MUST_CHECK;
/* After a request: keeps the devices in memory or frees them. */
void job_keep_devices(struct job *j);
/* The ledger or the transport failed: engine.err says how. */
void job_break(struct job *j);
/* Gives all rows of the batch one outcome, which ends the batch. */
void job_end(struct job *j, enum outcome outcome, const char *reason);
/* Ends the job; its rows stay not-sent and carry the reason. */
void job_leave_unsent(struct job *j, const char *reason);

/* ---- adopt.c ---- */
struct job *engine_add_job(struct engine *e, const struct ledger_batch *batch);
/* Claims batches in this state as jobs. over: only those whose claim has expired. */
int engine_adopt(struct engine *e, enum batch_state state, bool over);
/* The other half of a batch whose answer was lost becomes a job, which waits like the first. */
void engine_adopt_half(struct engine *e, int64_t batch);

/* ---- retry.c ---- */
/* After a lost answer: whether the batch may be sent once more, in wait_ms. */
bool job_may_resend(const struct job *j, int64_t wait_ms);
/* Counts a failure. Returns the wait before the next try, or PATIENCE_GIVE_UP. */
int64_t job_next_try_ms(struct job *j, const struct route_result *r);
/* After a request that did nothing: waits for the next try, or stops the run. */
void job_try_again(struct job *j, const struct route_result *r);

/* ---- on_lookup.c, on_submit.c, on_poll.c: one result each ---- */
void on_lookup(struct job *j, const struct route_result *r);
void on_submit(struct job *j, const struct route_result *r);
void on_poll(struct job *j, const struct route_result *r);

/* ---- request.c ---- */
/* Starts the request of the job's phase. engine.broken: ledger or transport failed. */
void job_start(struct job *j);

/* ---- sharing.c: does nothing on a ledger of one machine. -1: engine.err ---- */
void sharing_init(struct engine *e);
/* Renews our claims when it is time. */
int sharing_renew(struct engine *e);
/* Takes over batches of dead machines, and reads the counts of the whole run. */
int sharing_poll_peers(struct engine *e);
/* The run goes on elsewhere: wait for batches that may become free. */
bool sharing_waits(const struct engine *e);
/* 1: the shared pace allows a request; 0: not yet; -1. Only for a request that is due. */
int sharing_take_turn(struct engine *e);

/* ---- preflight.c ---- */
/* Finds out whether credentials are accepted before anything is sent; may stop the run. */
int preflight_run(struct engine *e);

#endif
