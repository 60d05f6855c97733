/* Drives the stages of list.h, and decides which lines are headers, rows or neither. */
#include "partner/intake/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/encoding.h"
#include "common/records.h"
#include "common/text.h"
#include "partner/intake/formats.h"
#include "partner/intake/stored_row.h"
#include "partner/intake/sniff.h"

#define SINGLE_MAX 64  /* longest identifier in a file of one column without a header */
#define BROKEN_FEW 10  /* so many damaged rows do not make a list unusable */
#define DOS_END "\032" /* the DOS command COPY appends it when it joins files */

struct list {
	struct list_settings set;
	struct list_events events;
	void *ctx;
	struct list_facts facts;
	struct buf first; /* the first block, until the encoding is known */
	bool started;
	enum encoding encoding;
	struct decoder *decoder;
	struct records *records;
	bool inner_error; /* the error came from a later stage and names its line */
	char delimiter;   /* '\0': unknown yet */
	struct csv_reader *csv;
	enum record_fault fault; /* of the current record */
	struct column_map map;
	bool has_header;
	int64_t broken; /* rows with NUL bytes or invalid characters */
	struct buf raw;
	struct values_verdict verdict;
	/* the longest of the numeric serials in a row of one make and model */
	size_t digits;
	uint64_t digits_kind;
};

/* Printed after "line N: ". */
static const char *const fault_sentence[] = {
	[RECORD_GOOD] = "",
	[RECORD_OPEN_QUOTE] = "a quotation mark opens here and is never closed properly: close it, "
			      "double it or remove it",
	[RECORD_STRAY_QUOTE] =
		"text follows a closing quotation mark: double the marks that belong "
		"to the value",
	[RECORD_TOO_LONG] = "longer than any device row: look for a missing line end",
};
_Static_assert(ARRAY_SIZE(fault_sentence) == RECORD_FAULT_COUNT, "every fault has a sentence");

struct list *
list_new(const struct list_settings *settings, const struct list_events *events, void *ctx)
{
	struct list *l = xcalloc(1, sizeof(*l));

	l->set = *settings;
	l->events = *events;
	l->ctx = ctx;
	l->facts = (struct list_facts){.format = "", .encoding = "", .delimiter = ""};
	buf_init(&l->first, ENCODING_BLOCK);
	buf_init(&l->raw, CSV_RECORD_MAX * 3);
	return l;
}

void
list_free(struct list *l)
{
	if (l == NULL)
		return;
	decoder_free(l->decoder);
	records_free(l->records);
	csv_reader_free(l->csv);
	column_map_release(&l->map);
	buf_release(&l->first);
	buf_release(&l->raw);
	free(l);
}

const struct list_facts *
list_facts(const struct list *l)
{
	return &l->facts;
}

static bool
is_tuple_column(const struct list *l, size_t i)
{
	return i == l->map.at[COLUMN_SERIAL] || i == l->map.at[COLUMN_MANUFACTURER] ||
	       i == l->map.at[COLUMN_MODEL];
}

/* Blanks of serial, manufacturer and model belong to the value (doc/wire.md, section 5.2). Other
 * values lose theirs. */
static void
trim(struct list *l, const struct csv_record *record)
{
	for (size_t i = 0; i < record->count; i++)
		if (record->len[i] > 0 && text_has_outer_blank(record->field[i]) &&
		    (!l->has_header || !is_tuple_column(l, i) ||
		     strspn(record->field[i], " \t") == record->len[i]))
			csv_reader_trim(l->csv, i);
}

static bool
is_blank(const struct csv_record *record)
{
	for (size_t i = 0; i < record->count; i++)
		if (record->len[i] != 0)
			return record->count == 1 && strcmp(record->field[0], DOS_END) == 0;
	return true;
}

/* A numeric serial that is shorter than its neighbours may have lost leading zeros (doc/lists.md,
 * section 2, quirk 7c). */
static bool
is_short_number(struct list *l, const struct device_id *d)
{
	size_t n = strlen(d->serial);
	uint64_t kind = text_hash(TEXT_HASH_START, d->manufacturer, strlen(d->manufacturer) + 1);

	if (!text_all_of(d->serial, "0123456789"))
		return false;
	kind = text_hash(kind, d->model, strlen(d->model));
	if (kind != l->digits_kind || n >= l->digits) {
		l->digits_kind = kind;
		l->digits = n;
		return false;
	}
	return true;
}

/* A record that was cut at a bad quotation mark is rejected in each of its parts. */
static void
reject_fault(const struct list *l, long line, struct list_row *out, struct values_verdict *v)
{
	if (l->fault == RECORD_GOOD)
		return;
	snprintf(v->reason, sizeof(v->reason), "line %ld: %s", line, fault_sentence[l->fault]);
	v->column = "";
	out->row.outcome = OUTCOME_REJECTED;
}

