/* Carries out the result of a poll. verdict.c has the rules for the devices of an answer. */
#include <stdio.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/engine/throttle.h"
#include "partner/engine/internal.h"
#include "partner/engine/verdict.h"
#include "partner/ledger/alarms.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/transaction.h"

#define DELETIONS_MAX 2 /* of a registration that stays listed */

#define ALARM_ELSEWHERE "in an entry that matches no device, or outside of all entries"
#define ALARM_BROKEN_OFF "in an answer that broke off"

/* *ret: the reason of an alarm that this batch has not raised since it was last sent, or NULL. A batch that was
 * polled before may repeat one that a person has cleared. */
static int
poll_new_alarm(const struct job *j, const struct route_result *r, const char **ret)
{
	struct engine *e = j->engine;
	bool known = true;

	*ret = NULL;
	for (size_t i = 0; i < j->count && known; i++) {
		if (r->verdict[i].outcome != OUTCOME_ALARM)
			continue;
		if (ledger_alarm_of_row(e->ledger, j->row[i], &known, e->err) != 0)
			return -1;
		*ret = known ? NULL : r->verdict[i].reason;
	}
	if (!known || !r->alarm)
		return 0;
	if (ledger_alarm_known(e->ledger, j->batch, ALARM_ELSEWHERE, &known, e->err) != 0)
		return -1;
	*ret = known ? NULL : ALARM_ELSEWHERE;
	return 0;
}

/* Collecting leaves a missing device to a later run. */
static bool
poll_is_last(const struct job *j)
{
	return !j->engine->collect && clock_tick_ms() >= j->deadline_ms;
}

/* --resend sends devices again that the answer leaves unknown, or lacks until poll-deadline. Not while the service
 * says that it still works on the batch. */
static bool
poll_sends_again(const struct job *j, const struct verdict_tally *t, bool last)
{
	const struct engine *e = j->engine;

	if (!e->set.resend || !engine_may_submit(e) || j->resent || !t->unknown || t->waits)
		return false;
	return t->pending ? last : j->probing;
}

/* 1: waiting has not helped, and only --resend would change something. Not if a guard would hold all devices. 0, -1. */
static int
poll_lacks_too_long(const struct job *j, const struct verdict_tally *t, bool last)
{
	struct engine *e = j->engine;
	bool held;

	if (!last || e->set.resend || !engine_may_submit(e) || !t->pending || !t->unknown ||
	    t->waits || job_may_resend(j, 0))
		return 0;
	return ledger_batch_is_held(e->ledger, j->batch, &held, e->err) != 0 ? -1 : !held;
}

struct answer {
	const struct job *job;
	const struct route_result *result;
	struct verdict_tally *tally;
	bool again; /* --resend sends the batch again */
	int late;   /* 1: only --resend would change something */
};

static int
poll_write(struct ledger *l, void *ctx, struct error *err)
{
	struct answer *a = ctx;
	const struct job *j = a->job;
	char text[VERDICT_REASON_SIZE];
	bool last = poll_is_last(j);
	struct ledger_answers answers;

	*a->tally = (struct verdict_tally){0};
	if (ledger_claim_assert(l, j->batch, err) != 0)
		return -1;
	for (size_t i = 0; i < j->count; i++) {
		const struct route_verdict *v = &a->result->verdict[i];
		enum outcome o = verdict_outcome(v, last);
		if (ledger_row_outcome(l, j->row[i], o, verdict_reason(v, j->lost > 0, text),
		                       err) != 0)
			return -1;
		verdict_count(a->tally, o, v->missing);
	}
	a->again = poll_sends_again(j, a->tally, last);
	a->late = poll_lacks_too_long(j, a->tally, last);
	if (a->late < 0)
		return -1;
	if (a->tally->pending || a->again)
		return 0;
	answers = (struct ledger_answers){a->tally->answered, a->tally->failed};
	return ledger_batch_done(l, j->batch, j->fresh ? &answers : NULL, "", err);
}

/* No answer will come. With --resend the batch is sent again, once. */
static void
poll_lost(struct job *j, const char *reason)
{
	struct engine *e = j->engine;

	j->phase = JOB_OVER;
	if (ledger_batch_lost(e->ledger, j->batch, reason, e->err) != 0) {
		job_break(j);
		return;
	}
	j->lost++;
	if (!e->set.resend || j->resent)
		return;
	log_warn("%s: --resend: sending it again", j->reference);
	e->result.counters.retries++;
	j->resent = true;
	j->phase = JOB_SUBMIT;
	job_was_answered(j);
	j->due_ms = clock_tick_ms();
}

