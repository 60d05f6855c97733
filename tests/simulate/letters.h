/*
 * Letters, in one world of four: the operator writes them, customers answer their steps, and with
 * "letter = require" a device leaves only after its answers. A model of its own says which device is ready.
 */
#ifndef TESTS_SIMULATE_LETTERS_H
#define TESTS_SIMULATE_LETTERS_H

#include <stdbool.h>
#include <stdint.h>

/* Call at the begin of a world, before the configuration is written. dir is borrowed. */
void letters_begin(const char *dir, uint64_t seed);
/* Answers letters with "close". */
void letters_answer(uint64_t *rng);
/* A POST with this body is about to start: each device that it names for the first time must be ready. */
void judge_letters_start(const char *body);
/* Compares letters, answers and waiting rows in the ledger with the model. */
void judge_letters(bool quiet);

#endif
