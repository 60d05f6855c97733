/*
 * Records: physical lines joined by quotation marks, and marks that never close. The cases of
 * csv-spectrum 2.0.0 (npm; written anew, with its values) go through records and CSV.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/csv.h"
#include "common/records.h"

static const char fault_mark[RECORD_FAULT_COUNT] = {' ', 'O', 'S', 'L'};

/* "LINE FAULT<text>" a record. */
static int
write_down(void *ctx, const struct record *record, struct error *err UNUSED)
{
	struct buf *b = ctx;

	buf_printf(b, "%ld%c<", record->line, fault_mark[record->fault]);
	buf_add(b, record->text, record->len);
	buf_str(b, ">");
	return 0;
}

static void
cut(const char *data, size_t len, size_t piece, records_fn *fn, void *ctx)
{
	struct records *r = records_new(fn, ctx);
	struct error err;

	records_set_delimiter(r, ',');
	for (size_t at = 0; at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;
		char *copy = xmalloc(n);
		memcpy(copy, data + at, n);
		assert_int_equal(records_feed(r, copy, n, &err), 0);
		free(copy);
	}
	assert_int_equal(records_finish(r, &err), 0);
	records_free(r);
}

static const struct {
	const char *text, *want;
} cases[] = {
	{"a\nb\r\nc\rd", "1 <a>2 <b>3 <c>4 <d>"},
	{"\n\r\n\ra", "1 <>2 <>3 <>4 <a>"},
	{"\"a\nb\",c\nd\n", "1 <\"a\nb\",c>3 <d>"},
	{"\"a\r\nb\rc\"\r\nd", "1 <\"a\r\nb\rc\">4 <d>"},
	{"\"a\"\"\n\",b\n", "1 <\"a\"\"\n\",b>"},
	{" \"a\" , b ,\"c\"\t\n", "1 <\"a\", b ,\"c\">"}, /* blanks around marks, others kept */
	{"a\"b,c\n", "1 <a\"b,c>"},                       /* a mark inside is a character */
	/* never closed: at the end, before a later mark, twice */
	{"\"a,b\nc\nd", "1O<\"a,b>2 <c>3 <d>"},
	{"a,\"b\nc,\"d\"\ne", "1O<a,\"b>2 <c,\"d\">3 <e>"},
	{"\"a\n\"b\n\"c\nd\n", "1O<\"a>2O<\"b>3O<\"c>4 <d>"},
	{"\"a\nb\n\n\"c\" x\nd", "1O<\"a>2 <b>3 <>4S<\"c\" x>5 <d>"},
	{"\"a\"b,c\nd\n", "1S<\"a\"b,c>2 <d>"},
	{"\"a\" \"b\n", "1S<\"a\" \"b>"},
	{"\"", "1O<\">"},
	{"\"\r", "1O<\">"},
	/* the unclosed value begins after one that contains a line end */
	{"\"a\nb\",\"c\nd\n", "1O<\"a\nb\",\"c>3 <d>"},
};

static void
cuts_alike_in_pieces_of_every_size(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (size_t piece = 1; piece <= strlen(cases[i].text); piece++) {
			buf_reset(&b);
			cut(cases[i].text, strlen(cases[i].text), piece, write_down, &b);
			if (strcmp(b.data, cases[i].want) != 0)
				fail_msg("case %zu in pieces of %zu: %s", i, piece, b.data);
		}
	buf_release(&b);
}

struct counts {
	size_t of[RECORD_FAULT_COUNT], longest;
	long last;
};

static int
count(void *ctx, const struct record *record, struct error *err UNUSED)
{
	struct counts *c = ctx;

	c->of[record->fault]++;
	c->last = record->line;
	c->longest = record->len > c->longest ? record->len : c->longest;
	return 0;
}

static void
long_lines_and_open_marks_cost_one_record(void **state)
{
	struct counts c = {{0}, 0, 0};
	struct buf b;
	char *x = xmalloc(RECORDS_LINE_MAX * 2);

	(void)state;
	memset(x, 'x', RECORDS_LINE_MAX * 2);
	buf_init(&b, (size_t)RECORDS_LINE_MAX * 8);
	buf_str(&b, "first\n\"opens and never closes\n");
	for (int i = 0; i < 20000; i++) /* more lines than an open value may have */
		buf_str(&b, "a line\n");
	buf_add(&b, x, RECORDS_LINE_MAX);
	buf_str(&b, "\n\"");
	buf_add(&b, x, RECORDS_LINE_MAX * 2);
	buf_str(&b, "\"\nlast\n");
	for (size_t piece = 777; piece < b.len * 100; piece *= 100) {
		c = (struct counts){{0}, 0, 0};
		cut(b.data, b.len, piece, count, &c);
		assert_int_equal(c.of[RECORD_GOOD], 1 + 20000 + 1 + 1);
		assert_int_equal(c.of[RECORD_OPEN_QUOTE], 1);
		assert_int_equal(c.of[RECORD_TOO_LONG], 1);
		assert_int_equal(c.longest, RECORDS_LINE_MAX);
		assert_int_equal(c.last, 20005);
	}
	buf_release(&b);
	free(x);
}

