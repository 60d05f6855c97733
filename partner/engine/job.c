#include "partner/engine/job.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/crypto.h"
#include "common/log.h"

#define BACKOFF_FIRST_MS 1000
#define BACKOFF_MAX_MS 60000
#define RETRY_AFTER_MAX_S 900 /* a longer pause than 15 minutes is not waited for as one */

struct job *
job_new(struct engine *e, const struct ledger_batch *batch)
{
	struct job *j = xcalloc(1, sizeof(*j));

	j->engine = e;
	j->batch = batch->id;
	j->phase = batch->state == BATCH_ACCEPTED ? JOB_POLL : JOB_SUBMIT;
	j->sold_to = xstrdup(batch->sold_to);
	j->received_from = xstrdup(batch->received_from);
	j->service_id = batch->service_id != NULL ? xstrdup(batch->service_id) : NULL;
	j->reference = xasprintf("%s/%lld", e->run->name, (long long)batch->id);
	j->deadline_ms = clock_tick_ms() + e->set.poll_deadline_ms;
	buf_init(&j->text, JOB_TEXT_MAX);
	return j;
}

static void
drop_devices(struct job *j)
{
	free(j->device);
	free(j->row);
	j->device = NULL;
	j->row = NULL;
	j->count = j->room = 0;
	buf_release(&j->text);
	buf_init(&j->text, JOB_TEXT_MAX);
}

void
job_free(struct job *j)
{
	drop_devices(j);
	buf_release(&j->text);
	free(j->service_id);
	free(j->sold_to);
	free(j->received_from);
	free(j->reference);
	free(j);
}

void
engine_stop(struct engine *e, enum engine_stop why)
{
	if (why > e->result.stop)
		e->result.stop = why;
}

static void
fail(struct job *j)
{
	j->engine->failed = true;
	j->phase = JOB_OVER;
}

/* Texts go into one buffer that may move: offsets first, pointers when all are there. */
static const char *
keep(struct job *j, const char *text)
{
	size_t at = j->text.len;

	buf_add(&j->text, text, strlen(text) + 1);
	return (const char *)(uintptr_t)at;
}

static int
on_device(void *ctx, int64_t row, const struct device_id *id, struct error *err)
{
	struct job *j = ctx;

	if (j->count == j->room) {
		j->room = j->room == 0 ? 64 : j->room * 2;
		j->device = xreallocarray(j->device, j->room, sizeof(*j->device));
		j->row = xreallocarray(j->row, j->room, sizeof(*j->row));
	}
	j->row[j->count] = row;
	j->device[j->count++] = (struct device_id){keep(j, id->pkid), keep(j, id->serial),
	                                           keep(j, id->manufacturer), keep(j, id->model)};
	return j->text.overflow ? error_set(err, "a batch is too large for memory") : 0;
}

static void
settle_text(const struct job *j, const char **text)
{
	*text = j->text.data + (uintptr_t)*text;
}

static int
load_devices(struct job *j)
{
	drop_devices(j);
	if (ledger_batch_devices(j->engine->ledger, j->batch, on_device, j, j->engine->err) != 0)
		return -1;
	for (size_t i = 0; i < j->count; i++) {
		settle_text(j, &j->device[i].pkid);
		settle_text(j, &j->device[i].serial);
		settle_text(j, &j->device[i].manufacturer);
		settle_text(j, &j->device[i].model);
	}
	return 0;
}

int64_t
job_backoff_ms(unsigned failures)
{
	int64_t ms = BACKOFF_FIRST_MS;
	uint32_t random;

	for (unsigned i = 1; i < failures && ms < BACKOFF_MAX_MS; i++)
		ms *= 2;
	if (ms > BACKOFF_MAX_MS)
		ms = BACKOFF_MAX_MS;
	crypto_random(&random, sizeof(random));
	return ms * 3 / 4 + (int64_t)(random % (uint32_t)(ms / 2)); /* a quarter more or less */
}

/* Not sent, or refused before work: try again, a bounded number of times. */
static void
try_again(struct job *j, const struct route_result *r)
{
	struct engine *e = j->engine;
	int64_t wait = job_backoff_ms(++j->failures);

	if (r->end == ROUTE_BUSY && r->retry_after >= 0) {
		int64_t named = (r->retry_after < RETRY_AFTER_MAX_S ? r->retry_after
		                                                    : RETRY_AFTER_MAX_S);
		wait = named * 1000 + wait / 10;
	}
	if (j->failures > e->set.retries) {
		log_error("%s: %s: retries used up", j->reference, r->reason);
		engine_stop(e, ENGINE_STOP_UNREACHABLE);
		j->phase = JOB_OVER;
		return;
	}
	log_info("%s: %s: trying again in %lld s", j->reference, r->reason, (long long)wait / 1000);
	j->due_ms = clock_tick_ms() + wait;
	if (r->end == ROUTE_BUSY)
		e->pause_ms = j->due_ms;
}

