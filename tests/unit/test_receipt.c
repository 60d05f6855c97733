/* Receipts: hostile files as a table, and good ones against the ledger. */
#include "tests/unit/fixture_ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/db.h"
#include "partner/handoff/receipt.h"
#include "partner/handoff/steps.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/open.h"
#include "partner/ledger/receipts.h"

#define HEAD "{\"schema\":\"unpilot-receipt/1\",\"run\":\"R\",\"customer\":\"acme\",\"by\":\"Ann\","
#define WHEN "\"generated\":\"2026-11-24T10:00:00Z\","
#define STEP(device, step, at) "{\"device\":\"" device "\",\"step\":\"" step "\",\"at\":\"" at "\"}"
#define NOON "2026-11-24T12:00:00Z"
#define GOOD HEAD WHEN "\"done\":[" STEP("7", "I1", NOON) "," STEP("7", "B1", NOON) "]}"

static void
reads_what_a_page_writes(void **state)
{
	struct receipt r, again;
	struct error err;

	(void)state;
	if (receipt_parse(&r, GOOD, strlen(GOOD), &err) != 0)
		fail_msg("%s", err.text);
	assert_string_equal(r.run, "R");
	assert_string_equal(r.by, "Ann");
	assert_int_equal(r.steps, 2);
	assert_string_equal(r.step[0].id, "B1");
	assert_int_equal(r.step[0].place, 1);
	assert_int_equal(r.step[0].row, 7);
	/* another layout, a fraction of a second: the same receipt */
	static const char other[] =
		"{ \"by\":\"Ann\", \"done\" : [\n" STEP("7", "B1", "2026-11-24T12:00:00.123Z") "," STEP(
			"7", "I1",
			NOON) "], \"schema\":\"unpilot-receipt/1\",\"run\":\"R\","
			      "\"generated\":\"2026-11-24T10:00:00.000Z\",\"customer\":\"acme\"}\r\n";
	assert_int_equal(receipt_parse(&again, other, strlen(other), &err), 0);
	assert_string_equal(r.digest, again.digest);
	receipt_release(&r);
	receipt_release(&again);
}

