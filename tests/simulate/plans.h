/*
 * Chooses how a command ends: in good order, by a crash, with a full disk; and, on a shared ledger, who else works
 * meanwhile, on which machine, and when a worker is stopped. Every choice comes from *rng, or from the
 * seed and the number of the command.
 */
#ifndef TESTS_SIMULATE_PLANS_H
#define TESTS_SIMULATE_PLANS_H

#include <stdint.h>

/* Call at the begin of a world. companion() returns the command of another worker for a number from 0 to 9, and sets its
 * options in the world. */
void plans_begin(uint64_t seed, const char *(*companion)(int choice));
/* Call before each command of the operator. */
void plan_command(uint64_t *rng);
/* The same, on a shared ledger without other workers. */
void plan_command_alone(uint64_t *rng);
/* From now on commands end in good order, alone. */
void plans_end(void);

#endif
