/* What spreadsheets and scripts do to values, one by one; and secrets wherever they stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "common/buf.h"
#include "partner/intake/columns.h"
#include "partner/intake/damage.h"
#include "partner/intake/formats.h"
#include "partner/intake/stored_row.h"
#include "partner/intake/secrets.h"
#include "partner/intake/sniff.h"

static void
damaged_identifiers_are_told_from_good_ones(void **state)
{
	static const char *const bad[] = {"1E+11",  "1.2E-05", "1,23e+11", " 1.23E+11 ", "=A1",
	                                  "=\"1\"", "'1",      "\"1",      "123.0",      "123,0",
	                                  "#N/A",   "#name?",  "####",     "1-Mar",      "12-dec",
	                                  "Mar-01", "Ltd.",    " inc",     "AB\302\240C"};
	static const char *const good[] = {"5E12345",      "1E11",   "12E+11",  "1.E+11", "1E+1111",
	                                   "MAR1",         "1-Marx", "Mar-011", "0.01",   "12.05",
	                                   "A'B",          "A=B",    "#1",      "N/A1",   "Ltd-7",
	                                   "VMware-56 4d", "",       "1-March", "Dec-2A"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (damage_of_identifier(bad[i]) == NULL)
			fail_msg("\"%s\" passes", bad[i]);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (damage_of_identifier(good[i]) != NULL)
			fail_msg("\"%s\": %s", good[i], damage_of_identifier(good[i]));
}

static void
names_may_look_like_numbers_but_not_like_wrappers(void **state)
{
	(void)state;
	assert_null(damage_of_name("1E+11"));
	assert_null(damage_of_name("7.0"));
	assert_null(damage_of_name("Book \302\240 14"));
	assert_non_null(damage_of_name("=\"Fabrikam\""));
	assert_non_null(damage_of_name("#REF!"));
	assert_non_null(damage_of_name(" Ltd."));
	assert_null(damage_of_name("Fabrikam Co., Ltd."));
}

static void
what_cannot_be_seen_is_seen(void **state)
{
	static const char *const bad[] = {"a\302\205",     "a\302\255",     "\342\200\213a",
	                                  "a\342\200\216", "\342\200\256a", "\342\201\240",
	                                  "\357\273\277a", "a\357\277\275"};
	static const char *const good[] = {"a",
	                                   "\303\274",
	                                   "\302\240",
	                                   "\342\200\231",
	                                   "\342\202\254",
	                                   "\344\270\255",
	                                   "\357\274\201"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (!damage_invisible(bad[i]))
			fail_msg("case %zu passes", i);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (damage_invisible(good[i]))
			fail_msg("\"%s\" is refused", good[i]);
}

static void
placeholders_are_known(void **state)
{
	static const char *const bad[] = {"Default string",
	                                  "TO BE FILLED BY O.E.M.",
	                                  "0",
	                                  "000",
	                                  "n/a",
	                                  " None ",
	                                  "xxxx",
	                                  "...",
	                                  "-",
	                                  "????",
	                                  "System Serial Number"};
	static const char *const good[] = {"0001", "NONE1", "X1", "Default string 2"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (!damage_is_placeholder(bad[i]))
			fail_msg("\"%s\" passes", bad[i]);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_false(damage_is_placeholder(good[i]));
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
	assert_true(secret_is_hash(text));
	text[99] = '\0';
	assert_false(secret_is_hash(text));
	text[99] = 'A';
	text[0] = 'X';
	assert_false(secret_is_hash(text));
	text[0] = 'T';
	text[50] = '*';
	assert_false(secret_is_hash(text));
}

static void
mended_text_is_utf8_without_control(void **state)
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
		if (sniff_delimiter(cases[i].text, strlen(cases[i].text)) != cases[i].want)
			fail_msg("%s", cases[i].text);
	assert_int_equal(sniff_sep("sep=;", 5, &d, &err), 1);
	assert_int_equal(d, ';');
	assert_int_equal(sniff_sep("\"SEP=\t\"", 7, &d, &err), 1);
	assert_int_equal(d, '\t');
	assert_int_equal(sniff_sep("sep=|", 5, &d, &err), -1);
	assert_int_equal(sniff_sep("sep=", 4, &d, &err), 0);
	assert_int_equal(sniff_sep("Serial Number", 13, &d, &err), 0);
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
		if (!column_is_header(&record))
			fail_msg("%s", aliases[i]);
	}
	record.count = names_in("FB-1,,Fabrikam,Model", field, len, copy);
	assert_false(column_is_header(&record));
	record.count = names_in("Serial Number,Fabrikam,Book", field, len, copy);
	assert_false(column_is_header(&record));
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_identifiers_are_told_from_good_ones),
		cmocka_unit_test(names_may_look_like_numbers_but_not_like_wrappers),
		cmocka_unit_test(what_cannot_be_seen_is_seen),
		cmocka_unit_test(placeholders_are_known),
		cmocka_unit_test(product_keys_are_found_wherever_they_stand),
		cmocka_unit_test(hashes_are_found_by_their_start_and_length),
		cmocka_unit_test(mended_text_is_utf8_without_control),
		cmocka_unit_test(delimiters_and_sep_lines),
		cmocka_unit_test(headers_are_recognised_by_every_alias),
		cmocka_unit_test(formats_have_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
