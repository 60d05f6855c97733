/*
 * The loop of a run: chooses the next request, ends the run, and records the outcomes of open rows.
 * request.c starts the requests, on_*.c judge the results.
 */
#include "partner/engine/engine.h"

#include <limits.h>

#include "common/clock.h"
#include "common/log.h"
#include "partner/engine/internal.h"
#include "partner/engine/share.h"
#include "partner/engine/signals.h"
#include "partner/engine/throttle.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/recover.h"
#include "partner/ledger/tally.h"

#define WAIT_MAX_MS 1000      /* the longest delay until a signal is noticed */
#define SIGNAL_GRACE_MS 30000 /* how long a signal waits for answers in flight */
#define SOFT_POLLS 2          /* poll intervals that a stopped run waits for accepted batches */

/* A soft stop sends nothing more, but still polls the accepted batches. */
static bool
is_soft(enum engine_stop stop)
{
	return stop == ENGINE_STOP_DURATION || stop == ENGINE_STOP_FAILING;
}

static bool
may_poll(const struct engine *e)
{
	if (e->broken || signals_seen() != 0)
		return false;
	return e->result.stop == ENGINE_STOP_NONE ||
	       (is_soft(e->result.stop) && clock_tick_ms() < e->soft_ends_ms);
}

static bool
may_go(const struct engine *e, const struct job *j)
{
	if (!job_is_unsent(j))
		return j->phase == JOB_POLL && may_poll(e);
	return engine_may_submit(e) && canary_lets(e, j) &&
	       (j->phase == JOB_LOOKUP || unanswered_has_room(e, j));
}

static bool
may_start(const struct engine *e, const struct job *j)
{
	if (j->in_flight || throttle_until_ms(e, j) > clock_tick_ms())
		return false;
	return may_go(e, j);
}

/* The next planned batch may become a job. */
static bool
may_claim(const struct engine *e)
{
	if (!engine_may_submit(e) || e->drained || e->canary.phase == CANARY_WAITS ||
	    !unanswered_has_room(e, NULL))
		return false;
	for (const struct job *j = e->jobs; j != NULL; j = j->next)
		if (j->phase == JOB_SUBMIT && !j->in_flight && !unanswered_has_room(e, j))
			return false; /* it goes first */
	return true;
}

/* The job that is due for the longest time. Of those that became due together, the oldest: it comes last. */
static struct job *
due_job(const struct engine *e, bool unsent)
{
	int64_t now = clock_tick_ms();
	struct job *first = NULL;

	for (struct job *j = e->jobs; j != NULL; j = j->next)
		if (job_is_unsent(j) == unsent && j->due_ms <= now &&
		    (first == NULL || j->due_ms <= first->due_ms) && may_start(e, j))
			first = j;
	return first;
}

/* 1: a poll was started; 0: none is due. */
static int
next_poll(struct engine *e)
{
	struct job *j = due_job(e, false);

	if (j == NULL)
		return 0;
	e->polled_last = true;
	job_start(j);
	return 1;
}

/* Makes a job of the next planned batch. 1: *ret; 0: none is left; -1. */
static int
claim_planned(struct engine *e, struct job **ret)
{
	struct ledger_batch b;
	int rc = canary_claim(e, &b);

	e->drained = rc == 0 && e->canary.phase != CANARY_WAITS;
	if (rc != 1)
		return rc;
	if (b.id > e->after)
		e->after = b.id;
	*ret = engine_add_job(e, &b);
	ledger_batch_release(&b);
	if (throttle_gave_up(e, *ret))
		(*ret)->phase = JOB_OVER; /* the batch stays unsent */
	return 1;
}

/* Retries go first, then the next planned batch. 1: something was done; 0: nothing to send; -1. */
static int
next_submit(struct engine *e)
{
	struct job *j;
	int rc;

	if (canary_adopt(e) != 0)
		return -1;
	j = due_job(e, true);
	if (j == NULL) {
		rc = may_claim(e) ? claim_planned(e, &j) : 0;
		if (rc != 1)
			return rc;
		/* with a pace that machines share, the batch waits for this machine's turn */
		if (e->sharing.gap_us > 0 || !may_start(e, j))
			return 1;
	}
	e->polled_last = false;
	job_start(j);
	return 1;
}

