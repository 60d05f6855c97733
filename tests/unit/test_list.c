/*
 * Whole lists: every dialect of samples/lists/dialects is read as tests/lists/NAME.expected says,
 * in pieces of every size. With UPDATE=1 in the environment the test writes these files instead.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/file.h"
#include "partner/intake/list.h"
#include "partner/ledger/rows.h"

#define DIALECTS "samples/lists/dialects"
#define EXPECTED "tests/lists"
#define SIZE_MAX_READ ((size_t)1024 * 1024)
#define MANUFACTURER_FIRST "Manufacturer, Model, Serial Number"

static struct values_rule rule = {.sold_to = "0000012345", .received_from = "0000012345"};

static int
on_header(void *ctx, const char *header, struct error *err UNUSED)
{
	buf_printf(ctx, "header %s\n", header);
	return 0;
}

static int
on_row(void *ctx, const struct list_row *in, struct error *err UNUSED)
{
	const struct ledger_row *row = &in->row;
	struct buf *b = ctx;

	buf_printf(b, "%ld ", row->line);
	if (row->outcome == OUTCOME_REJECTED) {
		buf_printf(b, "REJECTED %s: %s\n", row->column, row->reason);
		/* the remedy follows the last ": " */
		assert_non_null(strstr(row->reason, ": "));
	} else {
		buf_printf(b, "pkid=<%s> serial=<%s> manufacturer=<%s> model=<%s> customer=<%s>\n",
		           row->device.pkid, row->device.serial, row->device.manufacturer,
		           row->device.model, in->customer);
	}
	buf_printf(b, "\traw %s\n", row->raw);
	return 0;
}

static void
on_note(void *ctx, long line, const char *text)
{
	buf_printf(ctx, "%ld NOTE %s\n", line, text);
}

/* Everything that is read, as text. */
static void
read_list(const char *data, size_t len, size_t piece, const char *columns, struct buf *out)
{
	static const struct list_events events = {on_header, on_row, on_note};
	struct list_settings settings = {.rule = &rule, .columns = columns, .piece = piece};
	struct list *l = list_new(&settings, &events, out);
	const struct list_facts *facts = list_facts(l);
	struct error err = {""};
	int rc = 0;

	buf_reset(out);
	for (size_t at = 0; rc == 0 && at < len; at += piece)
		rc = list_feed(l, data + at, len - at < piece ? len - at : piece, &err);
	if (rc == 0)
		rc = list_finish(l, &err);
	if (rc != 0)
		buf_printf(out, "REFUSED %s\n", err.text);
	else
		buf_printf(out, "%s, %s, %s: %lld rows, %lld rejected\n", facts->format,
		           facts->encoding, facts->delimiter, (long long)facts->rows,
		           (long long)facts->rejected);
	list_free(l);
}

static void
read_whole_file(const char *path, struct buf *b)
{
	struct error err;

	buf_reset(b);
	if (file_read(path, b, &err) != 0)
		fail_msg("%s", err.text);
}

/* name.csv, or name+columns for the same file with columns given. */
static void
compare(const char *name, const char *columns)
{
	char *list = xasprintf(DIALECTS "/%s.csv", name);
	char *path = xasprintf(EXPECTED "/%s%s.expected", name, columns != NULL ? "+columns" : "");
	struct buf data, want, got;
	struct error err;

	buf_init(&data, SIZE_MAX_READ);
	buf_init(&want, SIZE_MAX_READ);
	buf_init(&got, SIZE_MAX_READ);
	read_whole_file(list, &data);
	if (getenv("UPDATE") != NULL) {
		read_list(data.data, data.len, data.len + 1, columns, &got);
		assert_int_equal(file_write(path, 0644, got.data, got.len, &err), 0);
	}
	read_whole_file(path, &want);
	for (size_t piece = 1; piece <= data.len + 1; piece++) {
		read_list(data.data, data.len, piece, columns, &got);
		if (strcmp(got.data, want.data) != 0)
			fail_msg("%s in pieces of %zu:\n%s\nexpected:\n%s", list, piece, got.data,
			         want.data);
	}
	buf_release(&data);
	buf_release(&want);
	buf_release(&got);
	free(path);
	free(list);
}

