/*
 * The engine's own types, and the functions that its files share. Calls only go down:
 *
 *	engine.c -> request.c -> on_lookup.c on_submit.c on_poll.c -> retry.c throttle.c
 *	         -> canary.c unanswered.c
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
	bool fresh;         /* this command sent it first, so that no device had an answer before */
	char *planned;      /* the digest of its look-up in the plan; NULL: there was none */
	char *waiting;      /* the last answer to a poll that decided nothing; NULL: none */
	size_t unexpected;  /* devices of its last answer that it did not ask for */
	bool resent;   /* this command has sent it: --resend is for earlier requests, and once */
	bool canary;   /* a part of the run's canary */
	bool was_lost; /* when it became a job */
	bool probing; /* its answer was lost, but its BatchId is known: polled before it is resent */
	bool revived;                  /* and the service knew it */
	struct patience patience;      /* requests that did not leave */
	struct patience busy;          /* throttled ones: these use up no retries */
	struct patience lost_patience; /* lost answers */
	size_t size;                   /* devices of its last request; 0: not known yet */
	int64_t unanswered;            /* devices counted in engine.unanswered */
	int64_t due_ms;                /* the next request starts no earlier */
	int64_t deadline_ms;           /* polling ends */
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
	bool told;          /* the log says that we wait for others */
	int64_t others;     /* batches that others claim, or nobody yet */
	int64_t peers_ms;   /* when to poll the others */
	int64_t recount_ms; /* when to recount the answers of the whole run */
	int64_t renewal_ms; /* when to renew our claims */
	int64_t gap_us;     /* between two starts on any machine; 0: no limit */
	bool turn;          /* the next start is ours, at turn_us */
	int64_t turn_us;    /* monotonic */
};

enum canary_phase {
	CANARY_OFF,     /* not wanted, trusted, or answered well: everything may leave */
	CANARY_CHOOSES, /* it has room for another batch */
	CANARY_WAITS    /* nothing else leaves until it is answered */
};
struct canary {
	enum canary_phase phase;
	bool changed;      /* one of its batches is over */
	int64_t since_ms;  /* when its first request left, or this command began to wait */
	int64_t elsewhere; /* devices that other machines wait for */
	int64_t peers_ms;  /* when to look for answers that other machines got */
	int64_t excused;   /* its devices that this command sent and no longer waits for */
	int64_t began; /* when this command looked for it first, by the ledger's clock, in seconds */
};

enum gather {
	GATHER_CLOSED, /* each answer has its own commit */
	GATHER_OPEN,   /* the next answer begins a transaction */
	GATHER_HOLDS   /* answers wait for the commit */
};

struct engine {
	struct ledger *ledger;
	const struct ledger_run *run;
	struct route *route;
	struct engine_settings set;
	struct engine_result result;
	struct pace pace;
	struct patience_limits limits, busy_limits;
	struct canary canary;
	int64_t unanswered;      /* devices of our jobs that were sent and have no answer */
	int64_t unanswered_else; /* those of other runs and machines, and of batches given up */
	int64_t stuck_ms;   /* since when too many devices wait and nothing is polled; 0: not so */
	bool one_at_a_time; /* one unanswered batch */
	bool held;          /* an alarm holds the ledger: collect, send nothing */
	struct job *jobs;
	unsigned in_flight;
	size_t kept;                  /* bytes of devices in memory between two requests; bounded */
	int64_t after;                /* planned batches up to this id have become jobs */
	bool drained;                 /* the ledger holds no planned batch for us */
	bool collect;                 /* poll once, send nothing */
	struct throttle *throttles;   /* throttle.h */
	struct share *shares;         /* share.h */
	bool exceeded;                /* max-inventory-percent held a customer */
	bool gave_up;                 /* a throttled customer has used up its tries */
	struct engine_lookup *lookup; /* look up, send nothing; or NULL */
	bool polled_last;             /* the last request was a poll */
	int64_t soft_ends_ms;         /* end of a soft stop; 0: none */
	int64_t answered, failed;     /* devices of the run, for max-fail-percent */
	struct sharing sharing;
	enum gather gather;
	bool gather_more;       /* the last wait brought an answer */
	int64_t gather_ends_ms; /* monotonic */
	bool broken;            /* ledger or transport failed: err says how */
	struct error *err;
};

/* ---- state.c ---- */
/* Remembers why the run ends; the worst reason wins. */
void engine_stop(struct engine *e, enum engine_stop why);
/* Stops the run once ends_ms is over. */
void engine_check_duration(struct engine *e);
/* Nothing has stopped the run. */
bool engine_may_submit(const struct engine *e);
/* The service reports a registration: records the alarm, which holds the ledger, and nothing more is
 * sent. */
