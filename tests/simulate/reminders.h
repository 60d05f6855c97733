/*
 * Reminders, in half of the worlds with letters: the operator runs "letter --remind", sends the mails and removes them. A
 * model of its own says who is due.
 */
#ifndef TESTS_SIMULATE_REMINDERS_H
#define TESTS_SIMULATE_REMINDERS_H

#include <stdbool.h>
#include <stdint.h>

/* Call at the begin of a world, after letters_begin(). dir is borrowed. */
void reminders_begin(const char *dir, uint64_t seed);
/* Reminders are written in this world. */
bool reminders_are_played(void);
/* Plays "letter --remind". */
void reminders_write(uint64_t *rng);
/* Compares mails and the ledger's notes of them with the model. */
void judge_reminders(void);

#endif