static void
reads_every_dialect_in_pieces_of_every_size(void **state)
{
	DIR *dir = opendir(DIALECTS);
	const struct dirent *entry;
	size_t count = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) { /* NOLINT(concurrency-mt-unsafe): one thread */
		char *name = xstrdup(entry->d_name);
		char *dot = strstr(name, ".csv");
		if (dot != NULL) {
			*dot = '\0';
			compare(name, NULL);
			count++;
		}
		free(name);
	}
	closedir(dir);
	assert_true(count > 50);
}

static void
reads_lists_without_a_header_by_the_columns_given(void **state)
{
	(void)state;
	compare("headerless_make_model_serial", MANUFACTURER_FIRST);
	/* the header wins */
	compare("utf8_bom_5col_partner", MANUFACTURER_FIRST);
	/* the columns given win over a guess */
	compare("headerless_one_column", "Product Key ID");
	/* a line in quotation marks is read without them */
	compare("wrapped_without_header", "Serial Number, Manufacturer, Model, Customer");
	/* foreign delimiters at every line end do not belong to the values, at one they do */
	compare("headerless_delimiters_at_line_ends", "Serial Number, Manufacturer, Model");
	compare("headerless_delimiters_at_one_line_end", "Serial Number, Manufacturer, Model");
	/* a line of known names is not a device, even if none of them is an identifier */
	compare("unknown_names", "Serial Number, Manufacturer, Model, Customer");
}

/* Reduces the text to the rows, without the last line and without remarks on the encoding. */
static void
rows_of(struct buf *out)
{
	char *line = out->data, *to = out->data;

	while (*line != '\0') {
		size_t n = strcspn(line, "\n") + 1;
		if (line[n] != '\0' && memmem(line, n, "does not show its encoding", 26) == NULL) {
			memmove(to, line, n);
			to += n;
		}
		line += n;
	}
	*to = '\0';
}

/* Fails unless the bytes give these rows. They are the same list in UTF-16, or with tabs. */
static void
expect_same_rows(const char *name, const struct buf *data, const struct buf *want)
{
	struct buf got;

	buf_init(&got, SIZE_MAX_READ);
	read_list(data->data, data->len, data->len, NULL, &got);
	rows_of(&got);
	if (strcmp(got.data, want->data) != 0)
		fail_msg("%s:\n%s\nexpected:\n%s", name, got.data, want->data);
	buf_release(&got);
}

static bool
to_utf16(const struct buf *from, struct buf *to)
{
	iconv_t cd = iconv_open("UTF-16LE", "UTF-8");
	char *in = from->data, *bytes = xmalloc(from->len * 2 + 2), *out = bytes;
	size_t left = from->len, room = from->len * 2 + 2;
	bool converted = iconv(cd, &in, &left, &out, &room) != (size_t)-1;

	iconv_close(cd);
	buf_reset(to);
	buf_str(to, "\377\376");
	buf_add(to, bytes, (size_t)(out - bytes));
	free(bytes);
	return converted;
}

static void
each_kind_is_the_same_in_utf16_and_with_another_delimiter(void **state)
{
	static const char *const names[] = {
		"type_line",          "two_headers",           "title_lines",
		"carried_along",      "pkid_and_company",      "dashes",
		"customer_name_only", "whole_lines_quoted",    "some_lines_quoted",
		"commented_out",      "pkid_damage",           "no_value",
		"placeholders",       "error_marks",           "dates",
		"quotation_marks",    "quotation_marks_twice", "characters",
		"hash_column",        "short_number_first",    "device_above_header"};
	struct buf data, other, want;

	(void)state;
	buf_init(&data, SIZE_MAX_READ);
	buf_init(&other, SIZE_MAX_READ);
	buf_init(&want, SIZE_MAX_READ);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *path = xasprintf(DIALECTS "/%s.csv", names[i]);
		read_whole_file(path, &data);
		read_list(data.data, data.len, data.len, NULL, &want);
		rows_of(&want);
		assert_true(to_utf16(&data, &other));
		expect_same_rows(names[i], &other, &want);
		/* only lists without quotation marks, semicolons and tabs keep their meaning with
		 * tabs for commas */
		if (strpbrk(data.data, "\";\t") == NULL) {
			for (char *p = strchr(data.data, ','); p != NULL; p = strchr(p, ','))
				*p = '\t';
			expect_same_rows(names[i], &data, &want);
		}
		free(path);
	}
	buf_release(&data);
	buf_release(&other);
	buf_release(&want);
}