static void
accepted(struct job *j, const struct route_result *r)
{
	struct engine *e = j->engine;

	if (ledger_batch_accepted(e->ledger, j->batch, r->service_id, e->err) != 0) {
		fail(j);
		return;
	}
	free(j->service_id);
	j->service_id = xstrdup(r->service_id);
	log_debug("%s: %zu devices accepted as %s", j->reference, j->count, j->service_id);
	j->phase = JOB_POLL;
	j->failures = 0;
	j->due_ms = clock_tick_ms();
	j->deadline_ms = j->due_ms + e->set.poll_deadline_ms;
}

/* All rows of the batch get one outcome, and the batch is over. */
static void
end_batch(struct job *j, enum outcome outcome, const char *reason)
{
	struct engine *e = j->engine;

	if (ledger_begin(e->ledger, e->err) != 0 ||
	    ledger_batch_outcome(e->ledger, j->batch, outcome, reason, e->err) != 0 ||
	    ledger_batch_done(e->ledger, j->batch, reason, e->err) != 0 ||
	    ledger_commit(e->ledger, e->err) != 0) {
		ledger_rollback(e->ledger);
		fail(j);
	}
	j->phase = JOB_OVER;
}

/* One bad row must cost one row: halve until it stands alone (design, section 8). */
static void
refused(struct job *j, const struct route_result *r)
{
	struct engine *e = j->engine;
	int64_t other;
	int rc = 0;

	if (r->divisible && j->count > 1) {
		if (ledger_batch_unsent(e->ledger, j->batch, r->reason, e->err) != 0 ||
		    (rc = ledger_batch_halve(e->ledger, j->batch, &other, e->err)) < 0) {
			fail(j);
			return;
		}
	}
	if (rc == 1) {
		log_info("%s: %s: halved", j->reference, r->reason);
		j->due_ms = clock_tick_ms();
		return;
	}
	log_error("%s: refused: %s", j->reference, r->reason);
	end_batch(j, OUTCOME_REFUSED, r->reason);
}

/* It is certain that nothing was taken: the batch is as if it had never left. */
static bool
take_back(struct job *j, const char *note)
{
	if (ledger_batch_unsent(j->engine->ledger, j->batch, note, j->engine->err) == 0)
		return true;
	fail(j);
	return false;
}

static void
submit_lost(struct job *j, const struct route_result *r)
{
	log_error("%s: outcome unknown: %s", j->reference, r->reason);
	end_batch(j, OUTCOME_UNKNOWN, r->reason);
	if (r->certificate_refused)
		engine_stop(j->engine, ENGINE_STOP_DENIED);
}

static void
on_submitted(void *ctx, const struct route_result *r)
{
	struct job *j = ctx;
	struct engine *e = j->engine;

	j->in_flight = false;
	e->in_flight--;
	switch (r->end) {
	case ROUTE_ACCEPTED: accepted(j, r); break;
	case ROUTE_NOT_SENT:
	case ROUTE_BUSY:
		if (take_back(j, r->reason))
			try_again(j, r);
		break;
	case ROUTE_REFUSED: refused(j, r); break;
	case ROUTE_DENIED:
	case ROUTE_GUARDED:
		log_error("%s: %s: %s", j->reference,
		          r->end == ROUTE_DENIED ? "credentials refused"
		                                 : "the outbound guard stopped it",
		          r->reason);
		take_back(j, r->reason);
		engine_stop(e, r->end == ROUTE_DENIED ? ENGINE_STOP_DENIED : ENGINE_STOP_GUARD);
		j->phase = JOB_OVER;
		break;
	case ROUTE_LOST:
	case ROUTE_ANSWERED:
	case ROUTE_PENDING:
	case ROUTE_FORGOTTEN:
	case ROUTE_END_COUNT: submit_lost(j, r); break;
	}
	drop_devices(j);
}

static bool
still_pending(const struct job *j, const struct route_result *r)
{
	bool pending = false;

	for (size_t i = 0; i < j->count; i++) {
		if (r->verdict[i].outcome == OUTCOME_ALARM)
			return false; /* to be written down at once */
		pending = pending || r->verdict[i].outcome == OUTCOME_PENDING;
	}
	return pending && clock_tick_ms() < j->deadline_ms;
}

static int
write_verdicts(struct job *j, const struct route_result *r, bool *ret_alarm, bool *ret_pending)
{
	struct engine *e = j->engine;

	for (size_t i = 0; i < j->count; i++) {
		const struct route_verdict *v = &r->verdict[i];
		if (ledger_row_outcome(e->ledger, j->row[i], v->outcome, v->reason, e->err) != 0)
			return -1;
		*ret_alarm = *ret_alarm || v->outcome == OUTCOME_ALARM;
		*ret_pending = *ret_pending || v->outcome == OUTCOME_PENDING;
	}
	return *ret_pending ? 0 : ledger_batch_done(e->ledger, j->batch, "", e->err);
}