static const struct {
	const char *text, *says;
} bad[] = {
	{"", ""},
	{"[]", "expected a JSON object"},
	{"\"x\"", "expected a JSON object"},
	{"null", "expected a JSON object"},
	{GOOD "x", ""},
	{"{}", "\"schema\" is missing"},
	{HEAD WHEN "\"done\":[],\"extra\":1}", "unknown key \"extra\""},
	{HEAD WHEN "\"done\":[],\"done\":[]}", ""},
	{HEAD WHEN "\"Done\":[]}", "unknown key \"Done\""},
	{HEAD WHEN "\"done\":{}}", "\"done\""},
	{HEAD WHEN "\"done\":null}", "\"done\""},
	{HEAD WHEN "\"done\":[1]}", "done[0]: expected a JSON object"},
	{HEAD WHEN "\"done\":[{}]}", "done[0]: \"device\" is missing"},
	{HEAD "\"done\":[]}", "\"generated\" is missing"},
	{HEAD "\"generated\":1,\"done\":[]}", "\"generated\""},
	{HEAD "\"generated\":\"yesterday\",\"done\":[]}", "\"generated\""},
	{HEAD "\"generated\":\"2026-02-30T10:00:00Z\",\"done\":[]}", "\"generated\""},
	{HEAD "\"generated\":\"2026-11-24T10:00:00\",\"done\":[]}", "\"generated\""},
	{HEAD "\"generated\":\"2026-11-24T10:00:00.Z\",\"done\":[]}", "\"generated\""},
	{HEAD "\"generated\":\"2026-11-24T10:00:00+01:00\",\"done\":[]}", "\"generated\""},
	{HEAD "\"generated\":\" 026-11-24T10:00:00Z\",\"done\":[]}", "\"generated\""},
	{HEAD "\"generated\":\"2026-11-24T25:00:00Z\",\"done\":[]}", "\"generated\""},
	{HEAD WHEN "\"done\":[" STEP("0", "B1", NOON) "]}", "done[0]: \"device\""},
	{HEAD WHEN "\"done\":[" STEP("-1", "B1", NOON) "]}", "done[0]: \"device\""},
	{HEAD WHEN "\"done\":[" STEP("9223372036854775808", "B1", NOON) "]}", "\"device\""},
	{HEAD WHEN "\"done\":[" STEP("7 ", "B1", NOON) "]}", "done[0]: \"device\""},
	{HEAD WHEN "\"done\":[{\"device\":7,\"step\":\"B1\",\"at\":\"" NOON "\"}]}", "\"device\""},
	{HEAD WHEN "\"done\":[" STEP("7", "B12345678", NOON) "]}", "done[0]: \"step\""},
	{HEAD WHEN "\"done\":[" STEP("7", "B1\\n", NOON) "]}", "done[0]: \"step\""},
	{HEAD WHEN "\"done\":[" STEP("7", "B1", "") "]}", "done[0]: \"at\""},
	{HEAD WHEN "\"done\":[" STEP("7", "B1", NOON) "," STEP("7", "B1", NOON) "]}", "twice"},
	{"{\"schema\":\"unpilot-receipt/3\",\"run\":\"R\",\"customer\":\"\",\"by\":\"\"," WHEN
         "\"done\":[]}",
         "\"schema\""},
	{"{\"schema\":\"unpilot-receipt/2\",\"run\":\"R\",\"customer\":\"\",\"by\":\"\"," WHEN
         "\"done\":[]}",
         "\"source\" is missing"},
	{"{\"schema\":\"unpilot-receipt/2\",\"run\":\"R\",\"customer\":\"\",\"by\":\"\"," WHEN
         "\"source\":\"mail\",\"done\":[]}",
         "page or script"},
	{"{\"schema\":\"unpilot-receipt/2\",\"run\":\"R\",\"customer\":\"\",\"by\":\"\"," WHEN
         "\"source\":\"page\",\"done\":[" STEP("7", "B1", NOON) "]}",
         "done[0]: \"state\" is missing"},
	{"{\"schema\":\"unpilot-receipt/2\",\"run\":\"R\",\"customer\":\"\",\"by\":\"\"," WHEN
         "\"source\":\"page\",\"done\":[{\"device\":\"7\",\"step\":\"B1\",\"at\":\"" NOON
         "\",\"state\":\"maybe\"}]}",
         "done[0]: \"state\""},
	{HEAD WHEN "\"done\":[{\"device\":\"7\",\"step\":\"B1\",\"at\":\"" NOON
                   "\",\"state\":\"done\"}]}",
         "unknown key \"state\""},
	{"{\"schema\":\"unpilot-receipt/1\",\"run\":7,\"customer\":\"\",\"by\":\"\"," WHEN
         "\"done\":[]}",
         "\"run\""},
	{"{\"schema\":\"unpilot-receipt/1\",\"run\":\"0123456789012345678901234567890123\","
         "\"customer\":\"\",\"by\":\"\"," WHEN "\"done\":[]}",
         "\"run\""},
	{"{\"schema\":\"unpilot-receipt/1\",\"run\":\"R\",\"customer\":\"a\\u0000\",\"by\":\"\"," WHEN
         "\"done\":[]}",
         ""},
	{"{\"schema\":\"unpilot-receipt/1\",\"run\":\"R\",\"customer\":\"\",\"by\":\"a\\u001bc\"," WHEN
         "\"done\":[]}",
         "\"by\""},
	{"{\"schema\":\"unpilot-receipt/1\",\"run\":\"R\",\"customer\":\"\",\"by\":\"a\\u202ec\"," WHEN
         "\"done\":[]}",
         "\"by\""},
	{"{\"schema\":\"unpilot-receipt/1\",\"run\":\"R\",\"customer\":\"\",\"by\":\"a\\u0085c\"," WHEN
         "\"done\":[]}",
         "\"by\""},
	{"{\"schema\":\"unpilot-receipt/1\",\"run\":\"R\",\"customer\":\"\",\"by\":null," WHEN
         "\"done\":[]}",
         "\"by\""},
};

static void
refuses_what_is_no_receipt(void **state)
{
	struct receipt r;
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (receipt_parse(&r, bad[i].text, strlen(bad[i].text), &err) == 0)
			fail_msg("case %zu was taken", i);
		if (strstr(err.text, bad[i].says) == NULL)
			fail_msg("case %zu: %s", i, err.text);
	}
	/* a byte order mark is taken once, and only at the very beginning */
	assert_int_equal(receipt_parse(&r, "\357\273\277" GOOD, strlen("\357\273\277" GOOD), &err),
	                 0);
	receipt_release(&r);
	assert_int_equal(receipt_parse(&r, "\357\273\277\357\273\277" GOOD,
	                               strlen("\357\273\277\357\273\277" GOOD), &err),
	                 -1);
	assert_int_equal(
		receipt_parse(&r, " \357\273\277" GOOD, strlen(" \357\273\277" GOOD), &err), -1);
	assert_int_equal(receipt_parse(&r, "\357\273\277", 3, &err), -1);
	/* no part of a good receipt is a receipt */
	for (size_t len = 0; len < strlen(GOOD); len++)
		assert_int_equal(receipt_parse(&r, GOOD, len, &err), -1);
}

