/* The judgement of one row: never act on a value that might not be what was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "partner/intake/values.h"
#include "partner/ledger/rows.h"

#define FIELDS 8
#define LONG_64 "0123456789012345678901234567890123456789012345678901234567890123"

/* Serial Number, Product Key ID, Manufacturer, Model, Join Type, Hardware Hash, Customer, Customer Name. */
static const struct {
	const char *field[FIELDS]; /* NULL: empty */
	const char *column;        /* of the fault; NULL: the row is good */
	const char *said;          /* part of the reason */
} cases[] = {
	{{"AB-1", "1000000000001", "Contoso", "Book", "", ""}, NULL, ""},
	{{"", "1000000000001", "", "", "", ""}, NULL, ""},
	{{"AB-1", "", "Contoso", "Book", "Hybrid Azure AD joined", ""}, NULL, ""},
	{{"VMware-56 4d 12 ab", "", "VMware, Inc.", "VMware7,1", "", ""}, NULL, ""},
	{{"5E12345", "", "Dell Inc.", "Latitude 5440", "", ""}, NULL, ""}, /* a good tag: no sign */
	{{"AB-1", "", "Contoso", "", "", ""}, "", "serial number, manufacturer and model"},
	{{"", "", "", "", "", "T0AAAA"}, "", "hardware hash"},
	{{"Default string", "", "Contoso", "Book", "", ""}, "Serial Number", "placeholder"},
	{{"to be FILLED by o.e.m.", "", "Contoso", "Book", "", ""}, "Serial Number", "placeholder"},
	{{"0000", "", "Contoso", "Book", "", ""}, "Serial Number", "placeholder"},
	{{"Default string", "1000000000001", "Contoso", "Book", "", ""},
         NULL,
         ""}, /* the PKID names it */
	{{"1.23E+11", "", "Contoso", "Book", "", ""}, "Serial Number", "spreadsheet"},
	{{"1,23e+11", "", "Contoso", "Book", "", ""}, "Serial Number", "spreadsheet"},
	{{"AB-1", "1.23E+12", "Contoso", "Book", "", ""}, "Product Key ID", "spreadsheet"},
	{{"=\"0012\"", "", "Contoso", "Book", "", ""}, "Serial Number", "wrapper"},
	{{"'0012", "", "Contoso", "Book", "", ""}, "Serial Number", "wrapper"},
	{{"12345.0", "", "Contoso", "Book", "", ""}, "Serial Number", ".0"},
	{{"", "100000000001", "", "", "", ""}, "Product Key ID", "leading zeros"},
	{{"", "10000000000012", "", "", "", ""}, "Product Key ID", "13 digits"},
	{{"", "00330-80000-00000-AA123", "", "", "", ""}, "Product Key ID", "13 digits"},
	{{"AB-1", "00330-80000-00000-AA123", "Contoso", "Book", "", ""}, NULL, ""},
	{{"", "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE", "", "", "", ""}, "Product Key ID", "a secret"},
	{{"AB\x01", "", "Contoso", "Book", "", ""}, "Serial Number", "control"},
	{{"AB-1", "", "Cont\xff", "Book", "", ""}, "", "not UTF-8"},
	{{LONG_64 LONG_64 LONG_64 LONG_64 "x", "", "Contoso", "Book", "", ""},
         "Serial Number",
         "longer"},
	{{"AB-1", "", "Contoso", "Book", "perhaps", ""}, "Join Type", "not a known word"},
	{{"AB-1", "", "Contoso", "Book", "", "", "C1", "Northwind"}, NULL, ""},
	{{"AB-1", "", "Contoso", "Book", "", "", "C1", "n/a"}, NULL, ""},
	{{"AB-1", "", "Contoso", "Book", "", "", "n/a", "n/a"}, "Customer", "not a customer"},
	{{"AB-1", "", "Contoso", "Book", "", "", "n/a", "C1"}, "Customer", "not a customer"},
	{{"AB-1", "", "Contoso", "Book", "", "", "<b>", "<b>"}, NULL, ""},
	{{"AB-1", "", "Contoso", "Book", "", "", "</b>", "</b>"}, "Customer", "HTML"},
};

static struct column_map map;
static struct values_rule rule = {.sold_to = "1", .received_from = "2"};

/* With a memory of earlier rows. */
static void
judge_after(struct sound *sound, const char *const fields[static FIELDS], struct ledger_row *row,
            struct values_verdict *verdict)
{
	size_t len[FIELDS];
	const char *field[FIELDS];
	struct csv_record record = {.line = 2, .count = FIELDS, .field = field, .len = len};

