/* The state of the run: why it stops, how many devices failed, and reports to its observer. */
#include "common/clock.h"
#include "common/log.h"
#include "partner/engine/guards.h"
#include "partner/engine/internal.h"
#include "partner/engine/signals.h"
#include "partner/ledger/alarms.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/guards.h"
#include "partner/ledger/ledger.h"

bool
job_is_unsent(const struct job *j)
{
	return j->phase == JOB_LOOKUP || j->phase == JOB_SUBMIT;
}

void
engine_stop(struct engine *e, enum engine_stop why)
{
	if (why > e->result.stop)
		e->result.stop = why;
}

void
engine_check_duration(struct engine *e)
{
	if (e->set.ends_ms == 0 || e->result.stop != ENGINE_STOP_NONE ||
	    clock_tick_ms() < e->set.ends_ms)
		return;
	log_warn("max-duration is reached: no more batches are sent");
	engine_stop(e, ENGINE_STOP_DURATION);
}

bool
engine_may_submit(const struct engine *e)
{
	return e->result.stop == ENGINE_STOP_NONE && !e->collect && !e->broken &&
	       signals_seen() == 0;
}

void
engine_raise_alarm(struct job *j, const char *reason)
{
	struct engine *e = j->engine;

	log_error("%s: ALARM: the service speaks of a registration (806 or 808): stopped%s%s; "
	          "nothing is sent until \"unpilot resume --clear-alarm %s\"",
	          j->reference, reason[0] != '\0' ? ": " : "", reason, e->run->name);
	if (ledger_alarm_add(e->ledger, j->batch, reason, e->err) != 0)
		e->broken = true;
	e->held = true;
	if (!e->collect) /* collecting goes on */
		engine_stop(e, ENGINE_STOP_GUARD);
}

int
engine_check_alarms(struct engine *e)
{
	char at[CLOCK_STAMP_SIZE];
	struct ledger_alarm alarm;
	int rc = e->held || e->collect ? 0 : ledger_alarm_open(e->ledger, &alarm, e->err);

	if (rc != 1)
		return rc;
	clock_stamp(alarm.at, at);
	log_error(
		"guard: run %s raised an alarm at %s: the service reported a registration (806 or "
		"808): nothing is sent; find out why, then \"unpilot resume --clear-alarm %s\"",
		alarm.run, at, alarm.run);
	e->held = true;
	return 0;
}

/* Counts the batches that wait to be sent and those that wait for answers. */
static void
observe_jobs(struct engine *e)
{
	struct engine_counters *c = &e->result.counters;
	bool polling = false;

	c->unsent = c->unanswered = c->next_poll_ms = 0;
	for (const struct job *j = e->jobs; j != NULL; j = j->next) {
		if (job_is_unsent(j) || j->phase == JOB_SUBMIT)
			c->unsent++;
		if (j->phase != JOB_POLL)
			continue;
		c->unanswered += (int64_t)j->size;
		polling = polling || j->in_flight;
		if (c->next_poll_ms == 0 || j->due_ms < c->next_poll_ms)
			c->next_poll_ms = j->due_ms;
	}
	if (polling)
		c->next_poll_ms = 0;
}

void
engine_observe(struct engine *e)
{
	struct engine_counters *c = &e->result.counters;
	int64_t now = clock_tick_ms();
	int64_t left = pace_pause_ms(&e->pace, now);

	c->canary_devices = e->canary.phase != CANARY_OFF ? e->canary.elsewhere : 0;
	for (const struct job *j = e->jobs; j != NULL && e->canary.phase != CANARY_OFF; j = j->next)
		if (j->canary && j->phase != JOB_OVER)
			c->canary_devices += (int64_t)j->size;
	c->canary_since_ms = e->canary.since_ms;
	observe_jobs(e);
	c->throttled_ms = e->pace.paused_ms - left;
	c->throttled_until_ms = left > 0 ? e->pace.pause_ms : 0;
	if (e->set.observe != NULL)
		e->set.observe(e->set.observe_ctx, c);
}

static bool
has_unsent_job(const struct engine *e)
{
	for (const struct job *j = e->jobs; j != NULL; j = j->next)
		if (job_is_unsent(j) && !j->in_flight)
			return true;
	return false;
}

bool
engine_has_unsent(struct engine *e)
{
	struct ledger_batch b;
	int rc;

	if (has_unsent_job(e))
		return true;
	rc = ledger_batch_next(e->ledger, e->run->id, BATCH_PLANNED, e->after, &b, e->err);
	if (rc == 1)
		ledger_batch_release(&b);
	return rc !=
	       0; /* after an error there may be one: whoever reads it next meets the error, too */
}

bool
engine_has_unsent_devices(struct engine *e)
{
	bool any = true;

	return has_unsent_job(e) ||
	       ledger_any_unsent(e->ledger, e->run->id, e->after, &any, e->err) != 0 || any;
}

bool
engine_is_young(const struct engine *e, int64_t first_sent, int64_t wait_ms)
{
	int64_t age_ms = ledger_now_ms(e->ledger) - first_sent * 1000;

	return age_ms >= 0 && age_ms + wait_ms < e->set.resend_within_ms;
}

void
engine_count(struct engine *e, int64_t answered, int64_t failed)
{
	int64_t percent;

	e->answered += answered;
	e->failed += failed;
	if (e->result.stop >= ENGINE_STOP_FAILING || e->collect ||
	    !guards_failing(e->answered, e->failed, e->set.max_fail_percent) ||
	    !engine_has_unsent_devices(e))
		return;
	percent = (e->failed * 100 + e->answered - 1) / e->answered;
	log_error("guard: %lld of %lld answered devices were not deregistered (%lld %%), "
	          "max-fail-percent is %lld: no more batches are sent; \"unpilot resume "
	          "--max-fail-percent %lld %s\" goes on",
	          (long long)e->failed, (long long)e->answered, (long long)percent,
	          (long long)e->set.max_fail_percent, (long long)percent, e->run->name);
	engine_stop(e, ENGINE_STOP_FAILING);
}

/* A run that its failures stopped does not go on by itself. */
int
engine_recount(struct engine *e)
{
	struct ledger_answers a;

	if (ledger_answered(e->ledger, e->run->id, &a, e->err) != 0)
		return -1;
	e->answered = e->failed = 0;
	engine_count(e, a.answered, a.failed);
	return 0;
}
