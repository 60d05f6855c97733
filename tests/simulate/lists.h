/* The lists of a world, as files that the operator gives to commands. */
#ifndef TESTS_SIMULATE_LISTS_H
#define TESTS_SIMULATE_LISTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/simulate/world.h"

/* Call at the begin of a world. dir is borrowed. */
void lists_begin(const char *dir, uint64_t seed);
/* Writes another list. Returns its number, or -1 if there were enough. */
int lists_write(uint64_t *rng);
void lists_path(int list, char *dst, size_t size);
/* Another list with the same bytes was given. surely: and sent, and its run is in the ledger. */
bool lists_was_sent(const struct list *l, bool surely);

#endif