	for (size_t f = 0; f < FIELDS; f++) {
		field[f] = fields[f] != NULL ? fields[f] : "";
		len[f] = strlen(field[f]);
	}
	*row = (struct ledger_row){.outcome = OUTCOME_NOT_SENT};
	values_judge(&rule, &map, &record, sound, row, verdict);
}

static void
judge(size_t i, struct ledger_row *row, struct values_verdict *verdict)
{
	struct sound *sound = sound_new();

	judge_after(sound, cases[i].field, row, verdict);
	sound_free(sound);
}

/* Every row is judged as if it was the first, whatever rows came before it. */
static void
earlier_rows_change_no_verdict(void **state)
{
	struct values_verdict first, again;
	struct ledger_row row, row_again;
	struct sound *sound = sound_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases) * ARRAY_SIZE(cases) * 2; i++) {
		size_t n = (i % 2 == 0 ? i / 2 : i / 2 / ARRAY_SIZE(cases)) % ARRAY_SIZE(cases);
		judge(n, &row, &first);
		judge_after(sound, cases[n].field, &row_again, &again);
		assert_int_equal(row.outcome, row_again.outcome);
		assert_string_equal(first.reason, again.reason);
		assert_string_equal(first.column, again.column);
		assert_int_equal(first.remarks, again.remarks);
		assert_int_equal(first.no_name, again.no_name);
	}
	sound_free(sound);
}

/* The same name is judged in another way if it has to identify the device, and as a customer. */
static void
a_name_is_remembered_for_one_purpose(void **state)
{
	static const char *const beside_pkid[FIELDS] = {"AB-1", "1000000000001", "N/A", "1-Mar", "",
	                                                ""};
	static const char *const alone[FIELDS] = {"AB-1", "", "N/A", "Book", "", ""};
	static const char *const model_alone[FIELDS] = {"AB-1", "", "Contoso", "1-Mar", "", ""};
	struct values_verdict verdict;
	struct ledger_row row;
	struct sound *sound = sound_new();

	(void)state;
	for (int i = 0; i < 2; i++) {
		judge_after(sound, beside_pkid, &row, &verdict);
		assert_string_equal(verdict.reason, "");
		judge_after(sound, alone, &row, &verdict);
		assert_string_equal(verdict.column, "Manufacturer");
		judge_after(sound, model_alone, &row, &verdict);
		assert_string_equal(verdict.column, "Model");
	}
	sound_free(sound);
}

static void
remembers_values_and_forgets_old_ones(void **state)
{
	char text[64];
	struct sound *sound = sound_new();
	size_t known = 0;

	(void)state;
	sound_add(sound, SOUND_NAME, "Contoso", 7);
	assert_true(sound_knows(sound, SOUND_NAME, "Contoso", 7));
	assert_false(sound_knows(sound, SOUND_EXACT_NAME, "Contoso", 7));
	assert_false(sound_knows(sound, SOUND_NAME, "Contoso", 6));
	assert_false(sound_knows(sound, SOUND_NAME, "Contosp", 7));
	sound_add(sound, SOUND_NAME, "", 0);
	assert_false(sound_knows(sound, SOUND_NAME, "", 0));
	for (int i = 0; i < 10000; i++) {
		int len = snprintf(text, sizeof(text), "Contoso %d", i);
		assert_false(sound_knows(sound, SOUND_CUSTOMER, text, (size_t)len));
		sound_add(sound, SOUND_CUSTOMER, text, (size_t)len);
		assert_true(sound_knows(sound, SOUND_CUSTOMER, text, (size_t)len));
	}
	for (int i = 0; i < 10000; i++) {
		int len = snprintf(text, sizeof(text), "Contoso %d", i);
		known += sound_knows(sound, SOUND_CUSTOMER, text, (size_t)len) ? 1 : 0;
		assert_false(sound_knows(sound, SOUND_NAME, text, (size_t)len));
		assert_false(sound_knows(sound, SOUND_EXACT_NAME, text, (size_t)len));
		assert_false(sound_knows(sound, SOUND_CUSTOMER_NAME, text, (size_t)len));
	}
	assert_true(known > 500 && known <= 1024);
	memset(text, 'x', sizeof(text));
	sound_add(sound, SOUND_NAME, text, sizeof(text));
	assert_false(sound_knows(sound, SOUND_NAME, text, sizeof(text)));
	sound_free(sound);
	sound_free(NULL);
}

