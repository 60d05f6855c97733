/*
 * The reasons of held rows. A row that becomes held is noted while the ledger is read, and judged when all rows are
 * known.
 */
#ifndef TESTS_SIMULATE_HOLDS_H
#define TESTS_SIMULATE_HOLDS_H

#include "tests/simulate/world.h"

/* Call before the rows are read. */
void holds_begin(void);
/* The row is held since the command that has just ended. */
void holds_note(const struct list *l, int row, const char *reason);
/* Call when all rows are read. */
void judge_holds(void);
/* After --resend, --again, --moved and --not-ready nothing is open but rows whose answer contradicts itself. */
void judge_nothing_open(void);

#endif