static void
bounds_names(void **state)
{
	static const struct {
		size_t len;
		int want;
	} cases[] = {{RECEIPT_NAME_MAX, 0}, {RECEIPT_NAME_MAX + 1, -1}};
	struct receipt r;
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text = xasprintf(
			"{\"schema\":\"unpilot-receipt/1\",\"run\":\"R\",\"customer\":"
			"\"\",\"by\":\"%0*d\"," WHEN "\"done\":[]}",
			(int)cases[i].len, 0);
		assert_int_equal(receipt_parse(&r, text, strlen(text), &err), cases[i].want);
		if (cases[i].want == 0)
			receipt_release(&r);
		free(text);
	}
}

/* ---- against a ledger: acme has rows 1 (answered) and 2 (not sent), zeta row 3 ---- */

static void
fill(struct ledger_fixture *fx)
{
	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S2");
	fixture_add(fx, "zeta", "", "S3");
	fixture_settle(fx);
	OK(fx, ledger_row_outcome(fx->l, 1, OUTCOME_DEREGISTERED, "", &fx->err));
	OK(fx, ledger_row_outcome(fx->l, 3, OUTCOME_DEREGISTERED, "", &fx->err));
}

/* run NULL: the fixture's run. One step, reported done so many seconds after the run began. */
static int
hand_in(struct ledger_fixture *fx, const char *run, const char *customer, const char *by, int row,
        const char *step, int64_t later, struct receipt_result *result)
{
	char at[CLOCK_STAMP_SIZE], generated[CLOCK_STAMP_SIZE];
	struct receipt r;
	char *text;
	int rc;

	clock_stamp(fx->run.started + later, at);
	clock_stamp(fx->run.started, generated);
	text = xasprintf("{\"schema\":\"unpilot-receipt/1\",\"run\":\"%s\",\"customer\":\"%s\","
	                 "\"by\":\"%s\",\"generated\":\"%s\",\"done\":[{\"device\":\"%d\","
	                 "\"step\":\"%s\",\"at\":\"%s\"}]}",
	                 run != NULL ? run : fx->run.name, customer, by, generated, row, step, at);
	OK(fx, receipt_parse(&r, text, strlen(text), &fx->err));
	fx->err.text[0] = '\0';
	rc = receipt_record(&r, fx->l, clock_now(), result, &fx->err);
	receipt_release(&r);
	free(text);
	return rc;
}

static int
count_work(void *ctx, const struct ledger_work *work, struct error *err)
{
	char *all = ctx;
	size_t used = strlen(all);

	(void)err;
	snprintf(all + used, 200 - used, "%s %lld [%s];", work->customer, (long long)work->rows,
	         work->done);
	return 0;
}

static void
expect_work(struct ledger_fixture *fx, const char *want)
{
	char all[200] = "";

	OK(fx, ledger_each_work(fx->l, fx->run.id, count_work, all, &fx->err));
	assert_string_equal(all, want);
}

static void
records_once(void **state)
{
	struct ledger_fixture *fx = *state;
	struct receipt_result got;

	fill(fx);
	OK(fx, hand_in(fx, NULL, "acme", "Ann", 1, "B1", 0, &got));
	assert_int_equal(got.recorded, 1);
	OK(fx, hand_in(fx, NULL, "acme", "Ann", 1, "B1", 0, &got));
	assert_int_equal(got.recorded, 0);
	assert_int_equal(got.known, 1);
	/* another person reports it later: the first report counts */
	OK(fx, hand_in(fx, NULL, "acme", "Bob", 1, "B1", 5, &got));
	assert_int_equal(got.known, 1);
	/* from a pack over all runs */
	OK(fx, hand_in(fx, LEDGER_OPEN_PACK, "acme", "Ann", 1, "A1", 0, &got));
	assert_int_equal(got.recorded, 1);
	expect_work(fx, "acme 1 [A1 B1];acme 1 [];zeta 1 [];");
}

