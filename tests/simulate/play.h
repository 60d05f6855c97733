/*
 * Plays a command of the program in a child of this process, then judges its end, the ledger and the
 * packs. The child shares the world; it may die at the crash point that world->crash_in names.
 */
#ifndef TESTS_SIMULATE_PLAY_H
#define TESTS_SIMULATE_PLAY_H

#include <stdbool.h>
#include <stdint.h>

#define PLAY_CRASHED 137 /* instead of an exit code */

/* For all commands until the next call: the directory of the world, and the operator's random numbers. Both
 * are borrowed. */
void play_in(const char *dir, uint64_t *rng);
/* On a server: other commands that start during the next play(), each after this number of its turns. choose()
 * returns the command, and sets its options in the world. */
struct company {
	int count;
	int64_t turns[2];
	const char *(*choose)(void);
};
void play_in_company(const struct company *c);
/* Words that blanks separate. quiet: everything had time to settle. Returns the exit code. */
int play(bool quiet, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "init", with the ledger that an earlier world got from it. */
void play_init_from_template(void);

#endif
