/* The registration that a row means, the completeness of a listing, and the proof that a
 * registration is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "partner/route/partner_center/inventory.h"
#include "partner/route/partner_center/pages.h"
#include "partner/route/partner_center/target.h"
#include "partner/route/partner_center/deletion_check.h"

#define CUSTOMER "7d3c5a10-0000-4000-8000-000000000001"

/* The inventory. */
static const struct {
	const char *batch;
	struct page_device d;
} listed[] = {
	{"B 1", {"d1", "CZ100", "1111111111111", "Contoso", "Lap 1", "", true, false}},
	{"B 1", {"d2", "cz100", "", "Contoso", "Lap 1", "", true, false}},
	{"B 1", {"d3", "CZ200", "", "Contoso", "Lap 1", "", true, false}},
	{"B 1", {"d4", "CZ200", "", "contoso", "LAP 1", "", true, false}},
	{"B 2", {"d5", "CZ300", "", "Contoso", "Lap 1", "", true, false}},
	{"B 2", {"d6", "CZ300", "", "Fabrikam", "Tab 2", "", true, false}},
	{"B 2", {"d7", "CZ400", "", "Contoso", "Lap 1", "", false, false}},
	{"B 2", {"d8", "", "2222222222222", "Contoso", "Lap 1", "", true, false}},
	{"B 2", {"d9", "CZ500", "", "", "", "", true, false}},
	{"B 2", {"d10", "CZ500", "", "", "", "", true, false}},
	{"B 2", {"d11", " CZ600", "", "Contoso", "Lap 1", "", true, false}},
	{"B 2", {"d12", "CZ700", "", "Contoso", "", "", true, true}},
	{"B 2", {"", "CZ800", "", "Contoso", "", "", true, true}},
	{"B 2", {"", "CZ801", "", "Contoso", "", "", true, true}},
};

/* PKID, serial, make and model of a row, and the result of its look-up. */
static const struct {
	struct device_id want;
	bool all;
	enum outcome outcome; /* DEREGISTERED: found */
	const char *says;
} rows[] = {
	{{"", "CZ100", "Contoso", "Lap 1"}, false, OUTCOME_DEREGISTERED, "[[\"B 1\",\"d1\"]]"},
	{{"", "CZ100", "CONTOSO", "lap 1"}, false, OUTCOME_DEREGISTERED, "[[\"B 1\",\"d1\"]]"},
	{{"", "cz100", "", ""}, false, OUTCOME_DEREGISTERED, "[[\"B 1\",\"d2\"]]"},
	{{"", "Cz100", "", ""}, false, OUTCOME_NOT_FOUND, "letter case"},
	{{"", "CZ10", "", ""}, false, OUTCOME_NOT_FOUND, "1 are listed without a serial"},
	{{"", "CZ1000", "", ""}, false, OUTCOME_NOT_FOUND, "registered elsewhere, or never"},
	{{"", "CZ100", "Fabrikam", "Lap 1"}, false, OUTCOME_REFUSED, "(Contoso Lap 1)"},
	{{"3333333333333", "CZ100", "", ""}, false, OUTCOME_REFUSED, "PKID"},
	{{"1111111111111", "CZ999", "", ""}, false, OUTCOME_REFUSED, "serial"},
	{{"1111111111111", "", "", ""}, false, OUTCOME_DEREGISTERED, "[[\"B 1\",\"d1\"]]"},
	{{"2222222222222", "CZ999", "", ""}, false, OUTCOME_DEREGISTERED, "[[\"B 2\",\"d8\"]]"},
	{{"4444444444444", "", "", ""}, false, OUTCOME_NOT_FOUND, "registered elsewhere"},
	{{"", "CZ200", "", ""},
         false,
         OUTCOME_NOT_UNIQUE,
         "2 registrations fit, all of one make "
         "and model: --all-matches"},
	{{"", "CZ200", "", ""}, true, OUTCOME_DEREGISTERED, "[[\"B 1\",\"d3\"],[\"B 1\",\"d4\"]]"},
	{{"", "CZ300", "", ""}, true, OUTCOME_NOT_UNIQUE, "different"},
	{{"", "CZ300", "Fabrikam", "Tab 2"}, false, OUTCOME_DEREGISTERED, "[[\"B 2\",\"d6\"]]"},
	{{"", "CZ400", "", ""}, false, OUTCOME_REFUSED, "does not allow"},
	{{"", "CZ500", "", ""}, true, OUTCOME_NOT_UNIQUE, "unknown"},
	{{"", "CZ600", "", ""}, false, OUTCOME_NOT_FOUND, "letter case or blanks"},
	{{"", "CZ600 ", "", ""}, false, OUTCOME_NOT_FOUND, "letter case or blanks"},
	{{"", " CZ600", "", ""}, false, OUTCOME_DEREGISTERED, "[[\"B 2\",\"d11\"]]"},
	{{"", "CZ700", "Contoso", "Lap 1"}, false, OUTCOME_REFUSED, "cannot be matched"},
	{{"", "CZ800", "", ""}, false, OUTCOME_REFUSED, "cannot be matched"},
	{{"", "CZ900", "", ""}, false, OUTCOME_NOT_FOUND, "3 cannot be matched"},
};

