/* Decides which records of a list are headers, rows or neither. rows.c judges rows. */
#include "partner/intake/list_records.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"
#include "partner/intake/formats.h"
#include "partner/intake/secrets.h"
#include "partner/intake/sniff.h"

#define SINGLE_MAX 64  /* longest identifier in a file of one column without a header */
#define SHOWN_MAX 600  /* bytes of column names in messages */
#define NAME_SHOWN 64  /* bytes of the name of one column, with the end */
#define RULER_MIN 3    /* dashes of a line under a header */
#define DOS_END "\032" /* the DOS command COPY appends it when it joins files */

/* Printed after "line N: ". */
static const char *const fault_sentence[] = {
	[RECORD_GOOD] = NULL,
	[RECORD_OPEN_QUOTE] = "a quotation mark opens here and is never closed properly: close it, "
			      "double it or remove it",
	[RECORD_STRAY_QUOTE] =
		"text follows a closing quotation mark: double the marks that belong "
		"to the value",
	[RECORD_TOO_LONG] = "longer than any device row: look for a missing line end",
};
_Static_assert(ARRAY_SIZE(fault_sentence) == RECORD_FAULT_COUNT, "every fault has a sentence");

static const struct words *
words(const struct list *l)
{
	return l->set.rule->words;
}

static bool
has_columns(const struct list *l)
{
	return l->set.columns != NULL && l->set.columns[0] != '\0';
}

static bool
is_blank(const struct csv_record *record)
{
	for (size_t i = 0; i < record->count; i++)
		if (record->len[i] != 0)
			return record->count == 1 && strcmp(record->field[0], DOS_END) == 0;
	return true;
}

/* A line of dashes under a header, as database tools print it. */
static bool
is_ruler(const struct csv_record *record)
{
	bool long_enough = false;

	for (size_t i = 0; i < record->count; i++) {
		if (record->field[i][0] != '\0' && !text_all_of(record->field[i], "-=_+ "))
			return false;
		long_enough = long_enough || record->len[i] >= RULER_MIN;
	}
	return long_enough;
}

/* ---- headers ---- */

static int
begin_columns(struct list *l, const char *format, struct error *err)
{
	if (l->facts.format[0] == '\0')
		l->facts.format = format;
	l->rows.has_map = true;
	if (l->set.names != NULL)
		column_map_unify(&l->rows.map, l->set.names);
	return l->events.header(l->ctx, l->rows.map.header, err);
}

/* Remarks once if the rows have no customer, and names the column that may be meant. */
static void
note_customer(const struct list *l, const struct csv_record *header)
{
	char name[NAME_SHOWN], *text;

	if (l->rows.map.at[COLUMN_CUSTOMER] != COLUMN_ABSENT)
		return;
	for (size_t i = 0; i < l->rows.map.width; i++) {
		bool sure;
		enum column c = words_column(words(l), header->field[i], &sure);
		if ((c != COLUMN_COUNT && c != COLUMN_CUSTOMER_NAME) ||
		    !words_speak_of_customer(words(l), header->field[i]))
			continue;
		secret_printable(name, sizeof(name), header->field[i]);
		text = xasprintf("no column was taken as \"%s\", although \"%s\" speaks of a "
		                 "customer: rename it if it holds the customer's key",
		                 column_name(COLUMN_CUSTOMER), name);
		l->events.note(l->ctx, header->line, text);
		free(text);
		return;
	}
	l->events.note(l->ctx, header->line,
	               "no column names the customer, so all devices go to \"unassigned\"");
}

static void
describe_header(struct list *l, const struct csv_record *header)
{
	if (l->facts.header_line > 0)
		return;
	column_map_describe(&l->rows.map, header, &l->columns, &l->carried);
	l->facts.header_line = header->line;
	l->facts.columns = l->columns.data;
	l->facts.carried = l->carried.data;
	note_customer(l, header);
}

static int
read_header(struct list *l, struct rows_record *rows_record, struct error *err)
{
	const struct csv_record *record = rows_record->fields;
	bool utf16 = l->encoding == ENCODING_UTF16LE || l->encoding == ENCODING_UTF16BE;

	if (l->fault != RECORD_GOOD)
		return error_set(err, "line %ld: the header: %s", record->line,
		                 fault_sentence[l->fault]);
	if (rows_is_broken(record))
		return error_set(
			err,
			"line %ld: the header contains NUL bytes or damaged characters: save "
			"the list as CSV UTF-8",
			record->line);
	rows_tidy_header(&l->rows, rows_record);
	column_map_release(&l->rows.map);
	if (column_map_read(&l->rows.map, words(l), record, err) != 0)
		return -1;
	describe_header(l, record);
	return begin_columns(l, format_name(record, utf16), err);
}

/* A list of one identifier a line needs no header. Anything else would be a guess (doc/lists.md,
 * section 2, quirk 8). */
