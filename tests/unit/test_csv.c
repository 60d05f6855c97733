/* CSV: line numbers are right, chunks change nothing, one bad row costs one row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/csv.h"

/* One record a line: "LINE[!]:<field><field>", '!' if it is too long. */
static int
write_down(void *ctx, const struct csv_record *record, struct error *err)
{
	struct buf *b = ctx;

	(void)err;
	buf_printf(b, "%ld%s:", record->line, record->too_long ? "!" : "");
	for (size_t i = 0; i < record->count; i++) {
		assert_true(record->field[i][record->len[i]] == '\0');
		buf_char(b, '<');
		buf_add(b, record->field[i], record->len[i]);
		buf_char(b, '>');
	}
	buf_char(b, '\n');
	return 0;
}

static void
read_in_chunks(const char *data, size_t len, size_t chunk, char delimiter, struct buf *b)
{
	struct csv_reader *r = csv_reader_new(delimiter, write_down, b);
	struct error err = {""};

	for (size_t at = 0; at < len; at += chunk) {
		size_t n = len - at < chunk ? len - at : chunk;
		char *copy = xmalloc(n); /* so that the sanitizer sees a read past the chunk */
		memcpy(copy, data + at, n);
		assert_int_equal(csv_feed(r, copy, n, &err), 0);
		free(copy);
	}
	assert_int_equal(csv_finish(r, &err), 0);
	csv_reader_free(r);
}

static const struct {
	const char *text, *want;
} cases[] = {
	{"a,b\nc,d\n", "1:<a><b>\n2:<c><d>\n"},
	{"a,b\r\nc,d", "1:<a><b>\n2:<c><d>\n"},
	{"a\rb\rc", "1:<a>\n2:<b>\n3:<c>\n"},
	{"\n\na\n\r\n \nb\n", "3:<a>\n6:<b>\n"},
	{"\"x\ny\",1\nz\n", "1:<x\ny><1>\n3:<z>\n"},
	{"\n\"x\r\n\r\ny\"\r\nz\r\n", "2:<x\r\n\r\ny>\n5:<z>\n"},
	{"\"a\"\"b\",\"\",,\"c,d\"\n", "1:<a\"b><><><c,d>\n"},
	{"a,\n,\n", "1:<a><>\n2:<><>\n"},
	{"\r\r\n\ra\n\r\nb", "4:<a>\n6:<b>\n"},
	{"\"\"\nb\n", "1:<>\n2:<b>\n"},
	{"", ""},
	{"\n\n", ""},
	{"a\n\"open\nto the end", "1:<a>\n2:<open\nto the end>\n"},
};

static void
reads_alike_in_chunks_of_every_size(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t len = strlen(cases[i].text);
		for (size_t chunk = 1; chunk <= len + 1; chunk++) {
			buf_reset(&b);
			read_in_chunks(cases[i].text, len, chunk, ',', &b);
			if (strcmp(b.data, cases[i].want) != 0)
				fail_msg("case %zu in chunks of %zu:\n%s", i, chunk, b.data);
		}
	}
	buf_release(&b);
}

static void
takes_other_delimiters_and_nul(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	read_in_chunks("a;b,c\n", 6, 6, ';', &b);
	read_in_chunks("a\tb\t\tc\n", 7, 2, '\t', &b);
	assert_string_equal(b.data, "1:<a><b,c>\n1:<a><b><><c>\n");
	buf_reset(&b);
	read_in_chunks("a\0b,c\n", 6, 1, ',', &b);
	assert_int_equal(b.len, strlen("1:<a") + 1 + strlen("b><c>\n"));
	assert_memory_equal(b.data, "1:<a\0b><c>\n", b.len);
	buf_release(&b);
}

/* The shape of a record that is too large to write down. */
struct shape {
	long line;
	size_t count, first_len, total;
	bool too_long;
};

struct shapes {
	struct shape shape[8];
	size_t count;
};

static int
measure(void *ctx, const struct csv_record *record, struct error *err)
{
	struct shapes *s = ctx;
	struct shape *to = &s->shape[s->count++];

	(void)err;
	assert_true(s->count <= ARRAY_SIZE(s->shape));
	*to = (struct shape){record->line, record->count, 0, 0, record->too_long};
	for (size_t i = 0; i < record->count; i++)
		to->total += record->len[i];
	to->first_len = record->count > 0 ? record->len[0] : 0;
	return 0;
}