static void
rows_match_registrations(void **state)
{
	struct inventory *inv = inventory_new();
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(listed); i++)
		assert_int_equal(inventory_add(inv, listed[i].batch, &listed[i].d, &err), 0);
	assert_int_equal(inventory_seal(inv, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct inventory_match m;
		const char *text;

		inventory_lookup(inv, &rows[i].want, rows[i].all, &m);
		text = m.found ? m.target : m.reason;
		if (m.found != (rows[i].outcome == OUTCOME_DEREGISTERED) ||
		    (!m.found && m.outcome != rows[i].outcome) ||
		    strstr(text, rows[i].says) == NULL)
			fail_msg("row %zu: %s: %s", i, m.found ? "found" : outcome_word(m.outcome),
			         text);
	}
	inventory_free(inv);
}

static void
a_registration_listed_twice_spoils_the_inventory(void **state)
{
	struct inventory *inv = inventory_new();
	struct error err;

	(void)state;
	assert_int_equal(inventory_add(inv, "b", &listed[0].d, &err), 0);
	assert_int_equal(inventory_add(inv, "b", &listed[0].d, &err), 0);
	assert_int_equal(inventory_seal(inv, &err), -1);
	inventory_free(inv);
}

static int
count_devices(void *ctx, const char *batch, const struct page_device *d, struct error *err)
{
	(void)batch;
	(void)d;
	(void)err;
	++*(size_t *)ctx;
	return 0;
}

/* The pages of a listing, and its result. */
#define CUSTOMER_PAGE \
	"{\"id\":\"" CUSTOMER "\",\"relationshipToPartner\":\"reseller\",\"other\":{}}"
#define ONE "{\"id\":\"d1\",\"serialNumber\":\"CZ1\"}"
#define TWO "{\"id\":\"d2\",\"serialNumber\":null}"