/* 1: the shared pace allows a request; 0: not yet; -1. Takes a turn only if a request is due. */
static int
turn(struct engine *e)
{
	if (e->sharing.gap_us == 0 || (due_job(e, false) == NULL && due_job(e, true) == NULL))
		return 1;
	return sharing_take_turn(e);
}

/* Polls and submits alternate, so that neither starves the other when starts are few. */
static int
start_due(struct engine *e)
{
	int rc = 1;

	while (rc == 1 && (rc = turn(e)) == 1 &&
	       pace_wait_ms(&e->pace, e->in_flight, clock_tick_ms()) == 0) {
		rc = e->polled_last ? next_submit(e) : next_poll(e);
		if (rc == 0)
			rc = e->polled_last ? next_poll(e) : next_submit(e);
	}
	return rc;
}

/* A batch that ended here gives up its claim. If only this process was stopped, keep the claim:
 * settle() expires it, so that another machine can take the batch over. */
static void
release_claim(struct engine *e, const struct job *j)
{
	if (j->claimed && e->result.stop == ENGINE_STOP_NONE &&
	    ledger_claim_abandon(e->ledger, j->batch, e->err) != 0)
		e->broken = true;
}

/* Frees the jobs that are over. */
static void
reap(struct engine *e)
{
	struct job **at = &e->jobs;

	while (*at != NULL) {
		struct job *j = *at;
		if (j->phase == JOB_OVER && !j->in_flight) {
			*at = j->next;
			canary_leave(j);
			e->broken = job_write_waiting(j) != 0 || e->broken;
			release_claim(e, j);
			job_free(j);
			e->result.counters.in_flight--;
		} else {
			at = &j->next;
		}
	}
}

/* Milliseconds until the next request may start, at most WAIT_MAX_MS. */
static long
time_to_wait(const struct engine *e)
{
	int64_t now = clock_tick_ms();
	int64_t pace = pace_wait_ms(&e->pace, e->in_flight, now);
	int64_t wait = may_claim(e) ? pace : WAIT_MAX_MS;

	for (const struct job *j = e->jobs; j != NULL; j = j->next) {
		int64_t due = j->due_ms - now > pace ? j->due_ms - now : pace;
		int64_t paused = throttle_until_ms(e, j) - now;
		due = paused > due ? paused : due;
		if (!j->in_flight && may_go(e, j) && due < wait)
			wait = due;
	}
	return wait < 0 ? 0 : wait > WAIT_MAX_MS ? WAIT_MAX_MS : (long)wait;
}

static bool
is_over(const struct engine *e)
{
	if (e->in_flight > 0)
		return false;
	if (e->jobs == NULL && (e->drained || !engine_may_submit(e)))
		return !engine_may_submit(e) || !sharing_waits(e);
	if (e->result.stop == ENGINE_STOP_NONE && signals_seen() == 0)
		return false;
	if (!may_poll(e))
		return true;
	for (const struct job *j = e->jobs; j != NULL; j = j->next)
		if (j->phase == JOB_POLL)
			return false;
	return true;
}

static void
check_deadlines(struct engine *e)
{
	engine_check_duration(e);
	if (is_soft(e->result.stop) && e->soft_ends_ms == 0)
		e->soft_ends_ms = clock_tick_ms() + SOFT_POLLS * e->set.poll_interval_ms;
}

/* The answers that come are in the ledger when this returns 0. */
static int
wait_for_answers(struct engine *e)
{
	int rc;

	gather_open(e);
	rc = e->route->ops->wait(e->route, time_to_wait(e), e->err);
	while (rc == 0 && gather_goes_on(e))
		rc = e->route->ops->wait(e->route, 0, e->err);
	return gather_close(e) == 0 ? rc : -1;
}