static struct shapes
shapes_of(const char *data, size_t len, size_t chunk)
{
	struct shapes s = {.count = 0};
	struct csv_reader *r = csv_reader_new(',', measure, &s);
	struct error err = {""};

	for (size_t at = 0; at < len; at += chunk)
		assert_int_equal(csv_feed(r, data + at, len - at < chunk ? len - at : chunk, &err),
		                 0);
	assert_int_equal(csv_finish(r, &err), 0);
	csv_reader_free(r);
	return s;
}

static void
fill(struct buf *b, size_t n)
{
	char *x = xmalloc(n);

	memset(x, 'x', n);
	buf_add(b, x, n);
	free(x);
}

/* before, a field of n bytes, after: one bad row between two good ones. */
static struct shapes
with_field_of(size_t n, const char *after)
{
	struct buf b;
	struct shapes s;

	buf_init(&b, (size_t)8 * CSV_RECORD_MAX);
	buf_str(&b, "good,1\n");
	fill(&b, n);
	buf_str(&b, after);
	buf_str(&b, "\ngood,2\n");
	s = shapes_of(b.data, b.len, 65536);
	buf_release(&b);
	assert_int_equal(s.count, 3);
	assert_int_equal(s.shape[1].line, 2);
	assert_true(s.shape[2].line == 3 && s.shape[2].count == 2 && !s.shape[2].too_long);
	return s;
}

static void
a_row_too_long_costs_one_row(void **state)
{
	struct shapes s;

	(void)state;
	s = with_field_of(CSV_RECORD_MAX / 2, ",a");
	assert_true(!s.shape[1].too_long && s.shape[1].count == 2);
	s = with_field_of((size_t)CSV_RECORD_MAX * 2, "");
	assert_true(s.shape[1].too_long && s.shape[1].total <= CSV_RECORD_MAX);
	s = with_field_of((size_t)CSV_RECORD_MAX * 2, ",a,b");
	assert_true(s.shape[1].too_long && s.shape[1].total <= CSV_RECORD_MAX);
	assert_true(s.shape[1].first_len > CSV_RECORD_MAX / 2); /* cut, not replaced by the next */
}

/* Lengths around the limit: the bytes that follow must not be read as values. */
static void
the_limit_holds_at_the_limit(void **state)
{
	struct buf after;

	(void)state;
	buf_init(&after, (size_t)4 * CSV_RECORD_MAX);
	buf_char(&after, ',');
	fill(&after, (size_t)2 * CSV_RECORD_MAX);
	for (size_t n = CSV_RECORD_MAX - 3; n <= CSV_RECORD_MAX + 3; n++) {
		struct shapes s = with_field_of(n, after.data);
		if (!s.shape[1].too_long || s.shape[1].total > CSV_RECORD_MAX)
			fail_msg("%zu: %zu bytes in all", n, s.shape[1].total);
	}
	buf_release(&after);
}

static void
too_many_fields_cost_one_row(void **state)
{
	struct shapes s;
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	for (int i = 1; i < CSV_FIELDS_MAX; i++)
		buf_char(&b, ',');
	buf_char(&b, '\n');
	for (int i = 1; i < CSV_FIELDS_MAX + 1; i++)
		buf_char(&b, ',');
	buf_str(&b, "\nlast\n");
	s = shapes_of(b.data, b.len, 1000);
	buf_release(&b);
	assert_int_equal(s.count, 3);
	assert_true(s.shape[0].count == CSV_FIELDS_MAX && !s.shape[0].too_long);
	assert_true(s.shape[1].count == CSV_FIELDS_MAX && s.shape[1].too_long);
	assert_true(s.shape[2].count == 1 && s.shape[2].line == 3 && !s.shape[2].too_long);
}

#define TEXT(literal) \
	{ \
		literal, sizeof(literal) - 1 \
	}

static const struct {
	const char *text;
	size_t len;
} records[] = {
	TEXT(""),          TEXT("a"),       TEXT(" "),           TEXT(","),
	TEXT("a,b"),       TEXT("a, b ,"),  TEXT(" a ,b;c,\td"), TEXT("a;b\tc;;"),
	TEXT("\"a,b\",c"), TEXT("a\"b,c"),  TEXT("a\nb,c"),      TEXT("a\rb"),
	TEXT("a\r"),       TEXT("a\0b,\0"), TEXT("\001a,b"),     TEXT("M\303\274ller,b"),
	TEXT("a,\177"),    TEXT("[a,b]"),
};

