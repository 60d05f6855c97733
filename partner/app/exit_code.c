/* The table of exit codes, in the order in which they win, and the rules that choose one. */
#include "partner/app/exit_code.h"

#include <stdio.h>

#include "common/log.h"
#include "partner/app/next_step.h"

/* The first row that applies wins. next: the command that a person types next (next_step.h). */
static const struct {
	int code[2];
	const char *shown, *meaning, *next;
} meanings[] = {
	{.code = {EXIT_CODE_UNUSABLE},
         .shown = "2",
         .meaning = "usage, configuration or list unusable, or no ledger (\"unpilot init\"): "
                    "nothing sent",
         .next = "doctor"},
	{.code = {EXIT_CODE_DENIED},
         .shown = "3",
         .meaning = "certificate, key or token refused: nothing (more) sent",
         .next = "doctor"},
	{.code = {EXIT_CODE_LOCKED},
         .shown = "11",
         .meaning = "another run holds the lock: nothing sent",
         .next = NEXT_STEP_SAME " --lock-wait=1h"},
	{.code = {EXIT_CODE_GUARD},
         .shown = "4",
         .meaning = "a safety guard stopped the run",
         .next = "status " NEXT_STEP_RUN},
	{.code = {EXIT_CODE_SIGINT, EXIT_CODE_SIGTERM},
         .shown = "130, 143",
         .meaning = "stopped by a signal; the ledger is consistent, \"resume\" goes on",
         .next = "resume " NEXT_STEP_RUN},
	{.code = {EXIT_CODE_DURATION},
         .shown = "10",
         .meaning = "--max-duration reached; \"resume\" goes on",
         .next = "resume " NEXT_STEP_RUN},
	{.code = {EXIT_CODE_UNREACHABLE},
         .shown = "5",
         .meaning = "service unreachable or throttling, retries used up",
         .next = "resume " NEXT_STEP_RUN},
	{.code = {EXIT_CODE_UNWRITTEN},
         .shown = "7",
         .meaning = "outcomes are in the ledger, but packs, reports, log or metrics could not be "
                    "written; \"resume\" writes them",
         .next = "resume " NEXT_STEP_RUN},
	{.code = {EXIT_CODE_OPEN},
         .shown = "6",
         .meaning =
                 "some outcomes pending or unknown, a look-up incomplete, or devices that wait for "
                 "their customers",
         .next = "resume " NEXT_STEP_RUN},
	{.code = {EXIT_CODE_SOME},
         .shown = "1",
         .meaning = "finished; some devices were not deregistered, or rows were rejected",
         .next = "status " NEXT_STEP_RUN},
	{.code = {EXIT_CODE_OK},
         .shown = "0",
         .meaning = "every row of every list is deregistered or not-registered"},
};

void
exit_code_next(int code)
{
	for (size_t i = 0; code != EXIT_CODE_OK && i < ARRAY_SIZE(meanings); i++)
		if (meanings[i].code[0] == code || meanings[i].code[1] == code)
			next_step_print(code, meanings[i].next);
}

const char *
exit_code_meaning(int code)
{
	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++)
		if (meanings[i].code[0] == code ||
		    (code != EXIT_CODE_OK && meanings[i].code[1] == code))
			return meanings[i].meaning;
	return "";
}

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

void
exit_code_output_failed(const char *text)
{
	static bool printed;

	if (!printed)
		log_error("%s", text);
	printed = true;
}

int
exit_code_written(int code)
{
	if (fflush(stdout) != 0 || ferror(stdout) != 0) {
		clearerr(stdout);
		exit_code_output_failed("cannot write to standard output");
		code = exit_code_worse(code, EXIT_CODE_UNWRITTEN);
	}
	return log_is_incomplete() ? exit_code_worse(code, EXIT_CODE_UNWRITTEN) : code;
}
