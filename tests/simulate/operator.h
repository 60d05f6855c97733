/* The operator of a simulated world: writes configuration and lists, and gives commands, wise and unwise. */
#ifndef TESTS_SIMULATE_OPERATOR_H
#define TESTS_SIMULATE_OPERATOR_H

#include <stdint.h>

void operator_begin(uint64_t seed, const char *dir, int said_to);
void operator_night(uint64_t seed, int night);
/* Calm weather and time enough: everything must settle. */
void operator_quiet(uint64_t seed);

#endif
