/*
 * EXPECT(condition) for fuzz targets: aborts with condition and line if it is false.
 */
#ifndef TESTS_FUZZ_PROMISE_H
#define TESTS_FUZZ_PROMISE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define EXPECT(condition) \
	do { \
		if (!(condition)) \
			broken(#condition, __LINE__); \
	} while (0)

static inline void
broken(const char *promise, int line)
{
	fprintf(stderr, "broken promise, line %d: %s\n", line, promise);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
