/*
 * Finds the identities (64-bit hashes) of a run that occur more than once, so that a run without
 * duplicates, the usual case, needs no sorting. Reports every duplicate; in about one of a thousand
 * runs of a million rows it also reports an identity that occurs once, so the caller compares the
 * rows themselves. Owns its memory: 8 MiB, whatever the length of the list.
 */
#ifndef PARTNER_LEDGER_DEDUP_H
#define PARTNER_LEDGER_DEDUP_H

#include "common/base.h"

/* Beyond either limit dedup_repeated() returns false, and the caller sorts in the database. */
#define DEDUP_ROOM (3 << 19) /* different identities: a million and a half */
#define DEDUP_MAX 4096       /* duplicates, counting each repetition */

struct dedup;

struct dedup *dedup_new(void);
void dedup_free(struct dedup *d); /* accepts NULL */
void dedup_add(struct dedup *d, int64_t ident);
/* Fetches the memory that dedup_add() of the same identity will need, while other work goes on. */
void dedup_prefetch(const struct dedup *d, int64_t ident);
/* *ret: the duplicates, valid until the next dedup_add(). false: a limit was exceeded. */
bool dedup_repeated(const struct dedup *d, const int64_t **ret, size_t *ret_count);

#endif
