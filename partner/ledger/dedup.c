#include "partner/ledger/dedup.h"

#include <stdlib.h>

#include "common/alloc.h"

/* 32 bits of a hash in the place that 21 others of it say, or behind it: a million identities come
 * to 8 MiB, and in one of some thousand such runs one is taken for repeated that is not. */
#define SLOTS ((size_t)1 << 21)
_Static_assert(SEEN_ROOM <= SLOTS / 4 * 3, "beyond, the way to a free place is long");

struct seen {
	uint32_t mark[SLOTS]; /* 0: free */
	size_t marked;
	int64_t repeated[SEEN_MAX];
	size_t count;
	bool too_many;
};

struct seen *
seen_new(void)
{
	return xcalloc(1, sizeof(struct seen));
}

void
seen_free(struct seen *s)
{
	free(s);
}

/* The identities are hashes, but not of one quality: every bit of them shall count (splitmix64). */
static uint64_t
stir(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static size_t
place_of(uint64_t hash)
{
	return hash % SLOTS;
}

static uint32_t
mark_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32) | 1; /* never that of a free place */
}

void
seen_expect(const struct seen *s, int64_t ident)
{
	__builtin_prefetch(&s->mark[place_of(stir((uint64_t)ident))], 1);
}

static bool
is_new(struct seen *s, uint64_t hash)
{
	size_t at = place_of(hash);

	for (; s->mark[at] != 0; at = (at + 1) % SLOTS)
		if (s->mark[at] == mark_of(hash))
			return false;
	s->mark[at] = mark_of(hash);
	s->marked++;
	return true;
}

void
seen_add(struct seen *s, int64_t ident)
{
	if (s->too_many)
		return;
	if (is_new(s, stir((uint64_t)ident)))
		s->too_many = s->marked == SEEN_ROOM;
	else if (s->count == SEEN_MAX)
		s->too_many = true;
	else
		s->repeated[s->count++] = ident;
}

bool
seen_repeated(const struct seen *s, const int64_t **ret, size_t *ret_count)
{
	*ret = s->repeated;
	*ret_count = s->count;
	return !s->too_many;
}