static void
poll_answered(struct job *j, const struct route_result *r)
{
	struct engine *e = j->engine;
	struct verdict_tally t = {0};
	struct answer answer = {.job = j, .result = r, .tally = &t};
	const char *alarm;

	if (r->unexpected > j->unexpected) /* not at every poll */
		log_warn("%s: the answer names %zu device%s not asked for: ignored", j->reference,
		         r->unexpected, text_s((int64_t)r->unexpected));
	j->unexpected = r->unexpected;
	if (poll_new_alarm(j, r, &alarm) != 0) {
		job_break(j);
		return;
	}
	if (alarm != NULL) /* recorded first: after a crash nothing is sent */
		engine_raise_alarm(j, alarm);
	else if (verdict_any_pending(r->verdict, j->count) && clock_tick_ms() < j->deadline_ms) {
		j->due_ms = clock_tick_ms() + e->set.poll_interval_ms;
		return;
	}
	j->phase = JOB_OVER;
	if (ledger_transact(e->ledger, poll_write, &answer, e->err) != 0) {
		job_break(j);
		return;
	}
	j->claimed = t.pending;
	if (answer.again) {
		/* another answer will count */
		t.answered -= t.decided[OUTCOME_UNKNOWN];
		t.failed -= t.decided[OUTCOME_UNKNOWN];
		t.decided[OUTCOME_UNKNOWN] = 0;
		j->claimed = true;
		poll_lost(j, t.pending ? "the answer lacks devices"
		                       : "the answer leaves devices unknown");
	}
	if (answer.late == 1) {
		log_warn("%s: the answer still lacks devices, sent longer ago than resend-within: "
		         "\"unpilot resume --resend %s\" sends them once more",
		         j->reference, e->run->name);
		e->result.too_old++;
	}
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		e->result.counters.decided[o] += t.decided[o];
	engine_count(e, t.answered, t.failed);
}

/* The batch was lost before, and its BatchId brought no answer: it may be sent again. */
static void
poll_end_probe(struct job *j, const struct route_result *r)
{
	log_info("%s: the service has no answer to its BatchId: %s", j->reference, r->reason);
	j->probing = false;
	j->resent = j->engine->set.resend;
	j->phase = JOB_SUBMIT; /* unless it is too old: job_start() */
	j->due_ms = clock_tick_ms();
}

/* The service knows a batch that counted as lost. */
static int
poll_revive(struct job *j)
{
	struct engine *e = j->engine;

	if (!j->probing || j->revived)
		return 0;
	j->revived = true;
	return ledger_batch_accepted(e->ledger, j->batch, j->service_id, NULL, e->err);
}

/* Ends polling as LOST, pending or unknown, depending on the last result. */
static void
poll_give_up(struct job *j, const struct route_result *r)
{
	struct engine *e = j->engine;
	bool send_again = r->end == ROUTE_LOST && e->set.resend && !j->resent;

	log_error("%s: no readable result: %s", j->reference, r->reason);
	j->phase = JOB_OVER;
	if (r->end == ROUTE_FORGOTTEN || send_again)
		poll_lost(j, r->reason);
	else if (r->end == ROUTE_NOT_SENT || r->end == ROUTE_BUSY)
		engine_stop(e, ENGINE_STOP_UNREACHABLE); /* the batch stays accepted */
	else if (ledger_batch_outcome(e->ledger, j->batch, OUTCOME_UNKNOWN, r->reason, e->err) != 0)
		job_break(j); /* still ACCEPTED: `resume` polls it again */
}

/* Collecting asks once: the batch stays as it is. A service in trouble gets no more polls, but a few
 * unreadable answers say nothing about the others. A pause holds for the runs that follow. */
static void
poll_leave(struct job *j, const struct route_result *r)
{
	struct engine *e = j->engine;

	log_info("%s: still no result: %s", j->reference, r->reason);
	j->phase = JOB_OVER;
	job_pause_all(j, r, job_next_try_ms(j, r));
	if (r->end == ROUTE_FORGOTTEN ||
	    (r->end == ROUTE_LOST && ++e->result.unreadable <= e->set.retries))
		return;
	engine_stop(e, ENGINE_STOP_UNREACHABLE);
}

/* The service does not know the BatchId. If it knows it but its answer cannot be read, only --resend
 * sends the batch again. */
static bool
poll_ends_probe(const struct job *j, const struct route_result *r, bool over)
{
	if (!j->probing || j->revived)
		return false;
	return r->end == ROUTE_FORGOTTEN || (r->end == ROUTE_LOST && over && j->engine->set.resend);
}

