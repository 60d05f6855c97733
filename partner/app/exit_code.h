/*
 * The exit codes (unpilot(1), EXIT STATUS). If several apply, the first one in the table of
 * exit_code.c wins.
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
	EXIT_CODE_UNWRITTEN = 7,
	EXIT_CODE_DURATION = 10,
	EXIT_CODE_LOCKED = 11,
	EXIT_CODE_SIGINT = 130,
	EXIT_CODE_SIGTERM = 143,
};

/* From the end of the engine and the outcomes of the rows. result NULL: there was nothing to send. */
int exit_code_of(const struct engine_result *result, const int64_t counts[static OUTCOME_COUNT]);
/* A plan is good if no row was rejected. */
int exit_code_of_plan(const int64_t counts[static OUTCOME_COUNT]);
/* The run reached its end; each row that was not deregistered has its reason. */
bool exit_code_finished(int code);
/* Some rows are left for `resume`. */
bool exit_code_open(const int64_t counts[static OUTCOME_COUNT]);
/* Prints the error. Returns EXIT_CODE_UNUSABLE. */
int exit_code_unusable(const struct error *err);
/* The code that comes first in the table. */
int exit_code_worse(int a, int b);
/* Prints the error about standard output, unless the process has printed one already. */
void exit_code_output_failed(const char *text);
/* Flushes standard output. The code is at least 7 if that fails, or if the log lacks a line. */
int exit_code_written(int code);
const char *exit_code_meaning(int code); /* of the table; "" for another code */
void exit_code_print(void);              /* the table, for --help */
/* Prints the next step after an end other than 0, as a command that can be pasted. */
void exit_code_next(int code);

#endif