static const struct {
	const char *page[5];
	const char *says; /* NULL: complete */
	size_t devices;
} listings[] = {
	{{CUSTOMER_PAGE,
          "{\"totalCount\":1,\"items\":[{\"id\":\"Test batch\",\"devicesCount\":2}]}",
          "{\"items\":[" ONE "],\"continuationToken\":\"a/+=,\"}", "{\"items\":[" TWO "]}"},
         NULL,
         2},
	{{CUSTOMER_PAGE, "\xef\xbb\xbf{\"items\":[{\"id\":\"b\",\"deviceCount\":2}]}",
          "{\"items\":[" ONE "],\"links\":{\"next\":{\"uri\":\"https://other.example/x\","
          "\"headers\":[{\"key\":\"MS-ContinuationToken\",\"value\":\"t\"}]}}}",
          "{\"items\":[" TWO "],\"links\":{\"self\":{}}}"},
         NULL,
         2},
	{{CUSTOMER_PAGE, "{\"items\":[]}"}, NULL, 0},
	{{"{\"id\":\"7d3c5a10-0000-4000-8000-000000000002\",\"relationshipToPartner\":\"reseller\"}"},
         "another customer",
         0},
	{{"{\"id\":\"" CUSTOMER "\",\"relationshipToPartner\":\"none\"}"}, "(it is: none)", 0},
	{{"{\"id\":\"" CUSTOMER "\"}"}, "lacks \"relationshipToPartner\"", 0},
	{{"{\"relationshipToPartner\":\"reseller\"}"}, "lacks \"id\"", 0},
	{{"{\"id\":\"" CUSTOMER "\",\"relationshipToPartner\":\"x\"}"}, "(it is: unknown)", 0},
	{{CUSTOMER_PAGE, "{\"items\":[{\"id\":\"b\",\"devicesCount\":2}]}",
          "{\"items\":[" ONE "]}"},
         "1 read, but the service counts 2",
         1},
	{{CUSTOMER_PAGE, "{\"items\":[{\"id\":\"b\"}]}",
          "{\"totalCount\":250,\"items\":[" ONE "]}"},
         "a total of 250",
         1},
	{{CUSTOMER_PAGE, "{\"items\":[{\"id\":\"b\",\"deviceCount\":1,\"devicesCount\":2}]}"},
         "differ",
         0},
	{{CUSTOMER_PAGE, "{\"items\":[{\"id\":\"b\"},{\"id\":\"b\"}]}"}, "twice", 0},
	{{CUSTOMER_PAGE, "{\"items\":[{\"id\":\"..\"}]}"}, "usable \"id\"", 0},
	{{CUSTOMER_PAGE, "{\"items\":[{\"id\":\"b\"}]}",
          "{\"items\":[],\"continuationToken\":\"t\"}",
          "{\"items\":[],\"continuationToken\":\"u\"}",
          "{\"items\":[],\"continuationToken\":\"t\"}"},
         "token comes twice",
         0},
	{{CUSTOMER_PAGE, "{\"items\":[{\"id\":\"b\"}]}",
          "{\"items\":[],\"continuationToken\":\"t\\r\\nX: y\"}"},
         "control characters",
         0},
	{{CUSTOMER_PAGE, "{\"items\":[{\"id\":\"b\"}]}", "{\"items\":[],\"links\":{\"next\":{}}}"},
         "no token for it",
         0},
	{{CUSTOMER_PAGE, "{\"items\":[{\"id\":\"b\"}]}", "{\"items\":[" ONE ","}, "unreadable", 0},
	{{CUSTOMER_PAGE, "{\"totalCount\":1}"}, "no \"items\"", 0},
	{{CUSTOMER_PAGE, "{\"items\":null}"}, "no \"items\"", 0},
	{{CUSTOMER_PAGE, "{\"totalCount\":0,\"items\":null}"}, NULL, 0},
	{{CUSTOMER_PAGE, "[{\"id\":\"b\",\"devicesCount\":1}]", "[" ONE "]"}, NULL, 1},
	{{CUSTOMER_PAGE, "[{\"id\":\"b\",\"devicesCount\":2}]", "[" ONE "]"}, "counts 2", 1},
	{{CUSTOMER_PAGE, "[]"}, NULL, 0},
	/* each neighbour is damaged in its own way, and costs only itself */
	{{CUSTOMER_PAGE, "[{\"id\":\"b\",\"devicesCount\":6}]",
          "[" ONE ",{\"id\":\"x\",\"serialNumber\":\"a\tb\"},{\"id\":\"y\",\"serialNumber\":"
          "\"\\ud800\"},{\"id\":\"z\",\"serialNumber\":7},{\"serialNumber\":\"CZ9\"},null]"},
         NULL,
         6},
	{{CUSTOMER_PAGE, "null"}, "neither a JSON object nor an array", 0},
	{{CUSTOMER_PAGE, "\xef\xbb\xbf\n<!DOCTYPE html><title>Sign in</title>"},
         "the answer is not JSON; it looks like an HTML page (a login or "
         "maintenance page?)",
         0},
	{{CUSTOMER_PAGE, "<error>gone</error>"}, "not JSON; it looks like XML", 0},
	{{CUSTOMER_PAGE, ""}, "the answer is empty", 0},
};

static void
listings_are_complete_or_explain_why_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(listings); i++) {
		size_t devices = 0;
		struct pages *l = pages_new(CUSTOMER, NULL, 0, count_devices, &devices);
		struct error err = {""};
		int rc = 0;

		for (size_t p = 0; p < 5 && rc == 0 && !pages_over(l); p++) {
			struct pages_answer page = {.body = listings[i].page[p]};
			assert_non_null(page.body);
			page.len = strlen(page.body);
			rc = pages_feed(l, &page, &err);
		}
		if ((rc == 0) != (listings[i].says == NULL) || devices != listings[i].devices ||
		    (rc != 0 && strstr(err.text, listings[i].says) == NULL))
			fail_msg("listing %zu: %d, %zu devices: %s", i, rc, devices, err.text);
		pages_free(l);
	}
}