static void
takes_nothing_of_a_wrong_one(void **state)
{
	static const struct {
		const char *run, *customer;
		int row;
		const char *step;
		int64_t later;
		const char *says;
	} wrong[] = {
		{"20260101T000000Z-0000", "acme", 1, "B1", 0, "no run"},
		{NULL, "nobody", 1, "B1", 0, "no customer"},
		{LEDGER_OPEN_PACK, "nobody", 1, "B1", 0, "no customer"},
		{NULL, "acme", 3, "B1", 0, "done[0]: customer \"acme\" has no device 3"},
		{LEDGER_OPEN_PACK, "acme", 3, "B1", 0, "has no device 3"},
		{NULL, "ACME", 1, "B1", 0, "no customer"},
		{NULL, "acme", 99, "B1", 0, "has no device 99"},
		{NULL, "acme", 1, "ZZ", 0, "done[0]: device 1 has no step ZZ"},
		{NULL, "acme", 1, "X1", 0, "has no step X1"}, /* of another purpose */
		{NULL, "acme", 2, "B1", 0, "has no step B1"}, /* was not sent: it has none */
		{NULL, "acme", 1, "B1", -1, "before the run"},
		{NULL, "acme", 1, "B1", 25L * 3600, "in the future"},
	};
	struct ledger_fixture *fx = *state;
	struct receipt_result got;

	fill(fx);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (hand_in(fx, wrong[i].run, wrong[i].customer, "Ann", wrong[i].row, wrong[i].step,
		            wrong[i].later, &got) == 0)
			fail_msg("case %zu was taken", i);
		if (strstr(fx->err.text, wrong[i].says) == NULL)
			fail_msg("case %zu: %s", i, fx->err.text);
	}
	expect_work(fx, "acme 1 [];acme 1 [];zeta 1 [];");
	/* none of them is known as a receipt either */
	OK(fx, hand_in(fx, NULL, "acme", "Ann", 1, "B1", 0, &got));
	assert_int_equal(got.recorded, 1);
	assert_int_equal(hand_in(fx, NULL, "acme", "Ann", 1, "A1", 0, &got), -1);
	assert_non_null(strstr(fx->err.text, "with other contents"));
	expect_work(fx, "acme 1 [B1];acme 1 [];zeta 1 [];");
}

/* One answer of schema 2 for row 1 of acme, so many seconds after the run began. */
static int
answer_from(struct ledger_fixture *fx, const char *source, int64_t later, const char *by,
            const char *step, const char *state, struct receipt_result *result)
{
	char at[CLOCK_STAMP_SIZE];
	struct receipt r;
	char *text;
	int rc;

	clock_stamp(fx->run.started + later, at);
	text = xasprintf("{\"schema\":\"unpilot-receipt/2\",\"run\":\"%s\",\"customer\":\"acme\","
	                 "\"by\":\"%s\",\"generated\":\"%s\",\"source\":\"%s\",\"done\":["
	                 "{\"device\":\"1\",\"step\":\"%s\",\"at\":\"%s\",\"state\":\"%s\","
	                 "\"record\":\"0f3a\"}]}",
	                 fx->run.name, by, at, source, step, at, state);
	OK(fx, receipt_parse(&r, text, strlen(text), &fx->err));
	fx->err.text[0] = '\0';
	rc = receipt_record(&r, fx->l, clock_now(), result, &fx->err);
	receipt_release(&r);
	free(text);
	return rc;
}

static int
answer(struct ledger_fixture *fx, const char *by, const char *step, const char *state,
       struct receipt_result *result)
{
	return answer_from(fx, "page", 0, by, step, state, result);
}

static void
a_record_may_be_null(void **state)
{
	static const char text[] =
		"{\"schema\":\"unpilot-receipt/2\",\"run\":\"20261129T031500Z-4f2a\",\"customer\":"
		"\"acme\",\"by\":\"Ann\",\"generated\":\"2026-11-29T04:00:00Z\",\"source\":\"script\","
		"\"done\":[{\"device\":\"1\",\"step\":\"B1\",\"at\":\"2026-11-29T04:00:00Z\","
		"\"state\":\"done\",\"record\":null}]}";
	struct error err = {.text = ""};
	struct receipt r;

	(void)state;
	if (receipt_parse(&r, text, strlen(text), &err) != 0)
		fail_msg("%s", err.text);
	assert_string_equal(r.step[0].record, "");
	receipt_release(&r);
}

