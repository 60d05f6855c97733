#include "partner/app/exit_code.h"

#include <stdio.h>

#include "common/log.h"

/* In the order of the design: the highest row that applies wins. */
static const struct {
	int code[2];
	const char *shown, *meaning;
} meanings[] = {
	{{EXITS_UNUSABLE}, "2", "usage, configuration or list unusable: nothing sent"},
	{{EXITS_DENIED}, "3", "certificate, key or token refused: nothing (more) sent"},
	{{EXITS_LOCKED}, "11", "another run holds the lock: nothing sent"},
	{{EXITS_GUARD}, "4", "a safety guard stopped the run"},
	{{EXITS_SIGINT, EXITS_SIGTERM},
         "130, 143",
         "stopped by a signal; the ledger is consistent, \"resume\" goes on"},
	{{EXITS_DURATION}, "10", "--max-duration reached; \"resume\" goes on"},
	{{EXITS_UNREACHABLE}, "5", "service unreachable or throttling, retries used up"},
	{{EXITS_OPEN}, "6", "some outcomes pending or unknown"},
	{{EXITS_SOME}, "1", "finished; some devices were not deregistered, or rows were rejected"},
	{{EXITS_OK}, "0", "every row of every list is deregistered or not-registered"},
};

void
exits_print(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++)
		printf("  %-9s %s\n", meanings[i].shown, meanings[i].meaning);
}

int
exits_unusable(const struct error *err)
{
	log_error("%s", err->text);
	return EXITS_UNUSABLE;
}

int
exits_worse(int a, int b)
{
	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++)
		for (size_t k = 0; k < ARRAY_SIZE(meanings[i].code); k++) {
			int code = meanings[i].code[k];
			if (code != EXITS_OK && (code == a || code == b))
				return code;
		}
	return EXITS_OK;
}

bool
exits_finished(int code)
{
	return code == EXITS_OK || code == EXITS_SOME;
}

bool
exits_open(const int64_t counts[static OUTCOME_COUNT])
{
	return counts[OUTCOME_PENDING] + counts[OUTCOME_UNKNOWN] + counts[OUTCOME_NOT_SENT] > 0;
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
	case ENGINE_STOP_FAILING:
	case ENGINE_STOP_GUARD: return EXITS_GUARD;
	case ENGINE_STOP_SIGNAL: return exits_worse(128 + result->signal, counts_code(counts));
	case ENGINE_STOP_DURATION:
		return exits_open(counts) ? exits_worse(EXITS_DURATION, counts_code(counts))
		                          : counts_code(counts); /* it was just enough */
	case ENGINE_STOP_UNREACHABLE: return exits_worse(EXITS_UNREACHABLE, counts_code(counts));
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

int
exits_flushed(int code)
{
	bool good = fflush(stdout) == 0 && ferror(stdout) == 0;

	if (good)
		return code;
	clearerr(stdout);
	log_error("cannot write to standard output");
	return code == EXITS_OK ? EXITS_SOME : code;
}
