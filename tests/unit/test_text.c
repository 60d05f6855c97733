/* Strings: limits at the limit, UTF-8 against RFC 3629, numbers and durations as a whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "common/text.h"

static void
copies_what_fits_and_says_so(void **state)
{
	char dst[4];

	(void)state;
	assert_true(text_copy(dst, sizeof(dst), "abc"));
	assert_string_equal(dst, "abc");
	assert_false(text_copy(dst, sizeof(dst), "abcd"));
	assert_string_equal(dst, "abc");
	assert_true(text_copy(dst, sizeof(dst), ""));
	assert_string_equal(dst, "");
	assert_false(text_copy(dst, 0, "a"));
}

static void
compares_without_case_in_ascii_only(void **state)
{
	(void)state;
	assert_true(text_equal_nocase("AbZ-9", "aBz-9"));
	assert_true(text_equal_nocase("", ""));
	assert_false(text_equal_nocase("abc", "ab"));
	assert_false(text_equal_nocase("ab", "abc"));
	assert_false(text_equal_nocase("\xc3\x84", "\xc3\xa4")); /* A and a with diaeresis */
	assert_false(text_equal_nocase("[", "{"));               /* 32 apart, but not letters */
}

static void
finds_a_part_without_case(void **state)
{
	(void)state;
	assert_true(text_contains_nocase("Dell Inc.", "dell"));
	assert_true(text_contains_nocase("by dedELL", "dell"));
	assert_true(text_contains_nocase("x", ""));
	assert_true(text_contains_nocase("", ""));
	assert_false(text_contains_nocase("", "dell"));
	assert_false(text_contains_nocase("Del", "dell"));
	assert_false(text_contains_nocase("De ll", "dell"));
}

static void
finds_a_byte_order_mark_at_the_start_only(void **state)
{
	(void)state;
	assert_int_equal(text_mark_length("\xef\xbb\xbf{}", 5), 3);
	assert_int_equal(text_mark_length("\xef\xbb\xbf", 3), 3);
	assert_int_equal(text_mark_length("\xef\xbb\xbf", 2), 0);
	assert_int_equal(text_mark_length("{\xef\xbb\xbf", 4), 0);
	assert_int_equal(text_mark_length("", 0), 0);
	assert_int_equal(text_scheme_length("git+ssh://host"), 7);
	assert_int_equal(text_scheme_length("://host"), 0);
}

static void
trims_blanks_and_tabs_only(void **state)
{
	char both[] = " \t a b\t ", none[] = "\n", all[] = " \t ";

	(void)state;
	assert_string_equal(text_trim(both), "a b");
	assert_string_equal(text_trim(none), "\n");
	assert_string_equal(text_trim(all), "");
	assert_true(text_has_outer_blank(" a"));
	assert_true(text_has_outer_blank("a\t"));
	assert_false(text_has_outer_blank("a b"));
	assert_false(text_has_outer_blank(""));
}

