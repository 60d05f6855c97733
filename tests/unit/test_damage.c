/* Each kind of damage by spreadsheets and scripts; and secrets in any column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "common/buf.h"
#include "common/text.h"
#include "partner/intake/columns.h"
#include "partner/intake/damage.h"
#include "partner/intake/formats.h"
#include "partner/intake/stored_row.h"
#include "partner/intake/secrets.h"
#include "partner/intake/sniff.h"

static struct words *words;

static struct damage_value
value_of(const char *text, char copy[static 200])
{
	assert_true(text_copy(copy, 200, text));
	text = text_trim(copy);
	return (struct damage_value){.text = text,
	                             .kinds = words_kinds(words, text),
	                             .plain = text_is_visible(text, strlen(text))};
}

static void
damaged_identifiers_are_told_from_good_ones(void **state)
{
	static const char *const bad[] = {"1E+11",
	                                  "1.2E-05",
	                                  "1,23e+11",
	                                  " 1.23E+11 ",
	                                  "=A1",
	                                  "=\"1\"",
	                                  "'1",
	                                  "\"1",
	                                  "123.0",
	                                  "123,0",
	                                  "#N/A",
	                                  "#name?",
	                                  "####",
	                                  "#NV",
	                                  "#BEZUG!",
	                                  "#SPILL!",
	                                  "#N/D",
	                                  "#NEUESWORT!",
	                                  "#¡VALOR!",
	                                  "1-Mar",
	                                  "12-dec",
	                                  "Mar-01",
	                                  "01. Mrz",
	                                  "1-Mai",
	                                  "01.03.2026",
	                                  "3/1/2026",
	                                  "2026-03-01",
	                                  "2026-03-01 00:00:00",
	                                  "Mrz 01",
	                                  "1-Dez",
	                                  "1-déc",
	                                  "3月1日",
	                                  "1-Mar-26",
	                                  "Mar-2026",
	                                  "1-March",
	                                  "31.12.25",
	                                  "kwi 01",
	                                  "Ltd.",
	                                  " inc",
	                                  "AB\302\240C",
	                                  "AB\u200bC",
	                                  "FХ1" /* Cyrillic */,
	                                  "ＦX1",
	                                  "“FX1",
	                                  "FX‐1",
	                                  "S/N FX1",
	                                  "SN: FX1",
	                                  "Serial Number:FX1",
	                                  "Service Tag FX1",
	                                  "PKID 3305000000011",
	                                  "FX0001;FX0002",
	                                  "FX0001 / FX0002",
	                                  "FX0001, FX0002",
	                                  "FX0001/FX0002",
	                                  "FX0001 FX0002",
	                                  "FX1|FX2",
	                                  "FX0001-FX0002",
	                                  "FX0001..FX0009",
	                                  "FX0001 und FX0002",
	                                  "FX0001 bis FX0009",
	                                  "FX0001 FX0002 FX0003",
	                                  "FX0001 (FX0002)",
	                                  "FX0001 (alt)",
	                                  "FX0001 repaired",
	                                  "FX0001?",
	                                  "[FX0001]",
	                                  "-- FX0001",
	                                  "REM FX0001",
	                                  "rem FX0001",
	                                  "/* FX0001 */",
	                                  "<!-- FX0001 -->",
	                                  "Fehler:502",
	                                  "Erreur :508",
	                                  "12:30:00",
	                                  "9:15",
	                                  "12 de marzo de 2026",
	                                  "1er mars 2026",
	                                  "2026年3月1日",
	                                  "FX1&nbsp;",
	                                  "FX1&#160;",
	                                  "<b>FX1</b>",
	                                  "FX\"1",
	                                  "FX1%20",
	                                  "#FX1",
	                                  "// FX1",
	                                  ";FX1",
	                                  "Seriennummer",
	                                  "System Serial#"};
	static const char *const good[] = {"5E12345",
	                                   "1E11",
	                                   "12E+11",
	                                   "1.E+11",
	                                   "1E+1111",
	                                   "MAR1",
	                                   "MAR12",
	                                   "1-Marx",
	                                   "Mar-011",
	                                   "0.01",
	                                   "12.05",
	                                   "A'B",
	                                   "A=B",
	                                   "N/A1",
	                                   "Ltd-7",
	                                   "VMware-56 4d 1a 22",
	                                   "",
	                                   "Dec-2A",
	                                   "0012345",
	                                   "00012345",
	                                   "fxs0001",
	                                   "SN12345",
	                                   "SN-12345",
	                                   "1234-5678-9012-3456",
	                                   "12-34-56",
	                                   "R&D-7",
	                                   "AB/CD12",
	                                   "PF0A/BC1",
	                                   "A%B",
	                                   "4CE1234ABC",
	                                   "SERIAL7",
	                                   "5CG-1234 X",
	                                   "VMware-56 4d 1a 2b 3c 4d 5e 6f-70 81 92 a3 ab cd ef 00",
	                                   "20XWS00A00-PF2XYZ12",
	                                   "1234-5678-9012-3456-7890-1234-56"};
	char out[DAMAGE_SIZE], copy[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct damage_value v = value_of(bad[i], copy);
		if (!damage_of_identifier(words, &v, out))
			fail_msg("\"%s\" passes", bad[i]);
		if (strstr(out, ": ") == NULL)
			fail_msg("\"%s\" says nothing to do: %s", bad[i], out);
	}
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct damage_value v = value_of(good[i], copy);
		if (damage_of_identifier(words, &v, out))
			fail_msg("\"%s\": %s", good[i], out);
	}
}

