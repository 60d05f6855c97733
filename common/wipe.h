/*
 * Erases secrets from memory. The compiler may not drop the call, as it may drop memset() before
 * free().
 */
#ifndef COMMON_WIPE_H
#define COMMON_WIPE_H

#include <stdlib.h>
#include <string.h>

#include "common/base.h"

static inline void
wipe(void *data, size_t len)
{
	explicit_bzero(data, len);
}

/* For a secret on the heap. const: some owners only lend it read-only. Accepts NULL. */
static inline void
wipe_and_free(const char *text)
{
	void *data = (void *)(uintptr_t)text;

	if (text != NULL)
		wipe(data, strlen(text));
	free(data);
}

#endif
