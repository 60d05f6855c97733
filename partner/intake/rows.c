/* Prepares fields, has them judged by values.c, and watches for faults that all rows share. */
#include "partner/intake/rows.h"

#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "common/unicode.h"
#include "partner/intake/damage.h"
#include "partner/intake/secrets.h"
#include "partner/intake/stored_row.h"

#define BROKEN_FEW 10   /* so many damaged rows do not make a list unusable */
#define FIRST_LINES 3   /* shown when all rows have one fault */
#define FIRST_BYTES 120 /* of each */
#define EXAMPLE_BYTES 40
#define DIGITS "0123456789"

void
rows_init(struct rows *r, const struct values_rule *rule, const struct list_events *events,
          void *ctx)
{
	*r = (struct rows){.rule = rule,
	                   .events = events,
	                   .ctx = ctx,
	                   .sound = sound_new(),
	                   .all_rejected = true,
	                   .same_reason = true};
	buf_init(&r->raw, CSV_RECORD_MAX * 3);
	buf_init(&r->customer, CSV_RECORD_MAX * 3);
	buf_init(&r->customer_name, CSV_RECORD_MAX * 3);
	buf_init(&r->first, (size_t)FIRST_LINES * (FIRST_BYTES + 32));
}

void
rows_release(struct rows *r)
{
	column_map_release(&r->map);
	sound_free(r->sound);
	buf_release(&r->raw);
	buf_release(&r->customer);
	buf_release(&r->customer_name);
	buf_release(&r->first);
}

bool
rows_is_broken(const struct csv_record *record)
{
	for (size_t i = 0; i < record->count; i++)
		if (strlen(record->field[i]) != record->len[i] ||
		    !text_is_utf8(record->field[i], record->len[i]))
			return true;
	return false;
}

/* ---- fields ---- */

static bool
is_tuple_column(const struct rows *r, size_t i)
{
	return i == r->map.at[COLUMN_SERIAL] || i == r->map.at[COLUMN_MANUFACTURER] ||
	       i == r->map.at[COLUMN_MODEL];
}

static bool
is_judged_column(const struct rows *r, size_t i)
{
	for (enum column c = 0; c < COLUMN_HASH; c++)
		if (r->map.at[c] == i)
			return true;
	return false;
}

/* Blanks of serial, manufacturer and model belong to the value (doc/wire.md, section 5.2). Other
 * values lose theirs. */
static void
trim(const struct rows *r, const struct rows_record *record)
{
	const struct csv_record *f = record->fields;

	for (size_t i = 0; i < f->count; i++)
		if (f->len[i] > 0 &&
		    (text_is_blank(f->field[i][0]) || text_is_blank(f->field[i][f->len[i] - 1])) &&
		    (!r->has_map || !is_tuple_column(r, i) ||
		     strspn(f->field[i], " \t") == f->len[i]))
			csv_reader_trim(record->reader, i);
}

static void
drop_quotes(struct rows *r, const struct rows_record *record)
{
	const struct csv_record *f = record->fields;

	for (size_t i = 0; i < f->count; i++) {
		size_t from = 0, len = f->len[i], open, close;
		if (f->field[i][0] != '"' && (unsigned char)f->field[i][0] < 0x80)
			continue;
		if (strlen(f->field[i]) != f->len[i])
			continue;
		/* all pairs, so that a list of what is left is read the same */
		for (; damage_is_quoted(f->field[i] + from, len, &open, &close);
		     len -= open + close)
			from += open;
		if (from == 0)
			continue;
		remarks_add(&r->remarks, REMARK_QUOTES, f->line, f->field[i]);
		csv_reader_cut(record->reader, i, from, len);
	}
}

/* Foreign delimiters at the end of a value, perhaps with blanks between and after them. The list's own
 * delimiter cannot be among them. */
struct tail {
	size_t count; /* delimiters */
	size_t len;   /* bytes */
};

static bool
is_foreign(char c)
{
	return c == ';' || c == '\t' || c == ',' || c == '|';
}

static struct tail
tail_of(const char *text, size_t len)
{
	struct tail tail = {0};

	for (size_t n = 1; n <= len; n++) {
		char c = text[len - n];
		if (c != ' ' && !is_foreign(c))
			break;
		tail.count += c != ' ' ? 1 : 0;
		tail.len = c != ' ' ? n : tail.len;
	}
	return tail;
}

/* The last value that is not empty. false: all are empty. */
static bool
last_value(const struct csv_record *f, size_t *ret)
{
	size_t n = f->count;

	while (n > 0 && f->len[n - 1] == 0)
		n--;
	*ret = n - 1;
	return n > 0;
}

static void
cut_tail(struct rows *r, struct rows_record *record)
{
	const struct csv_record *f = record->fields;
	struct tail tail;
	size_t last;

	if (!last_value(f, &last))
		return;
	tail = tail_of(f->field[last], f->len[last]);
	if (tail.count == 0 || r->tail == 0 || tail.count < r->tail)
		return;
	remarks_add(&r->remarks, REMARK_TAIL, f->line, "");
	csv_reader_cut(record->reader, last, 0, f->len[last] - tail.len);
}

