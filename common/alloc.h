/*
 * Allocation that cannot fail: without memory the program ends with a message and exit status 71
 * (EX_OSERR). The ledger makes it safe to die at any instruction, so no other module handles a
 * failed allocation. The caller owns the result and releases it with free().
 * libxml2, libxslt, OpenSSL, libcurl and cJSON get these functions, too: without memory some of
 * them leave out a part of the result, report another error, or crash. SQLite handles it well.
 */
#ifndef COMMON_ALLOC_H
#define COMMON_ALLOC_H

#include "common/base.h"

NORETURN void alloc_failed(void); /* also for an allocation that failed inside a library */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *old, size_t count, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t max);
char *xasprintf(const char *format, ...) PRINTFLIKE(1, 2);

#endif
