/*
 * Cuts text into CSV records: physical lines (CR, LF or CRLF), joined where a quoted value holds a
 * line end. One bad record costs one record: where a quotation mark never closes, or is followed by
 * text that cannot follow it, the record ends with the line that opened it, marked with a fault,
 * and the lines behind it are read as if nothing had happened.
 *
 * Blanks between a delimiter and a quotation mark are left out; all others are the value's own
 * (RFC 4180, section 2: they must not be ignored).
 * Limits: RECORDS_LINE_MAX bytes a line (the rest of it is dropped, the record marked),
 * RECORDS_OPEN_MAX bytes a record of several lines. A line that opens a quotation mark holds an odd
 * number of them, so inside an open value it closes or strays: no line is read more than twice.
 */
#ifndef COMMON_RECORDS_H
#define COMMON_RECORDS_H

#include "common/base.h"
#include "common/error.h"

#define RECORDS_LINE_MAX (1024 * 1024) /* a hash has 4 kB; 1 MiB is no device row */
#define RECORDS_OPEN_MAX (64 * 1024)   /* a note of 64 KiB in a device row: it never closes */

enum record_fault {
	RECORD_GOOD,
	RECORD_OPEN_QUOTE,  /* opened on `line`, never closed, or closed in the middle of a word */
	RECORD_STRAY_QUOTE, /* text follows a closing quotation mark */
	RECORD_TOO_LONG,
	RECORD_FAULT_COUNT
};

struct record {
	const char *text; /* without its last line end; not NUL-terminated */
	size_t len;
	long line; /* of its first byte, from 1 */
	enum record_fault fault;
};

/* Blank lines are records of no bytes. Returns 0 to go on, -1 to stop (with *err set). */
typedef int records_fn(void *ctx, const struct record *record, struct error *err);

struct records; /* opaque */
/* Until a delimiter is set, each of comma, semicolon and tab is one. */
struct records *records_new(records_fn *fn, void *ctx);
void records_free(struct records *r); /* accepts NULL */
void records_set_delimiter(struct records *r, char delimiter);
int records_feed(struct records *r, const char *text, size_t len, struct error *err) MUST_CHECK;
int records_finish(struct records *r, struct error *err) MUST_CHECK;
long records_line(const struct records *r); /* of the byte that comes next */

#endif