/* A tail that is not the list's, or stood in quotation marks, belongs to no value. */
static void
find_tail(const struct rows *r, struct rows_record *record)
{
	const struct csv_record *f = record->fields;
	size_t last;

	if (record->fault == NULL && last_value(f, &last) && is_judged_column(r, last) &&
	    tail_of(f->field[last], f->len[last]).count > 0)
		record->fault = "foreign delimiters stand at the end of the line: remove them";
}

void
rows_tidy(struct rows *r, struct rows_record *record)
{
	const struct csv_record *f = record->fields;
	size_t last;

	if (last_value(f, &last)) /* before trim(), because a tab is also a blank */
		record->tail = tail_of(f->field[last], f->len[last]).count;
	trim(r, record);
	if (!r->has_map)
		return;
	cut_tail(r, record);
	if (!f->bare)
		drop_quotes(r, record);
	find_tail(r, record);
}

void
rows_tidy_header(struct rows *r, struct rows_record *record)
{
	const struct csv_record *f = record->fields;
	struct tail tail = {0};
	size_t last;

	if (last_value(f, &last)) {
		tail = tail_of(f->field[last], f->len[last]);
		csv_reader_cut(record->reader, last, 0, f->len[last] - tail.len);
	}
	r->tail = record->tail > tail.count ? record->tail : tail.count;
}

size_t
rows_line_tail(const char *text, size_t len, char delimiter)
{
	while (len > 0 && (text[len - 1] == delimiter || text[len - 1] == ' '))
		len--;
	return tail_of(text, len).count;
}

/* ---- rows ---- */

/* A numeric serial that is shorter than its neighbours may have lost leading zeros (doc/lists.md,
 * section 2, quirk 7c). */
