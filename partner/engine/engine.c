#include "partner/engine/engine.h"

#include <stdio.h>
#include <time.h>

#include "common/clock.h"
#include "common/log.h"
#include "partner/engine/job.h"
#include "partner/engine/signals.h"

#define WAIT_MAX_MS 1000      /* a signal is noticed at the latest then */
#define SIGNAL_GRACE_MS 30000 /* answers in flight are waited for this long after a signal */

struct check {
	bool over;
	enum route_end end;
	char reason[ROUTE_REASON_MAX];
};

static void
on_checked(void *ctx, const struct route_result *r)
{
	struct check *c = ctx;

	c->over = true;
	c->end = r->end;
	snprintf(c->reason, sizeof(c->reason), "%s", r->reason);
}

static int
check_once(struct engine *e, struct check *c)
{
	*c = (struct check){.end = ROUTE_LOST};
	if (e->route->ops->check(e->route, on_checked, c, e->err) != 0)
		return -1;
	while (!c->over && signals_seen() == 0)
		if (e->route->ops->wait(e->route, WAIT_MAX_MS, e->err) != 0)
			return -1;
	return 0;
}

static void
pause_for(int64_t ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

	nanosleep(&ts, NULL); /* a signal ends it early, which is what is wanted */
}

/*
 * Under TLS 1.3 a refused client certificate shows only after the request has been written, so
 * a harmless request finds out before the first POST (style rules, finding 6).
 */
static int
check_credentials(struct engine *e)
{
	struct check c;

	for (unsigned failures = 1;; failures++) {
		if (check_once(e, &c) != 0)
			return -1;
		if (signals_seen() != 0 || c.end == ROUTE_ANSWERED || c.end == ROUTE_LOST ||
		    c.end == ROUTE_BUSY)
			return 0;
		if (c.end == ROUTE_DENIED) {
			log_error("credentials refused, nothing sent: %s", c.reason);
			engine_stop(e, ENGINE_STOP_DENIED);
			return 0;
		}
		if (failures > e->set.retries) {
			log_error("service unreachable: %s", c.reason);
			engine_stop(e, ENGINE_STOP_UNREACHABLE);
			return 0;
		}
		log_info("service unreachable: %s: trying again", c.reason);
		pause_for(job_backoff_ms(failures));
	}
}

/* Batches that an earlier command left accepted: their results are collected first. */
static int
adopt_accepted(struct engine *e)
{
	struct ledger_batch b;
	int64_t after = 0;
	int rc;

	while ((rc = ledger_batch_next(e->ledger, e->run->id, BATCH_ACCEPTED, after, &b, e->err)) ==
	       1) {
		struct job *j = job_new(e, &b);
		j->next = e->jobs;
		e->jobs = j;
		after = b.id;
		ledger_batch_release(&b);
	}
	return rc;
}

/* 1: a planned batch became a job; 0: none is left; -1: error. */
static int
next_batch(struct engine *e)
{
	struct ledger_batch b;
	struct job *j;
	int rc = ledger_batch_next(e->ledger, e->run->id, BATCH_PLANNED, e->after, &b, e->err);

	if (rc != 1)
		return rc;
	e->after = b.id;
	j = job_new(e, &b);
	ledger_batch_release(&b);
	j->next = e->jobs;
	e->jobs = j;
	job_start(j);
	return 1;
}

static bool
may_start(const struct engine *e, const struct job *j, int64_t now)
{
	if (j->in_flight || j->phase == JOB_OVER || j->due_ms > now)
		return false;
	return j->phase == JOB_POLL || e->pause_ms <= now;
}

/* Polls first: a result that is there frees a batch. */
static void
start_due(struct engine *e)
{
	int64_t now = clock_tick_ms();

	for (struct job *j = e->jobs; j != NULL && e->in_flight < e->set.parallel; j = j->next)
		if (e->result.stop == ENGINE_STOP_NONE && !e->failed && may_start(e, j, now))
			job_start(j);
}

