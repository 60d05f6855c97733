/*
 * Which identities (hashes) of a run may have come before: so that a run whose rows all differ, as
 * most do, need not be sorted to know it. Owns its memory, which does not grow with the list: marks
 * that err on the one side alone, and the identities that were taken for repeated.
 */
#ifndef PARTNER_LEDGER_DEDUP_H
#define PARTNER_LEDGER_DEDUP_H

#include "common/base.h"

#define SEEN_ROOM (3 << 19) /* different ones: a million and a half */
#define SEEN_MAX 4096       /* repeated ones that are named */
/* Beyond either, the engine finds the repeated ones by sorting. */

struct seen;

struct seen *seen_new(void);
void seen_free(struct seen *s); /* accepts NULL */
void seen_add(struct seen *s, int64_t ident);
/* It will be added soon: its part of memory is fetched while other work goes on. */
void seen_expect(const struct seen *s, int64_t ident);
/* All that stand more than once are among them, and now and then another one. false: too many. */
bool seen_repeated(const struct seen *s, const int64_t **ret, size_t *ret_count);

#endif
