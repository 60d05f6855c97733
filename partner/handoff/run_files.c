/*
 * Writes the two lists of rows that a person has to look at. Lists with different headers are merged
 * under the columns of all of them.
 */
#include "partner/handoff/run_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/csv.h"
#include "common/file.h"
#include "common/text.h"
#include "partner/digits.h"
#include "partner/handoff/run_summary.h"
#include "partner/ledger/gate.h"
#include "partner/ledger/report.h"
#include "partner/ledger/rows.h"

#define RECORD_MAX \
	((size_t)8 * 1024 * 1024) /* holds a record of CSV_RECORD_MAX with every byte quoted */

/* The column names of all lists of one file, in order of appearance. When all lists have the same
 * header, rows need no mapping. */
struct columns {
	char **name;
	size_t count;
};

struct table {
	struct file_writer out;
	struct buf piece;
	struct columns all;
	char *header;      /* header of the first list */
	char *last_header; /* header that was read last */
	bool mixed;        /* the lists have different headers */
	bool rejects;      /* rejects.csv; otherwise failed.csv */
	bool by_rows;      /* use only the headers of the rows that the file lists */
	bool at_risk;      /* a spreadsheet would change a number in it (digits.h) */
	bool stops;        /* at the first row at risk: it is not known yet whether there is one */
	size_t digits_at;  /* the column for such numbers; all.count: none */
	/* used while a row is mapped: */
	struct columns own;
	char *own_header;
	const char **value;
	const struct ledger_line *line;
	struct buf digits;
};

static void
columns_free(struct columns *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->name[i]);
	free(c->name);
	*c = (struct columns){0};
}

static void
columns_add(struct columns *c, const char *name)
{
	c->name = xreallocarray(c->name, c->count + 1, sizeof(*c->name));
	c->name[c->count++] = xstrdup(name);
}

/* Finds the nth column of that name: a list may have two "Note", or several columns without a name. */
static size_t
columns_find(const struct columns *c, const char *name, size_t nth)
{
	size_t i = 0;

	while (i < c->count && (!text_equal_nocase(c->name[i], name) || nth-- > 0))
		i++;
	return i;
}

/* Counts the columns before the ith that have its name. */
static size_t
columns_alike(const struct columns *c, size_t i)
{
	size_t n = 0;

	for (size_t k = 0; k < i; k++)
		n += text_equal_nocase(c->name[k], c->name[i]) ? 1 : 0;
	return n;
}

static int
parse_csv(const char *text, csv_record_fn *fn, void *ctx, struct error *err)
{
	struct csv_reader *reader = csv_reader_new(',', fn, ctx);
	int result = csv_feed(reader, text, strlen(text), err);

	if (result == 0)
		result = csv_finish(reader, err);
	csv_reader_free(reader);
	return result;
}

static int
columns_on_record(void *ctx, const struct csv_record *record, struct error *err UNUSED)
{
	struct columns *c = ctx;

	for (size_t i = 0; i < record->count; i++)
		columns_add(c, record->field[i]);
	return 0;
}

static void
set_text(char **place, const char *text)
{
	free(*place);
	*place = xstrdup(text);
}

static void
forget_columns(struct table *t)
{
	columns_free(&t->all);
	free(t->header);
	free(t->last_header);
	t->header = t->last_header = NULL;
	t->mixed = false;
}

/* Adds the columns of a header to those of the file. */
static int
on_header(struct table *t, const char *header, struct error *err)
{
	struct columns own = {0};

	if (t->last_header != NULL && strcmp(t->last_header, header) == 0)
		return 0;
	set_text(&t->last_header, header);
	if (t->header == NULL)
		t->header = xstrdup(header);
	else if (strcmp(t->header, header) != 0)
		t->mixed = true;
	if (parse_csv(header, columns_on_record, &own, err) != 0) {
		columns_free(&own);
		return -1;
	}
	for (size_t i = 0; i < own.count; i++) {
		if (columns_find(&t->all, own.name[i], columns_alike(&own, i)) == t->all.count)
			columns_add(&t->all, own.name[i]);
	}
	columns_free(&own);
	t->value = xreallocarray(t->value, t->all.count + 1, sizeof(*t->value));
	return 0;
}

#define NUMBERS 8

/* The values of a row that a spreadsheet may change. */
struct numbers {
	struct {
		const char *column; /* as intake names it */
		const char *value;
	} of[NUMBERS];
};

static struct numbers
numbers_of(const struct ledger_line *line)
{
	const struct ledger_row *row = line->row;

	return (struct numbers){{{"Serial Number", row->device.serial},
	                         {"Product Key ID", row->device.pkid},
	                         {"Manufacturer", row->device.manufacturer},
	                         {"Model", row->device.model},
	                         {"Customer", line->customer},
	                         {"Ticket", row->ticket},
	                         {"Sold To", row->sold_to},
	                         {"Received From", row->received_from}}};
}