static void
sweep(struct engine *e)
{
	struct job **at = &e->jobs;

	while (*at != NULL) {
		struct job *j = *at;
		if (j->phase == JOB_OVER && !j->in_flight) {
			*at = j->next;
			job_free(j);
		} else {
			at = &j->next;
		}
	}
}

static long
time_to_wait(const struct engine *e)
{
	int64_t now = clock_tick_ms();
	int64_t wait = WAIT_MAX_MS;

	for (const struct job *j = e->jobs; j != NULL; j = j->next)
		if (!j->in_flight && j->due_ms - now < wait)
			wait = j->due_ms - now;
	return wait < 0 ? 0 : (long)wait;
}

static int
fill(struct engine *e)
{
	int rc = 1;

	while (rc == 1 && !e->failed && e->result.stop == ENGINE_STOP_NONE &&
	       e->in_flight < e->set.parallel && e->pause_ms <= clock_tick_ms())
		rc = next_batch(e);
	return rc;
}

static int
loop(struct engine *e)
{
	int64_t grace_ends = 0;
	bool more = true;

	while (!e->failed) {
		if (signals_seen() != 0 && grace_ends == 0) {
			e->result.signal = signals_seen();
			engine_stop(e, ENGINE_STOP_SIGNAL);
			grace_ends = clock_tick_ms() + SIGNAL_GRACE_MS;
		}
		start_due(e);
		int rc = fill(e);
		if (rc < 0)
			return -1;
		more = rc == 1;
		sweep(e);
		if (e->in_flight == 0 &&
		    (e->result.stop != ENGINE_STOP_NONE || (!more && e->jobs == NULL)))
			return 0;
		if (grace_ends != 0 && clock_tick_ms() > grace_ends)
			return 0;
		long wait = e->in_flight >= e->set.parallel ? WAIT_MAX_MS : time_to_wait(e);
		if (e->route->ops->wait(e->route, wait, e->err) != 0)
			return -1;
	}
	return -1;
}

/* What is left gets an honest word: accepted is pending; sent and unanswered is unknown. */
static int
settle(struct engine *e)
{
	static const char *const why[] = {
		[ENGINE_STOP_NONE] = "",
		[ENGINE_STOP_UNREACHABLE] = "the service could not be reached",
		[ENGINE_STOP_SIGNAL] = "stopped by a signal",
		[ENGINE_STOP_GUARD] = "the run was stopped by an alarm",
		[ENGINE_STOP_DENIED] = "certificate, key or token refused",
	};
	_Static_assert(ARRAY_SIZE(why) == ENGINE_STOP_COUNT, "every stop has its words");
	struct ledger_batch b;
	int64_t after = 0;
	int rc;

	while ((rc = ledger_batch_next(e->ledger, e->run->id, BATCH_ACCEPTED, after, &b, e->err)) ==
	       1) {
		after = b.id;
		ledger_batch_release(&b);
		if (ledger_batch_outcome(e->ledger, after, OUTCOME_PENDING,
		                         "accepted by the service, no final answer yet",
		                         e->err) != 0)
			return -1;
	}
	if (rc != 0 || ledger_recover(e->ledger, e->run->id, e->err) != 0)
		return -1;
	if (e->result.stop != ENGINE_STOP_NONE &&
	    ledger_unsent_outcome(e->ledger, e->run->id, OUTCOME_NOT_SENT, why[e->result.stop],
	                          e->err) != 0)
		return -1;
	return ledger_share_outcomes(e->ledger, e->run->id, e->err);
}

int
engine_run(struct ledger *l, const struct ledger_run *run, struct route *route,
           const struct engine_settings *settings, struct engine_result *ret, struct error *err)
{
	struct engine e = {.ledger = l, .run = run, .route = route, .set = *settings, .err = err};
	int rc = -1;

	signals_watch();
	if (check_credentials(&e) != 0)
		goto out;
	if (e.result.stop == ENGINE_STOP_NONE && (adopt_accepted(&e) != 0 || loop(&e) != 0))
		goto out;
	rc = settle(&e);
out:
	while (e.jobs != NULL) {
		struct job *j = e.jobs;
		e.jobs = j->next;
		job_free(j);
	}
	*ret = e.result;
	return rc;
}
