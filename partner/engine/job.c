/* A job from its batch to its end: the devices of its request, and the outcome that ends it. */
#include "partner/engine/internal.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/log.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/transaction.h"

#define KEPT_MAX ((size_t)8 * 1024 * 1024) /* devices of all batches between two polls */

/* A registration whose deletion has no answer may have been deleted, and made anew since. */
static bool
job_looks_up_first(const struct engine *e, const struct ledger_batch *batch)
{
	return e->route->ops->lookup != NULL &&
	       (batch->service_id == NULL || batch->state == BATCH_LOST);
}

struct job *
job_new(struct engine *e, const struct ledger_batch *batch)
{
	struct job *j = xcalloc(1, sizeof(*j));

	j->engine = e;
	j->batch = batch->id;
	/* the service may know the answer to a lost batch with a BatchId */
	j->probing = batch->state == BATCH_LOST && batch->service_id != NULL &&
	             e->route->ops->lookup == NULL;
	j->phase = batch->state == BATCH_ACCEPTED || j->probing ? JOB_POLL
	           : job_looks_up_first(e, batch)               ? JOB_LOOKUP
	                                                        : JOB_SUBMIT;
	j->canary = batch->canary;
	j->was_lost = batch->state == BATCH_LOST;
	j->first_sent = batch->first_sent;
	j->lost = batch->lost;
	j->attempts = batch->attempts;
	j->fresh = batch->state == BATCH_PLANNED && batch->attempts == 0;
	j->planned = batch->planned != NULL ? xstrdup(batch->planned) : NULL;
	j->resent = batch->state == BATCH_LOST && e->set.resend && !j->probing;
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

/* The answer names every device that went out. After a lost answer only open rows are asked for. */
static bool
job_polls_whole_batch(const struct job *j)
{
	return j->phase == JOB_POLL && j->lost == 0;
}

/* Only the job itself changes the rows of an accepted batch, so its devices need no second read. */
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
	free(j->planned);
	free(j->waiting);
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
	log_warn("%s: another machine has taken this batch over", j->reference);
	j->claimed = false;
}

static void
job_add_text(struct job *j, const char *text)
{
	buf_add(&j->text, text, strlen(text) + 1);
}

/* The buffer of the texts may still move: job_point_at_texts() sets the pointers. */
static int
job_add_device(void *ctx, int64_t row, const struct device_id *id, struct error *err)
{
	struct job *j = ctx;

	if (j->count == j->room) {
		j->room = j->room == 0 ? 64 : j->room * 2;
		j->device = xreallocarray(j->device, j->room, sizeof(*j->device));
		j->row = xreallocarray(j->row, j->room, sizeof(*j->row));
	}
	j->row[j->count] = row;
	j->count++;
	job_add_text(j, id->pkid);
	job_add_text(j, id->serial);
	job_add_text(j, id->manufacturer);
	job_add_text(j, id->model);
	return j->text.overflow ? error_set(err, "a batch is too large for memory") : 0;
}

static const char *
job_next_text(const char **at)
{
	const char *text = *at;

	*at += strlen(text) + 1;
	return text;
}

/* The four texts of each device follow one another, in the order of job_add_device(). */
static void
job_point_at_texts(struct job *j)
{
	const char *at = j->text.data;

	for (size_t i = 0; i < j->count; i++) {
		j->device[i].pkid = job_next_text(&at);
		j->device[i].serial = job_next_text(&at);
		j->device[i].manufacturer = job_next_text(&at);
		j->device[i].model = job_next_text(&at);
	}
}

int
job_load_devices(struct job *j)
{
	struct engine *e = j->engine;
	bool all = job_polls_whole_batch(j);

	if (all && j->kept > 0)
		return 0;
	job_drop_devices(j);
	if ((all ? ledger_batch_asked(e->ledger, j->batch, job_add_device, j, e->err)
	         : ledger_batch_devices(e->ledger, j->batch, job_add_device, j, e->err)) != 0)
		return -1;
	job_point_at_texts(j);
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
	return ledger_batch_done(l, batch, NULL, end->reason, err);
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
	/* an attempt whose answer was lost may have done something */
	if (ledger_batch_outcome(e->ledger, j->batch,
	                         j->lost > 0 ? OUTCOME_UNKNOWN : OUTCOME_NOT_SENT, reason,
	                         e->err) != 0)
		job_break(j);
}

void
job_set_waiting(struct job *j, const char *reason)
{
	free(j->waiting);
	j->waiting = reason != NULL && j->engine->route->ops->lookup != NULL ? xstrdup(reason)
	                                                                     : NULL;
}

int
job_write_waiting(struct job *j)
{
	struct engine *e = j->engine;

	return j->waiting == NULL
	               ? 0
	               : ledger_batch_still_pending(e->ledger, j->batch, j->waiting, e->err);
}