static void
takes_every_answer_of_schema_2(void **state)
{
	struct ledger_fixture *fx = *state;
	struct receipt_result got;

	fill(fx);
	OK(fx, answer(fx, "Ann", "B1", "done", &got));
	assert_int_equal(got.recorded, 1);
	OK(fx, answer(fx, "Bob", "A1", "gone", &got));
	assert_int_equal(got.recorded, 1);
	OK(fx, answer(fx, "Cy", "B3", "not-applicable", &got));
	assert_int_equal(got.recorded, 1);
	/* a step that is left closes nothing, and may be done later */
	OK(fx, answer(fx, "Di", "A2?", "left", &got));
	assert_int_equal(got.recorded, 0);
	assert_int_equal(got.known, 0);
	OK(fx, answer(fx, "Ed", "A2?", "done", &got));
	assert_int_equal(got.recorded, 1);
	expect_work(fx, "acme 1 [A1 A2? B1 B3:n];acme 1 [];zeta 1 [];");
	/* a step that must be done always applies */
	assert_int_equal(answer(fx, "Flo", "E1", "not-applicable", &got), -1);
	assert_non_null(strstr(fx->err.text, "always applies"));
}

/* Graph confirms and denies what somebody reported; the newest report counts, in whatever order they come. */
static void
keeps_what_graph_last_said(void **state)
{
	struct ledger_fixture *fx = *state;
	struct receipt_result got;
	char want[100];
	long long at = (long long)fx->run.started;

	fill(fx);
	OK(fx, answer(fx, "Ann", "A1", "done", &got));
	expect_work(fx, "acme 1 [A1];acme 1 [];zeta 1 [];");
	OK(fx, answer_from(fx, "script", 20, "Bob", "A1", "gone", &got));
	assert_int_equal(got.known, 1);
	snprintf(want, sizeof(want), "acme 1 [A1@%lld];acme 1 [];zeta 1 [];", at + 20);
	expect_work(fx, want);
	OK(fx, answer_from(fx, "script", 30, "Bob", "A1", "left", &got));
	OK(fx, answer_from(fx, "script", 10, "Bob", "A1", "gone", &got));
	expect_work(fx, "acme 1 [A1];acme 1 [];zeta 1 [];");
	OK(fx, answer_from(fx, "script", 40, "Bob", "A1", "gone", &got));
	snprintf(want, sizeof(want), "acme 1 [A1@%lld];acme 1 [];zeta 1 [];", at + 40);
	expect_work(fx, want);
	assert_int_equal(steps_verified("A1@7 B1"), 0);
	assert_int_equal(steps_verified("A1@7 B1 B2:n I3@5"), 5);
	assert_int_equal(steps_verified("I0@9 A1@7"), 7);
	assert_false(steps_not_applicable("A1@7", "A1"));
}

/* A step that a page listed while the answer was missing is accepted after the answer came. */
static void
takes_steps_of_the_time_before_the_answer(void **state)
{
	struct ledger_fixture *fx = *state;
	struct receipt_result got;

	fill(fx);
	OK(fx, hand_in(fx, NULL, "acme", "Ann", 1, "A3", 0, &got));
	assert_int_equal(got.recorded, 1);
}

static void
a_ledger_of_the_second_version_is_brought_up(void **state)
{
	struct ledger_fixture *fx = *state;
	struct receipt_result got;
	struct db *db;

	fill(fx);
	ledger_close(fx->l);
	fx->l = NULL;
	db = db_open(fx->path, false, &fx->err);
	assert_non_null(db);
	OK(fx, db_exec(db,
	               TO_SCHEMA_5
	               "DROP TABLE done; DROP TABLE receipt;"
	               "ALTER TABLE run DROP COLUMN route; ALTER TABLE batch DROP COLUMN tenant;"
	               "ALTER TABLE run DROP COLUMN packed;"
	               "ALTER TABLE batch DROP COLUMN claimed_by;"
	               "ALTER TABLE batch DROP COLUMN claimed_until;"
	               "PRAGMA user_version=2",
	               &fx->err));
	db_close(db);
	assert_null(ledger_open_readonly(fx->url, &fx->err));
	fx->l = ledger_open(fx->url, &fx->err);
	if (fx->l == NULL)
		fail_msg("%s", fx->err.text);
	OK(fx, hand_in(fx, NULL, "acme", "Ann", 1, "B1", 0, &got));
	expect_work(fx, "acme 1 [B1];acme 1 [];zeta 1 [];");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_a_page_writes),
		cmocka_unit_test(refuses_what_is_no_receipt),
		cmocka_unit_test(bounds_names),
		LEDGER_TEST(records_once),
		LEDGER_TEST(takes_nothing_of_a_wrong_one),
		cmocka_unit_test(a_record_may_be_null),
		LEDGER_TEST(takes_every_answer_of_schema_2),
		LEDGER_TEST(keeps_what_graph_last_said),
		LEDGER_TEST(takes_steps_of_the_time_before_the_answer),
		LEDGER_TEST(a_ledger_of_the_second_version_is_brought_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