static void
answered(struct job *j, const struct route_result *r)
{
	struct engine *e = j->engine;
	bool alarm = false, pending = false;

	if (r->unexpected > 0)
		log_warn("%s: the answer names %zu devices that were not asked for: ignored",
		         j->reference, r->unexpected);
	if (still_pending(j, r)) {
		j->due_ms = clock_tick_ms() + e->set.poll_interval_ms;
		return;
	}
	j->phase = JOB_OVER;
	if (ledger_begin(e->ledger, e->err) != 0 || write_verdicts(j, r, &alarm, &pending) != 0 ||
	    ledger_commit(e->ledger, e->err) != 0) {
		ledger_rollback(e->ledger);
		fail(j);
		return;
	}
	if (alarm) {
		log_error("%s: ALARM: the service speaks of a registration (806 or 808): stopped",
		          j->reference);
		engine_stop(e, ENGINE_STOP_GUARD);
	}
}

/* A poll may be repeated safely: by the interval, until its tries or the deadline are used up. */
static void
poll_failed(struct job *j, const struct route_result *r)
{
	struct engine *e = j->engine;
	int64_t now = clock_tick_ms();
	int64_t wait = e->set.poll_interval_ms;

	if (++j->failures <= e->set.retries && now < j->deadline_ms) {
		if (r->end == ROUTE_BUSY && r->retry_after * 1000 > wait &&
		    r->retry_after < RETRY_AFTER_MAX_S)
			wait = r->retry_after * 1000;
		log_info("%s: poll: %s: trying again", j->reference, r->reason);
		j->due_ms = now + wait;
		return;
	}
	log_error("%s: no readable result: %s", j->reference, r->reason);
	j->phase = JOB_OVER;
	if (r->end == ROUTE_FORGOTTEN)
		end_batch(j, OUTCOME_UNKNOWN, r->reason);
	else if (r->end == ROUTE_NOT_SENT || r->end == ROUTE_BUSY)
		engine_stop(e, ENGINE_STOP_UNREACHABLE); /* accepted stays accepted: pending */
	else if (ledger_batch_outcome(e->ledger, j->batch, OUTCOME_UNKNOWN, r->reason, e->err) != 0)
		fail(j); /* not DONE: `resume` asks for the result again */
}

static void
on_polled(void *ctx, const struct route_result *r)
{
	struct job *j = ctx;
	struct engine *e = j->engine;

	j->in_flight = false;
	e->in_flight--;
	if (r->end == ROUTE_ANSWERED) {
		answered(j, r);
	} else if (r->end == ROUTE_PENDING) {
		j->due_ms = clock_tick_ms() + e->set.poll_interval_ms;
	} else if (r->end == ROUTE_DENIED || r->certificate_refused) {
		log_error("%s: poll: credentials refused: %s", j->reference, r->reason);
		engine_stop(e, ENGINE_STOP_DENIED);
		j->phase = JOB_OVER;
	} else {
		poll_failed(j, r);
	}
	if (j->phase == JOB_POLL && clock_tick_ms() >= j->deadline_ms)
		j->phase = JOB_OVER; /* stays ACCEPTED: pending, for a later run to collect */
	drop_devices(j);
}

static void
start_submit(struct job *j, const struct route_batch *batch)
{
	struct engine *e = j->engine;

	if (ledger_batch_sent(e->ledger, j->batch, e->err) != 0) {
		fail(j);
		return;
	}
	j->in_flight = true;
	e->in_flight++;
	if (e->route->ops->submit(e->route, batch, on_submitted, j, e->err) != 0) {
		j->in_flight = false;
		e->in_flight--;
		fail(j);
	}
}

static void
start_poll(struct job *j, const struct route_batch *batch)
{
	struct engine *e = j->engine;

	j->in_flight = true;
	e->in_flight++;
	if (e->route->ops->poll(e->route, j->service_id, batch, on_polled, j, e->err) != 0) {
		j->in_flight = false;
		e->in_flight--;
		fail(j);
	}
}

void
job_start(struct job *j)
{
	struct route_batch batch = {.reference = j->reference,
	                            .sold_to = j->sold_to,
	                            .received_from = j->received_from};

	if (load_devices(j) != 0) {
		fail(j);
		return;
	}
	batch.device = j->device;
	batch.count = j->count;
	if (j->count == 0)
		end_batch(j, OUTCOME_NOT_SENT, "");
	else if (j->phase == JOB_SUBMIT)
		start_submit(j, &batch);
	else
		start_poll(j, &batch);
}
