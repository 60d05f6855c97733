/*
 * Comma-separated values: a streaming reader over libcsv and a writer.
 * The reader hands over one record at a time; strings live until the callback returns.
 * Limits: CSV_FIELDS_MAX fields a record, CSV_RECORD_MAX bytes a record (longer ones are
 * cut short and marked, so that one bad row costs one row).
 */
#ifndef COMMON_CSV_H
#define COMMON_CSV_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"

#define CSV_FIELDS_MAX 256           /* widest export seen has 40 columns */
#define CSV_RECORD_MAX (1024 * 1024) /* a hash has 4 kB; 1 MiB is no device row */

struct csv_record {
	long line; /* line of its first byte, from 1 */
	size_t count;
	const char **field; /* NUL-terminated; never NULL */
	const size_t *len;  /* differs from strlen() where the field holds a NUL */
	bool too_long;      /* more bytes or fields than the limits: fields are cut */
};

/* Returns 0 to go on, -1 to stop (with *err set). */
typedef int csv_record_fn(void *ctx, const struct csv_record *record, struct error *err);

struct csv_reader; /* opaque */
struct csv_reader *csv_reader_new(char delimiter, csv_record_fn *on_record, void *ctx);
void csv_reader_free(struct csv_reader *r); /* accepts NULL */
/* Blanks around an unquoted value are kept; by default they are dropped. */
void csv_reader_keep_blanks(struct csv_reader *r);
/* Drops them after all, of one field of the record that is being handed over. */
void csv_reader_trim(struct csv_reader *r, size_t field);
/* false, between records: quotation marks are characters like any other. */
void csv_reader_set_quotes(struct csv_reader *r, bool on);
int csv_feed(struct csv_reader *r, const char *data, size_t len, struct error *err) MUST_CHECK;
int
csv_finish(struct csv_reader *r, struct error *err) MUST_CHECK; /* the last line may lack its end */

/* Appends one field, quoted where needed; first = no comma before it. */
void csv_put(struct buf *b, const char *text, bool first);
/* The same, but a value that a spreadsheet would run as a formula (= + - @ TAB CR first)
 * gets a leading apostrophe (OWASP, CSV Injection). */
void csv_put_safe(struct buf *b, const char *text, bool first);
void csv_end(struct buf *b); /* CRLF (RFC 4180, section 2) */

#endif
