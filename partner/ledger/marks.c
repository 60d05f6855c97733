/* Collects marks as texts of nine characters: five of the hash, four of the row. */
#include "partner/ledger/marks.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/text.h"

#define ENTRY 9 /* characters */
#define VALUE_CHARACTERS 5
#define DIGIT_BITS 6
#define DIGIT_MASK 63U
#define VALUE_MASK ((1U << (VALUE_CHARACTERS * DIGIT_BITS)) - 1)
#define BYTES_MAX ((size_t)2 * 1024 * 1024)
_Static_assert(MARKS_DEVICE_BUCKETS == DIGIT_MASK + 1, "the bucket takes six bits of the hash");
_Static_assert((1U << ((ENTRY - VALUE_CHARACTERS) * DIGIT_BITS)) - 1 == MARKS_OFFSET_MAX,
               "an offset fits into its characters");

struct marks {
	int64_t first; /* the row that offsets count from; 0: no row yet */
	size_t bytes;
	struct buf part[MARKS_BUCKETS];
};

struct marks *
marks_new(void)
{
	struct marks *m = xcalloc(1, sizeof(*m));

	for (size_t i = 0; i < MARKS_BUCKETS; i++)
		buf_init(&m->part[i], BYTES_MAX + ENTRY);
	return m;
}

void
marks_free(struct marks *m)
{
	for (size_t i = 0; m != NULL && i < MARKS_BUCKETS; i++)
		buf_release(&m->part[i]);
	free(m);
}

/* 64-bit FNV-1a without the case of ASCII letters. */
static struct mark
mark_of(const char *text)
{
	uint64_t h = TEXT_HASH_START;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)text_lower(*text)) * 1099511628211ULL;
	h ^= h >> 32; /* its lower bits depend on the lower bits of each byte only */
	return (struct mark){.bucket = h & DIGIT_MASK, .value = (h >> DIGIT_BITS) & VALUE_MASK};
}

struct mark
mark_of_device(const char *serial_or_pkid)
{
	return mark_of(serial_or_pkid);
}

struct mark
mark_of_ticket(const char *ticket)
{
	struct mark m = mark_of(ticket);

	m.bucket += MARKS_DEVICE_BUCKETS;
	return m;
}

/* All characters are printable ASCII without quotes. */
static void
put_number(char *dst, size_t characters, uint32_t n)
{
	for (size_t i = 0; i < characters; i++, n >>= DIGIT_BITS)
		dst[i] = (char)('0' + (n & DIGIT_MASK));
}

static uint32_t
get_number(const char *src, size_t characters)
{
	uint32_t n = 0;

	for (size_t i = characters; i > 0; i--)
		n = n << DIGIT_BITS | ((uint32_t)(src[i - 1] - '0') & DIGIT_MASK);
	return n;
}

static void
add(struct marks *m, struct mark mark, uint32_t offset)
{
	char entry[ENTRY];

	put_number(entry, VALUE_CHARACTERS, mark.value);
	put_number(entry + VALUE_CHARACTERS, ENTRY - VALUE_CHARACTERS, offset);
	buf_add(&m->part[mark.bucket], entry, ENTRY);
	m->bytes += ENTRY;
}

bool
marks_add(struct marks *m, int64_t row, const char *serial, const char *pkid, const char *ticket)
{
	if (m->first == 0)
		m->first = row;
	if (m->bytes + 3 * (size_t)ENTRY > BYTES_MAX || row - m->first > MARKS_OFFSET_MAX)
		return false;
	if (serial[0] != '\0')
		add(m, mark_of_device(serial), (uint32_t)(row - m->first));
	if (pkid[0] != '\0')
		add(m, mark_of_device(pkid), (uint32_t)(row - m->first));
	if (ticket[0] != '\0')
		add(m, mark_of_ticket(ticket), (uint32_t)(row - m->first));
	return true;
}

int
marks_flush(struct marks *m, marks_part_fn *fn, void *ctx, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < MARKS_BUCKETS && rc == 0; i++) {
		if (m->part[i].len > 0)
			rc = fn(ctx, i, m->first, m->part[i].data, err);
		buf_reset(&m->part[i]);
	}
	m->first = 0;
	m->bytes = 0;
	return rc;
}

size_t
marks_count(const char *part)
{
	return strlen(part) / ENTRY;
}

struct mark_entry
marks_entry(const char *part, size_t i)
{
	const char *at = part + i * ENTRY;

	return (struct mark_entry){
		.value = get_number(at, VALUE_CHARACTERS),
		.offset = get_number(at + VALUE_CHARACTERS, ENTRY - VALUE_CHARACTERS),
	};
}

/* ---- sets ---- */

#define SLOTS_FIRST 1024
#define SLOT_FILLED (VALUE_MASK + 1) /* makes every value differ from a free slot */

static size_t
slot_of(const struct mark_set *s, uint32_t value)
{
	size_t at = value & (s->slots - 1);

	while (s->slot[at] != 0 && s->slot[at] != (value | SLOT_FILLED))
		at = (at + 1) & (s->slots - 1);
	return at;
}

static void
grow(struct mark_set *s)
{
	struct mark_set larger = {.slots = s->slots == 0 ? SLOTS_FIRST : s->slots * 2};

	larger.slot = xcalloc(larger.slots, sizeof(*larger.slot));
	for (size_t i = 0; i < s->slots; i++)
		if (s->slot[i] != 0)
			mark_set_add(&larger, s->slot[i] & VALUE_MASK);
	free(s->slot);
	*s = larger;
}

void
mark_set_add(struct mark_set *s, uint32_t value)
{
	size_t at;

	if (s->count * 4 >= s->slots)
		grow(s);
	at = slot_of(s, value);
	s->count += s->slot[at] == 0;
	s->slot[at] = value | SLOT_FILLED;
}

bool
mark_set_has(const struct mark_set *s, uint32_t value)
{
	return s->slots > 0 && s->slot[slot_of(s, value)] != 0;
}

void
mark_set_release(struct mark_set *s)
{
	free(s->slot);
	*s = (struct mark_set){0};
}
