#include "partner/cli/exits.h"

#include <stdio.h>

static const struct {
	const char *code, *meaning;
} meanings[] = {
	{"2", "usage, configuration or list unusable: nothing sent"},
	{"3", "certificate, key or token refused: nothing (more) sent"},
	{"11", "another run holds the lock: nothing sent"},
	{"4", "a safety guard stopped the run"},
	{"130, 143", "stopped by a signal; the ledger is consistent, \"resume\" goes on"},
	{"5", "service unreachable or throttling, retries used up"},
	{"6", "some outcomes pending or unknown"},
	{"1", "finished; some devices were not deregistered, or rows were rejected"},
	{"0", "every row of every list is deregistered or not-registered"},
};

void
exits_print(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++)
		printf("  %-9s %s\n", meanings[i].code, meanings[i].meaning);
}

static int
counts_code(const int64_t counts[static OUTCOME_COUNT])
{
	if (counts[OUTCOME_ALARM] > 0)
		return EXITS_GUARD;
	if (counts[OUTCOME_PENDING] > 0 || counts[OUTCOME_UNKNOWN] > 0)
		return EXITS_OPEN;
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		if (counts[o] > 0 && !outcome_is_good(o))
			return EXITS_SOME;
	return EXITS_OK;
}

int
exits_code(const struct engine_result *result, const int64_t counts[static OUTCOME_COUNT])
{
	if (result == NULL)
		return counts_code(counts);
	switch (result->stop) {
	case ENGINE_STOP_DENIED: return EXITS_DENIED;
	case ENGINE_STOP_GUARD: return EXITS_GUARD;
	case ENGINE_STOP_SIGNAL: return 128 + result->signal;
	case ENGINE_STOP_UNREACHABLE:
		return counts[OUTCOME_ALARM] > 0 ? EXITS_GUARD : EXITS_UNREACHABLE;
	case ENGINE_STOP_NONE:
	case ENGINE_STOP_COUNT: break;
	}
	return counts_code(counts);
}

int
exits_plan_code(const int64_t counts[static OUTCOME_COUNT])
{
	return counts[OUTCOME_REJECTED] > 0 ? EXITS_SOME : EXITS_OK;
}