/* A rejected row is stored for the reports. Values unfit for them remain only in `raw`. */
static void
blank_unfit(struct list_row *out)
{
	struct ledger_row *row = &out->row;
	const char **value[] = {&row->device.pkid,   &row->device.serial, &row->device.manufacturer,
	                        &row->device.model,  &row->ticket,        &row->sold_to,
	                        &row->received_from, &out->customer,      &out->customer_name};

	for (size_t i = 0; i < ARRAY_SIZE(value); i++)
		if (*value[i] == NULL || values_unfit(*value[i]))
			*value[i] = "";
}

static bool
is_broken(const struct csv_record *record)
{
	for (size_t i = 0; i < record->count; i++)
		if (strlen(record->field[i]) != record->len[i] ||
		    !text_is_utf8(record->field[i], record->len[i]))
			return true;
	return false;
}

static int
take_row(struct list *l, const struct csv_record *fields, struct error *err)
{
	struct csv_record whole = *fields;
	const struct csv_record *record = &whole;
	struct list_row out = {
		.row = {.line = record->line, .outcome = OUTCOME_NOT_SENT},
		.customer = column_field(&l->map, record, COLUMN_CUSTOMER),
		.customer_name = column_field(&l->map, record, COLUMN_CUSTOMER_NAME)};
	struct values_verdict *v = &l->verdict;

	whole.too_long = fields->too_long || l->fault == RECORD_TOO_LONG;
	values_judge(l->set.rule, &l->map, record, &out.row, v);
	out.tenant = v->tenant;
	reject_fault(l, record->line, &out, v);
	stored_row_write(&l->raw, &l->map, record, out.row.outcome == OUTCOME_REJECTED);
	out.row.raw = l->raw.data;
	out.row.reason = v->reason;
	out.row.column = v->column;
	out.warning = v->warning;
	l->facts.rows++;
	if (out.row.outcome == OUTCOME_REJECTED) {
		l->facts.rejected++;
		l->broken += is_broken(record) ? 1 : 0;
		blank_unfit(&out);
	} else if (is_short_number(l, &out.row.device) && v->warning[0] == '\0') {
		out.warning =
			"Serial Number has fewer digits than those before it: leading zeros may "
			"be lost";
	}
	return l->events.row(l->ctx, &out, err);
}

static int
begin_columns(struct list *l, const char *format, struct error *err)
{
	if (l->facts.format[0] == '\0')
		l->facts.format = format;
	l->has_header = true;
	if (l->set.names != NULL)
		column_map_unify(&l->map, l->set.names);
	return l->events.header(l->ctx, l->map.header, err);
}

