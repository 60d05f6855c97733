/* The judgement of one row: never act on a value that might not be what was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "partner/intake/values.h"
#include "partner/ledger/rows.h"

#define FIELDS 6
#define LONG_64 "0123456789012345678901234567890123456789012345678901234567890123"

/* Serial Number, Product Key ID, Manufacturer, Model, Join Type, Hardware Hash. */
static const struct {
	const char *field[FIELDS];
	const char *column; /* of the fault; NULL: the row is good */
	const char *said;   /* part of the reason */
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
};

static struct column_map map;
static struct values_rule rule = {.sold_to = "1", .received_from = "2"};

static void
judge(size_t i, struct ledger_row *row, struct values_verdict *verdict)
{
	size_t len[FIELDS];
	const char *field[FIELDS];
	struct csv_record record = {.line = 2, .count = FIELDS, .field = field, .len = len};

	for (size_t f = 0; f < FIELDS; f++) {
		field[f] = cases[i].field[f];
		len[f] = strlen(field[f]);
	}
	*row = (struct ledger_row){.outcome = OUTCOME_NOT_SENT};
	values_judge(&rule, &map, &record, row, verdict);
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
	static const char *names[FIELDS] = {
		"device serial number", "Windows Product ID", "MANUFACTURER NAME",
		"Device model",         "JoinType",           "Hardware Hash"};
	size_t len[FIELDS] = {20, 18, 17, 12, 8, 13};
	struct csv_record header = {.line = 1, .count = FIELDS, .field = names, .len = len};
	struct error err;

	(void)state;
	rule.words = words_new(NULL, &err);
	assert_non_null(rule.words);
	return column_map_read(&map, rule.words, &header, &err) != 0
	               ? -1
	               : regcomp(&rule.pkid, "^[0-9]{13}$", REG_EXTENDED | REG_NOSUB);
}

static int
drop_header(void **state)
{
	(void)state;
	column_map_release(&map);
	regfree(&rule.pkid);
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
	};

	return cmocka_run_group_tests(tests, read_header, drop_header);
}