static int
loop(struct engine *e)
{
	int64_t grace_ends = 0;

	while (!e->broken) {
		if (signals_seen() != 0 && grace_ends == 0) {
			e->result.signal = signals_seen();
			engine_stop(e, ENGINE_STOP_SIGNAL);
			grace_ends = clock_tick_ms() + SIGNAL_GRACE_MS;
		}
		check_deadlines(e);
		if (sharing_renew(e) != 0 || (engine_may_submit(e) && sharing_poll_peers(e) != 0) ||
		    start_due(e) < 0)
			return -1;
		reap(e);
		if (canary_judge(e) != 0 || unanswered_check(e) != 0)
			return -1;
		engine_observe(e);
		if (is_over(e) || (grace_ends != 0 && clock_tick_ms() > grace_ends))
			return e->broken ? -1 : 0;
		if (wait_for_answers(e) != 0)
			return -1;
	}
	return -1;
}

/* Gives every open row its outcome: pending if it was accepted, unknown if it was sent without an
 * answer, not-sent with the reason of the stop otherwise. */
static int
settle(struct engine *e)
{
	static const char *const why[] = {
		[ENGINE_STOP_NONE] = "",
		[ENGINE_STOP_UNANSWERED] =
			"the service has not answered for the devices that were sent first",
		[ENGINE_STOP_UNREACHABLE] = "the service could not be reached or throttled",
		[ENGINE_STOP_DURATION] = "max-duration was reached",
		[ENGINE_STOP_SIGNAL] = "stopped by a signal",
		[ENGINE_STOP_FAILING] = "the run was stopped: too many devices failed",
		[ENGINE_STOP_GUARD] =
			"the run was stopped by an alarm, the canary or the outbound guard",
		[ENGINE_STOP_DENIED] = "certificate, key or token refused",
	};
	_Static_assert(ARRAY_SIZE(why) == ENGINE_STOP_COUNT, "every stop has a reason");
	struct ledger_batch b;
	int64_t after = 0;
	int rc = ledger_claims_expire(e->ledger, e->run->id, e->err);

	while (rc == 0 && (rc = ledger_batch_next(e->ledger, e->run->id, BATCH_ACCEPTED, after, &b,
	                                          e->err)) == 1) {
		after = b.id;
		rc = 0;
		ledger_batch_release(&b);
		if (ledger_batch_outcome(e->ledger, after, OUTCOME_PENDING,
		                         "accepted by the service, no final answer yet",
		                         e->err) != 0)
			return -1;
	}
	for (struct job *j = e->jobs; rc == 0 && j != NULL; j = j->next)
		rc = j->phase == JOB_POLL ? job_write_waiting(j) : 0;
	if (rc != 0 || ledger_recover(e->ledger, e->run->id, e->err) != 0 ||
	    ledger_tenants_release(e->ledger, e->run->id, true, e->err) != 0)
		return -1;
	if (e->result.stop == ENGINE_STOP_NONE || (e->collect && !e->held))
		return 0;
	return ledger_unsent_outcome(e->ledger, e->run->id, OUTCOME_NOT_SENT, why[e->result.stop],
	                             e->err);
}

/* A run with an answer for every row needs no service. */
static bool
nothing_to_ask(struct engine *e)
{
	return e->jobs == NULL && !engine_has_unsent(e) && !sharing_waits(e);
}

/* Reads what earlier commands and other machines have done. */
static int
take_up(struct engine *e)
{
	if (ledger_claims_retry(e->ledger, e->run->id, e->err) != 0 ||
	    ledger_recover(e->ledger, e->run->id, e->err) != 0 ||
	    (e->lookup == NULL && engine_check_alarms(e) != 0))
		return -1;
	if (e->held) /* nothing is sent, but answers are collected */
		e->collect = e->drained = true;
	if (engine_recount(e) != 0 || canary_forget(e) != 0 ||
	    engine_adopt(e, BATCH_ACCEPTED, false) != 0 || engine_adopt(e, BATCH_LOST, false) != 0)
		return -1;
	return canary_begin(e) != 0 ? -1 : unanswered_recount(e);
}

