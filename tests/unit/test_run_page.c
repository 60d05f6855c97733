/*
 * The operator's page: the newest runs before this one, and what a run's rows come to.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/file.h"
#include "partner/handoff/run_history.h"
#include "partner/ledger/rows.h"
#include "partner/ledger/settle.h"
#include "partner/ledger/transaction.h"
#include "tests/unit/fixture_handoff.h"

#define RUNS 20

static int
set_up(void **state)
{
	*state = handoff_fixture_open();
	return 0;
}

static void
save_summary(const struct handoff_fixture *fx, const char *run, const char *text)
{
	char *dir = file_join(fx->dir, run), *path = file_join(dir, "summary.json");
	struct error err = {""};

	fixture_must(file_mkdirs(dir, &err), &err);
	fixture_must(file_write(path, FILE_MODE_PUBLIC, text, strlen(text), &err), &err);
	free(path);
	free(dir);
}

struct heard {
	char run[RUN_HISTORY_MAX][LEDGER_RUN_ID_SIZE];
	int64_t good, other;
	size_t count;
};

static void
hear(void *ctx, const struct run_figures *f)
{
	struct heard *h = ctx;

	snprintf(h->run[h->count++], LEDGER_RUN_ID_SIZE, "%s", f->run);
	h->good += f->good;
	h->other += f->other;
}

static void
history_has_the_newest_runs_before_this_one(void **state)
{
	struct handoff_fixture *fx = *state;
	struct ledger_run run = {.name = "20261115T000000Z-0000"};
	struct heard h = {0};
	char name[64];

	for (int i = 1; i <= RUNS; i++) {
		snprintf(name, sizeof(name), "202611%02dT000000Z-0000", i);
		save_summary(fx, name,
		             "{\"counts\":{\"deregistered\":10,\"not-registered\":1,"
		             "\"refused\":2,\"held\":3}}");
	}
	save_summary(fx, "20261114T000000Z-0000", "{broken");
	save_summary(fx, "letter-20261101T000000Z-0000", "{}");
	run.out = file_join(fx->dir, run.name);
	run_history_each(&run, 5, hear, &h);
	free(run.out);
	/* of 10 to 14 the last one cannot be read */
	assert_int_equal(h.count, 4);
	assert_string_equal(h.run[0], "20261110T000000Z-0000");
	assert_string_equal(h.run[3], "20261113T000000Z-0000");
	assert_int_equal(h.good, 4 * 11);
	assert_int_equal(h.other, 4 * 5);
}

static void
add(struct handoff_fixture *fx, long line, int64_t customer, const char *serial, enum outcome o,
    const char *reason)
{
	struct error err = {""};
	struct ledger_row row = {
		.list = fx->list,
		.customer = customer,
		.line = line,
		.device = {.pkid = "", .serial = serial, .manufacturer = "Contoso", .model = "M"},
		.join = JOIN_ENTRA,
		.mdm = MDM_INTUNE,
		.purpose = PURPOSE_REPAIR,
		.ticket = "RMA-1",
		.sold_to = "1",
		.received_from = "1",
		.outcome = o,
		.reason = reason,
		.column = "",
		.raw = serial,
	};

	fixture_must(ledger_row_add(fx->ledger, &row, &err), &err);
}