/* Words of letters and digits only may be damage of each kind of word. */
static void
a_word_may_be_damage(void **state)
{
	static const enum word_kind kinds[] = {WORD_ERROR_MARK, WORD_COMPANY_END, WORD_COLUMN};
	char out[DAMAGE_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct damage_value v = {.text = "FX1", .kinds = kinds[i], .plain = true};
		if (!damage_of_identifier(words, &v, out))
			fail_msg("a word of kind %u passes", (unsigned)kinds[i]);
		v.kinds = WORD_MONTH | WORD_QUALIFIER;
		assert_false(damage_of_identifier(words, &v, out));
	}
}

static void
characters_are_named_with_their_position(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"FX\u200b1", "character 3 is U+200B (a zero-width space)"},
		{"\u00a0FX", "character 1 is U+00A0 (a no-break space)"},
		{"FХ-1", "character 2 is \"Х\", U+0425 (not in ASCII)"},
		{"„FX", "character 1 is \"„\", U+201E (a typographic quotation mark)"},
		{"FX‐1", "character 3 is \"‐\", U+2010 (a typographic dash)"},
	};
	char out[DAMAGE_SIZE], copy[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct damage_value v = value_of(cases[i].text, copy);
		assert_true(damage_of_identifier(words, &v, out));
		if (strncmp(out, cases[i].want, strlen(cases[i].want)) != 0)
			fail_msg("%s", out);
	}
}

static void
expect_name(const char *text, bool exact, bool damaged)
{
	char out[DAMAGE_SIZE], copy[200];
	struct damage_value v = value_of(text, copy);

	if (damage_of_name(words, &v, exact, out) != damaged)
		fail_msg("\"%s\": %s", text, damaged ? "passes" : out);
}