/* An earlier run of the command was told to wait, for longer than this one would. */
static bool
pause_is_too_long(struct engine *e)
{
	int64_t pause = pace_pause_ms(&e->pace, clock_tick_ms());

	if (pause <= e->set.busy_deadline_ms)
		return false;
	log_error("run %s: service throttling: it asks for a pause of %lld s, longer than "
	          "busy-deadline",
	          e->run->name, (long long)(pause + 999) / 1000);
	engine_stop(e, ENGINE_STOP_UNREACHABLE);
	return true;
}

static int
drive(struct engine *e)
{
	if (take_up(e) != 0)
		return -1;
	if (e->result.stop < ENGINE_STOP_GUARD && !nothing_to_ask(e) && !pause_is_too_long(e)) {
		if (!e->collect && preflight_run(e) != 0)
			return -1;
		if (sharing_poll_peers(e) != 0 || loop(e) != 0)
			return -1;
	}
	if (e->gave_up)
		engine_stop(e, ENGINE_STOP_UNREACHABLE);
	if (e->held)
		engine_stop(e, ENGINE_STOP_GUARD);
	if (settle(e) != 0)
		return -1;
	if (e->exceeded) /* the others have had their turn, and their reasons */
		engine_stop(e, ENGINE_STOP_GUARD);
	return 0;
}

/* The route asks when a request that waited in it would leave. */
static bool
may_deregister(void *ctx)
{
	struct engine *e = ctx;

	engine_check_duration(e);
	return engine_may_submit(e);
}

static int
run_engine(struct engine *e, struct engine_result *ret)
{
	int rc;

	if (ledger_tally_forget(e->ledger, e->run->id, e->err) != 0)
		return -1;
	signals_watch();
	sharing_init(e);
	e->limits = (struct patience_limits){.retries = e->set.retries,
	                                     .trouble_ms = JOB_TROUBLE_MAX_MS};
	e->busy_limits = (struct patience_limits){.retries = UINT_MAX,
	                                          .trouble_ms = e->set.busy_deadline_ms};
	pace_init(&e->pace, e->set.parallel, e->sharing.gap_us == 0 ? e->set.tps : 0);
	if (e->set.pace != NULL)
		pace_continue(&e->pace, e->set.pace, clock_tick_ms());
	e->route->may_deregister = may_deregister;
	e->route->may_ctx = e;
	rc = drive(e);
	e->route->ops->drop(e->route); /* it holds pointers to the jobs */
	e->route->may_deregister = NULL;
	if (e->set.pace != NULL)
		*e->set.pace = e->pace;
	e->result.counters.in_flight = 0;
	engine_observe(e);
	while (e->jobs != NULL) {
		struct job *j = e->jobs;
		e->jobs = j->next;
		job_free(j);
	}
	throttle_free(e);
	share_free(e);
	*ret = e->result;
	return rc;
}

int
engine_run(struct ledger *l, const struct ledger_run *run, struct route *route,
           const struct engine_settings *settings, struct engine_result *ret, struct error *err)
{
	struct engine e = {.ledger = l, .run = run, .route = route, .set = *settings, .err = err};

	return run_engine(&e, ret);
}

int
engine_lookup(struct ledger *l, const struct ledger_run *run, struct route *route,
              const struct engine_settings *settings, struct engine_lookup *lookup,
              struct engine_result *ret, struct error *err)
{
	struct engine e = {.ledger = l,
	                   .run = run,
	                   .route = route,
	                   .set = *settings,
	                   .err = err,
	                   .lookup = lookup};

	*lookup = (struct engine_lookup){0};
	return run_engine(&e, ret);
}

int
engine_collect(struct ledger *l, const struct ledger_run *run, struct route *route,
               const struct engine_settings *settings, struct engine_result *ret, struct error *err)
{
	struct engine e = {.ledger = l,
	                   .run = run,
	                   .route = route,
	                   .set = *settings,
	                   .err = err,
	                   .collect = true,
	                   .drained = true};

	return run_engine(&e, ret);
}