/* Rules of digits only do not need the regular expression. */
static void
a_rule_means_the_same_without_its_expression(void **state)
{
	static const char *const rules[] = {"^[0-9]{13}$",       "^[0-9]{3}$",     "^[0-9]{0}$",
	                                    "^[0-9]{03}$",       "[0-9]{3}$",      "^[0-9]{3}",
	                                    "^[0-9]{3,}$",       "^[0-9]{3}$|^x$", "^[A-Z]{3}$",
	                                    "^[0-9]{1}[0-9]{2}$"};
	static const char *const texts[] = {
		"",      "1",      "123",           "123x",          "x123",          "12",
		"1234",  "x",      "ABC",           " 123",          "123 ",          "12\n3",
		"123\n", "１２３", "1000000000001", "100000000000x", "10000000000010"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rules) * ARRAY_SIZE(texts); i++) {
		const char *pattern = rules[i / ARRAY_SIZE(texts)];
		const char *text = texts[i % ARRAY_SIZE(texts)];
		struct values_rule r = {.sold_to = ""};
		struct error err;
		regex_t expression;
		assert_int_equal(regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB), 0);
		assert_int_equal(values_set_pkid(&r, pattern, &err), 0);
		if (values_is_pkid(&r, text) != (regexec(&expression, text, 0, NULL, 0) == 0))
			fail_msg("%s: \"%s\"", pattern, text);
		regfree(&expression);
		assert_int_equal(r.pkid_digits, i / ARRAY_SIZE(texts) == 0   ? 13
		                                : i / ARRAY_SIZE(texts) == 1 ? 3
		                                                             : 0);
		values_release_pkid(&r);
	}
}

static void
judges_every_kind_of_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct values_verdict verdict;
		struct ledger_row row;
		bool good = cases[i].column == NULL;
		judge(i, &row, &verdict);
		if ((row.outcome != OUTCOME_REJECTED) != good ||
		    (verdict.reason[0] == '\0') != good)
			fail_msg("case %zu: \"%s\"", i, verdict.reason);
		if (!good && (strcmp(verdict.column, cases[i].column) != 0 ||
		              strstr(verdict.reason, cases[i].said) == NULL))
			fail_msg("case %zu: %s: %s", i, verdict.column, verdict.reason);
	}
}

static void
an_os_product_id_is_not_sent(void **state)
{
	struct values_verdict verdict;
	struct ledger_row row;
	size_t i = 0;

	(void)state;
	while (strcmp(cases[i].field[0], "AB-1") != 0 || cases[i].field[1][0] != '0')
		i++;
	judge(i, &row, &verdict);
	assert_string_equal(row.device.pkid, "");
	assert_string_equal(row.device.serial, "AB-1");
	assert_int_equal(verdict.remarks, 1U << REMARK_OS_PRODUCT_ID);
}

/* A secret must not come back in its own rejection. */
static void
a_product_key_is_not_repeated(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct values_verdict verdict;
		struct ledger_row row;
		judge(i, &row, &verdict);
		assert_null(strstr(verdict.reason, "BBBBB"));
	}
	assert_true(values_unfit("AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"));
}

static int
read_header(void **state)
{
	static const char *names[FIELDS] = {"device serial number",
	                                    "Windows Product ID",
	                                    "MANUFACTURER NAME",
	                                    "Device model",
	                                    "JoinType",
	                                    "Hardware Hash",
	                                    "Customer",
	                                    "Customer Name"};
	size_t len[FIELDS] = {20, 18, 17, 12, 8, 13, 8, 13};
	struct csv_record header = {.line = 1, .count = FIELDS, .field = names, .len = len};
	struct error err;

	(void)state;
	rule.words = words_new(NULL, &err);
	assert_non_null(rule.words);
	return column_map_read(&map, rule.words, &header, &err) != 0
	               ? -1
	               : values_set_pkid(&rule, "^[0-9]{13}$", &err);
}

static int
drop_header(void **state)
{
	(void)state;
	column_map_release(&map);
	values_release_pkid(&rule);
	words_free((struct words *)(uintptr_t)rule.words);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_every_kind_of_value),
		cmocka_unit_test(an_os_product_id_is_not_sent),
		cmocka_unit_test(a_product_key_is_not_repeated),
		cmocka_unit_test(earlier_rows_change_no_verdict),
		cmocka_unit_test(a_name_is_remembered_for_one_purpose),
		cmocka_unit_test(remembers_values_and_forgets_old_ones),
		cmocka_unit_test(a_rule_means_the_same_without_its_expression),
	};

	return cmocka_run_group_tests(tests, read_header, drop_header);
}
