/* A hash set with open addressing that keeps 32 bits of each identity instead of the whole. */
#include "partner/ledger/dedup.h"

#include <stdlib.h>

#include "common/alloc.h"

/* 21 bits of the mixed hash choose the slot, 32 others are kept there: 8 MiB in all. */
#define SLOTS ((size_t)1 << 21)
_Static_assert(DEDUP_ROOM <= SLOTS / 4 * 3, "a fuller table makes probing slow");

struct dedup {
	uint32_t mark[SLOTS]; /* 0: free */
	size_t marked;
	int64_t repeated[DEDUP_MAX];
	size_t count;
	bool too_many;
};

struct dedup *
dedup_new(void)
{
	return xcalloc(1, sizeof(struct dedup));
}

void
dedup_free(struct dedup *d)
{
	free(d);
}

/* splitmix64. The identities are FNV hashes, whose bits are not of equal quality. */
static uint64_t
mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static size_t
slot_of(uint64_t hash)
{
	return hash % SLOTS;
}

static uint32_t
mark_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32) | 1; /* never 0, which means free */
}

void
dedup_prefetch(const struct dedup *d, int64_t ident)
{
	__builtin_prefetch(&d->mark[slot_of(mix((uint64_t)ident))], 1);
}

static bool
is_new(struct dedup *d, uint64_t hash)
{
	size_t at = slot_of(hash);

	for (; d->mark[at] != 0; at = (at + 1) % SLOTS)
		if (d->mark[at] == mark_of(hash))
			return false;
	d->mark[at] = mark_of(hash);
	d->marked++;
	return true;
}

void
dedup_add(struct dedup *d, int64_t ident)
{
	if (d->too_many)
		return;
	if (is_new(d, mix((uint64_t)ident)))
		d->too_many = d->marked == DEDUP_ROOM;
	else if (d->count == DEDUP_MAX)
		d->too_many = true;
	else
		d->repeated[d->count++] = ident;
}

bool
dedup_repeated(const struct dedup *d, const int64_t **ret, size_t *ret_count)
{
	*ret = d->repeated;
	*ret_count = d->count;
	return !d->too_many;
}
