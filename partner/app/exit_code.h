/*
 * Exit codes (design, section 4) in their order: the highest applying row wins.
 */
#ifndef PARTNER_APP_EXIT_CODE_H
#define PARTNER_APP_EXIT_CODE_H

#include "partner/engine/engine.h"
#include "partner/vocabulary.h"

enum exit_code {
	EXIT_CODE_OK = 0,
	EXIT_CODE_SOME = 1,
	EXIT_CODE_UNUSABLE = 2,
	EXIT_CODE_DENIED = 3,
	EXIT_CODE_GUARD = 4,
	EXIT_CODE_UNREACHABLE = 5,
	EXIT_CODE_OPEN = 6,
	EXIT_CODE_DURATION = 10,
	EXIT_CODE_LOCKED = 11,
	EXIT_CODE_SIGINT = 130,
	EXIT_CODE_SIGTERM = 143,
};

/* From how the engine ended and what the rows came to. result NULL: nothing was to be sent. */
int exit_code_of(const struct engine_result *result, const int64_t counts[static OUTCOME_COUNT]);
/* A plan is good where no row was rejected. */
int exit_code_of_plan(const int64_t counts[static OUTCOME_COUNT]);
/* A run with this code came to its end: rows that were not deregistered have their reasons. */
bool exit_code_finished(int code);
/* Something is left for `resume`. */
bool exit_code_open(const int64_t counts[static OUTCOME_COUNT]);
/* Says what is wrong. EXIT_CODE_UNUSABLE. */
int exit_code_unusable(const struct error *err);
/* The one that stands higher in the list. */
int exit_code_worse(int a, int b);
/* What could not be written to standard output is no good end. Says so once. */
int exit_code_flushed(int code);
void exit_code_print(void);

#endif