static void
watch_numbers(struct rows *r, long line, const struct device_id *d)
{
	size_t n;
	uint64_t kind;

	if (!text_all_of(d->serial, DIGITS))
		return;
	n = strlen(d->serial);
	kind = text_hash(TEXT_HASH_START, d->manufacturer, strlen(d->manufacturer) + 1);
	kind = text_hash(kind, d->model, strlen(d->model));
	if (kind == r->numbers.kind && n < r->numbers.digits) {
		remarks_add(&r->remarks, REMARK_SHORT_NUMBER, line, d->serial);
		return;
	}
	if (kind == r->numbers.kind && n == r->numbers.digits) {
		r->numbers.rows++;
		return;
	}
	if (kind == r->numbers.kind) { /* all serials before it are shorter */
		remarks_add(&r->remarks, REMARK_SHORT_NUMBER, r->numbers.line, r->numbers.example);
		r->remarks.of[REMARK_SHORT_NUMBER].rows += r->numbers.rows - 1;
	}
	r->numbers.kind = kind;
	r->numbers.digits = n;
	r->numbers.rows = 1;
	r->numbers.line = line;
	text_copy(r->numbers.example, sizeof(r->numbers.example), d->serial);
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

/* One form for keys that look equal: NFC, and single blanks. */
static const char *
one_form(struct buf *b, const char *text)
{
	if (unicode_is_tidy(text))
		return text;
	buf_reset(b);
	unicode_tidy(b, text);
	return b->data;
}

static void
add_remarks(struct rows *r, const struct csv_record *record)
{
	for (enum remark m = 0; m < REMARK_COUNT; m++)
		if ((r->verdict.remarks & 1U << m) != 0)
			remarks_add(&r->remarks, m, record->line,
			            remark_column(m) != COLUMN_COUNT
			                    ? column_field(&r->map, record, remark_column(m))
			                    : "");
}

/* Remarks once how the values were read if the file does not show its encoding. */
static void
show_encoding(struct rows *r, const struct csv_record *record)
{
	char example[EXAMPLE_BYTES], text[ERROR_TEXT_MAX];

	if (rows_is_broken(record)) {
		snprintf(
			text, sizeof(text),
			"the list does not show its encoding and is not %s: save it as CSV UTF-8 or "
			"set [lists] encoding",
			r->read_as);
		r->events->note(r->ctx, record->line, text);
		r->read_as = NULL;
	}
	for (size_t i = 0; i < record->count && r->read_as != NULL; i++) {
		if (text_is_plain(record->field[i], record->len[i]) ||
		    !text_is_utf8(record->field[i], record->len[i]))
			continue;
		secret_printable(example, sizeof(example), record->field[i]);
		snprintf(text, sizeof(text),
		         "the list does not show its encoding and is read as %s, for example "
		         "\"%s\": if that is wrong, save it as CSV UTF-8 or set [lists] encoding",
		         r->read_as, example);
		r->events->note(r->ctx, record->line, text);
		r->read_as = NULL;
	}
}

/* The user named the columns, and the first row has no digit: it may be a header instead of a
 * device. */
static bool
looks_like_names(const struct rows *r, const struct csv_record *record)
{
	if (!r->check_names || r->count > 0 || record->count < 2)
		return false;
	for (size_t i = 0; i < record->count; i++)
		if (strpbrk(record->field[i], DIGITS) != NULL)
			return false;
	return true;
}

static void
reject_fault(struct rows *r, const struct rows_record *record, struct list_row *out)
{
	struct values_verdict *v = &r->verdict;

	if (record->fault == NULL && !looks_like_names(r, record->fields))
		return;
	if (record->fault == NULL)
		snprintf(v->reason, sizeof(v->reason),
		         "line %ld looks like a line of column names: remove it, or if it is a "
		         "device move it behind another one",
		         record->fields->line);
	else
		snprintf(v->reason, sizeof(v->reason), "line %ld: %s", record->fields->line,
		         record->fault);
	v->column = "";
	out->row.outcome = OUTCOME_REJECTED;
}

static int
refuse_all(const struct rows *r, struct error *err)
{
	return error_set(err,
	                 "each of the first %d rows is rejected%s: %s%s%s (the list begins: %s)",
	                 LIST_REJECTED_MAX, r->same_reason ? " for one reason" : ", the last one",
	                 r->verdict.column, r->verdict.column[0] != '\0' ? ": " : "",
	                 r->verdict.reason, r->first.data);
}

/* The remedy follows the last ": " and is the same for all values with one fault. */
static int
watch_reasons(struct rows *r, const struct list_row *out, struct error *err)
{
	const char *advice = r->verdict.reason, *next;
	char line[FIRST_BYTES];
	uint64_t reason;

	if (!r->all_rejected || r->count > LIST_REJECTED_MAX)
		return 0;
	if (r->count <= FIRST_LINES) {
		secret_printable(line, sizeof(line), out->row.raw);
		buf_printf(&r->first, "%s%s", r->count > 1 ? " | " : "", line);
	}
	while ((next = strstr(advice, ": ")) != NULL)
		advice = next + 2;
	reason = text_hash(TEXT_HASH_START, advice, strlen(advice));
	reason = text_hash(reason, r->verdict.column, strlen(r->verdict.column));
	if (r->count == 1)
		r->reason = reason;
	r->same_reason = r->same_reason && reason == r->reason;
	r->all_rejected = out->row.outcome == OUTCOME_REJECTED;
	return r->all_rejected && r->count == LIST_REJECTED_MAX ? refuse_all(r, err) : 0;
}

static void
count_row(struct rows *r, const struct csv_record *record, struct list_row *out)
{
	r->count++;
	if (out->row.outcome != OUTCOME_REJECTED) {
		add_remarks(r, record);
		watch_numbers(r, record->line, &out->row.device);
		return;
	}
	r->rejected++;
	r->broken += rows_is_broken(record) ? 1 : 0;
	blank_unfit(out);
}

int
rows_add(struct rows *r, const struct rows_record *rec, struct error *err)
{
	struct csv_record record = *rec->fields;
	struct list_row out = {.row = {.line = record.line, .outcome = OUTCOME_NOT_SENT}};
	struct values_verdict *v = &r->verdict;

	record.too_long = record.too_long || rec->too_long;
	values_judge(r->rule, &r->map, &record, r->sound, &out.row, v);
	out.customer = one_form(&r->customer, column_field(&r->map, &record, COLUMN_CUSTOMER));
	out.customer_name = v->no_name ? ""
	                               : one_form(&r->customer_name,
	                                          column_field(&r->map, &record,
	                                                       COLUMN_CUSTOMER_NAME));
	out.tenant = v->tenant;
	reject_fault(r, rec, &out);
	if (r->read_as != NULL)
		show_encoding(r, &record);
	stored_row_write(&r->raw, &r->map, &record, out.row.outcome == OUTCOME_REJECTED);
	out.row.raw = r->raw.data;
	out.row.reason = v->reason;
	out.row.column = v->column;
	count_row(r, &record, &out);
	if (watch_reasons(r, &out, err) != 0)
		return -1;
	return r->events->row(r->ctx, &out, err);
}

int
rows_finish(struct rows *r, const char *encoding, struct error *err)
{
	struct buf text;

	if (r->count == 0)
		return error_set(err, "the list holds no device");
	if (r->broken > BROKEN_FEW && r->broken > r->count / 2)
		return error_set(err,
		                 "%lld of %lld rows contain NUL bytes or damaged characters, so it "
		                 "is not valid %s: save the list as CSV UTF-8",
		                 (long long)r->broken, (long long)r->count, encoding);
	buf_init(&text, ERROR_TEXT_MAX);
	for (enum remark m = 0; m < REMARK_COUNT; m++) {
		long line = 0;
		buf_reset(&text);
		if (remarks_say(&r->remarks, m, &text, &line))
			r->events->note(r->ctx, line, text.data);
	}
	buf_release(&text);
	return 0;
}