static bool
is_single(const struct csv_record *record)
{
	const char *text = record->field[0];

	return record->count == 1 && record->len[0] <= SINGLE_MAX && strpbrk(text, "0123456789") &&
	       text_is_utf8(text, record->len[0]) && !text_has_control(text);
}

static int
refuse_headless(const struct list *l, struct error *err)
{
	struct buf seen;
	long line;

	buf_init(&seen, SHOWN_MAX);
	line = search_seen(l->search, &seen);
	error_set(err,
	          "line %ld: no header with \"Serial Number\" or \"Product Key ID\" found in the "
	          "first %d lines; this line has %s: name the columns in the first line, or give "
	          "their names in order, as in --columns \"Manufacturer, Model, Serial Number\"",
	          line, SEARCH_LINES, seen.data);
	buf_release(&seen);
	return -1;
}

static int
add_row(struct list *l, struct rows_record *record, struct error *err)
{
	if (record->fault == NULL)
		record->fault = fault_sentence[l->fault];
	record->too_long = l->fault == RECORD_TOO_LONG;
	return rows_add(&l->rows, record, err);
}

static int on_fields(void *ctx, const struct csv_record *fields, struct error *err);

/* The first record of a list without a header. */
static int
read_headless(struct list *l, struct rows_record *record, struct error *err)
{
	const struct csv_record *fields = record->fields;

	if (!has_columns(l)) {
		if (!is_single(fields))
			return refuse_headless(l, err);
		column_map_single(&l->rows.map, values_is_pkid(l->set.rule, fields->field[0])
		                                        ? COLUMN_PKID
		                                        : COLUMN_SERIAL);
		return begin_columns(l, "no header, one column", err) != 0
		               ? -1
		               : on_fields(l, fields, err);
	}
	if (column_map_parse(&l->rows.map, words(l), l->set.columns, err) != 0)
		return error_prefix(err, "columns");
	if (begin_columns(l, "no header, columns as given", err) != 0)
		return -1;
	if (column_signs(words(l), fields).known < 2) {
		l->rows.check_names = true;
		return on_fields(l, fields, err);
	}
	l->events.note(
		l->ctx, fields->line,
		"this line names columns but no identifier: it is skipped, the columns given "
		"are used");
	return 0;
}

/* ---- records ---- */

/* The whole record is one value that holds the delimiter: a CSV file saved as one column. */
static bool
is_wrapped(const struct list *l, const struct csv_record *fields)
{
	if (l->place != PLACE_ROWS || l->rows.map.width < 2 || l->fault != RECORD_GOOD ||
	    fields->count == 0 || strchr(fields->field[0], l->delimiter) == NULL)
		return false;
	for (size_t i = 1; i < fields->count; i++)
		if (fields->len[i] > 0)
			return false;
	return strlen(fields->field[0]) == fields->len[0] &&
	       strpbrk(fields->field[0], "\r\n") == NULL;
}

static int
feed_inner(struct list *l, const struct csv_record *fields, struct error *err)
{
	l->inner_rows = 0;
	csv_reader_set_line(l->inner, fields->line);
	if (csv_feed(l->inner, fields->field[0], fields->len[0], err) != 0 ||
	    csv_feed(l->inner, "\n", 1, err) != 0)
		return -1;
	return 0;
}

/* Reads a line above the header. It may be a device if it has enough values for the header's
 * columns. */
static int
read_above(struct list *l, struct rows_record *record, struct error *err)
{
	size_t filled = 0;

	for (size_t i = 0; i < record->fields->count; i++)
		filled += record->fields->len[i] > 0 ? 1 : 0;
	if (filled < 2 || filled * 2 < l->rows.map.width ||
	    record->fields->count < l->rows.map.width ||
	    !column_map_names_device(&l->rows.map, record->fields)) {
		remarks_add(&l->rows.remarks, REMARK_ABOVE_HEADER, record->fields->line, "");
		return 0;
	}
	record->fault = "this line stands above the header: move it below";
	return add_row(l, record, err);
}

/* Reads a record below the header. */
static int
read_behind(struct list *l, struct rows_record *record, struct error *err)
{
	const struct csv_record *fields = record->fields;
	struct column_signs signs;

	if (is_ruler(fields)) {
		remarks_add(&l->rows.remarks, REMARK_RULER, fields->line, "");
		return 0;
	}
	if (l->fault != RECORD_GOOD || column_map_names_device(&l->rows.map, fields) ||
	    rows_is_broken(fields))
		return add_row(l, record, err);
	signs = column_signs(words(l), fields);
	if (signs.known == 0)
		return add_row(l, record, err);
	if (column_map_repeats(&l->rows.map, words(l), fields)) {
		rows_tidy_header(&l->rows, record);
		return 0;
	}
	if (!signs.again)
		return add_row(l, record, err);
	l->events.note(l->ctx, fields->line, "another header: it applies to the rows after it");
	return read_header(l, record, err);
}

