/* The table of exit codes, in the order in which they win, and the rules that choose one. */
#include "partner/app/exit_code.h"

#include <stdio.h>

#include "common/log.h"

/* The first row that applies wins. */
static const struct {
	int code[2];
	const char *shown, *meaning;
} meanings[] = {
	{{EXIT_CODE_UNUSABLE},
         "2",
         "usage, configuration or list unusable, or no ledger (\"unpilot init\"): nothing sent"},
	{{EXIT_CODE_DENIED}, "3", "certificate, key or token refused: nothing (more) sent"},
	{{EXIT_CODE_LOCKED}, "11", "another run holds the lock: nothing sent"},
	{{EXIT_CODE_GUARD}, "4", "a safety guard stopped the run"},
	{{EXIT_CODE_SIGINT, EXIT_CODE_SIGTERM},
         "130, 143",
         "stopped by a signal; the ledger is consistent, \"resume\" goes on"},
	{{EXIT_CODE_DURATION}, "10", "--max-duration reached; \"resume\" goes on"},
	{{EXIT_CODE_UNREACHABLE}, "5", "service unreachable or throttling, retries used up"},
	{{EXIT_CODE_UNWRITTEN},
         "7",
         "outcomes are in the ledger, but packs, reports, log or metrics could not be written; "
         "\"resume\" writes them"},
	{{EXIT_CODE_OPEN}, "6", "some outcomes pending or unknown"},
	{{EXIT_CODE_SOME},
         "1",
         "finished; some devices were not deregistered, or rows were rejected"},
	{{EXIT_CODE_OK}, "0", "every row of every list is deregistered or not-registered"},
};

void
exit_code_print(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++)
		printf("  %-9s %s\n", meanings[i].shown, meanings[i].meaning);
}

int
exit_code_unusable(const struct error *err)
{
	log_error("%s", err->text);
	return EXIT_CODE_UNUSABLE;
}

int
exit_code_worse(int a, int b)
{
	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++)
		for (size_t k = 0; k < ARRAY_SIZE(meanings[i].code); k++) {
			int code = meanings[i].code[k];
			if (code != EXIT_CODE_OK && (code == a || code == b))
				return code;
		}
	return EXIT_CODE_OK;
}

bool
exit_code_finished(int code)
{
	return code == EXIT_CODE_OK || code == EXIT_CODE_SOME;
}

bool
exit_code_open(const int64_t counts[static OUTCOME_COUNT])
{
	return counts[OUTCOME_PENDING] + counts[OUTCOME_UNKNOWN] + counts[OUTCOME_NOT_SENT] > 0;
}

static int
counts_code(const int64_t counts[static OUTCOME_COUNT])
{
	if (counts[OUTCOME_ALARM] > 0)
		return EXIT_CODE_GUARD;
	if (counts[OUTCOME_PENDING] > 0 || counts[OUTCOME_UNKNOWN] > 0)
		return EXIT_CODE_OPEN;
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		if (counts[o] > 0 && !outcome_is_good(o))
			return EXIT_CODE_SOME;
	return EXIT_CODE_OK;
}

int
exit_code_of(const struct engine_result *result, const int64_t counts[static OUTCOME_COUNT])
{
	if (result == NULL)
		return counts_code(counts);
	switch (result->stop) {
	case ENGINE_STOP_DENIED: return EXIT_CODE_DENIED;
	case ENGINE_STOP_FAILING:
	case ENGINE_STOP_GUARD: return EXIT_CODE_GUARD;
	case ENGINE_STOP_SIGNAL: return exit_code_worse(128 + result->signal, counts_code(counts));
	case ENGINE_STOP_DURATION:
		return exit_code_open(counts)
		               ? exit_code_worse(EXIT_CODE_DURATION, counts_code(counts))
		               : counts_code(counts); /* the time was just enough */
	case ENGINE_STOP_UNANSWERED: return exit_code_worse(EXIT_CODE_OPEN, counts_code(counts));
	case ENGINE_STOP_UNREACHABLE:
		return exit_code_worse(EXIT_CODE_UNREACHABLE, counts_code(counts));
	case ENGINE_STOP_NONE:
	case ENGINE_STOP_COUNT: break;
	}
	return counts_code(counts);
}

int
exit_code_of_plan(const int64_t counts[static OUTCOME_COUNT])
{
	return counts[OUTCOME_REJECTED] > 0 ? EXIT_CODE_SOME : EXIT_CODE_OK;
}

int
exit_code_written(int code)
{
	if (fflush(stdout) != 0 || ferror(stdout) != 0) {
		clearerr(stdout);
		log_error("cannot write to standard output");
		code = exit_code_worse(code, EXIT_CODE_UNWRITTEN);
	}
	return log_is_incomplete() ? exit_code_worse(code, EXIT_CODE_UNWRITTEN) : code;
}
