/*
 * Packs of a small ledger in a scratch directory: own rows only, hostile values inert, and the
 * files of the run.
 */
#include "tests/unit/fixture_handoff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/file.h"
#include "common/json.h"
#include "partner/ledger/receipts.h"
#include "partner/ledger/rows.h"
#include "partner/ledger/settle.h"
#include "partner/ledger/transaction.h"

#define HEADER "Serial Number,Manufacturer,Model,Customer,Note"
#define HOSTILE "<script>\"x\"]]>\x01"

static void
add_row(struct handoff_fixture *fx, long line, int64_t customer, const char *serial, enum outcome o,
        const char *reason, const char *raw)
{
	struct error err = {""};
	struct ledger_row row = {
		.list = fx->list,
		.customer = customer,
		.line = line,
		.device = {.pkid = "",
	                   .serial = serial,
	                   .manufacturer = "Contoso",
	                   .model = HOSTILE},
		.join = JOIN_ENTRA,
		.mdm = MDM_INTUNE,
		.purpose = PURPOSE_REPAIR,
		.ticket = "=cmd|' /C calc'!A0",
		.sold_to = "1",
		.received_from = "1",
		.outcome = o,
		.reason = reason,
		.column = "",
		.raw = raw,
	};

	fixture_must(ledger_row_add(fx->ledger, &row, &err), &err);
}

static void
add(struct handoff_fixture *fx, long line, int64_t customer, const char *serial, enum outcome o,
    const char *raw)
{
	add_row(fx, line, customer, serial, o, o == OUTCOME_REJECTED ? "serial missing" : "", raw);
}

static void
fill(struct handoff_fixture *fx)
{
	struct error err = {""};
	struct ledger_list list = {.path = "a.csv", .header = HEADER};

	fixture_must(ledger_begin(fx->ledger, &err), &err);
	list.run = fx->run.id;
	fixture_must(ledger_list_add(fx->ledger, &list, &fx->list, &err), &err);
	fixture_must(ledger_customer_id(fx->ledger, fx->run.id, "acme", "Acme & Sons",
	                                &fx->customer[0], &err),
	             &err);
	fixture_must(ledger_customer_id(fx->ledger, fx->run.id, "zeta", "", &fx->customer[1], &err),
	             &err);
	add(fx, 2, fx->customer[0], "ACME-0001", OUTCOME_DEREGISTERED,
	    "ACME-0001,Contoso,M,acme,n");
	add(fx, 3, fx->customer[0], "ACME-0002", OUTCOME_NOT_OURS, "ACME-0002,Contoso,M,acme,=1+1");
	add(fx, 4, fx->customer[0], "ACME-0003", OUTCOME_ALARM, "ACME-0003,Contoso,M,acme,");
	add(fx, 5, fx->customer[0], "ACME-0005", OUTCOME_UNKNOWN, "ACME-0005,Contoso,M,acme,");
	add(fx, 6, fx->customer[1], "ZETA-0001", OUTCOME_DEREGISTERED, "ZETA-0001,Contoso,M,zeta,");
	add(fx, 8, fx->customer[1], "Z'; exit; '$(x)`", OUTCOME_DEREGISTERED, "Z");
	add(fx, 9, fx->customer[1], "Z\xe2\x80\x99; exit", OUTCOME_DEREGISTERED, "Z");
	add(fx, 7, fx->customer[1], "ZETA-0009", OUTCOME_REJECTED,
	    "\"=ZETA,9\",Contoso,M,zeta,\"a\"\"b\"");
	fixture_must(ledger_settle(fx->ledger, fx->run.id, NULL, &err), &err);
	fixture_must(ledger_commit(fx->ledger, &err), &err);
}

static int
set_up(void **state)
{
	struct handoff_fixture *fx = handoff_fixture_open();
	struct handoff_settings settings = {
		.partner_name = "Repairs Ltd",
		.partner_contact = "Ann Lee",
		.partner_support = "help@repairs.example",
		.language = "en",
	};
	struct error err = {""};

	fill(fx);
	fixture_must(handoff_write(fx->ledger, &fx->run, &settings, &fx->open, &err), &err);
	*state = fx;
	return 0;
}