static int
read_record(struct list *l, const struct csv_record *fields, struct csv_reader *reader,
            struct error *err)
{
	struct rows_record record = {.fields = fields, .reader = reader};

	rows_tidy(&l->rows, &record);
	if (is_blank(fields))
		return 0;
	if (l->place == PLACE_HEADER) {
		if (has_columns(l))
			l->events.note(l->ctx, fields->line,
			               "this list has a header, so the columns given are ignored");
		return read_header(l, &record, err);
	}
	if (l->place == PLACE_ABOVE)
		return read_above(l, &record, err);
	return l->rows.has_map ? read_behind(l, &record, err) : read_headless(l, &record, err);
}

/* Reads the fields of an unwrapped line. If their number differs from the header's, the line stays
 * wrapped. */
static int
on_inner_fields(void *ctx, const struct csv_record *fields, struct error *err)
{
	struct list *l = ctx;

	if (l->place == PLACE_ROWS && fields->count != l->rows.map.width)
		return 0;
	l->inner_rows++;
	if (l->place == PLACE_ROWS)
		remarks_add(&l->rows.remarks, REMARK_UNWRAPPED, fields->line, "");
	return read_record(l, fields, l->inner, err);
}

static int
on_fields(void *ctx, const struct csv_record *fields, struct error *err)
{
	struct list *l = ctx;
	bool wrapped = is_wrapped(l, fields) || (l->place == PLACE_HEADER && l->wrapped);

	if (!wrapped)
		return read_record(l, fields, l->csv, err);
	if (feed_inner(l, fields, err) != 0)
		return -1;
	return l->inner_rows > 0 ? 0 : read_record(l, fields, l->csv, err);
}

static int
feed_record(struct list *l, const struct record *record, struct error *err)
{
	bool good = record->fault == RECORD_GOOD;

	l->fault = record->fault;
	csv_reader_set_line(l->csv, record->line);
	if (!good)
		csv_reader_set_quotes(l->csv, false);
	if (csv_feed_record(l->csv, record->text, record->len, err) != 0 ||
	    (!good && csv_finish(l->csv, err) != 0))
		return -1;
	if (!good)
		csv_reader_set_quotes(l->csv, true);
	return 0;
}

static int
feed_searched(struct list *l, size_t i, enum place place, struct error *err)
{
	struct record record = search_record(l->search, i);

	l->place = place;
	return feed_record(l, &record, err);
}

/* In a list without a header, foreign delimiters do not belong to the values if every line ends in
 * them. */
static size_t
headless_tail(const struct list *l)
{
	size_t least = 0;

	for (size_t i = 0; i < search_count(l->search); i++) {
		struct record record = search_record(l->search, i);
		size_t tail = rows_line_tail(record.text, record.len, l->delimiter);
		least = i == 0 || tail < least ? tail : least;
	}
	return least;
}

/* The search has ended: feeds the records that it kept, the header first. */
static int
begin_csv(struct list *l, enum search_result result, struct error *err)
{
	struct sniffed sniffed = search_sniffed(l->search);
	size_t count = search_count(l->search), at = search_header(l->search);
	bool header = result == SEARCH_HEADER;
	int rc = 0;

	l->delimiter = sniffed.delimiter;
	l->wrapped = sniffed.wrapped;
	l->facts.delimiter = sniff_delimiter_name(l->delimiter);
	records_set_delimiter(l->records, l->delimiter);
	l->csv = csv_reader_new(l->delimiter, on_fields, l);
	l->inner = csv_reader_new(l->delimiter, on_inner_fields, l);
	csv_reader_keep_blanks(l->csv);
	csv_reader_keep_blanks(l->inner);
	if (header)
		rc = feed_searched(l, at, PLACE_HEADER, err);
	else
		l->rows.tail = headless_tail(l);
	for (size_t i = 0; rc == 0 && i < count; i++)
		if (!header || i != at)
			rc = feed_searched(l, i, header && i < at ? PLACE_ABOVE : PLACE_ROWS, err);
	l->place = PLACE_ROWS;
	return rc;
}

int
list_records_on_record(void *ctx, const struct record *record, struct error *err)
{
	struct list *l = ctx;
	enum search_result result;

	if (l->csv != NULL)
		return feed_record(l, record, err);
	result = search_add(l->search, record, err);
	if (result == SEARCH_FAILED)
		return -1;
	return result == SEARCH_MORE ? 0 : begin_csv(l, result, err);
}

int
list_records_finish(struct list *l, struct error *err)
{
	if (l->csv == NULL && begin_csv(l, search_end(l->search), err) != 0)
		return -1;
	return csv_finish(l->csv, err);
}