static void
knows_utf8(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{"", true},
		{"a", true},
		{"\xc3\xbc", true},
		{"\xe2\x82\xac", true},
		{"\xf0\x9f\x92\xbb", true},
		{"\xf4\x8f\xbf\xbf", true},
		{"\xed\x9f\xbf", true},
		{"\x80", false},
		{"\xc3", false},
		{"\xe2\x82", false},
		{"\xf0\x9f\x92", false},
		{"\xc0\xaf", false},
		{"\xc1\xbf", false},
		{"\xe0\x9f\xbf", false},
		{"\xf0\x8f\xbf\xbf", false},
		{"\xed\xa0\x80", false},
		{"\xed\xbf\xbf", false},
		{"\xf4\x90\x80\x80", false},
		{"\xf5\x80\x80\x80", false},
		{"\xff", false},
		{"a\xc3"
	         "b",
	         false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (text_is_utf8(cases[i].text, strlen(cases[i].text)) != cases[i].good)
			fail_msg("case %zu", i);
	assert_true(text_is_utf8("a\0b", 3));
	assert_false(text_is_utf8("\xc3\xbc", 1)); /* does not look past len */
}

static void
masks_what_moves_a_cursor(void **state)
{
	char dst[16];

	(void)state;
	text_printable(dst, sizeof(dst), "a\x1b[2J\x7f");
	assert_string_equal(dst, "a?[2J?");
	text_printable(dst, sizeof(dst), "\xc3\xbc\n\xff");
	assert_string_equal(dst, "\xc3\xbc??");
	text_printable(dst, sizeof(dst),
	               "a\xc2\x9b"
	               "b\xe2\x80\xae"
	               "c"); /* CSI of C1, RLO */
	assert_string_equal(dst, "a?b?c");
	text_printable(dst, sizeof(dst), "\xd8\x9c\xe2\x81\xa9\xc2\xa0");
	assert_string_equal(dst, "??\xc2\xa0");
	text_printable(dst, 4, "ab\xc3\xbc"); /* cut inside a character */
	assert_string_equal(dst, "ab?");
	assert_true(text_has_control("a\tb"));
	assert_true(text_has_control("\x7f"));
	assert_false(text_has_control("\xc3\xbc ~"));
	assert_true(text_all_of("abba", "ab"));
	assert_false(text_all_of("abc", "ab"));
	assert_false(text_all_of("", "ab"));
}

static void
reads_whole_numbers_within_bounds(void **state)
{
	static const char *const bad[] = {
		"",   "-", " 1", "1 ", "+1", "1x", "0x1", "--1", "11", "-6", "99999999999999999999",
		"1.0"};
	long long value = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (text_number(bad[i], -5, 10, &value))
			fail_msg("'%s' was taken", bad[i]);
	assert_int_equal(value, 77);
	assert_true(text_number("10", -5, 10, &value));
	assert_int_equal(value, 10);
	assert_true(text_number("-5", -5, 10, &value));
	assert_int_equal(value, -5);
	assert_true(text_number("9223372036854775807", 0, INT64_MAX, &value));
	assert_true(value == INT64_MAX);
}

static void
reads_durations(void **state)
{
	static const struct {
		const char *text;
		long long ms;
	} good[] = {
		{"0", 0},       {"0s", 0},       {"200ms", 200},      {"30s", 30000},
		{"5m", 300000}, {"2h", 7200000}, {"14d", 1209600000}, {"366d", 31622400000},
	};
	static const char *const bad[] = {"",
	                                  "5",
	                                  "s",
	                                  "-1s",
	                                  "1 s",
	                                  "1w",
	                                  "367d",
	                                  "31622401s",
	                                  "1S",
	                                  "1sm",
	                                  "999999999999999999s",
	                                  "1.5h"};
	long long ms;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		ms = -1;
		if (!text_duration(good[i].text, &ms) || ms != good[i].ms)
			fail_msg("'%s' gave %lld", good[i].text, ms);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (text_duration(bad[i], &ms))
			fail_msg("'%s' was taken", bad[i]);
}

static void
groups_the_digits_of_a_count(void **state)
{
	static const struct {
		int64_t count;
		const char *text;
	} good[] = {
		{0, "0"},
		{7, "7"},
		{999, "999"},
		{1000, "1,000"},
		{120000, "120,000"},
		{1234567, "1,234,567"},
		{INT64_MAX, "9,223,372,036,854,775,807"},
	};
	char text[TEXT_GROUPED_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		text_grouped(good[i].count, text);
		assert_string_equal(text, good[i].text);
	}
}

/* Vectors of the FNV authors: the empty text, "a", "foobar". */
static void
hashes_as_fnv_1a(void **state)
{
	uint64_t halves;

	(void)state;
	assert_true(text_hash(TEXT_HASH_START, "", 0) == 0xcbf29ce484222325ULL);
	assert_true(text_hash(TEXT_HASH_START, "a", 1) == 0xaf63dc4c8601ec8cULL);
	halves = text_hash(text_hash(TEXT_HASH_START, "foo", 3), "bar", 3);
	assert_true(halves == 0x85944171f73967e8ULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_what_fits_and_says_so),
		cmocka_unit_test(compares_without_case_in_ascii_only),
		cmocka_unit_test(finds_a_part_without_case),
		cmocka_unit_test(finds_a_byte_order_mark_at_the_start_only),
		cmocka_unit_test(trims_blanks_and_tabs_only),
		cmocka_unit_test(knows_utf8),
		cmocka_unit_test(masks_what_moves_a_cursor),
		cmocka_unit_test(reads_whole_numbers_within_bounds),
		cmocka_unit_test(reads_durations),
		cmocka_unit_test(groups_the_digits_of_a_count),
		cmocka_unit_test(hashes_as_fnv_1a),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