/* The whole file. The caller frees it. */
static char *
content(const struct handoff_fixture *fx, const char *name)
{
	char *path = file_join(fx->run.out, name);
	struct error err = {""};
	struct buf text;

	buf_init(&text, 1024 * 1024);
	fixture_must(file_read(path, &text, &err), &err);
	free(path);
	return buf_detach(&text);
}

static void
test_page(void **state)
{
	char *page = content(*state, "acme/index.html");

	assert_non_null(strstr(page, "ACME-0001"));
	assert_null(strstr(page, "ZETA-"));
	assert_null(strstr(page, "<script>\"x"));
	assert_non_null(strstr(page, "&lt;script&gt;"));
	assert_non_null(strstr(page, "Acme &amp; Sons"));
	assert_non_null(strstr(page, "default-src 'none'"));
	assert_non_null(strstr(page, "changed nothing in Intune"));
	assert_non_null(strstr(page, "We stopped and are clarifying this"));
	assert_non_null(strstr(page, "Delete from Intune"));
	assert_non_null(strstr(page, "help@repairs.example"));
	assert_null(strstr(page, "emoved from "));
	free(page);
}

static void
test_json(void **state)
{
	char *text = content(*state, "acme/handoff.json");
	struct error err = {""};
	struct json *root = json_parse(text, strlen(text), &err);
	const struct json *device;

	if (root == NULL)
		fail_msg("%s", err.text);
	assert_string_equal(json_text(json_get(root, "schema")), "unpilot-handoff/2");
	assert_string_equal(json_text(json_get(root, "partner")), "Repairs Ltd");
	assert_string_equal(json_text(json_get(root, "customer")), "acme");
	assert_int_equal(json_count(json_get(root, "devices")), 4);
	device = json_first(json_get(root, "devices"));
	assert_string_equal(json_text(json_get(device, "serial")), "ACME-0001");
	assert_string_equal(json_text(json_get(device, "model")), HOSTILE);
	assert_true(json_is_null(json_get(device, "reason")));
	assert_true(json_count(json_get(device, "steps")) >= 12);
	assert_non_null(json_text(json_get(json_get(json_get(root, "steps"), "B1"), "text")));
	json_free(root);
	free(text);
}

static void
test_tables(void **state)
{
	char *devices = content(*state, "acme/devices.csv");
	char *failed = content(*state, "failed.csv");
	char *rejects = content(*state, "rejects.csv");

	assert_int_equal(strncmp(devices, "\xef\xbb\xbfSerial Number,", 17), 0);
	assert_non_null(strstr(devices, "'=cmd|"));
	assert_null(strstr(devices, "ZETA"));
	assert_string_equal(
		failed, "\xef\xbb\xbf" HEADER "\r\nACME-0002,Contoso,M,acme,=1+1\r\n"
			"ACME-0003,Contoso,M,acme,\r\n\"=ZETA,9\",Contoso,M,zeta,\"a\"\"b\"\r\n");
	assert_non_null(
		strstr(rejects, "a.csv,7,,serial missing,\"'=ZETA,9\",Contoso,M,zeta,\"a\"\"b\""));
	assert_null(strstr(rejects, "ACME"));
	free(devices);
	free(failed);
	free(rejects);
}

/* No value of a list can end its string in the script. The script leaves values outside ASCII to
 * people. */
static void
test_script(void **state)
{
	char *script = content(*state, "zeta/cleanup.ps1");

	assert_non_null(strstr(script, "Serial = 'Z''; exit; ''$(x)`';"));
	assert_non_null(strstr(script, "$ByHand = 1\n"));
	for (const char *p = script; *p != '\0'; p++)
		assert_in_range(*p, 1, 0x7f);
	free(script);
}

static void
test_summary(void **state)
{
	char *text = content(*state, "summary.json");
	struct error err = {""};
	struct json *root = json_parse(text, strlen(text), &err);

	if (root == NULL)
		fail_msg("%s", err.text);
	assert_string_equal(json_text(json_get(root, "type")), "summary");
	assert_int_equal(json_count(json_get(root, "counts")), OUTCOME_COUNT);
	assert_true(json_number(json_get(json_get(root, "counts"), "deregistered")) > 1.5);
	json_free(root);
	free(text);
}