/* Rows as they are stored read back as the same rows, so that failed.csv can be fed back. */
struct again {
	struct buf text;
	bool has_header;
};

static int
again_header(void *ctx, const char *header, struct error *err UNUSED)
{
	struct again *a = ctx;

	/* one header a file: the first is enough for these fixtures */
	if (!a->has_header)
		buf_printf(&a->text, "%s\r\n", header);
	a->has_header = true;
	return 0;
}

static int
again_row(void *ctx, const struct list_row *in, struct error *err UNUSED)
{
	struct again *a = ctx;

	buf_printf(&a->text, "%s\r\n", in->row.raw);
	return 0;
}

static void
no_note(void *ctx UNUSED, long line UNUSED, const char *text UNUSED)
{
}

static void
raw_text_of(const struct buf *data, const char *columns, struct again *a)
{
	static const struct list_events events = {again_header, again_row, no_note};
	struct list_settings settings = {.rule = &rule, .columns = columns};
	struct list *l = list_new(&settings, &events, a);
	struct error err;

	buf_init(&a->text, SIZE_MAX_READ);
	a->has_header = false;
	assert_int_equal(list_feed(l, data->data, data->len, &err), 0);
	assert_int_equal(list_finish(l, &err), 0);
	list_free(l);
}

/* Feeds the text again and again, until the list refuses it. */
static void
expect_end(const char *text, int64_t bytes_max, long lines_max, const char *why)
{
	static const struct list_events events = {again_header, again_row, no_note};
	struct list_settings settings = {
		.rule = &rule, .bytes_max = bytes_max, .lines_max = lines_max};
	struct buf chunk;
	struct again a;
	struct list *l = list_new(&settings, &events, &a);
	struct error err = {""};
	int rounds = 0;

	a.has_header = false;
	buf_init(&a.text, (size_t)64 * 1024); /* is full soon, and then drops the rest */
	buf_init(&chunk, (size_t)64 * 1024);
	while (chunk.len + strlen(text) <= (size_t)64 * 1024)
		buf_str(&chunk, text);
	while (list_feed(l, chunk.data, chunk.len, &err) == 0)
		if (rounds++ > 10000)
			fail_msg("%s does not end", text);
	if (strstr(err.text, why) == NULL)
		fail_msg("%s", err.text);
	list_free(l);
	buf_release(&chunk);
	buf_release(&a.text);
}

static void
a_list_that_never_ends_is_refused(void **state UNUSED)
{
	expect_end("x", 0, 0, "line 1: no line end within 16 MiB");
	expect_end("Serial Number,Manufacturer,Model\n", 0, 50000, "at most 50000 lines");
	expect_end("Serial Number,Manufacturer,Model\n", 1024 * 1024, 0, "at most 1 MiB");
}

