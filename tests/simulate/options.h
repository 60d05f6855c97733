/*
 * Operators who use every option of "resume", in worlds with `world->wide`.
 */
#ifndef TESTS_SIMULATE_OPTIONS_H
#define TESTS_SIMULATE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/simulate/world.h"

/* Call at the begin of a world. dir is borrowed. */
void options_begin(const char *dir, uint64_t seed);
/* Writes more options of "run" or "plan" for the list into dst; "": none. */
void options_for_run(struct list *l, bool plan, char *dst, size_t size);
/* Plays "resume" with options of every kind, for all open runs or one. */
void options_resume(void);
/* Resumes with all options that let devices through until nothing is open, and judges that. */
void options_finish(void (*clear_alarm)(void), bool (*is_settled)(void));

#endif
