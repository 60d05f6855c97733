/* A hash set with open addressing that keeps 32 bits of each identity instead of the whole. When it is
 * full, its marks move into a Bloom filter whose bits of one key lie in one cache line. */
#include "partner/ledger/dedup.h"

#include <stdlib.h>

#include "common/alloc.h"

/* 21 bits of the mixed hash choose the slot, 32 others are kept there: 8 MiB in all. */
#define SLOTS ((size_t)1 << 21)
_Static_assert(DEDUP_ROOM <= SLOTS / 4 * 3, "a fuller table makes probing slow");

/* 12 MiB, which are ten bits for each of ten million rows. */
#define LINES ((size_t)3 << 16)
#define KEY_BITS 5 /* more would fill the filter sooner than ten million rows do */

struct line {
	uint64_t word[8];
};
_Static_assert(sizeof(struct line) == 64, "a cache line");

struct dedup {
	uint32_t *mark; /* SLOTS; 0: free. NULL: the filter has taken over */
	size_t marked;
	struct line *filter; /* LINES, or NULL */
	int64_t *repeated;
	size_t count, room;
	bool too_many;
};

struct dedup *
dedup_new(void)
{
	struct dedup *d = xcalloc(1, sizeof(*d));

	d->mark = xcalloc(SLOTS, sizeof(*d->mark));
	return d;
}

void
dedup_free(struct dedup *d)
{
	if (d == NULL)
		return;
	free(d->mark);
	free(d->filter);
	free(d->repeated);
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

static struct line *
line_of(const struct dedup *d, uint32_t mark)
{
	return &d->filter[((uint64_t)mark * LINES) >> 32];
}

/* The mark is all that the table knew, so it decides alone. */
static bool
filter_is_new(struct dedup *d, uint32_t mark)
{
	struct line *line = line_of(d, mark);
	uint64_t bits = mix(mark);
	bool new = false;

	for (int i = 0; i < KEY_BITS; i++, bits >>= 9) {
		uint64_t *word = &line->word[bits >> 6 & 7], bit = (uint64_t)1 << (bits & 63);

		new = new || (*word & bit) == 0;
		*word |= bit;
	}
	return new;
}

static void
move_to_filter(struct dedup *d)
{
	d->filter = xcalloc(LINES, sizeof(*d->filter));
	for (size_t i = 0; i < SLOTS; i++)
		if (d->mark[i] != 0)
			filter_is_new(d, d->mark[i]);
	free(d->mark);
	d->mark = NULL;
}

void
dedup_prefetch(const struct dedup *d, int64_t ident)
{
	uint64_t hash = mix((uint64_t)ident);

	if (d->mark != NULL)
		__builtin_prefetch(&d->mark[slot_of(hash)], 1);
	else
		__builtin_prefetch(line_of(d, mark_of(hash)), 1);
}

static bool
table_is_new(struct dedup *d, uint64_t hash)
{
	size_t at = slot_of(hash);

	for (; d->mark[at] != 0; at = (at + 1) % SLOTS)
		if (d->mark[at] == mark_of(hash))
			return false;
	d->mark[at] = mark_of(hash);
	if (++d->marked == DEDUP_ROOM)
		move_to_filter(d);
	return true;
}

static void
report(struct dedup *d, int64_t ident)
{
	if (d->count == DEDUP_MAX) {
		d->too_many = true;
		return;
	}
	if (d->count == d->room) {
		d->room = d->room == 0 ? 64 : d->room * 2;
		d->repeated = xreallocarray(d->repeated, d->room, sizeof(*d->repeated));
	}
	d->repeated[d->count++] = ident;
}

void
dedup_add(struct dedup *d, int64_t ident)
{
	uint64_t hash = mix((uint64_t)ident);

	if (d->too_many)
		return;
	if (!(d->mark != NULL ? table_is_new(d, hash) : filter_is_new(d, mark_of(hash))))
		report(d, ident);
}

bool
dedup_repeated(const struct dedup *d, const int64_t **ret, size_t *ret_count)
{
	*ret = d->repeated;
	*ret_count = d->count;
	return !d->too_many;
}