/* Reads text between two other records, as one record or as bytes and a line end. */
static void
read_record(size_t i, char delimiter, unsigned options, bool whole, struct buf *b)
{
	struct csv_reader *r = csv_reader_new(delimiter, write_down, b);
	struct error err = {""};

	buf_reset(b);
	if ((options & 1) != 0)
		csv_reader_keep_blanks(r);
	if ((options & 2) != 0)
		csv_reader_set_quotes(r, false);
	assert_int_equal(csv_feed(r, "first\n", 6, &err), 0);
	csv_reader_set_line(r, 7);
	if (whole)
		assert_int_equal(csv_feed_record(r, records[i].text, records[i].len, &err), 0);
	else
		assert_true(csv_feed(r, records[i].text, records[i].len, &err) == 0 &&
		            csv_feed(r, "\n", 1, &err) == 0);
	assert_int_equal(csv_feed(r, "last\n", 5, &err), 0);
	assert_int_equal(csv_finish(r, &err), 0);
	csv_reader_free(r);
}

static void
a_whole_record_is_read_like_its_bytes(void **state)
{
	static const char delimiters[] = ",;\t";
	struct buf whole, bytes;

	(void)state;
	buf_init(&whole, 4096);
	buf_init(&bytes, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(records) * 12; i++) {
		size_t text = i / 12;
		char delimiter = delimiters[i % 3];
		unsigned options = i / 3 % 4;
		read_record(text, delimiter, options, true, &whole);
		read_record(text, delimiter, options, false, &bytes);
		if (whole.len != bytes.len || memcmp(whole.data, bytes.data, bytes.len) != 0)
			fail_msg("record %zu, delimiter %d, options %u:\n%sinstead of\n%s", text,
			         delimiter, options, whole.data, bytes.data);
	}
	buf_release(&whole);
	buf_release(&bytes);
}

static struct shapes
shapes_of_record(const char *text, size_t len)
{
	struct shapes s = {.count = 0};
	struct csv_reader *r = csv_reader_new(',', measure, &s);
	struct error err = {""};

	csv_reader_keep_blanks(r);
	assert_int_equal(csv_feed_record(r, text, len, &err), 0);
	assert_int_equal(csv_feed_record(r, "a,b", 3, &err), 0);
	assert_int_equal(csv_finish(r, &err), 0);
	csv_reader_free(r);
	assert_true(s.count == 2 && s.shape[1].count == 2 && !s.shape[1].too_long);
	return s;
}

static void
the_limits_hold_for_a_whole_record(void **state)
{
	struct shapes s;
	struct buf b;

	(void)state;
	buf_init(&b, (size_t)2 * CSV_RECORD_MAX);
	for (int i = 1; i < CSV_FIELDS_MAX; i++)
		buf_char(&b, ',');
	s = shapes_of_record(b.data, b.len);
	assert_true(s.shape[0].count == CSV_FIELDS_MAX && !s.shape[0].too_long);
	buf_char(&b, ',');
	s = shapes_of_record(b.data, b.len);
	assert_true(s.shape[0].count == CSV_FIELDS_MAX && s.shape[0].too_long);
	buf_reset(&b);
	fill(&b, CSV_RECORD_MAX);
	s = shapes_of_record(b.data, b.len);
	assert_true(s.shape[0].total == CSV_RECORD_MAX && !s.shape[0].too_long);
	buf_char(&b, 'x');
	s = shapes_of_record(b.data, b.len);
	assert_true(s.shape[0].total == CSV_RECORD_MAX && s.shape[0].too_long);
	buf_release(&b);
}

struct looks {
	bool visible, bare;
	struct buf put, put_field;
};

static int
look(void *ctx, const struct csv_record *record, struct error *err)
{
	struct looks *l = ctx;

	(void)err;
	l->visible = record->visible;
	l->bare = record->bare;
	for (size_t i = 0; i < record->count; i++) {
		csv_put(&l->put, record->field[i], i == 0);
		csv_put_field(&l->put_field, record, i);
	}
	return 0;
}

static struct looks
look_at(const char *text, char delimiter, bool quotes)
{
	struct looks l = {.visible = false};
	struct csv_reader *r = csv_reader_new(delimiter, look, &l);
	struct error err = {""};

	buf_init(&l.put, 4096);
	buf_init(&l.put_field, 4096);
	csv_reader_keep_blanks(r);
	csv_reader_set_quotes(r, quotes);
	assert_int_equal(csv_feed_record(r, text, strlen(text), &err), 0);
	csv_reader_free(r);
	assert_string_equal(l.put_field.data, l.put.data);
	buf_release(&l.put);
	buf_release(&l.put_field);
	return l;
}

