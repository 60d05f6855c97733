#include "partner/ledger/seen.h"

#include <stdlib.h>

#include "common/alloc.h"

/* A Bloom filter in blocks of one cache line each: 32 bits a row at a million rows of one name, and
 * then one of some ten thousand is taken for repeated that is not. */
#define LINE_WORDS 8
#define LINES ((size_t)1 << 16) /* 4 MiB */
#define BITS 7                  /* set for an identity; nine bits of a hash choose each */

struct seen {
	uint64_t line[LINES][LINE_WORDS];
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

static uint64_t *
line_of(struct seen *s, uint64_t where)
{
	return s->line[where % LINES];
}

void
seen_expect(struct seen *s, int64_t ident)
{
	__builtin_prefetch(line_of(s, stir((uint64_t)ident)), 1);
}

void
seen_add(struct seen *s, int64_t ident)
{
	uint64_t where = stir((uint64_t)ident), which = stir(where);
	uint64_t *line = line_of(s, where);
	bool known = true;

	for (int i = 0; i < BITS; i++, which >>= 9) {
		uint64_t bit = (uint64_t)1 << (which & 63);
		uint64_t *word = &line[(which >> 6) % LINE_WORDS];
		known = known && (*word & bit) != 0;
		*word |= bit;
	}
	if (!known || s->too_many)
		return;
	if (s->count == SEEN_MAX)
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