static int
stop_at_two(void *ctx UNUSED, const struct record *record, struct error *err)
{
	return record->line == 2 ? error_set(err, "enough") : 0;
}

static void
stops_when_told(void **state)
{
	static const char *const texts[] = {"a\nb\nc\n", "\"a\nb\nc", "a\n\"b\nc\n"};
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct records *r = records_new(stop_at_two, NULL);
		int rc = records_feed(r, texts[i], strlen(texts[i]), &err);
		if (rc == 0)
			rc = records_finish(r, &err);
		assert_int_equal(rc, -1);
		assert_string_equal(err.text, "enough");
		records_free(r);
	}
	records_free(NULL);
}

/* csv-spectrum: text, and its values as <a><b> with | after each record. */
static const struct {
	const char *name, *text, *want;
} spectrum[] = {
	{"comma_in_quotes",
         "first,last,address,city,zip\nJohn,Doe,120 any st.,\"Anytown, WW\",08123\n",
         "<first><last><address><city><zip>|<John><Doe><120 any st.><Anytown, WW><08123>|"},
	{"empty", "a,b,c\n1,\"\",\"\"\n2,3,4", "<a><b><c>|<1><><>|<2><3><4>|"},
	{"empty_crlf", "a,b,c\r\n1,\"\",\"\"\r\n2,3,4\r\n", "<a><b><c>|<1><><>|<2><3><4>|"},
	{"escaped_quotes", "a,b\n1,\"ha \"\"ha\"\" ha\"\n3,4\n",
         "<a><b>|<1><ha \"ha\" ha>|<3><4>|"},
	{"json",
         "key,val\n1,\"{\"\"type\"\": \"\"Point\"\", \"\"coordinates\"\": [102.0, 0.5]}\"\n",
         "<key><val>|<1><{\"type\": \"Point\", \"coordinates\": [102.0, 0.5]}>|"},
	{"location_coordinates",
         "Phone,Location Coordinates,Cities\n"
         "555,37\357\277\27536'37.8\"N 121\357\277\2752'17.9\"W,Modesto",
         "<Phone><Location Coordinates><Cities>|"
         "<555><37\357\277\27536'37.8\"N 121\357\277\2752'17.9\"W><Modesto>|"},
	{"newlines", "a,b,c\n1,2,3\n\"Once upon \na time\",5,6\n7,8,9\n",
         "<a><b><c>|<1><2><3>|<Once upon \na time><5><6>|<7><8><9>|"},
	{"newlines_crlf", "a,b,c\r\n1,2,3\r\n\"Once upon \r\na time\",5,6\r\n7,8,9\r\n",
         "<a><b><c>|<1><2><3>|<Once upon \r\na time><5><6>|<7><8><9>|"},
	{"quotes_and_newlines", "a,b\n1,\"ha \n\"\"ha\"\" \nha\"\n3,4\n",
         "<a><b>|<1><ha \n\"ha\" \nha>|<3><4>|"},
	{"simple", "a,b,c\n1,2,3", "<a><b><c>|<1><2><3>|"},
	{"simple_crlf", "a,b,c\r\n1,2,3", "<a><b><c>|<1><2><3>|"},
	{"utf8", "a,b,c\n1,2,3\n4,5,\312\244", "<a><b><c>|<1><2><3>|<4><5><\312\244>|"},
};

static int
write_fields(void *ctx, const struct csv_record *record, struct error *err UNUSED)
{
	for (size_t i = 0; i < record->count; i++)
		buf_printf(ctx, "<%s>", record->field[i]);
	buf_char(ctx, '|');
	return 0;
}

static int
to_csv(void *ctx, const struct record *record, struct error *err)
{
	assert_int_equal(record->fault, RECORD_GOOD);
	return csv_feed(ctx, record->text, record->len, err) == 0 ? csv_feed(ctx, "\n", 1, err)
	                                                          : -1;
}

static void
the_cases_of_csv_spectrum_read_as_stated(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(spectrum); i++)
		for (size_t piece = 1; piece <= strlen(spectrum[i].text); piece++) {
			struct csv_reader *csv = csv_reader_new(',', write_fields, &b);
			buf_reset(&b);
			csv_reader_keep_blanks(csv);
			cut(spectrum[i].text, strlen(spectrum[i].text), piece, to_csv, csv);
			csv_reader_free(csv);
			if (strcmp(b.data, spectrum[i].want) != 0)
				fail_msg("%s: %s", spectrum[i].name, b.data);
		}
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_alike_in_pieces_of_every_size),
		cmocka_unit_test(long_lines_and_open_marks_cost_one_record),
		cmocka_unit_test(stops_when_told),
		cmocka_unit_test(the_cases_of_csv_spectrum_read_as_stated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
