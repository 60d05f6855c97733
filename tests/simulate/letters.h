/*
 * Letters, in one world of four: the operator writes them, customers answer their steps, and with
 * "letter = require" a device leaves only after its answers. A model of its own says which device is ready.
 */
#ifndef TESTS_SIMULATE_LETTERS_H
#define TESTS_SIMULATE_LETTERS_H

#include <stdbool.h>
#include <stdint.h>

#define ADDRESSED_MAX 2000
#define LETTER_STEPS_MAX 16 /* of a device */

/* A device of a letter. Its number in the ledger grows with every letter. */
struct addressed {
	int64_t row;
	int device, customer;
	int64_t started;
	bool written; /* the ledger says that its packs are there */
	int steps;    /* 0: the letter has not been read */
	char step[LETTER_STEPS_MAX][8], kind[LETTER_STEPS_MAX][8];
	unsigned answered; /* by its receipts, as bits */
};

/* Call at the begin of a world, before the configuration is written. dir is borrowed. */
void letters_begin(const char *dir, uint64_t seed);
/* The devices of all letters, in the order of their rows. */
const struct addressed *letters_known(int i);
int letters_find(int64_t row); /* -1: none */
/* The customer has steps to answer: neither a later letter nor a deregistration has taken the letter's place. */
bool letters_want_answers(int i);
/* Answers letters with "close". */
void letters_answer(uint64_t *rng);
/* A POST with this body is about to start: each device that it names for the first time must be ready. */
void judge_letters_start(const char *body);
/* Compares letters, answers and waiting rows in the ledger with the model. */
void judge_letters(bool quiet);

#endif
