/* A job from its batch to its end: its devices, kept in memory or read again, and its last word. */
#include "partner/engine/internal.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/log.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/transaction.h"

#define KEPT_MAX ((size_t)8 * 1024 * 1024) /* devices of all batches that wait for their answers */

struct job *
job_new(struct engine *e, const struct ledger_batch *batch)
{
	struct job *j = xcalloc(1, sizeof(*j));

	j->engine = e;
	j->batch = batch->id;
	j->phase = batch->state == BATCH_ACCEPTED                               ? JOB_POLL
	           : e->route->ops->lookup != NULL && batch->service_id == NULL ? JOB_LOOKUP
	                                                                        : JOB_SUBMIT;
	j->first_sent = batch->first_sent;
	j->lost = batch->lost;
	j->resent = batch->state == BATCH_LOST && e->set.resend;
	j->sold_to = xstrdup(batch->sold_to);
	j->received_from = xstrdup(batch->received_from);
	j->tenant = xstrdup(batch->tenant);
	j->service_id = batch->service_id != NULL ? xstrdup(batch->service_id) : NULL;
	j->reference = xasprintf("%s/%lld", e->run->name, (long long)batch->id);
	j->deadline_ms = clock_tick_ms() + (e->collect ? 0 : e->set.poll_deadline_ms);
	buf_init(&j->text, JOB_TEXT_MAX);
	return j;
}

static void
job_drop_devices(struct job *j)
{
	j->engine->kept -= j->kept;
	j->kept = 0;
	free(j->device);
	free(j->row);
	j->device = NULL;
	j->row = NULL;
	j->count = j->room = 0;
	buf_release(&j->text);
	buf_init(&j->text, JOB_TEXT_MAX);
}

/* What an answer is read against: all that went out, or what went out twice, at least what is open. */
static bool
job_polls_whole_batch(const struct job *j)
{
	return j->phase == JOB_POLL && j->lost == 0;
}

/* While it waits for its answer, nobody but the job itself changes what went out. */
void
job_keep_devices(struct job *j)
{
	size_t size = j->room * (sizeof(*j->device) + sizeof(*j->row)) + j->text.size;
	size_t others = j->engine->kept - j->kept;

	if (!job_polls_whole_batch(j) || others > KEPT_MAX || size > KEPT_MAX - others) {
		job_drop_devices(j);
		return;
	}
	j->engine->kept = others + size;
	j->kept = size;
}

void
job_free(struct job *j)
{
	job_drop_devices(j);
	buf_release(&j->text);
	free(j->service_id);
	free(j->sold_to);
	free(j->received_from);
	free(j->tenant);
	free(j->reference);
	free(j);
}

void
job_break(struct job *j)
{
	j->phase = JOB_OVER;
	if (!ledger_claim_lost(j->engine->ledger)) {
		j->engine->broken = true;
		return;
	}
	log_warn("%s: another machine has taken it over", j->reference);
	j->claimed = false;
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

int
job_load_devices(struct job *j)
{
	struct engine *e = j->engine;
	bool all = job_polls_whole_batch(j);

	if (all && j->kept > 0)
		return 0;
	job_drop_devices(j);
	if ((all ? ledger_batch_asked(e->ledger, j->batch, on_device, j, e->err)
	         : ledger_batch_devices(e->ledger, j->batch, on_device, j, e->err)) != 0)
		return -1;
	for (size_t i = 0; i < j->count; i++) {
		settle_text(j, &j->device[i].pkid);
		settle_text(j, &j->device[i].serial);
		settle_text(j, &j->device[i].manufacturer);
		settle_text(j, &j->device[i].model);
	}
	return 0;
}

struct ending {
	const struct job *job;
	enum outcome outcome;
	const char *reason;
};

static int
write_end(struct ledger *l, void *ctx, struct error *err)
{
	const struct ending *end = ctx;
	int64_t batch = end->job->batch;

	if (ledger_batch_outcome(l, batch, end->outcome, end->reason, err) != 0)
		return -1;
	return ledger_batch_done(l, batch, end->reason, err);
}

void
job_end(struct job *j, enum outcome outcome, const char *reason)
{
	struct engine *e = j->engine;
	struct ending end = {.job = j, .outcome = outcome, .reason = reason};

	j->phase = JOB_OVER;
	if (ledger_transact(e->ledger, write_end, &end, e->err) != 0) {
		job_break(j);
		return;
	}
	j->claimed = false;
	e->result.counters.decided[outcome] += (int64_t)j->count;
}

void
job_leave_unsent(struct job *j, const char *reason)
{
	struct engine *e = j->engine;

	j->phase = JOB_OVER;
	if (ledger_batch_outcome(e->ledger, j->batch, OUTCOME_NOT_SENT, reason, e->err) != 0)
		job_break(j);
}
