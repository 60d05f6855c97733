/*
 * Judges an answer for the devices of a batch: outcome, reason, and which devices are still open. Pure.
 */
#ifndef PARTNER_ENGINE_VERDICT_H
#define PARTNER_ENGINE_VERDICT_H

#include "partner/route/route.h"
#include "partner/vocabulary.h"

#define VERDICT_REASON_SIZE (ROUTE_REASON_MAX * 2)

/* Counts of one answer. */
struct verdict_tally {
	int64_t answered, failed; /* final answers; those of them that are not good */
	int64_t decided[OUTCOME_COUNT];
	bool pending; /* a later answer may say more */
	bool waits;   /* the service says that it has not decided yet */
	bool unknown;
};

bool verdict_any_pending(const struct route_verdict *verdict, size_t count);
/* last: no later answer is awaited, so a device that is missing becomes `unknown`. Its batch stays
 * accepted, so that `resume` polls it again before anything is sent again, which only --resend does. */
enum outcome verdict_outcome(const struct route_verdict *v, bool last);
/* lost: an earlier answer was lost, so our own request may be the cause of "not registered". The result
 * points into v or text. */
const char *
verdict_reason(const struct route_verdict *v, bool lost, char text[static VERDICT_REASON_SIZE]);
void verdict_count(struct verdict_tally *t, enum outcome outcome, bool missing);

#endif
