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
#include "partner/ledger/known.h"

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

/* The next line of the identities, owned; "": there is none. */
static char *
lookup_next_line(const char **at)
{
	char *line = xstrndup(*at, strcspn(*at, "\n"));

	*at += strlen(line);
	*at += **at == '\n' ? 1 : 0;
	return line;
}

/* *ret: why the guards of single devices hold this registration, owned; NULL: they do not. */
static int
lookup_judge(struct job *j, const struct device_id *registered, char **ret)
{
	struct ledger *l = j->engine->ledger;
	struct error *err = j->engine->err;
	int rc = ledger_skip_has(l, registered->serial, err);

	if (rc == 0)
		rc = ledger_skip_has(l, registered->pkid, err);
	if (rc == 0)
		return ledger_known_judge(l, j->engine->run->id, j->row[0], registered, ret, err);
	if (rc > 0)
		*ret = xstrdup("on the skip list: remove it there to let it through");
	return rc < 0 ? -1 : 0;
}

/* The skip list, hold-days and "moved" hold a device by every identity: those of the list, which were judged
 * before, and those of its registrations. 1: the job has ended, 0: it goes on, -1. */
static int
lookup_guard(struct job *j, const struct route_result *r)
{
	const char *at = r->identities;
	char *reason = NULL;
	int rc = 0;

	while (rc == 0 && reason == NULL && at != NULL && *at != '\0') {
		char *serial = lookup_next_line(&at), *pkid = lookup_next_line(&at);
		char *make = lookup_next_line(&at), *model = lookup_next_line(&at);
		const struct device_id id = {
			.serial = serial, .pkid = pkid, .manufacturer = make, .model = model};
		rc = lookup_judge(j, &id, &reason);
		free(serial);
		free(pkid);
		free(make);
		free(model);
	}
	if (rc == 0 && reason != NULL)
		rc = lookup_hold(j, reason);
	free(reason);
	return rc;
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
	int held = r->end == ROUTE_FOUND && j->lost == 0 ? lookup_guard(j, r) : 0;

	if (held == 0 && r->end == ROUTE_FOUND && j->lost == 0)
		held = lookup_share(j, r);
	if (held != 0) {
		if (held < 0)
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