static int
take_header(struct list *l, const struct csv_record *record, struct error *err)
{
	bool utf16 = l->encoding == ENCODING_UTF16LE || l->encoding == ENCODING_UTF16BE;

	if (l->fault != RECORD_GOOD)
		return error_set(err, "line %ld: the header: %s", record->line,
		                 fault_sentence[l->fault]);
	if (is_broken(record))
		return error_set(
			err,
			"line %ld: the header contains NUL bytes or damaged characters: save "
			"the list as CSV UTF-8",
			record->line);
	column_map_release(&l->map);
	if (column_map_read(&l->map, record, err) != 0)
		return -1;
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
take_first(struct list *l, const struct csv_record *record, struct error *err)
{
	bool columns = l->set.columns != NULL && l->set.columns[0] != '\0';

	if (column_names_device(record)) {
		if (columns)
			l->events.note(l->ctx, record->line,
			               "this list has a header, so the columns given are ignored");
		return take_header(l, record, err);
	}
	if (columns) {
		if (column_map_parse(&l->map, l->set.columns, err) != 0)
			return error_prefix(err, "columns");
		return begin_columns(l, "no header, columns as given", err) != 0
		               ? -1
		               : take_row(l, record, err);
	}
	if (!is_single(record))
		return error_set(
			err,
			"line %ld: no header with \"Serial Number\" or \"Product Key ID\" "
			"found: the first line must name the columns; for a list without a "
			"header name them in order, as in --columns \"Manufacturer, Model, "
			"Serial Number\"",
			record->line);
	column_map_single(&l->map, values_is_pkid(l->set.rule, record->field[0]) ? COLUMN_PKID
	                                                                         : COLUMN_SERIAL);
	return begin_columns(l, "no header, one column", err) != 0 ? -1 : take_row(l, record, err);
}

static int
on_fields(void *ctx, const struct csv_record *record, struct error *err)
{
	struct list *l = ctx;

	trim(l, record);
	if (is_blank(record))
		return 0;
	if (!l->has_header)
		return take_first(l, record, err);
	if (l->fault != RECORD_GOOD || column_map_names_device(&l->map, record) ||
	    !column_names_device(record) || is_broken(record))
		return take_row(l, record, err);
	if (column_map_repeats(&l->map, record))
		return 0;
	if (!column_is_header(record))
		return take_row(l, record, err);
	l->events.note(l->ctx, record->line, "another header: it applies to the rows after it");
	return take_header(l, record, err);
}

/* Takes the delimiter from the first record that is not blank. */
static int
begin_csv(struct list *l, const struct record *record, struct error *err)
{
	int sep = 0;

	if (l->delimiter == '\0') {
		if (sniff_check_text(record->text, record->len, err) != 0)
			return -1;
		sep = sniff_sep(record->text, record->len, &l->delimiter, err);
		if (sep < 0)
			return error_prefix(err, "line %ld", record->line);
		if (sep == 0)
			l->delimiter = sniff_delimiter(record->text, record->len);
		l->facts.delimiter = sniff_delimiter_name(l->delimiter);
		records_set_delimiter(l->records, l->delimiter);
	}
	if (sep > 0)
		return 0;
	l->csv = csv_reader_new(l->delimiter, on_fields, l);
	csv_reader_keep_blanks(l->csv);
	for (long line = 1; line < record->line; line++)
		if (csv_feed(l->csv, "\n", 1, err) != 0)
			return -1;
	return 0;
}

static int
on_record(void *ctx, const struct record *record, struct error *err)
{
	struct list *l = ctx;
	bool good = record->fault == RECORD_GOOD;

	if (l->csv == NULL) {
		if (record->len == 0)
			return 0;
		if (begin_csv(l, record, err) != 0)
			return -1;
		if (l->csv == NULL)
			return 0;
	}
	l->fault = record->fault;
	if (!good)
		csv_reader_set_quotes(l->csv, false);
	if (csv_feed(l->csv, record->text, record->len, err) != 0 ||
	    csv_feed(l->csv, "\n", 1, err) != 0 || (!good && csv_finish(l->csv, err) != 0))
		return -1;
	if (!good)
		csv_reader_set_quotes(l->csv, true);
	return 0;
}

static int
on_text(void *ctx, const char *text, size_t len, struct error *err)
{
	struct list *l = ctx;
	int rc = records_feed(l->records, text, len, err);

	l->inner_error = rc != 0;
	return rc;
}

/* Adds the line to an error of the decoder. */
static int
at_line(const struct list *l, struct error *err)
{
	return l->inner_error ? -1 : error_prefix(err, "line %ld", records_line(l->records));
}

static int
decode(struct list *l, const char *data, size_t len, struct error *err)
{
	size_t piece = l->set.piece > 0 ? l->set.piece : len;

	for (size_t at = 0, n; at < len; at += n) {
		n = len - at < piece ? len - at : piece;
		if (decoder_feed(l->decoder, data + at, n, err) != 0)
			return at_line(l, err);
	}
	return 0;
}

static int
start(struct list *l, struct error *err)
{
	size_t bom;

	l->started = true;
	if (l->first.len == 0)
		return error_set(err, "the file is empty");
	if (sniff_check_bytes(l->first.data, l->first.len, err) != 0)
		return -1;
	l->encoding = encoding_detect(l->first.data, l->first.len, &bom);
	l->facts.encoding = encoding_name(l->encoding);
	l->records = records_new(on_record, l);
	l->decoder = decoder_new(l->encoding, on_text, l, err);
	if (l->decoder == NULL)
		return -1;
	return decode(l, l->first.data + bom, l->first.len - bom, err);
}

int
list_feed(struct list *l, const char *data, size_t len, struct error *err)
{
	if (!l->started) {
		size_t room = ENCODING_BLOCK - l->first.len;
		size_t n = len < room ? len : room;
		buf_add(&l->first, data, n);
		if (l->first.len < ENCODING_BLOCK)
			return 0;
		if (start(l, err) != 0)
			return -1;
		data += n;
		len -= n;
	}
	return decode(l, data, len, err);
}

int
list_finish(struct list *l, struct error *err)
{
	if (!l->started && start(l, err) != 0)
		return -1;
	if (decoder_finish(l->decoder, err) != 0)
		return at_line(l, err);
	if (records_finish(l->records, err) != 0 ||
	    (l->csv != NULL && csv_finish(l->csv, err) != 0))
		return -1;
	if (l->facts.rows == 0)
		return error_set(err, "the list holds no device");
	if (l->broken > BROKEN_FEW && l->broken > l->facts.rows / 2)
		return error_set(err,
		                 "%lld of %lld rows contain NUL bytes or damaged characters, so it "
		                 "is not valid %s: save the list as CSV UTF-8",
		                 (long long)l->broken, (long long)l->facts.rows, l->facts.encoding);
	return 0;
}
