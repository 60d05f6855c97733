/*
 * Marks: short hashes of serial numbers, PKIDs and tickets, with the numbers of their rows. They find
 * rows among millions, while the rows themselves have no index in random order. A mark may be equal by
 * chance or differ in case only, so the caller compares the rows that it leads to. Pure: the table
 * "mark" is in marks_table.c.
 */
#ifndef PARTNER_LEDGER_MARKS_H
#define PARTNER_LEDGER_MARKS_H

#include "common/base.h"
#include "common/error.h"
#include "partner/vocabulary.h"

#define MARKS_BUCKETS 128 /* the first half for devices, the second for tickets */
#define MARKS_DEVICE_BUCKETS (MARKS_BUCKETS / 2)
#define MARKS_OFFSET_MAX ((int64_t)0xffffff) /* rows of one part */

/* ---- collecting ---- */

struct marks;
struct marks *marks_new(void);
void marks_free(struct marks *m); /* accepts NULL */
/* Rows come in ascending order. false: it is full, flush it first. */
bool
marks_add(struct marks *m, int64_t row, const char *serial, const char *pkid, const char *ticket);
/* Receives a part: the marks of one bucket from the row `first` on. */
typedef int
marks_part_fn(void *ctx, size_t bucket, int64_t first, const char *part, struct error *err);
/* Delivers all parts and empties m. */
int marks_flush(struct marks *m, marks_part_fn *fn, void *ctx, struct error *err) MUST_CHECK;

/* ---- searching ---- */

struct mark {
	size_t bucket;
	uint32_t value; /* 30 bits */
};
struct mark mark_of_device(const char *serial_or_pkid);
struct mark mark_of_ticket(const char *ticket);

struct mark_entry {
	uint32_t value;
	uint32_t offset; /* of the row from the part's first one */
};
size_t marks_count(const char *part);
struct mark_entry marks_entry(const char *part, size_t i);

/* The values of one bucket. Zero at first; release it at the end. */
struct mark_set {
	uint32_t *slot; /* 0: free */
	size_t slots, count;
};
void mark_set_add(struct mark_set *s, uint32_t value);
bool mark_set_has(const struct mark_set *s, uint32_t value);
void mark_set_release(struct mark_set *s);

#endif