static void
names_may_look_like_numbers_but_not_like_wrappers(void **state)
{
	static const char *const good[] = {"1E11",
	                                   "7.0",
	                                   "1-2-3",
	                                   "March 7 Pro",
	                                   "Surface Laptop 4",
	                                   "Mac mini, Late 2014",
	                                   "Fabrikam Co., Ltd.",
	                                   "FX 13.5\"",
	                                   "R&D Book",
	                                   "AT&T",
	                                   "Müller Büro",
	                                   "中文",
	                                   "Slate \"Pro\"",
	                                   "Book 14, 2nd",
	                                   "To Be Filled By O.E.M.",
	                                   "Unknown",
	                                   "Modell",
	                                   "100% Book",
	                                   "MAR12",
	                                   "#1 Book"};
	static const char *const bad[] = {"=\"Fabrikam\"",     "#REF!",         " Ltd.",
	                                  "Fabrikam &amp; Co", "FX 13.5&quot;", "Fab\u2060rikam",
	                                  "Fabrikam\ufffd",    "Fehler:502",    "Erreur :508"};
	static const char *const bad_if_exact[] = {"NULL",
	                                           "N/A",
	                                           "-",
	                                           "k.A.",
	                                           "Book \302\240 14",
	                                           "FX‐14",
	                                           "FX–14",
	                                           "FX-14”",
	                                           "FХ-14",
	                                           "“Fabrikam”",
	                                           "1E+11",
	                                           "12. Mrz",
	                                           "2026-03-01",
	                                           "01/fev",
	                                           "12 de marzo de 2026",
	                                           "Montag, 2. März 2026",
	                                           "1er mars 2026",
	                                           "3月1日",
	                                           "FX-14;",
	                                           "FX-14,",
	                                           "FX-14|"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		expect_name(good[i], true, false);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		expect_name(bad[i], false, true);
	for (size_t i = 0; i < ARRAY_SIZE(bad_if_exact); i++) {
		expect_name(bad_if_exact[i], true, true);
		expect_name(bad_if_exact[i], false, false);
	}
}

static void
customers_are_keys_that_mean_somebody(void **state)
{
	static const char *const good[] = {"contoso",  "Müller & Söhne",
	                                   "NA",       "🚀 Labs",
	                                   "a/b\\c:d", "O’Hara €",
	                                   "..",       "LPT¹",
	                                   "a<b>|?*c", "K-100",
	                                   "Контосо",  "",
	                                   "10-12-3",  "1E5",
	                                   "Jan",      "0042"};
	static const char *const bad[] = {
		"NULL",    "#N/A",    "#NV",           "-",         "(blank)", "(leer)",
		"?",       "#BEZUG!", "con\u200btoso", "“contoso”", "Сontoso", "Ｃontoso",
		"R&amp;D", "n/a",     "k.A.",          "4.711E+11", "12. Mrz", "Mar-12",
		"—",       "0",       "01.03.2026",    "contoso;",  "N/D",     "NaN",
		"Err:502"};
	char out[DAMAGE_SIZE], copy[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct damage_value v = value_of(good[i], copy);
		if (damage_of_customer(words, &v, out))
			fail_msg("\"%s\": %s", good[i], out);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct damage_value v = value_of(bad[i], copy);
		if (!damage_of_customer(words, &v, out))
			fail_msg("\"%s\" passes", bad[i]);
	}
}

static void
placeholders_are_known(void **state)
{
	static const char *const bad[] = {"To be filled by O.E.M.",
	                                  "TO BE FILLED BY O.E.M",
	                                  "Default string",
	                                  "System Serial Number",
	                                  "None",
	                                  "0",
	                                  "0000000",
	                                  " n/a ",
	                                  "unbekannt",
	                                  "k.A.",
	                                  "n.v.",
	                                  "n.v.t.",
	                                  "TBD",
	                                  "keine",
	                                  "no serial",
	                                  "not found",
	                                  "Chassis Serial Number",
	                                  "Not Applicable",
	                                  "INVALID SERIAL",
	                                  "System Serial#",
	                                  "........",
	                                  "xxxxxxxx",
	                                  "1111111",
	                                  "sin serie",
	                                  "123456789",
	                                  "-",
	                                  "?",
	                                  "aaaa",
	                                  "--",
	                                  "inconnu",
	                                  "brak",
	                                  "see label",
	                                  "siehe Aufkleber",
	                                  "987654321",
	                                  "01234567890123456789",
	                                  "unleserlich",
	                                  "NaN",
	                                  "BSN-12345678901234567"};
	static const char *const good[] = {"7",     "12",       "AB",       "1112",  "FB00",
	                                   "true",  "00000001", "1234567",  "None7", "OEM-1",
	                                   "12345", "JKLMNPQ",  "123456790"};
	char copy[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct damage_value v = value_of(bad[i], copy);
		if (!damage_is_placeholder(&v))
			fail_msg("\"%s\" passes", bad[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct damage_value v = value_of(good[i], copy);
		if (damage_is_placeholder(&v))
			fail_msg("\"%s\" is taken for one", good[i]);
	}
}

static void
rounded_and_invented_digits_are_no_pkid(void **state)
{
	static const char *const bad[] = {"3305000000000", "3305120000000", "3300000000000",
	                                  "0000000000000", "1111111111111", "1234567890123",
	                                  "0123456789012"};
	static const char *const good[] = {"3305123400000", "3305000000001", "1234567890124"};
	char out[DAMAGE_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (!damage_of_digits(bad[i], out))
			fail_msg("%s passes", bad[i]);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_false(damage_of_digits(good[i], out));
}

static void
quotation_marks_come_in_pairs(void **state)
{
	static const struct {
		const char *text;
		size_t open, close; /* 0: not quoted */
	} cases[] = {{"\"a\"", 1, 1}, {"“a”", 3, 3}, {"„a“", 3, 3}, {"»a«", 2, 2}, {"a”", 0, 0},
	             {"“a", 0, 0},    {"“", 0, 0},   {"'a'", 0, 0}, {"\"", 0, 0},  {"\"\"", 1, 1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t open = 0, close = 0;
		bool quoted = damage_is_quoted(cases[i].text, strlen(cases[i].text), &open, &close);
		if (quoted != (cases[i].open > 0) ||
		    (quoted && (open != cases[i].open || close != cases[i].close)))
			fail_msg("%s: %zu %zu", cases[i].text, open, close);
	}
}

static void
product_keys_are_found_wherever_they_stand(void **state)
{
	static const char *const keys[] = {
		"AAAAA-BBBBB-CCCCC-DDDDD-EEEEE",       "aaaaa-11111-ccccc-ddddd-eeeee",
		"key: AAAAA-BBBBB-CCCCC-DDDDD-EEEEE.", "(AAAAA-BBBBB-CCCCC-DDDDD-EEEEE)",
		"BCDFG HJKMP QRTVW XY234 6789B",       "BCDFGHJKMPQRTVWXY2346789B",
		"1 AAAAA-BBBBB-CCCCC-DDDDD-EEEEE",     "AAAAA-AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"};
	static const char *const others[] = {
		"AAAAA-BBBBB-CCCCC-DDDDD-EEEE",   "AAAAA-BBBBB-CCCCC-DDDDD",
		"00330-80000-00000-AA123",        "0d0b7a4e-0000-4000-8000-000000000001",
		"ABCDEFGHIJKLMNOPQRSTUVWXY",      "every other house looks quite small",
		"VMware-56 4d 0a 1b 2c 3d 4e 5f", ""};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!secret_has_product_key(keys[i]))
			fail_msg("\"%s\" passes", keys[i]);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (secret_has_product_key(others[i]))
			fail_msg("\"%s\" is taken for a key", others[i]);
}

static void
hashes_are_found_by_their_start_and_length(void **state)
{
	char text[4001];

	(void)state;
	memset(text, 'A', sizeof(text));
	memcpy(text, "T0", 2);
	text[4000] = '\0';
	assert_true(secret_has_hash(text));
	text[99] = '\0';
	assert_false(secret_has_hash(text));
	text[99] = 'A';
	text[0] = 'X';
	assert_false(secret_has_hash(text));
	text[0] = 'T';
	text[50] = '*';
	assert_false(secret_has_hash(text));
}

static void
repaired_text_is_utf8_without_control(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	stored_row_repair(&b, "a\0b\377\001\tc\r\n\303\274", 11);
	assert_string_equal(b.data, "a" STORED_ROW_LOST "b" STORED_ROW_LOST STORED_ROW_LOST
	                            "\tc\r\n\303\274");
	buf_release(&b);
}

static void
delimiters_and_sep_lines(void **state)
{
	static const struct {
		const char *text;
		char want;
	} cases[] = {{"a,b;c,d", ','}, {"a;b", ';'}, {"\"a,b,c\";d", ';'}, {"a", ','}};
	struct error err;
	char d = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (sniff_line(words, cases[i].text, strlen(cases[i].text), '\0').delimiter !=
		    cases[i].want)
			fail_msg("%s", cases[i].text);
	assert_int_equal(sniff_sep("sep=;", 5, &d, &err), 1);
	assert_int_equal(d, ';');
	assert_int_equal(sniff_sep("\"SEP=\t\"", 7, &d, &err), 1);
	assert_int_equal(d, '\t');
	assert_int_equal(sniff_sep("sep=|", 5, &d, &err), -1);
	assert_int_equal(sniff_sep("sep=", 4, &d, &err), 0);
	assert_int_equal(sniff_sep("Serial Number", 13, &d, &err), 0);
}

/* A column may begin like a program; the next byte of a program says 32 or 64 bits. */
static void
a_list_may_begin_with_the_letters_of_a_program(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(sniff_check_bytes("\177ELFSerial Number", 17, &err), 0);
	assert_int_equal(sniff_check_bytes("\177ELF\2\1\1", 7, &err), -1);
	assert_string_equal(err.text, "this looks like a program, not a list");
}

static size_t
names_in(const char *names, const char *field[static 8], size_t len[static 8], char *copy)
{
	size_t n = 0;

	memcpy(copy, names, strlen(names) + 1);
	for (char *p = copy; p != NULL && n < 8; n++) {
		field[n] = p;
		p = strchr(p, ',');
		if (p != NULL)
			*p++ = '\0';
		len[n] = strlen(field[n]);
	}
	return n;
}

/* Every alias of an identifier makes a header. */
static void
headers_are_recognised_by_every_alias(void **state)
{
	static const char *const aliases[] = {"serialNumber",
	                                      "Device Serial Number",
	                                      "SERIAL",
	                                      "Service Tag",
	                                      "Serial No.",
	                                      "Product Key ID",
	                                      "Windows Product ID",
	                                      "PKID",
	                                      "Windows Product Key ID",
	                                      "\"serialnumber\""};
	const char *field[8];
	size_t len[8];
	char copy[200];
	struct csv_record record = {.line = 1, .field = field, .len = len};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
		record.count = names_in(aliases[i], field, len, copy);
		if (!column_signs(words, &record).header)
			fail_msg("%s", aliases[i]);
	}
	record.count = names_in("FB-1,,Fabrikam,Model", field, len, copy);
	assert_false(column_signs(words, &record).header);
	record.count = names_in("Serial Number,Fabrikam,Book", field, len, copy);
	assert_false(column_signs(words, &record).header);
}

static void
formats_have_their_names(void **state)
{
	static const struct {
		const char *header, *name;
		bool utf16;
	} cases[] = {
		{"Device Serial Number,Windows Product ID,Hardware Hash,Manufacturer name,Device model",
	         "Partner Center", false},
		{"Device serial number,Windows product ID,Hardware hash,Manufacturer name,Device model",
	         "Get-WindowsAutopilotInfo -Partner", true},
		{"Device Serial Number,Windows Product ID,Hardware Hash",
	         "Get-WindowsAutopilotInfo", true},
		{"Device Serial Number,Windows Product ID,Hardware Hash,Group Tag",
	         "Get-WindowsAutopilotInfo", false},
		{"Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Assigned User",
	         "Intune import", false},
		{"Serial number,Manufacturer,Model,Group tag,Profile status,Purchase order",
	         "Intune export", false},
		{"id,serialNumber,enrollmentState", "Graph export", false},
		{"Serial Number,Product Key ID", "unpilot", false},
		{"Serial Number,Colour", "columns by name", false},
	};
	const char *field[8];
	size_t len[8];
	char copy[200];
	struct csv_record record = {.line = 1, .field = field, .len = len};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		record.count = names_in(cases[i].header, field, len, copy);
		assert_string_equal(format_name(&record, cases[i].utf16), cases[i].name);
	}
}

static int
read_words(void **state)
{
	struct error err;

	(void)state;
	words = words_new(NULL, &err);
	return words != NULL ? 0 : -1;
}

static int
free_words(void **state)
{
	(void)state;
	words_free(words);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_identifiers_are_told_from_good_ones),
		cmocka_unit_test(names_may_look_like_numbers_but_not_like_wrappers),
		cmocka_unit_test(a_word_may_be_damage),
		cmocka_unit_test(characters_are_named_with_their_position),
		cmocka_unit_test(customers_are_keys_that_mean_somebody),
		cmocka_unit_test(rounded_and_invented_digits_are_no_pkid),
		cmocka_unit_test(quotation_marks_come_in_pairs),
		cmocka_unit_test(placeholders_are_known),
		cmocka_unit_test(product_keys_are_found_wherever_they_stand),
		cmocka_unit_test(hashes_are_found_by_their_start_and_length),
		cmocka_unit_test(repaired_text_is_utf8_without_control),
		cmocka_unit_test(delimiters_and_sep_lines),
		cmocka_unit_test(headers_are_recognised_by_every_alias),
		cmocka_unit_test(formats_have_their_names),
		cmocka_unit_test(a_list_may_begin_with_the_letters_of_a_program),
	};

	return cmocka_run_group_tests(tests, read_words, free_words);
}