static bool
is_at_risk(const struct ledger_line *line)
{
	const struct numbers numbers = numbers_of(line);

	for (size_t i = 0; i < NUMBERS; i++)
		if (digits_at_risk(numbers.of[i].value) &&
		    strstr(line->row->raw, numbers.of[i].value) != NULL)
			return true;
	return false;
}

static int
collect_line(void *ctx, const struct ledger_line *line, struct error *err)
{
	struct table *t = ctx;

	t->at_risk = t->at_risk || is_at_risk(line);
	return on_header(t, line->header, err);
}

/* Adds the columns of the run's first list only. */
static int
collect_first(void *ctx, const struct ledger_list *list, struct error *err)
{
	const struct table *t = ctx;

	return t->header == NULL ? on_header(ctx, list->header, err) : 0;
}

static int
collect_list(void *ctx, const struct ledger_list *list, struct error *err)
{
	return on_header(ctx, list->header, err);
}

/* Returns a bit for each outcome whose rows the file lists. */
static unsigned
outcomes_of(const struct table *t, const int64_t counts[static OUTCOME_COUNT])
{
	static const bool again[OUTCOME_COUNT] = {
		[OUTCOME_NOT_OURS] = true, [OUTCOME_NOT_FOUND] = true, [OUTCOME_NOT_UNIQUE] = true,
		[OUTCOME_REFUSED] = true,  [OUTCOME_ALARM] = true,     [OUTCOME_REJECTED] = true,
		[OUTCOME_HELD] = true,     [OUTCOME_NOT_SENT] = true,
	};
	unsigned bits = 0;

	for (int o = 0; o < OUTCOME_COUNT; o++)
		if (counts[o] > 0 && (t->rejects ? o == OUTCOME_REJECTED : again[o]))
			bits |= 1U << o;
	return bits;
}

static void
put_value(struct table *t, const char *value, bool first)
{
	if (t->rejects)
		csv_put_safe(&t->piece, value, first);
	else
		csv_put(&t->piece, value, first);
}

static bool
has_value(const struct csv_record *record, const char *value)
{
	for (size_t i = 0; i < record->count; i++)
		if (strcmp(record->field[i], value) == 0)
			return true;
	return false;
}

/* Notes the numbers of the record that a spreadsheet would change. What an earlier failed.csv noted about
 * another value remains. */
static void
map_digits(struct table *t, const struct csv_record *record)
{
	const struct numbers numbers = numbers_of(t->line);
	char was[DIGITS_SIZE];

	buf_reset(&t->digits);
	for (size_t i = 0; i < NUMBERS; i++) {
		const char *column = numbers.of[i].column, *value = numbers.of[i].value;

		if (digits_at_risk(value) && has_value(record, value))
			digits_add(&t->digits, column, value);
		else if (digits_noted(t->value[t->digits_at], column, was))
			digits_add(&t->digits, column, was);
	}
	if (t->digits.len > 0)
		t->value[t->digits_at] = t->digits.data;
}

/* Puts a record's fields under the columns of the file. Fields without a column come last. */
static int
map_row(void *ctx, const struct csv_record *record, struct error *err UNUSED)
{
	struct table *t = ctx;

	for (size_t i = 0; i < t->all.count; i++)
		t->value[i] = "";
	for (size_t i = 0; i < record->count && i < t->own.count; i++) {
		size_t at = columns_find(&t->all, t->own.name[i], columns_alike(&t->own, i));

		if (at < t->all.count)
			t->value[at] = record->field[i];
	}
	if (t->digits_at < t->all.count)
		map_digits(t, record);
	for (size_t i = 0; i < t->all.count; i++)
		put_value(t, t->value[i], i == 0 && !t->rejects);
	for (size_t i = t->own.count; i < record->count; i++)
		put_value(t, record->field[i], false);
	return 0;
}

static int
put_mapped(struct table *t, const struct ledger_line *line, struct error *err)
{
	if (t->own_header == NULL || strcmp(t->own_header, line->header) != 0) {
		set_text(&t->own_header, line->header);
		columns_free(&t->own);
		if (parse_csv(line->header, columns_on_record, &t->own, err) != 0)
			return -1;
	}
	return parse_csv(line->row->raw, map_row, t, err);
}

static int
write_row(void *ctx, const struct ledger_line *line, struct error *err)
{
	struct table *t = ctx;
	const struct ledger_row *row = line->row;
	int result = 0;

	if (t->stops && is_at_risk(line)) {
		t->at_risk = true;
		return -1;
	}
	if (ledger_row_waits(row))
		return 0; /* its own run sends it: it must not be sent twice */
	buf_reset(&t->piece);
	if (t->rejects) {
		char number[32];

		snprintf(number, sizeof(number), "%ld", row->line);
		csv_put_safe(&t->piece, line->list, true);
		csv_put_safe(&t->piece, number, false);
		csv_put_safe(&t->piece, row->column, false);
		csv_put_safe(&t->piece, row->reason, false);
	}
	t->line = line;
	if (t->rejects || t->mixed || t->digits_at < t->all.count)
		result = put_mapped(t, line, err);
	else
		buf_str(&t->piece, row->raw); /* all lists have one header: copy the row */
	csv_end(&t->piece);
	fwrite(t->piece.data, 1, t->piece.len, t->out.stream);
	return result;
}