/* A row with each outcome and the reasons that the program gives it: texts for the operator. */
static const struct {
	enum outcome outcome;
	const char *reason;
} operators[] = {
	{OUTCOME_NOT_OURS, "811 ZtdDeviceNotOwnedByParty"},
	{OUTCOME_NOT_FOUND, "812 ZtdDeviceNotFound; an earlier answer was lost"},
	{OUTCOME_NOT_REGISTERED, "807 ZtdDeviceNotAssigned: that request may have deregistered it"},
	{OUTCOME_NOT_UNIQUE, "2 registrations fit: --all-matches deletes them"},
	{OUTCOME_REFUSED, "the service refused: HTTP 400"},
	{OUTCOME_ALARM, "806 ZtdDeviceAlreadyAssigned"},
	{OUTCOME_ALARM, "in an entry that matches no device"},
	{OUTCOME_ALARM, "recorded by an earlier version"},
	{OUTCOME_PENDING, "accepted by the service, no final answer yet"},
	{OUTCOME_PENDING, "still listed after two deletions"},
	{OUTCOME_UNKNOWN, "the service gave this batch the BatchId of another one"},
	{OUTCOME_UNKNOWN, "refused (HTTP 500), but an earlier answer was lost"},
	{OUTCOME_UNKNOWN, "the program ended before an answer came"},
	{OUTCOME_NOT_SENT, "the service has not answered for the devices that were sent first"},
	{OUTCOME_NOT_SENT, "the run was stopped by an alarm, the canary or the outbound guard"},
	{OUTCOME_NOT_SENT, "the run was stopped: too many devices failed"},
	{OUTCOME_NOT_SENT, "max-duration was reached"},
	{OUTCOME_NOT_SENT, "certificate, key or token refused"},
	{OUTCOME_HELD,
         "deregistered in run 20261101T031500Z-4f2a on 2026-11-01: --again sends it once more"},
	{OUTCOME_HELD,
         "listed for another customer in run 20261102T031500Z-4f2b on 2026-11-02: --moved sends it"},
	{OUTCOME_HELD,
         "deregistered for another customer in run 20261102T031500Z-4f2b on 2026-11-02: "
         "--again sends it once more"},
	{OUTCOME_HELD, "on the skip list: remove it there"},
	{OUTCOME_HELD, "held: a guard stopped the run before anything was sent"},
	{OUTCOME_HELD,
         "9 of the customer's 10 registrations would be deleted (90 %), max-inventory-percent is 50"},
	{OUTCOME_HELD,
         "waiting for the customer: letter of 2026-11-01, 2 of 5 steps reported: --not-ready"},
	{OUTCOME_REJECTED,
         "serial \"Default string\" is a placeholder; customer \"zeta\" has two names"},
};

/* The packs add up the same open steps as the ledger, whose answers are kept until one changes. */
static void
test_open_steps(void **state)
{
	const struct handoff_fixture *fx = *state;
	struct ledger_done done = {.row = 1, .step = "B1", .said_at = 1, .record = ""};
	int64_t counts[OUTCOME_COUNT] = {0}, missing;
	struct ledger_tally kept, read;
	struct open_steps counted;
	struct error err;

	fixture_must(open_steps_count(fx->ledger, fx->run.id, NULL, NULL, &counted, &err), &err);
	assert_true(counted.steps > 0);
	assert_memory_equal(&counted, &fx->open, sizeof(counted));
	counts[OUTCOME_ALARM] = 77;
	kept = open_steps_tally(counts, &(struct open_steps){.steps = 5});
	fixture_must(ledger_run_finish(fx->ledger, fx->run.id, 0, &kept, &err), &err);
	fixture_must(open_steps_count(fx->ledger, fx->run.id, NULL, NULL, &counted, &err), &err);
	assert_int_equal(counted.steps, 5);
	fixture_must(ledger_counts(fx->ledger, fx->run.id, counts, &err), &err);
	assert_int_equal(counts[OUTCOME_ALARM], 77);
	assert_int_equal(ledger_tally_missing(fx->ledger, INT64_MAX, &missing, &err), 0);

	assert_int_equal(ledger_done_add(fx->ledger, &done, &err), 1);
	assert_int_equal(ledger_tally_missing(fx->ledger, INT64_MAX, &missing, &err), 1);
	fixture_must(open_steps_keep(fx->ledger, 1, &err), &err);
	assert_int_equal(ledger_tally_read(fx->ledger, fx->run.id, &read, &err), 1);
	assert_int_equal(read.steps, fx->open.steps - 1);
	assert_int_equal(read.counts[OUTCOME_ALARM], 1);
	fixture_must(ledger_run_set_state(fx->ledger, fx->run.id, RUN_OPEN, -1, &err), &err);
	assert_int_equal(ledger_tally_read(fx->ledger, fx->run.id, &read, &err), 0);
}

