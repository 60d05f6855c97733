/*
 * Exit codes (design, section 4) in their order: the highest applying row wins.
 */
#ifndef PARTNER_APP_EXIT_CODE_H
#define PARTNER_APP_EXIT_CODE_H

#include "partner/engine/engine.h"
#include "partner/vocabulary.h"

enum exits {
	EXITS_OK = 0,
	EXITS_SOME = 1,
	EXITS_UNUSABLE = 2,
	EXITS_DENIED = 3,
	EXITS_GUARD = 4,
	EXITS_UNREACHABLE = 5,
	EXITS_OPEN = 6,
	EXITS_DURATION = 10,
	EXITS_LOCKED = 11,
	EXITS_SIGINT = 130,
	EXITS_SIGTERM = 143,
};

/* From how the engine ended and what the rows came to. result NULL: nothing was to be sent. */
int exits_code(const struct engine_result *result, const int64_t counts[static OUTCOME_COUNT]);
/* A plan is good where no row was rejected. */
int exits_plan_code(const int64_t counts[static OUTCOME_COUNT]);
/* A run with this code came to its end: rows that were not deregistered have their reasons. */
bool exits_finished(int code);
/* Something is left for `resume`. */
bool exits_open(const int64_t counts[static OUTCOME_COUNT]);
/* Says what is wrong. EXITS_UNUSABLE. */
int exits_unusable(const struct error *err);
/* The one that stands higher in the list. */
int exits_worse(int a, int b);
/* What could not be written to standard output is no good end. Says so once. */
int exits_flushed(int code);
void exits_print(void);

#endif
