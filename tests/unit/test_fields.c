/*
 * Harmless values: no escape of a pack's files changes them. Tries every text of three bytes, and
 * longer ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/csv.h"
#include "common/json.h"
#include "common/xml.h"
#include "partner/handoff/fields.h"
#include "partner/handoff/tables.h"
#include "partner/ledger/rows.h"

/* The value of the only attribute of a document. */
static void
put_attribute(struct buf *b, const char *text)
{
	struct xml_writer *w = xml_writer_new(4096);
	struct error err = {""};
	const char *data, *from;
	size_t len;

	xml_open(w, "a");
	xml_attr(w, "b", text);
	assert_int_equal(xml_finish(w, &data, &len, &err), 0);
	from = strstr(data, "b=\"") + strlen("b=\"");
	buf_add(b, from, strlen(from) - strlen("\"/>\n"));
	xml_writer_free(w);
}

static void
put_value(struct buf *b, const char *text)
{
	csv_put_safe(b, text, true);
}

static void
put_string(struct buf *b, const char *text)
{
	struct buf json;

	buf_init(&json, 4096);
	json_put_text(&json, text);
	buf_add(b, json.data + 1, json.len - 2);
	buf_release(&json);
}

static void
check(const char *text)
{
	void (*const put[])(struct buf * b, const char *text) = {put_value, put_string,
	                                                         tables_inert, put_attribute};
	struct field f = field_of(text);
	struct buf b;

	assert_string_equal(f.text, text);
	assert_int_equal(f.len, strlen(text));
	if (!f.harmless)
		return;
	assert_null(strpbrk(text, "'\x7f\t\r\n"));
	assert_true(tables_scriptable(&f) || f.len == 0 || f.len > 200);
	buf_init(&b, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(put); i++) {
		buf_reset(&b);
		put[i](&b, text);
		assert_string_equal(b.data, text);
	}
	buf_release(&b);
}

static void
harmless_is_harmless_everywhere(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 1U << 24; n++) {
		char text[] = {(char)(n & 0xff), (char)(n >> 8 & 0xff), (char)(n >> 16), '\0'};

		/* every seventh text, and all texts that begin with "AA" */
		if (n >> 16 < 0x80 && (n % 7 == 0 || (n & 0xffff) == 0x4141))
			check(text);
	}
}

static void
most_values_are_harmless(void **state)
{
	static const char *const harmless[] = {"",       "FB00000001", "3305000000001",
	                                       "Book 1", "RMA-1",      "2026-11-24T03:15:00Z",
	                                       "a/b"};
	static const char *const not [] = {"-1",  " a",  "a ", "a  b", "a\tb",     "a,b",
	                                   "a|b", "a'b", "<",  "a_b",  "\xc3\xa9", "F1*"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++) {
		assert_true(field_of(harmless[i]).harmless);
		check(harmless[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(not ); i++) {
		assert_false(field_of(not [i]).harmless);
		check(not [i]);
	}
	assert_true(field_of(NULL).harmless);
	assert_string_equal(field_of(NULL).text, "");
}

static void
numbers_are_written_whole(void **state)
{
	static const int64_t ids[] = {0, 9, 10, 1000000, INT64_MAX, INT64_MIN, -1};
	struct ledger_row row = {.ticket = ""};
	struct fields f;
	char text[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		row.id = ids[i];
		fields_set(&f, &row);
		snprintf(text, sizeof(text), "%lld", (long long)ids[i]);
		assert_int_equal(f.id.len, strlen(text));
		assert_memory_equal(f.id.text, text, f.id.len);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(harmless_is_harmless_everywhere),
		cmocka_unit_test(most_values_are_harmless),
		cmocka_unit_test(numbers_are_written_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
