/*
 * Allocation that cannot fail: out of memory ends the program with a message
 * and exit status 71 (EX_OSERR). The ledger makes dying at any instruction
 * safe, so no other module carries an error path for it.
 * The caller owns what is returned and releases it with free().
 */
#ifndef COMMON_ALLOC_H
#define COMMON_ALLOC_H

#include "common/base.h"

NORETURN void alloc_failed(void); /* for a library's allocation that did */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *old, size_t count, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t max);
char *xasprintf(const char *format, ...) PRINTFLIKE(1, 2);

#endif
