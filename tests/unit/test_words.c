/* The tables of words: both are complete, a file of the user adds to them, and names are folded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "partner/intake/customers.h"
#include "partner/intake/words.h"
#include "tests/unit/fixture_dir.h"

static struct words *words;

static void
expect_column(const struct words *w, const char *name, enum column column, bool sure)
{
	bool is_sure = false;
	enum column c = words_column(w, name, &is_sure);

	if (c != column || (c != COLUMN_COUNT && is_sure != sure))
		fail_msg("\"%s\" is column %d, %s", name, (int)c, is_sure ? "sure" : "not sure");
}

static void
columns_have_names_in_eight_languages(void **state)
{
	static const struct {
		const char *name;
		enum column column;
		bool sure;
	} cases[] = {
		{"Serial Number", COLUMN_SERIAL, true},
		{"SERIAL_NUMBER *", COLUMN_SERIAL, true},
		{"serial number (required)", COLUMN_SERIAL, true},
		{"S/N", COLUMN_SERIAL, true},
		{"Seriennummer:", COLUMN_SERIAL, true},
		{"N° de Série", COLUMN_SERIAL, true},
		{"Número de Serie", COLUMN_SERIAL, true},
		{"Numero di serie", COLUMN_SERIAL, true},
		{"Número de série", COLUMN_SERIAL, true},
		{"Serienummer", COLUMN_SERIAL, true},
		{"Numer seryjny", COLUMN_SERIAL, true},
		{"Chassis Serial Number", COLUMN_SERIAL, false},
		{"Notebook serial no", COLUMN_SERIAL, false},
		{"HardwareSerial", COLUMN_SERIAL, false},
		{"SerialNumber0", COLUMN_SERIAL, false},
		{"Serial Number 2", COLUMN_COUNT, false},
		{"Monitor Serial Number", COLUMN_COUNT, false},
		{"Numéro de série du PC", COLUMN_SERIAL, false},
		{"Número de serie del equipo", COLUMN_SERIAL, false},
		{"Seriennummer des Geräts", COLUMN_SERIAL, false},
		{"OEM Model Name", COLUMN_MODEL, false},
		{"Manufacturer0", COLUMN_MANUFACTURER, false},
		{"BIOS Manufacturer", COLUMN_COUNT, false},
		{"Vendor Customer Number", COLUMN_COUNT, false},
		{"Laptop", COLUMN_COUNT, false},
		{"Digits As Written", COLUMN_DIGITS, true},
		{"Product ID (PKID)", COLUMN_PKID, true},
		{"DPK ID", COLUMN_PKID, true},
		{"Product ID", COLUMN_COUNT, false},
		{"Contact (Customer)", COLUMN_COUNT, false},
		{"Serial Number / Seriennummer", COLUMN_SERIAL, true},
		{"Serial\nNumber", COLUMN_SERIAL, true},
		{"Serial numb\033er", COLUMN_COUNT, false},
		{"Numéro\033 de série", COLUMN_COUNT, false},
		{"Asset|Hersteller", COLUMN_MANUFACTURER, true},
		{"Make/Model", COLUMN_COUNT, false},
		{"Vendor", COLUMN_MANUFACTURER, false},
		{"Hersteller", COLUMN_MANUFACTURER, true},
		{"Modèle", COLUMN_MODEL, true},
		{"Klant", COLUMN_CUSTOMER, true},
		{"End Customer", COLUMN_CUSTOMER, false},
		{"Kundenname", COLUMN_CUSTOMER_NAME, true},
		{"", COLUMN_COUNT, false},
		{"()", COLUMN_COUNT, false},
		{"Device Name", COLUMN_COUNT, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_column(words, cases[i].name, cases[i].column, cases[i].sure);
}

static void
words_have_kinds(void **state)
{
	(void)state;
	assert_true((words_kinds(words, "To be filled by O.E.M") & WORD_PLACEHOLDER) != 0);
	assert_true((words_kinds(words, "(LEER)") & WORD_NO_VALUE) != 0);
	assert_true((words_text_kinds(words, "Nicht Verfügbar") & WORD_NO_VALUE) != 0);
	assert_int_equal(words_text_kinds(words, "Müller") & WORD_NO_VALUE, 0);
	assert_int_equal(words_kinds(words, "NA") & WORD_NO_VALUE, 0);
	assert_true((words_kinds(words, "Mrz.") & WORD_MONTH) != 0);
	assert_true((words_kinds(words, "#BEZUG!") & WORD_ERROR_MARK) != 0);
	assert_true(words_speak_of_customer(words, "Name of the Customer"));
	assert_false(words_speak_of_customer(words, "Cost centre"));
}

static void
write_words(const char *path, const char *text)
{
	struct error err;

	assert_int_equal(file_write(path, 0600, text, strlen(text), &err), 0);
}

static void
a_file_adds_words_and_overrides(void **state)
{
	char *path = file_join(fixture_dir, "words.tsv");
	struct error err;
	struct words *own;

	(void)state;
	write_words(path, "# ours\r\n\r\nSerial Number\tInventar\tde\tours\r\n"
	                  "Model?\tCustomer\ten\tours\nplaceholder\tnicht erfasst\tde\tours");
	own = words_new(path, &err);
	assert_non_null(own);
	expect_column(own, "INVENTAR", COLUMN_SERIAL, true);
	expect_column(own, "Customer", COLUMN_MODEL, false);
	assert_true((words_kinds(own, "Nicht erfasst") & WORD_PLACEHOLDER) != 0);
	words_free(own);
	free(path);
}

static void
a_bad_file_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"Serial Number\tx\tde\n", "words.tsv:1: expected a kind"},
		{"\nSerial No\tx\tde\tours\n", "words.tsv:2: \"Serial No\" is neither"},
		{"placeholder\t\tde\tours\n", "words.tsv:1: the word is empty"},
		{"placeholder\t\xff\tde\tours\n", "words.tsv:1: the word is empty"},
	};
	char *path = file_join(fixture_dir, "words.tsv");
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		write_words(path, cases[i].text);
		assert_null(words_new(path, &err));
		if (strstr(err.text, cases[i].want) == NULL)
			fail_msg("%s", err.text);
	}
	assert_null(words_new("/nonexistent/words.tsv", &err));
	free(path);
}

static void
customers_have_one_name_each(void **state)
{
	struct customers *c = customers_new();
	const struct customers_conflict *conflict;
	const char *other;
	size_t new, count;

	(void)state;
	assert_int_equal(customers_add(c, 1, "K1", "Contoso Ltd", &other), CUSTOMERS_SAME);
	assert_int_equal(customers_add(c, 2, "K2", "", &other), CUSTOMERS_SAME);
	assert_int_equal(customers_add(c, 1, "K1", "CONTOSO, Ltd.", &other), CUSTOMERS_SIMILAR);
	assert_string_equal(other, "Contoso Ltd");
	assert_int_equal(customers_add(c, 1, "K1", "", &other), CUSTOMERS_SAME);
	assert_int_equal(customers_add(c, 2, "K2", "Fabrikam", &other), CUSTOMERS_SAME);
	assert_int_equal(customers_add(c, 3, "k1", "Contoso Ltd", &other), CUSTOMERS_CASE);
	assert_string_equal(other, "K1");
	assert_int_equal(customers_add(c, 1, "K1", "Northwind", &other), CUSTOMERS_OTHER);
	assert_int_equal(customers_add(c, 1, "K1", "Fabrikam", &other), CUSTOMERS_OTHER);
	conflict = customers_conflicts(c, &new, &count);
	assert_int_equal(count, 1);
	assert_int_equal(new, 0);
	assert_int_equal(conflict[0].customer, 1);
	assert_string_equal(conflict[0].first, "Contoso Ltd");
	assert_string_equal(conflict[0].second, "Northwind");
	customers_free(c);
}

static void
a_list_that_is_undone_names_no_customer(void **state)
{
	struct customers *c = customers_new();
	const char *other;
	size_t new, count;

	(void)state;
	customers_begin_list(c);
	assert_int_equal(customers_add(c, 1, "K1", "Contoso", &other), CUSTOMERS_SAME);
	assert_int_equal(customers_add(c, 2, "K2", "", &other), CUSTOMERS_SAME);
	customers_begin_list(c);
	assert_int_equal(customers_add(c, 1, "K1", "Northwind", &other), CUSTOMERS_OTHER);
	assert_int_equal(customers_add(c, 2, "K2", "Fabrikam", &other), CUSTOMERS_SAME);
	assert_int_equal(customers_add(c, 3, "K3", "Wingtip", &other), CUSTOMERS_SAME);
	customers_undo_list(c);
	(void)customers_conflicts(c, &new, &count);
	assert_int_equal(count, 0);
	/* the ledger gave the id 3 to another customer meanwhile */
	customers_begin_list(c);
	assert_int_equal(customers_add(c, 3, "k4", "Tailspin", &other), CUSTOMERS_SAME);
	assert_int_equal(customers_add(c, 4, "k3", "", &other), CUSTOMERS_SAME);
	assert_int_equal(customers_add(c, 2, "K2", "Litware", &other), CUSTOMERS_SAME);
	assert_int_equal(customers_add(c, 1, "K1", "Fabrikam", &other), CUSTOMERS_OTHER);
	(void)customers_conflicts(c, &new, &count);
	assert_int_equal(new, 0);
	assert_int_equal(count, 1);
	customers_begin_list(c);
	(void)customers_conflicts(c, &new, &count);
	assert_int_equal(new, 1);
	customers_free(c);
}

