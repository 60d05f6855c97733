/*
 * Cuts text into CSV records: physical lines (CR, LF or CRLF), joined if a quoted value contains a
 * line end. One bad record costs one record: if a quotation mark is never closed, or if text
 * follows the closing one, the record ends with the line that opened it and is marked with a fault.
 * The lines after it are read again as new records.
 *
 * Drops a byte order mark at the start of a record, and blanks between a delimiter and a quotation
 * mark; all other blanks belong to the value (RFC 4180, section 2).
 * Limits: RECORDS_LINE_MAX bytes a line (the rest is dropped and the record marked), and
 * RECORDS_OPEN_MAX bytes a record of several lines. No line is read more than twice, because a line
 * that opens a value has an odd number of quotation marks and so ends any open value or is a fault.
 */
#ifndef COMMON_RECORDS_H
#define COMMON_RECORDS_H

#include "common/base.h"
#include "common/error.h"

#define RECORDS_LINE_MAX (1024 * 1024) /* a hash has 4 kB; no device row has 1 MiB */
#define RECORDS_OPEN_MAX \
	(64 * 1024) /* no value of a device row has 64 KiB: the mark is never closed */

enum record_fault {
	RECORD_GOOD,
	RECORD_OPEN_QUOTE,  /* opened on `line` and never closed, or closed within a word */
	RECORD_STRAY_QUOTE, /* text follows a closing quotation mark */
	RECORD_TOO_LONG,
	RECORD_FAULT_COUNT
};

struct record {
	const char *text; /* without its last line end; not NUL-terminated */
	size_t len;
	long line; /* where it begins, from 1 */
	enum record_fault fault;
};

/* A blank line is a record of no bytes. Returns 0 to go on, -1 to stop (with *err set). */
typedef int records_fn(void *ctx, const struct record *record, struct error *err);

struct records; /* opaque */
/* Until a delimiter is set, comma, semicolon and tab all count as delimiters. */
struct records *records_new(records_fn *fn, void *ctx);
void records_free(struct records *r); /* accepts NULL */
void records_set_delimiter(struct records *r, char delimiter);
int records_feed(struct records *r, const char *text, size_t len, struct error *err) MUST_CHECK;
int records_finish(struct records *r, struct error *err) MUST_CHECK;
long records_line(const struct records *r); /* of the next byte */

#endif