/* Polling only reads, so it is repeated until its tries or its deadline are used up. */
static void
poll_failed(struct job *j, const struct route_result *r)
{
	struct engine *e = j->engine;
	int64_t now = clock_tick_ms();
	int64_t wait;
	bool over;

	if (e->collect) {
		poll_leave(j, r);
		return;
	}
	if (r->customer_only) {
		throttle_apply(j, r);
		return;
	}
	wait = job_next_try_ms(j, r);
	job_pause_all(j, r, wait);
	over = wait < 0 || now >= j->deadline_ms;
	if (poll_ends_probe(j, r, over)) {
		poll_end_probe(j, r);
		return;
	}
	if (over) {
		poll_give_up(j, r);
		return;
	}
	if (r->end != ROUTE_BUSY)
		wait = e->set.poll_interval_ms;
	log_info("%s: poll: %s: trying again", j->reference, r->reason);
	e->result.counters.retries++;
	j->due_ms = now + wait;
}

static void
poll_denied(struct job *j, const struct route_result *r)
{
	log_error("%s: poll: credentials refused: %s", j->reference, r->reason);
	engine_stop(j->engine, ENGINE_STOP_DENIED);
	j->phase = JOB_OVER;
}

/* The batch stays ACCEPTED: a later run collects the result. A registration that is still listed is
 * deleted once more first. */
static void
poll_deadline(struct job *j, const struct route_result *r)
{
	struct engine *e = j->engine;

	j->phase = JOB_OVER;
	if (e->collect || e->route->ops->lookup == NULL)
		return;
	if (r->listed && j->attempts < DELETIONS_MAX && e->result.stop == ENGINE_STOP_NONE) {
		if (ledger_batch_lost(e->ledger, j->batch, "still listed: deleted once more",
		                      e->err) != 0) {
			job_break(j);
			return;
		}
		log_info("%s: still listed: deleting it once more", j->reference);
		j->lost++;
		j->phase = JOB_SUBMIT;
		j->due_ms = clock_tick_ms();
	}
}

/* The rest of a broken answer says which device it is: the batch stays accepted, to be polled again.
 * true: the result needs nothing else. */
static bool
poll_alarm(struct job *j, const struct route_result *r)
{
	struct engine *e = j->engine;
	bool known = false;

	if (!r->alarm || r->end == ROUTE_ANSWERED)
		return false;
	if (!r->broken_off) {
		engine_raise_alarm(j, r->reason);
		job_end(j, OUTCOME_ALARM, r->reason);
		return true;
	}
	if (ledger_alarm_known(e->ledger, j->batch, ALARM_BROKEN_OFF, &known, e->err) != 0)
		job_break(j);
	else if (!known)
		engine_raise_alarm(j, ALARM_BROKEN_OFF);
	if (!known)
		j->phase = JOB_OVER;
	return !known;
}

static void
poll_note(struct job *j, const struct route_result *r)
{
	bool twice = r->listed && j->attempts >= DELETIONS_MAX;

	job_set_waiting(j, r->end == ROUTE_ANSWERED ? NULL
	                   : twice                  ? "still listed after two deletions"
	                                            : r->reason);
}

void
on_poll(struct job *j, const struct route_result *r)
{
	if (poll_alarm(j, r))
		return;
	if ((r->end == ROUTE_ANSWERED || r->end == ROUTE_PENDING) && poll_revive(j) != 0) {
		job_break(j);
		return;
	}
	poll_note(j, r);
	switch (r->end) {
	case ROUTE_ANSWERED:
		job_was_answered(j);
		poll_answered(j, r);
		break;
	case ROUTE_PENDING:
		job_was_answered(j);
		j->due_ms = clock_tick_ms() + j->engine->set.poll_interval_ms;
		break;
	case ROUTE_DENIED: poll_denied(j, r); break;
	case ROUTE_NOT_SENT:
	case ROUTE_BUSY:
	case ROUTE_LOST:
	case ROUTE_FORGOTTEN:
	case ROUTE_REFUSED:
	case ROUTE_GUARDED:
	case ROUTE_SKIPPED:
	case ROUTE_FOUND:
	case ROUTE_ACCEPTED:
	case ROUTE_END_COUNT: r->certificate_refused ? poll_denied(j, r) : poll_failed(j, r); break;
	}
	if (j->phase == JOB_POLL && clock_tick_ms() >= j->deadline_ms)
		poll_deadline(j, r);
}
