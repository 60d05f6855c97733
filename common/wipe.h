/*
 * Erases secrets from memory. The compiler may not drop the call, as it may drop memset() before
 * free().
 */
#ifndef COMMON_WIPE_H
#define COMMON_WIPE_H

#include <string.h>

#include "common/base.h"

static inline void
wipe(void *data, size_t len)
{
	explicit_bzero(data, len);
}

#endif