static void
write_header(struct table *t)
{
	buf_reset(&t->piece);
	buf_str(&t->piece, "\xef\xbb\xbf"); /* spreadsheets read UTF-8 only with this mark */
	if (t->rejects) {
		buf_str(&t->piece, "file,line,column,reason");
		for (size_t i = 0; i < t->all.count; i++)
			csv_put_safe(&t->piece, t->all.name[i], false);
		csv_end(&t->piece);
	} else if (t->mixed || t->digits_at < t->all.count) {
		for (size_t i = 0; i < t->all.count; i++)
			csv_put(&t->piece, t->all.name[i], i == 0);
		csv_end(&t->piece);
	} else if (t->header != NULL && t->header[0] != '\0') {
		buf_str(&t->piece, t->header);
		csv_end(&t->piece);
	}
	fwrite(t->piece.data, 1, t->piece.len, t->out.stream);
}

static void
find_digits(struct table *t)
{
	t->digits_at = columns_find(&t->all, DIGITS_COLUMN, 0);
	if (!t->at_risk || t->digits_at < t->all.count)
		return;
	columns_add(&t->all, DIGITS_COLUMN);
	t->value = xreallocarray(t->value, t->all.count + 1, sizeof(*t->value));
}

/* When lists have different headers, uses only the headers of the rows that the file lists. */
static int
find_columns(struct table *t, struct ledger *l, const struct ledger_run *run, unsigned outcomes,
             struct error *err)
{
	if (ledger_each_list(l, run->id, collect_list, t, err) != 0)
		return -1;
	t->by_rows = t->mixed;
	if (t->by_rows)
		forget_columns(t);
	if (outcomes != 0 && t->by_rows &&
	    ledger_each_line(l, run->id, outcomes, collect_line, t, err) != 0)
		return -1;
	return t->header != NULL ? 0 : ledger_each_list(l, run->id, collect_first, t, err);
}

static int
begin(struct table *t, const struct ledger_run *run, struct error *err)
{
	return file_begin_in(&t->out, run->out, t->rejects ? "rejects.csv" : "failed.csv", err);
}

static int
write_rows(struct table *t, struct ledger *l, const struct ledger_run *run, unsigned outcomes,
           struct error *err)
{
	t->digits_at = t->all.count;
	if (!t->rejects)
		find_digits(t);
	write_header(t);
	return outcomes == 0 ? 0 : ledger_each_line(l, run->id, outcomes, write_row, t, err);
}

/* Few files list a number at risk. Such a file begins anew with the column for it, because another
 * reading of all rows, to find out before, would cost as much as writing the file. */
static int
fill(struct table *t, struct ledger *l, const struct ledger_run *run,
     const int64_t counts[static OUTCOME_COUNT], struct error *err)
{
	unsigned outcomes = outcomes_of(t, counts);
	int result;

	if (find_columns(t, l, run, outcomes, err) != 0)
		return -1;
	t->stops = !t->rejects && !t->by_rows &&
	           columns_find(&t->all, DIGITS_COLUMN, 0) == t->all.count;
	result = write_rows(t, l, run, outcomes, err);
	if (!t->stops || !t->at_risk)
		return result;
	t->stops = false;
	file_abandon(&t->out);
	return begin(t, run, err) == 0 ? write_rows(t, l, run, outcomes, err) : -1;
}

static int
write_table(struct ledger *l, const struct ledger_run *run, bool rejects,
            const int64_t counts[static OUTCOME_COUNT], struct error *err)
{
	struct table t = {.rejects = rejects};
	int result;

	buf_init(&t.piece, RECORD_MAX);
	buf_init(&t.digits, (size_t)NUMBERS * (DIGITS_SIZE + 32));
	result = begin(&t, run, err);
	if (result == 0) {
		result = fill(&t, l, run, counts, err);
		if (result == 0)
			result = file_commit(&t.out, err);
		else
			file_abandon(&t.out);
	}
	columns_free(&t.all);
	columns_free(&t.own);
	free(t.header);
	free(t.last_header);
	free(t.own_header);
	free(t.value);
	buf_release(&t.piece);
	buf_release(&t.digits);
	return result;
}

int
run_files_write(struct ledger *l, const struct ledger_run *run, struct error *err)
{
	int64_t counts[OUTCOME_COUNT] = {0};

	if (ledger_counts(l, run->id, counts, err) != 0 ||
	    write_table(l, run, true, counts, err) != 0 ||
	    write_table(l, run, false, counts, err) != 0)
		return -1;
	return run_summary_write(l, run, err);
}
