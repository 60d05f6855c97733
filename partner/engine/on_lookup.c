/* Judges the result of a look-up, on routes that look devices up first. Nothing has been sent yet. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/log.h"
#include "partner/engine/internal.h"
#include "partner/engine/share.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/guards.h"

/* A plan ends here: the row stays unsent, and its reason says what the look-up found. */
static void
lookup_record(struct job *j, const struct route_result *r)
{
	struct engine_lookup *lookup = j->engine->lookup;
	char reason[ROUTE_REASON_MAX * 2];
	enum outcome o;

	if (r->end == ROUTE_FOUND ||
	    (r->end == ROUTE_ANSWERED && r->verdict[0].outcome != OUTCOME_UNKNOWN)) {
		if (ledger_batch_set_planned(j->engine->ledger, j->batch,
		                             r->end == ROUTE_FOUND ? r->digest : LEDGER_NOTHING,
		                             j->engine->err) != 0) {
			job_break(j);
			return;
		}
	}
	if (r->end == ROUTE_FOUND) {
		lookup->found++;
		snprintf(reason, sizeof(reason), "found: %s", r->reason);
	} else {
		o = r->end == ROUTE_ANSWERED ? r->verdict[0].outcome : OUTCOME_NOT_SENT;
		lookup->other[o]++;
		snprintf(reason, sizeof(reason), "%s: %s", outcome_word(o),
		         r->end == ROUTE_ANSWERED ? r->verdict[0].reason : r->reason);
	}
	job_leave_unsent(j, reason);
}

/* "apply" deletes what the plan found. What cannot be compared was not shown either. */
static bool
lookup_is_planned(const struct job *j, const struct route_result *r)
{
	return j->planned == NULL || j->lost > 0 ||
	       (r->digest != NULL && strcmp(j->planned, r->digest) == 0);
}

static void
lookup_found(struct job *j, const struct route_result *r)
{
	if (!lookup_is_planned(j, r)) {
		job_end(j, OUTCOME_HELD,
		        strcmp(j->planned, LEDGER_UNSEEN) == 0
		                ? "the plan could not look it up"
		                : "the registration changed since the plan");
		return;
	}
	free(j->service_id);
	j->service_id = xstrdup(r->service_id);
	log_debug("%s: found: %s", j->reference, r->reason);
	j->phase = JOB_SUBMIT;
	job_was_answered(j);
	j->due_ms = clock_tick_ms();
}

/* A device that is missing or not unique gets its outcome. If the listing was incomplete, nothing
 * is known, and `resume` looks the device up again. */
static void
lookup_answered(struct job *j, const struct route_result *r)
{
	const struct route_verdict *v = &r->verdict[0];
	struct engine *e = j->engine;

	/* none, several, or one that contradicts the row, where the plan found another state */
	if (j->planned != NULL && j->lost == 0 && strlen(j->planned) > 1 &&
	    v->outcome != OUTCOME_UNKNOWN) {
		job_end(j, OUTCOME_HELD, "the registration changed since the plan");
		return;
	}
	if (v->outcome != OUTCOME_UNKNOWN) {
		job_end(j, v->outcome, v->reason);
		return;
	}
	log_debug("%s: outcome unknown: %s", j->reference,
	          v->reason); /* the route has logged the reason once */
	j->phase = JOB_OVER;
	if (ledger_batch_unread(e->ledger, j->batch, v->reason, e->err) != 0)
		job_break(j);
}

static void
lookup_denied(struct job *j, const struct route_result *r)
{
	log_error("%s: credentials refused: %s", j->reference, r->reason);
	engine_stop(j->engine, ENGINE_STOP_DENIED);
	j->phase = JOB_OVER;
}

/* Holds the row, or says so in the plan. 1, or -1. */
static int
lookup_hold(struct job *j, const char *why)
{
	struct engine *e = j->engine;
	char reason[ROUTE_REASON_MAX * 2];

	if (e->lookup == NULL) {
		job_end(j, OUTCOME_HELD, why);
		return 1;
	}
	e->lookup->other[OUTCOME_HELD]++;
	snprintf(reason, sizeof(reason), "held: %s", why);
	if (ledger_batch_set_planned(e->ledger, j->batch, LEDGER_NOTHING, e->err) != 0)
		return -1;
	job_leave_unsent(j, reason);
	return 1;
}

/* The skip list holds a device by every identity: those of the list, and those of its registration.
 * 1: the job has ended, 0: not on it, -1. */
static int
lookup_skip(struct job *j, const struct route_result *r)
{
	struct engine *e = j->engine;
	int rc = 0;

	for (const char *at = r->identities; rc == 0 && at != NULL && *at != '\0';) {
		char *id = xstrndup(at, strcspn(at, "\n"));
		rc = id[0] != '\0' ? ledger_skip_has(e->ledger, id, e->err) : 0;
		at += strlen(id) + 1;
		free(id);
	}
	return rc != 1 ? rc : lookup_hold(j, "on the skip list: remove it there to let it through");
}

/* 1: the job has ended, 0: its customer may be deleted, -1. In a plan the rows stay as found. */
static int
lookup_share(struct job *j, const struct route_result *r)
{
	const char *reason;

	if (share_judge(j, r, &reason) != 0)
		return -1;
	return reason != NULL && j->engine->lookup == NULL ? lookup_hold(j, reason) : 0;
}

void
on_lookup(struct job *j, const struct route_result *r)
{
	bool plan = j->engine->lookup != NULL;
	int skipped = r->end == ROUTE_FOUND && j->lost == 0 ? lookup_skip(j, r) : 0;

	if (skipped == 0 && r->end == ROUTE_FOUND && j->lost == 0)
		skipped = lookup_share(j, r);

	if (skipped != 0) {
		if (skipped < 0)
			job_break(j);
		return;
	}

	switch (r->end) {
	case ROUTE_FOUND: plan ? lookup_record(j, r) : lookup_found(j, r); break;
	case ROUTE_ANSWERED: plan ? lookup_record(j, r) : lookup_answered(j, r); break;
	case ROUTE_BUSY:
	case ROUTE_NOT_SENT:
	case ROUTE_LOST: job_try_again(j, r); break; /* a look-up only reads */
	case ROUTE_DENIED: lookup_denied(j, r); break;
	case ROUTE_SKIPPED:
	case ROUTE_ACCEPTED:
	case ROUTE_PENDING:
	case ROUTE_REFUSED:
	case ROUTE_FORGOTTEN:
	case ROUTE_GUARDED:
	case ROUTE_END_COUNT: plan ? lookup_record(j, r) : job_leave_unsent(j, r->reason); break;
	}
}