/* Words of the operator, in any case. */
static const char *const operator_words[] = {
	"--again",       "--moved",       "--not-ready",  "--all-matches",
	"--resend",      "--clear-alarm", "skip list",    "canary",
	"a guard",       "max-inventory", "max-duration", "max-fail",
	"listed for",    "batchid",       "ztddevicenot", "alreadyassigned",
	"806",           "811",           "812",          "http 4",
	"http 5",        "outbound",      "ledger",       "unpilot resume",
	"token refused", "4f2a",          "4f2b",         "placeholder",
	"zeta",
};

static void
assert_no_operator_words(const struct handoff_fixture *fx, const char *name)
{
	char *text = content(fx, name);

	for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
		if (strstr(text, operators[i].reason) != NULL)
			fail_msg("%s: %s", name, operators[i].reason);
	for (size_t i = 0; i < ARRAY_SIZE(operator_words); i++)
		if (strcasestr(text, operator_words[i]) != NULL)
			fail_msg("%s: %s: %.60s", name, operator_words[i],
			         strcasestr(text, operator_words[i]));
	free(text);
}

static void
fill_with_reasons(struct handoff_fixture *fx)
{
	struct error err = {""};
	struct ledger_list list = {.path = "b.csv", .header = HEADER};
	char serial[32];

	fixture_must(ledger_begin(fx->ledger, &err), &err);
	list.run = fx->run.id;
	fixture_must(ledger_list_add(fx->ledger, &list, &fx->list, &err), &err);
	fixture_must(ledger_customer_id(fx->ledger, fx->run.id, "acme", "Acme & Sons",
	                                &fx->customer[0], &err),
	             &err);
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++) {
		snprintf(serial, sizeof(serial), "ACME-%03zu", i);
		add_row(fx, (long)i + 2, fx->customer[0], serial, operators[i].outcome,
		        operators[i].reason, serial);
	}
	fixture_must(ledger_settle(fx->ledger, fx->run.id, NULL, &err), &err);
	fixture_must(ledger_commit(fx->ledger, &err), &err);
}

static void
test_operator_words(void **state)
{
	static const char *const languages[] = {"en", "de"};
	static const char *const files[] = {
		"acme/index.html", "acme/handoff.xml", "acme/handoff.json", "acme/devices.csv",
		"acme/mail.txt",   "acme/handoff.md",  "acme/cleanup.ps1",
	};
	struct handoff_fixture *fx = handoff_fixture_open();
	void *opened = fx;
	char *rejects;

	(void)state;
	fill_with_reasons(fx);
	for (size_t i = 0; i < ARRAY_SIZE(languages); i++) {
		struct handoff_settings settings = {.partner_name = "Repairs Ltd",
		                                    .partner_contact = "Ann Lee",
		                                    .partner_support = "help@repairs.example",
		                                    .language = languages[i]};
		struct error err = {""};

		fixture_must(handoff_write(fx->ledger, &fx->run, &settings, NULL, &err), &err);
		for (size_t k = 0; k < ARRAY_SIZE(files); k++)
			assert_no_operator_words(fx, files[k]);
	}
	rejects = content(fx, "rejects.csv"); /* of the operator */
	assert_non_null(strstr(rejects, "placeholder"));
	free(rejects);
	assert_int_equal(handoff_tear_down(&opened), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page),           cmocka_unit_test(test_json),
		cmocka_unit_test(test_tables),         cmocka_unit_test(test_script),
		cmocka_unit_test(test_summary),        cmocka_unit_test(test_open_steps),
		cmocka_unit_test(test_operator_words),
	};

	return cmocka_run_group_tests(tests, set_up, handoff_tear_down);
}