static void
paths_escape_any_id(void **state)
{
	static const struct {
		const char *batch, *device, *path;
	} paths[] = {
		{"Test batch", "", "/deviceBatches/Test%20batch/devices"},
		{"a/b?c#d", "9993-86", "/deviceBatches/a%2Fb%3Fc%23d/devices/9993-86"},
		{"100%", "\xc3\xa9&;", "/deviceBatches/100%25/devices/%C3%A9%26%3B"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		char *path = pages_device_path(CUSTOMER, paths[i].batch, paths[i].device);
		assert_memory_equal(path, "/v1/customers/" CUSTOMER, 14 + strlen(CUSTOMER));
		assert_string_equal(path + 14 + strlen(CUSTOMER), paths[i].path);
		free(path);
	}
}

static void
a_missing_batch_is_gone_only_if_it_is_not_listed(void **state)
{
	static const char *const named[] = {"b"};
	static const struct pages_answer none = {.body = "{\"items\":[]}", .len = 12},
					 one = {.body = "{\"items\":[{\"id\":\"b\"}]}", .len = 22};
	struct error err;
	size_t n = 0;
	struct pages *l = pages_new(CUSTOMER, named, 1, count_devices, &n);

	(void)state;
	assert_int_equal(pages_feed(l, &none, &err), 0);
	assert_int_equal(pages_absent(l, &err), 0);
	assert_true(pages_over(l));
	pages_free(l);
	l = pages_new(CUSTOMER, named, 1, count_devices, &n);
	assert_int_equal(pages_feed(l, &one, &err), 0);
	assert_int_equal(pages_absent(l, &err), -1);
	pages_free(l);
}

static void
targets_survive_encoding(void **state)
{
	static const char *const bad[] = {"",
	                                  "[]",
	                                  "{}",
	                                  "[[\"b\"]]",
	                                  "[[\"b\",\"d\",\"e\",\"f\"]]",
	                                  "[[\"b\",1]]",
	                                  "[[\"b\",\"..\"]]",
	                                  "[[\"\",\"d\"]]",
	                                  "[[\"b\",\"d\\n\"]]",
	                                  "[[\"b\",\"d\"]]x",
	                                  "[\"b\",\"d\"]"};
	struct target t = {0}, back;
	char text[ROUTE_ID_MAX];
	struct error err;

	(void)state;
	assert_true(target_add(&t, "a \"b\" \\ c/%", "\xc3\xa9", "2026-01-15"));
	assert_true(target_add(&t, "b", "d", "2026-01-15"));
	assert_true(target_encode(&t, text));
	assert_int_equal(target_decode(&back, text, &err), 0);
	assert_int_equal(back.count, 2);
	assert_string_equal(back.pair[0].batch, "a \"b\" \\ c/%");
	assert_string_equal(back.pair[0].device, "\xc3\xa9");
	target_release(&back);
	while (target_add(&t, "0123456789012345678901234567890123456789",
	                  "0123456789012345678901234567890123456789", ""))
		continue;
	assert_false(target_encode(&t, text));
	target_release(&t);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(target_decode(&back, bad[i], &err), -1);
}

static void
only_a_later_listing_proves_a_deletion(void **state)
{
	struct deletion_check *all = NULL, *w = deletion_check_of(&all, "b");

	(void)state;
	assert_false(deletion_check_is_gone(w, "d1")); /* never listed */
	w->wanted = true;
	deletion_check_add_listed(w, "d2");
	deletion_check_end(all, false, 1); /* incomplete: proves nothing */
	assert_false(deletion_check_is_gone(w, "d1"));
	w->wanted = true;
	deletion_check_add_listed(w, "d3");
	deletion_check_add_listed(w, "d2");
	deletion_check_end(all, true, 2);
	assert_true(deletion_check_is_gone(w, "d1"));
	assert_false(deletion_check_is_gone(w, "d2"));
	deletion_check_add_deleted(w, "d1"); /* registered again and deleted again since */
	assert_false(deletion_check_is_gone(w, "d1"));
	w->wanted = true;
	deletion_check_end(all, true, 3);
	assert_true(deletion_check_is_gone(w, "d1"));
	assert_ptr_equal(deletion_check_of(&all, "b"), w);
	deletion_check_free_all(&all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_match_registrations),
		cmocka_unit_test(a_registration_listed_twice_spoils_the_inventory),
		cmocka_unit_test(listings_are_complete_or_explain_why_not),
		cmocka_unit_test(paths_escape_any_id),
		cmocka_unit_test(a_missing_batch_is_gone_only_if_it_is_not_listed),
		cmocka_unit_test(targets_survive_encoding),
		cmocka_unit_test(only_a_later_listing_proves_a_deletion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
