/* Unicode: kinds of characters, folding for comparison, and one form for names that look equal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "common/unicode.h"

static void
characters_have_their_kind(void **state)
{
	static const struct {
		const char *text;
		uint32_t code;
		enum unicode_kind kind;
	} cases[] = {
		{"A", 'A', UNICODE_ORDINARY},
		{" ", ' ', UNICODE_ORDINARY},
		{"\t", '\t', UNICODE_INVISIBLE},
		{"é", 0xe9, UNICODE_ORDINARY},
		{"中", 0x4e2d, UNICODE_ORDINARY},
		{"🚀", 0x1f680, UNICODE_ORDINARY},
		{"\u00a0", 0xa0, UNICODE_BLANK},
		{"\u3000", 0x3000, UNICODE_BLANK},
		{"\u200b", 0x200b, UNICODE_INVISIBLE},
		{"\u00ad", 0xad, UNICODE_INVISIBLE},
		{"\u061c", 0x61c, UNICODE_INVISIBLE},
		{"\u3164", 0x3164, UNICODE_INVISIBLE},
		{"\ufe0f", 0xfe0f, UNICODE_INVISIBLE},
		{"\ufffd", 0xfffd, UNICODE_INVISIBLE},
		{"“", 0x201c, UNICODE_QUOTE},
		{"„", 0x201e, UNICODE_QUOTE},
		{"»", 0xbb, UNICODE_QUOTE},
		{"‐", 0x2010, UNICODE_DASH},
		{"–", 0x2013, UNICODE_DASH},
		{"Ｆ", 0xff26, UNICODE_WIDE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct unicode_char c = unicode_at(cases[i].text);
		if (c.code != cases[i].code || c.kind != cases[i].kind ||
		    c.len != strlen(cases[i].text))
			fail_msg("U+%04X: %zu bytes, kind %u", (unsigned)c.code, c.len,
			         (unsigned)c.kind);
	}
	assert_int_equal(unicode_at("\xff").len, 0);
}

static void
expect_form(void form(struct buf *, const char *), const char *text, const char *want)
{
	struct buf b;

	buf_init(&b, 200);
	form(&b, text);
	if (strcmp(b.data, want) != 0)
		fail_msg("\"%s\" became \"%s\" instead of \"%s\"", text, b.data, want);
	buf_release(&b);
}

static void
folding_keeps_letters_and_digits_alone(void **state)
{
	(void)state;
	expect_form(unicode_fold, "Device_Serial Number*", "deviceserialnumber");
	expect_form(unicode_fold, "N° de Série", "ndeserie");
	expect_form(unicode_fold, "Nº DE SE\u0301RIE", "nodeserie");
	expect_form(unicode_fold, "GERÄTE-ID", "gerateid");
	expect_form(unicode_fold, "Straße", "strasse");
	expect_form(unicode_fold, "シリアル番号", "シリアル番号");
	expect_form(unicode_fold, "ＳＮ", "sn");
	expect_form(unicode_fold, "--\u00a0“”", "");
	expect_form(unicode_fold, "\xff", "");
	expect_form(unicode_lower, "#ÜBERLAUF!", "#überlauf!");
}

static void
names_that_look_equal_become_equal(void **state)
{
	(void)state;
	expect_form(unicode_tidy, " Contoso\u00a0 Ltd ", "Contoso Ltd");
	expect_form(unicode_tidy, "Mu\u0308ller", "Müller");
	expect_form(unicode_tidy, "Müller\u00a0", "Müller");
	expect_form(unicode_tidy, "a\tb", "a b");
	expect_form(unicode_tidy, "  ", "");
}

static void
tidy_names_are_known_without_a_copy(void **state)
{
	static const char *const tidy[] = {"", "C1", "Contoso Ltd", "a b c", "Müller & Söhne"};
	static const char *const untidy[] = {" ",    " a",       "a ",      "a  b",
	                                     "a\tb", "a\u00a0b", "e\u0301", "Mu\u0308ller"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tidy); i++) {
		assert_true(unicode_is_tidy(tidy[i]));
		expect_form(unicode_tidy, tidy[i], tidy[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(untidy); i++)
		assert_false(unicode_is_tidy(untidy[i]));
}

static void
mixed_scripts_are_found_within_a_word(void **state)
{
	(void)state;
	assert_false(unicode_mixes_scripts("Contoso Ltd"));
	assert_false(unicode_mixes_scripts("Müller & Söhne"));
	assert_false(unicode_mixes_scripts("Контосо Ltd"));
	assert_true(unicode_mixes_scripts("Соntoso"));
	assert_true(unicode_mixes_scripts("FΧ-14"));
	assert_false(unicode_mixes_scripts("中文 Book"));
}

static void
columns_of_a_terminal(void **state UNUSED)
{
	assert_int_equal(unicode_columns('a'), 1);
	assert_int_equal(unicode_columns(0xe9), 1);
	assert_int_equal(unicode_columns(0x6771), 2);  /* CJK */
	assert_int_equal(unicode_columns(0xff21), 2);  /* full width */
	assert_int_equal(unicode_columns(0x1f4e6), 2); /* emoji */
	assert_int_equal(unicode_columns(0x308), 0);   /* combining */
	assert_int_equal(unicode_columns(0x200d), 0);  /* joiner */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_of_a_terminal),
		cmocka_unit_test(characters_have_their_kind),
		cmocka_unit_test(folding_keeps_letters_and_digits_alone),
		cmocka_unit_test(names_that_look_equal_become_equal),
		cmocka_unit_test(tidy_names_are_known_without_a_copy),
		cmocka_unit_test(mixed_scripts_are_found_within_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