/* More customers than the table holds: none is taken for another. */
static void
many_customers_are_not_confused(void **state)
{
	struct customers *c = customers_new();
	char key[32], name[32];
	const char *other;
	size_t new, count;

	(void)state;
	for (int round = 0; round < 2; round++)
		for (int64_t i = 1; i <= 4 * CUSTOMERS_MAX; i++) {
			snprintf(key, sizeof(key), "k%lld", (long long)i);
			snprintf(name, sizeof(name), "Customer %lld", (long long)i);
			if (customers_add(c, i, key, name, &other) == CUSTOMERS_OTHER)
				fail_msg("%s", name);
		}
	(void)customers_conflicts(c, &new, &count);
	assert_int_equal(count, 0);
	customers_free(c);
}

static int
begin(void **state)
{
	struct error err;

	(void)state;
	words = words_new(NULL, &err);
	return words != NULL ? fixture_make_dir("true") : -1;
}

static int
end(void **state)
{
	words_free(words);
	return fixture_remove_dir(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_have_names_in_eight_languages),
		cmocka_unit_test(words_have_kinds),
		cmocka_unit_test(a_file_adds_words_and_overrides),
		cmocka_unit_test(a_bad_file_is_refused_with_its_line),
		cmocka_unit_test(customers_have_one_name_each),
		cmocka_unit_test(a_list_that_is_undone_names_no_customer),
		cmocka_unit_test(many_customers_are_not_confused),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
