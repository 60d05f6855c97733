/* The rules for the devices of an answer. */
#include "partner/engine/verdict.h"

#include <stdio.h>

bool
verdict_any_pending(const struct route_verdict *verdict, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (verdict[i].outcome == OUTCOME_PENDING)
			return true;
	return false;
}

enum outcome
verdict_outcome(const struct route_verdict *v, bool last)
{
	return v->missing && last ? OUTCOME_UNKNOWN : v->outcome;
}

const char *
verdict_reason(const struct route_verdict *v, bool lost, char text[static VERDICT_REASON_SIZE])
{
	if (!lost || v->outcome == OUTCOME_DEREGISTERED || v->outcome == OUTCOME_PENDING)
		return v->reason;
	snprintf(text, VERDICT_REASON_SIZE, "%s; an earlier answer was lost%s", v->reason,
	         v->outcome == OUTCOME_NOT_REGISTERED
	                 ? ": that request may have deregistered the device"
	                 : "");
	return text;
}

void
verdict_count(struct verdict_tally *t, enum outcome outcome, bool missing)
{
	t->unknown = t->unknown || outcome == OUTCOME_UNKNOWN;
	t->waits = t->waits || (outcome == OUTCOME_PENDING && !missing);
	t->pending = t->pending || missing || outcome == OUTCOME_PENDING;
	if (outcome == OUTCOME_PENDING)
		return;
	t->decided[outcome]++;
	t->answered++;
	t->failed += outcome_is_good(outcome) ? 0 : 1;
}