void engine_raise_alarm(struct job *j, const char *reason);
/* Stops the run, or makes it collect only, if an alarm holds the ledger. */
int engine_check_alarms(struct engine *e);
/* Brings the counters up to date and calls the observer. */
void engine_observe(struct engine *e);
/* Adds devices that have an answer; stops the run if too many of them failed. */
void engine_count(struct engine *e, int64_t answered, int64_t failed);
/* Reads the counts of the whole run from the ledger, as other machines may have added to them. */
int engine_recount(struct engine *e);
/* wait_ms from now, resend-within is not over. A first send in the future counts as too old, because
 * the clock was set back. */
bool engine_is_young(const struct engine *e, int64_t first_sent, int64_t wait_ms);
/* A batch of the run waits to be sent. */
bool engine_has_unsent(struct engine *e);
/* The same without batches whose devices are all held: for guards, which do not stop what has nothing to send. */
bool engine_has_unsent_devices(struct engine *e);
/* The job has not been sent, or is to be sent again. */
bool job_is_unsent(const struct job *j);

/* ---- gather.c: one commit for answers that arrive together ---- */
void gather_open(struct engine *e);
/* Before an answer is written. */
void gather_begin(struct engine *e);
/* Whether to ask the route for one more answer that has arrived already. */
bool gather_goes_on(struct engine *e);
/* Commits what was answered. Call it before any request starts. -1: nothing of it is in the ledger. */
int gather_close(struct engine *e);

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
/* Remembers what the rows of an accepted batch wait for, on a route whose reasons are our own words. */
void job_set_waiting(struct job *j, const char *reason);
/* The batch stays accepted: writes that down. */
int job_write_waiting(struct job *j) MUST_CHECK;
/* Ends the job; its rows stay not-sent and carry the reason. */
void job_leave_unsent(struct job *j, const char *reason);

/* ---- adopt.c ---- */
struct job *engine_add_job(struct engine *e, const struct ledger_batch *batch);
/* Claims batches in this state as jobs. over: only those whose claim has expired. */
int engine_adopt(struct engine *e, enum batch_state state, bool over);
/* The other half of a batch whose answer was lost, or of the canary, becomes a job, which waits like the
 * first. */
void engine_adopt_half(struct engine *e, enum batch_state state, int64_t batch);

/* ---- canary.c ---- */
/* Forgets what an earlier command chose and did not send. Call it before engine_adopt(). */
int canary_forget(struct engine *e);
/* Decides whether the run needs a canary. */
int canary_begin(struct engine *e);
/* The job may start, as far as the canary is concerned. */
bool canary_lets(const struct engine *e, const struct job *j);
/* Claims the next planned batch, which may have to join the canary. 1: *ret, 0: none now, -1. */
int canary_claim(struct engine *e, struct ledger_batch *ret);
/* Lets lost batches of earlier commands join the canary. */
int canary_adopt(struct engine *e);
/* Splits a batch of the canary that is too large. */
int canary_fit(struct job *j);
/* The job is over: a batch that was not sent leaves the canary. */
void canary_leave(struct job *j);
/* The job was refused and is over. An earlier request of it was lost; the canary does not wait for its answer. */
int canary_excuse(struct job *j);
/* Judges the answers once they are complete: lets everything leave, or stops the run. */
int canary_judge(struct engine *e);

/* ---- unanswered.c: bounds the devices that were sent and have no answer ---- */
/* Counts again what other runs and machines have sent, and batches that we gave up. */
int unanswered_recount(struct engine *e);
bool unanswered_has_room(const struct engine *e, const struct job *j);
/* Splits a batch that is larger than the limit. */
int unanswered_fit(struct job *j);
/* Records the intent to send. 1: recorded; 0: on several machines another one was first, and the batch
 * waits, or an alarm holds the ledger; -1. */
int unanswered_send(struct job *j, const char *target);
/* After each result: the job may no longer wait for an answer. */
int unanswered_update(struct job *j);
/* Stops the run when nothing can make room. */
int unanswered_check(struct engine *e);

/* ---- retry.c ---- */
/* After a lost answer: whether the batch may be sent once more, in wait_ms. */
bool job_may_resend(const struct job *j, int64_t wait_ms);
/* Counts a failure. Returns the wait before the next try, or PATIENCE_GIVE_UP. Requests that did not
 * leave, throttled ones and lost answers have a budget each. */
int64_t job_next_try_ms(struct job *j, const struct route_result *r);
/* The service answered: all budgets are full again. */
void job_was_answered(struct job *j);
/* If the service throttles everybody, nothing starts until its pause is over. wait_ms: until the next try of
 * this job, or PATIENCE_GIVE_UP. */
void job_pause_all(struct job *j, const struct route_result *r, int64_t wait_ms);
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