static void
page_names_needs_work_and_customers_without_a_pack(void **state)
{
	struct handoff_fixture *fx = *state;
	struct handoff_settings settings = {.partner_name = "Repairs Ltd",
	                                    .partner_contact = "",
	                                    .partner_support = "",
	                                    .language = "en",
	                                    .run_page = true};
	struct ledger_list list = {.path = "a.csv", .header = "Serial Number", .run = fx->run.id};
	struct error err = {""};
	struct buf text;
	char *path;

	fixture_must(ledger_begin(fx->ledger, &err), &err);
	fixture_must(ledger_list_add(fx->ledger, &list, &fx->list, &err), &err);
	fixture_must(ledger_customer_id(fx->ledger, fx->run.id, "contoso", "Contoso <&> Ltd",
	                                &fx->customer[0], &err),
	             &err);
	fixture_must(ledger_customer_id(fx->ledger, fx->run.id, "zeta", "", &fx->customer[1], &err),
	             &err);
	add(fx, 2, fx->customer[0], "CT-1", OUTCOME_DEREGISTERED, "");
	add(fx, 3, fx->customer[0], "CT-2", OUTCOME_REFUSED, "HashNot4k (0)");
	add(fx, 4, fx->customer[0], "CT-3", OUTCOME_REFUSED, "HashNot4k (0)");
	add(fx, 5, fx->customer[1], "ZT-1", OUTCOME_REJECTED, "serial <missing>");
	fixture_must(ledger_settle(fx->ledger, fx->run.id, NULL, &err), &err);
	fixture_must(ledger_commit(fx->ledger, &err), &err);
	fixture_must(handoff_write(fx->ledger, &fx->run, &settings, NULL, &err), &err);
	path = file_join(fx->run.out, "index.html");
	buf_init(&text, (size_t)1024 * 1024);
	fixture_must(file_read(path, &text, &err), &err);
	assert_non_null(strstr(text.data, "Contoso &lt;&amp;&gt; Ltd"));
	assert_non_null(strstr(text.data, "2 refused: HashNot4k (0)"));
	assert_non_null(strstr(text.data, "/failed.csv</code>"));
	assert_non_null(strstr(text.data, "1 rejected: serial &lt;missing&gt;"));
	assert_non_null(strstr(text.data, "none: nothing was asked"));
	assert_non_null(strstr(text.data, "New hardware hash"));
	assert_non_null(strstr(text.data, "default-src 'none'"));
	buf_release(&text);
	free(path);
}

/* Rows of a plan come as they are stored: customers and situations mixed. */
static void
page_of_a_plan_puts_each_row_to_its_customer(void **state)
{
	static const char *const wanted[] = {"Plan of",
	                                     "0 pending or unknown, 3 not asked",
	                                     "0 pending or unknown, 2 not asked",
	                                     "1 held: on the skip list",
	                                     "2 rejected: serial missing",
	                                     "<b>2</b>would be sent"};
	struct handoff_fixture *fx = *state;
	struct handoff_settings settings = {.partner_name = "Repairs Ltd",
	                                    .partner_contact = "",
	                                    .partner_support = "",
	                                    .language = "en",
	                                    .run_page = true};
	struct ledger_list list = {.path = "a.csv", .header = "Serial Number", .run = fx->run.id};
	struct error err = {""};
	struct buf text;
	char *path;

	fixture_must(ledger_begin(fx->ledger, &err), &err);
	fixture_must(ledger_list_add(fx->ledger, &list, &fx->list, &err), &err);
	fixture_must(
		ledger_customer_id(fx->ledger, fx->run.id, "contoso", "", &fx->customer[0], &err),
		&err);
	fixture_must(ledger_customer_id(fx->ledger, fx->run.id, "zeta", "", &fx->customer[1], &err),
	             &err);
	add(fx, 2, fx->customer[0], "CT-1", OUTCOME_REJECTED, "serial missing");
	add(fx, 3, fx->customer[1], "ZT-1", OUTCOME_NOT_SENT, "");
	add(fx, 4, fx->customer[0], "CT-2", OUTCOME_HELD, "on the skip list");
	add(fx, 5, fx->customer[1], "ZT-2", OUTCOME_NOT_SENT, "");
	add(fx, 6, fx->customer[0], "CT-3", OUTCOME_REJECTED, "serial missing");
	fixture_must(ledger_settle(fx->ledger, fx->run.id, NULL, &err), &err);
	fixture_must(ledger_commit(fx->ledger, &err), &err);
	fixture_must(handoff_write_plan(fx->ledger, &fx->run, 0, &settings, &err), &err);
	path = file_join(fx->run.out, "index.html");
	buf_init(&text, (size_t)1024 * 1024);
	fixture_must(file_read(path, &text, &err), &err);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (strstr(text.data, wanted[i]) == NULL)
			fail_msg("%s is missing in %s", wanted[i], text.data);
	/* by outcome, whatever came first in the list */
	assert_true(strstr(text.data, "1 held: ") < strstr(text.data, "2 rejected: "));
	buf_release(&text);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(history_has_the_newest_runs_before_this_one, set_up,
	                                        handoff_tear_down),
		cmocka_unit_test_setup_teardown(page_of_a_plan_puts_each_row_to_its_customer,
	                                        set_up, handoff_tear_down),
		cmocka_unit_test_setup_teardown(page_names_needs_work_and_customers_without_a_pack,
	                                        set_up, handoff_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
