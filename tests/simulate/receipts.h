/*
 * Customers who answer the steps of their packs. The operator gives their receipts to "close", whole and
 * damaged ones. A model of its own says which answers the ledger must hold.
 */
#ifndef TESTS_SIMULATE_RECEIPTS_H
#define TESTS_SIMULATE_RECEIPTS_H

#include <stdint.h>

/* Call at the begin of a world. dir is borrowed. */
void receipts_forget(const char *dir);
/* Writes one to three receipts, and plays "close" with them. */
void receipts_close(uint64_t *rng);
/* Compares the answers in the ledger with the model. */
void judge_receipts(void);

#endif
