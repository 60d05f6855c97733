/*
 * Comma-separated values: a streaming reader over libcsv, and a writer.
 * The reader calls back for each record; the strings live until the callback returns.
 * Limits: CSV_FIELDS_MAX fields and CSV_RECORD_MAX bytes a record. A longer record is cut and
 * marked too_long, so that one bad row costs one row.
 */
#ifndef COMMON_CSV_H
#define COMMON_CSV_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"

#define CSV_FIELDS_MAX 256           /* the widest known export has 40 columns */
#define CSV_RECORD_MAX (1024 * 1024) /* a hash has 4 kB; no device row has 1 MiB */

struct csv_record {
	long line; /* where the record begins, from 1 */
	size_t count;
	const char **field; /* NUL-terminated; never NULL */
	const size_t *len;  /* differs from strlen() if the field contains a NUL */
	bool too_long;      /* it passed a limit, and fields were cut */
	/* Looked at in whole records without quotation marks; false: perhaps not. */
	bool visible; /* all fields are printable ASCII */
	bool bare;    /* visible, without commas, semicolons and quotation marks */
};

/* Returns 0 to go on, -1 to stop (with *err set). */
typedef int csv_record_fn(void *ctx, const struct csv_record *record, struct error *err);

struct csv_reader; /* opaque */
struct csv_reader *csv_reader_new(char delimiter, csv_record_fn *on_record, void *ctx);
void csv_reader_free(struct csv_reader *r); /* accepts NULL */
/* Keeps blanks around unquoted values; by default the reader drops them. */
void csv_reader_keep_blanks(struct csv_reader *r);
/* From the callback: drops the blanks around one field of the current record, or keeps only len bytes
 * of it, from its byte `from` on. */
void csv_reader_trim(struct csv_reader *r, size_t field);
void csv_reader_cut(struct csv_reader *r, size_t field, size_t from, size_t len);
/* Between records: the number of the next line. */
void csv_reader_set_line(struct csv_reader *r, long line);
/* Between records: false makes quotation marks ordinary characters. */
void csv_reader_set_quotes(struct csv_reader *r, bool on);
int csv_feed(struct csv_reader *r, const char *data, size_t len, struct error *err) MUST_CHECK;
/* A whole record without its line end, between records. Fast if it has no quotation mark. */
int
csv_feed_record(struct csv_reader *r, const char *text, size_t len, struct error *err) MUST_CHECK;
int csv_finish(struct csv_reader *r,
               struct error *err) MUST_CHECK; /* also ends a last line without line end */

/* Appends one field, with quotation marks if it needs them; first: no comma before it. */
void csv_put(struct buf *b, const char *text, bool first);
/* The same for field i of a record. */
void csv_put_field(struct buf *b, const struct csv_record *record, size_t i);
/* The same, but puts an apostrophe before a value that a spreadsheet would run as a formula (it
 * begins with = + - @ TAB or CR; OWASP, CSV Injection). */
void csv_put_safe(struct buf *b, const char *text, bool first);
void csv_end(struct buf *b); /* CRLF (RFC 4180, section 2) */

#endif