static void
what_is_fed_back_uncorrected_is_no_better_than_before(void **state)
{
	static const struct {
		const char *name;
		int rejected;
	} cases[] = {
		{"excel_exponent", 9},
		{"unclosed_quotes", 2},
		{"utf8_one_bad_byte", 1},
		{"nul_byte", 1},
		{"words", 4},
		{"unquoted_comma_hidden", 1},
		{"utf16_unpaired_surrogate", 1},
		{"control_and_invisible", 3},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *path = xasprintf(DIALECTS "/%s.csv", cases[i].name);
		struct again a;
		struct buf data, got;
		int rejected = 0;

		buf_init(&data, SIZE_MAX_READ);
		buf_init(&got, SIZE_MAX_READ);
		read_whole_file(path, &data);
		raw_text_of(&data, NULL, &a);
		read_list(a.text.data, a.text.len, 4096, NULL, &got);
		for (const char *p = got.data; (p = strstr(p, " REJECTED ")) != NULL; p++)
			rejected++;
		if (rejected != cases[i].rejected)
			fail_msg("%s: %d rejected:\n%s\n%s", path, rejected, a.text.data, got.data);
		buf_release(&a.text);
		buf_release(&data);
		buf_release(&got);
		free(path);
	}
}

static void
hashes_and_product_keys_are_handed_to_nobody(void **state)
{
	static const char *const names[] = {"utf16le_bom_3col", "secrets_and_placeholders",
	                                    "unquoted_comma_manufacturer", "cp1252_intune_5col"};
	static const char *const never[] = {"T0", "BBBBB", "GGGGG", "HJKMP", "hjkmp"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *path = xasprintf(EXPECTED "/%s.expected", names[i]);
		struct buf text;

		buf_init(&text, SIZE_MAX_READ);
		read_whole_file(path, &text);
		for (size_t n = 0; n < ARRAY_SIZE(never); n++)
			if (strstr(text.data, never[n]) != NULL)
				fail_msg("%s: %s", path, never[n]);
		buf_release(&text);
		free(path);
	}
}

/* 1 % damaged rows cost 1 %; a line too long for any buffer costs one row. */
static void
good_rows_are_read_around_bad_ones(void **state)
{
	struct buf data, got;
	char *x = xmalloc(3 * 1024 * 1024);

	(void)state;
	memset(x, 'x', 3 * 1024 * 1024);
	buf_init(&data, (size_t)64 * 1024 * 1024);
	buf_init(&got, (size_t)64 * 1024 * 1024);
	buf_str(&data, "Product Key ID,Note\n");
	for (int i = 0; i < 20000; i++) {
		static const char *const note[] = {"\"never closed", "\"a\" b", "\377",
		                                   "ok,too many"};
		buf_printf(&data, "33050%08d,%s\n", i + 1,
		           i % 100 == 50 ? note[i / 100 % 4] : "f\303\255ne");
	}
	buf_str(&data, "3305100000000,");
	buf_add(&data, x, 3 * 1024 * 1024);
	buf_str(&data, "\n3305100000001,fine\n");
	for (size_t piece = 1000; piece < (size_t)16 * 1024 * 1024; piece *= 64) {
		read_list(data.data, data.len, piece, NULL, &got);
		assert_non_null(strstr(got.data, ": 20002 rows, 201 rejected\n"));
		assert_non_null(strstr(got.data, "pkid=<3305100000001>"));
	}
	buf_release(&data);
	buf_release(&got);
	free(x);
}

static int
compile_rule(void **state)
{
	struct error err;

	(void)state;
	rule.words = words_new(NULL, &err);
	assert_non_null(rule.words);
	return values_set_pkid(&rule, "^[0-9]{13}$", &err);
}

static int
free_rule(void **state)
{
	(void)state;
	values_release_pkid(&rule);
	words_free((struct words *)(uintptr_t)rule.words);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_dialect_in_pieces_of_every_size),
		cmocka_unit_test(reads_lists_without_a_header_by_the_columns_given),
		cmocka_unit_test(each_kind_is_the_same_in_utf16_and_with_another_delimiter),
		cmocka_unit_test(a_list_that_never_ends_is_refused),
		cmocka_unit_test(what_is_fed_back_uncorrected_is_no_better_than_before),
		cmocka_unit_test(hashes_and_product_keys_are_handed_to_nobody),
		cmocka_unit_test(good_rows_are_read_around_bad_ones),
	};

	return cmocka_run_group_tests(tests, compile_rule, free_rule);
}
