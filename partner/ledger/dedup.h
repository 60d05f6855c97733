/*
 * Finds the identities (64-bit hashes) of a run that occur more than once, so that a run without
 * duplicates, the usual case, needs no sorting. Reports every duplicate and some identities that occur
 * once, so the caller compares the rows themselves: one in a thousand runs of a million rows, one in
 * 200 rows of ten million. Owns its memory: 8 MiB, 12 MiB beyond DEDUP_ROOM, and 8 bytes for each
 * identity that is reported.
 */
#ifndef PARTNER_LEDGER_DEDUP_H
#define PARTNER_LEDGER_DEDUP_H

#include "common/base.h"

/* Different identities of which it keeps 52 bits each: a million and a half. Beyond, it keeps ten. */
#define DEDUP_ROOM (3 << 19)
/* Duplicates, counting each repetition. Beyond, dedup_repeated() returns false, and the caller sorts in
 * the database. A run of thirteen million rows reaches it. */
#define DEDUP_MAX (1 << 17)

struct dedup;

struct dedup *dedup_new(void);
void dedup_free(struct dedup *d); /* accepts NULL */
void dedup_add(struct dedup *d, int64_t ident);
/* Fetches the memory that dedup_add() of the same identity will need, while other work goes on. */
void dedup_prefetch(const struct dedup *d, int64_t ident);
/* *ret: the duplicates, valid until the next dedup_add(). false: there are more. */
bool dedup_repeated(const struct dedup *d, const int64_t **ret, size_t *ret_count);

#endif