static void
looks_at_whole_records(void **state)
{
	static const struct {
		const char *text;
		char delimiter;
		bool quotes, visible, bare;
	} looked[] = {
		{"a, b ,c", ',', true, true, true},       {"a;b", ';', true, true, true},
		{"a,b;c", ',', true, true, false},        {"a;b,c", ';', true, true, false},
		{"a|b", '|', true, true, true},           {"a|b,c", '|', true, true, false},
		{"a|b;c", '|', true, true, false},        {"{a,b", ',', true, true, true},
		{"a,\"b\"", ',', true, false, false},     {"a,b\"c", ',', false, true, false},
		{"a\tb", '\t', true, false, false},       {"a,\177", ',', true, false, false},
		{"M\303\274,b", ',', true, false, false}, {"a,\001", ',', true, false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(looked); i++) {
		struct looks l = look_at(looked[i].text, looked[i].delimiter, looked[i].quotes);
		if (l.visible != looked[i].visible || l.bare != looked[i].bare)
			fail_msg("\"%s\": visible %d, bare %d", looked[i].text, l.visible, l.bare);
	}
}

static int
stop_at_two(void *ctx, const struct csv_record *record, struct error *err)
{
	int *calls = ctx;

	++*calls;
	return record->line == 2 ? error_set(err, "enough") : 0;
}

static void
stops_when_told(void **state)
{
	struct error err = {""};
	int calls = 0;
	struct csv_reader *r = csv_reader_new(',', stop_at_two, &calls);

	(void)state;
	assert_int_equal(csv_feed(r, "a\nb\nc\nd\n", 8, &err), -1);
	assert_string_equal(err.text, "enough");
	assert_int_equal(calls, 2);
	assert_int_equal(csv_finish(r, &err), -1);
	assert_int_equal(calls, 2);
	csv_reader_free(r);
	csv_reader_free(NULL);
}

/* An unclosed quotation mark must not use memory without limit, and the error names its line. */
static void
an_open_quote_ends_the_reading(void **state)
{
	struct csv_reader *r;
	struct error err = {""};
	struct shapes s = {.count = 0};
	struct buf b;
	int rc = 0;

	(void)state;
	buf_init(&b, 65536);
	fill(&b, 60000);
	buf_char(&b, '\n');
	r = csv_reader_new(',', measure, &s);
	assert_int_equal(csv_feed(r, "a\nb,\"", 5, &err), 0);
	for (int i = 0; rc == 0 && i < 200; i++)
		rc = csv_feed(r, b.data, b.len, &err);
	assert_int_equal(rc, -1);
	assert_non_null(strstr(err.text, "line 2"));
	csv_reader_free(r);
	buf_release(&b);
}

static void
writes_what_it_reads(void **state)
{
	static const char *const fields[] = {"a",    "",       " b ", "c,d",
	                                     "e\"f", "g\r\nh", "i;j", "k\tl"};
	struct buf b, back;

	(void)state;
	buf_init(&b, 4096);
	buf_init(&back, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		csv_put(&b, fields[i], i == 0);
	csv_end(&b);
	assert_string_equal(b.data,
	                    "a,,\" b \",\"c,d\",\"e\"\"f\",\"g\r\nh\",\"i;j\",\"k\tl\"\r\n");
	read_in_chunks(b.data, b.len, 3, ',', &back);
	assert_string_equal(back.data, "1:<a><>< b ><c,d><e\"f><g\r\nh><i;j><k\tl>\n");
	buf_release(&b);
	buf_release(&back);
}

static void
disarms_formulas(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	csv_put_safe(&b, "=1+1", true);
	csv_put_safe(&b, "+a\"", false);
	csv_put_safe(&b, "-1", false);
	csv_put_safe(&b, "@x", false);
	csv_put_safe(&b, "\tx", false);
	csv_put_safe(&b, "\rx", false);
	csv_put_safe(&b, "a=b", false);
	csv_put_safe(&b, "", false);
	assert_string_equal(b.data, "\"'=1+1\",\"'+a\"\"\",\"'-1\",\"'@x\",\"'\tx\",\"'\rx\",a=b,");
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_alike_in_chunks_of_every_size),
		cmocka_unit_test(takes_other_delimiters_and_nul),
		cmocka_unit_test(a_row_too_long_costs_one_row),
		cmocka_unit_test(the_limit_holds_at_the_limit),
		cmocka_unit_test(too_many_fields_cost_one_row),
		cmocka_unit_test(a_whole_record_is_read_like_its_bytes),
		cmocka_unit_test(the_limits_hold_for_a_whole_record),
		cmocka_unit_test(looks_at_whole_records),
		cmocka_unit_test(stops_when_told),
		cmocka_unit_test(an_open_quote_ends_the_reading),
		cmocka_unit_test(writes_what_it_reads),
		cmocka_unit_test(disarms_formulas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
