/*
 * What the program must erase, and nothing else: runs that ended more than keep-days ago, and customers whom
 * the operator forgets.
 */
#ifndef TESTS_SIMULATE_ERASE_H
#define TESTS_SIMULATE_ERASE_H

#include <stdint.h>

/* Call at the begin of a world. dir is borrowed. */
void erase_begin(const char *dir, uint64_t seed);
/* Plays "forget" for a customer, and tries to apply a plan that had rows of one who was forgotten. */
void erase_customer(uint64_t *rng);
/* Call after each command, before the rows are judged: notes which rows are gone, and whether they may be. */
void judge_erased(void);
/* Afterwards: nothing of them is left, and what is too old is gone. code: of the command; -1: it crashed. */
void judge_leftovers(int code);

#endif
