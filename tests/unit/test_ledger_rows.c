/* Rows and batches of an intake, on both engines: values, numbers, and failures among many rows. */
#include "tests/unit/fixture_ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/db.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/open.h"
#include "partner/ledger/rows.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/settle.h"
#include "partner/ledger/transaction.h"
#include "tests/unit/fixture_skip.h"

#define MANY 3000   /* more than a server gets at once */
#define BATCHES 600 /* more than a server reserves at once */

static void
add_numbered(struct ledger_fixture *fx, int from, int count)
{
	char serial[16];

	for (int i = from; i < from + count; i++) {
		snprintf(serial, sizeof(serial), "S%d", i);
		fixture_add(fx, "acme", "", serial);
	}
}

/* By a connection of its own. */
static void
execute(struct ledger_fixture *fx, const char *sql)
{
	struct db *db = fx->server != NULL ? db_open_server(fx->url, false, &fx->err)
	                                   : db_open(fx->path, false, &fx->err);

	if (db == NULL)
		fail_msg("%s", fx->err.text);
	OK(fx, db_exec(db, sql, &fx->err));
	db_close(db);
}

/* The tables refuse the serial number from now on. */
static void
refuse(struct ledger_fixture *fx, const char *serial)
{
	char sql[200];

	snprintf(sql, sizeof(sql),
	         fx->server != NULL
	                 ? "ALTER TABLE list_row ADD CONSTRAINT refused CHECK (serial<>'%s')"
	                 : "CREATE TRIGGER refused BEFORE INSERT ON list_row WHEN new.serial='%s'"
	                   " BEGIN SELECT RAISE(ABORT, 'refused'); END",
	         serial);
	execute(fx, sql);
}

struct seen {
	int64_t id, batch;
	long line;
	char text[6][64];
	char *raw;
	int count;
};

static int
on_line(void *ctx, const struct ledger_line *line, struct error *err)
{
	const struct ledger_row *r = line->row;
	const char *const text[] = {r->device.pkid, r->device.serial, r->device.model,
	                            r->ticket,      r->reason,        r->column};
	struct seen *s = ctx;

	(void)err;
	s->count++;
	s->id = r->id;
	s->batch = r->batch;
	s->line = r->line;
	for (size_t i = 0; i < ARRAY_SIZE(text); i++)
		snprintf(s->text[i], sizeof(s->text[i]), "%s", text[i]);
	free(s->raw);
	s->raw = strdup(r->raw);
	return 0;
}

static void
every_value_is_kept_as_it_is(void **state)
{
	static const char *const texts[] = {
		"\\N", "\\.", "a\tb\\t\r\n\"'", "\xc3\xa4\xe2\x82\xac", "", "\x01\x7f"};
	static char raw[100000];
	struct ledger_fixture *fx = *state;
	struct ledger_row row = {
		.list = fx->list,
		.batch = fx->batch,
		.line = 2147483647,
		.device = {texts[0], texts[1], "Contoso", texts[2]},
		.ticket = texts[3],
		.outcome = OUTCOME_REJECTED,
		.reason = texts[4],
		.column = texts[5],
		.raw = raw,
		.decided = 4102444800,
	};
	struct seen seen = {0};

	memset(raw, '"', sizeof(raw) - 1);
	OK(fx, ledger_begin(fx->l, &fx->err));
	OK(fx, ledger_customer_id(fx->l, fx->run.id, "acme", "", &row.customer, &fx->err));
	OK(fx, ledger_row_add(fx->l, &row, &fx->err));
	fixture_settle(fx);
	OK(fx, ledger_commit(fx->l, &fx->err));
	OK(fx, ledger_each_line(fx->l, fx->run.id, LEDGER_ALL, on_line, &seen, &fx->err));
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.line, 2147483647);
	assert_int_equal(seen.batch, fx->batch);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_string_equal(seen.text[i], texts[i]);
	assert_string_equal(seen.raw, raw);
	free(seen.raw);
}

struct order {
	int64_t id, batch;
	int count;
	bool good;
};

static int
on_next(void *ctx, const struct ledger_line *line, struct error *err)
{
	const struct ledger_row *r = line->row;
	struct order *o = ctx;

	(void)err;
	o->good = o->good && r->line == o->count + 2 && (o->count == 0 || r->id == o->id + 1) &&
	          r->batch > o->batch;
	o->count++;
	o->id = r->id;
	o->batch = r->batch;
	return 0;
}

/* Two machines take turns, so that a server gives them numbers by turns. */
static void
numbers_rise_in_the_order_of_the_list(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger *other = ledger_open(fx->url, &fx->err), *own = fx->l;
	struct order order = {.good = true};
	int64_t of_others[BATCHES] = {0};

	assert_non_null(other);
	if (fx->server != NULL) {
		for (int i = 0; i < BATCHES; i++) {
			fx->l = i % 2 == 0 ? other : own;
			fixture_add_batch(fx, &of_others[i]);
		}
		fx->l = own;
	}
	OK(fx, ledger_begin(fx->l, &fx->err));
	for (int i = 0; i < BATCHES; i++) {
		fixture_add_batch(fx, &fx->batch);
		for (int k = 0; k < BATCHES; k++)
			assert_int_not_equal(fx->batch, of_others[k]);
		add_numbered(fx, i, 1);
	}
	fixture_settle(fx);
	OK(fx, ledger_commit(fx->l, &fx->err));
	OK(fx, ledger_each_line(fx->l, fx->run.id, LEDGER_ALL, on_next, &order, &fx->err));
	assert_int_equal(order.count, BATCHES);
	assert_true(order.good);
	ledger_close(other);
}

static void
a_part_that_is_undone_leaves_no_rows(void **state)
{
	struct ledger_fixture *fx = *state;

	OK(fx, ledger_begin(fx->l, &fx->err));
	add_numbered(fx, 0, 5);
	OK(fx, ledger_part_begin(fx->l, &fx->err));
	add_numbered(fx, 100, MANY);
	OK(fx, ledger_part_rollback(fx->l, &fx->err));
	add_numbered(fx, 200, 7);
	fixture_settle(fx);
	OK(fx, ledger_commit(fx->l, &fx->err));
	assert_int_equal(fixture_devices(fx).askable, 12);
}

/* A failure among rows that nobody waited for ends the intake with the words of the engine. */
static void
a_refused_row_undoes_the_intake(void **state)
{
	struct ledger_fixture *fx = *state;
	struct error err = {0};
	int rc = 0;

	refuse(fx, "S7");
	OK(fx, ledger_begin(fx->l, &fx->err));
	for (int i = 0; i < MANY && rc == 0; i++) {
		struct ledger_row row = {.list = fx->list,
		                         .batch = fx->batch,
		                         .line = i + 2,
		                         .device = {"", i == 7 ? "S7" : "S", "Contoso", "Book"},
		                         .outcome = OUTCOME_NOT_SENT};
		rc = ledger_row_add(fx->l, &row, &err);
	}
	if (rc == 0)
		rc = ledger_settle(fx->l, fx->run.id, NULL, &err);
	assert_int_equal(rc, -1);
	assert_non_null(strstr(err.text, "refused"));
	ledger_rollback(fx->l);
	fixture_settle(fx);
	assert_int_equal(fixture_devices(fx).open, 0);
	add_numbered(fx, 10, 1);
	fixture_settle(fx);
	assert_int_equal(fixture_devices(fx).askable, 1);
}

struct intake {
	struct ledger_fixture *fx;
	int calls;
};

static int
cut_once(struct ledger *l, void *ctx, struct error *err)
{
	struct intake *in = ctx;
	struct ledger_fixture *fx = in->fx;

	fixture_add_batch(fx, &fx->batch);
	for (int i = 0; i < MANY; i++) {
		struct ledger_row row = {.list = fx->list, .batch = fx->batch, .line = i + 2};
		char serial[16];
		snprintf(serial, sizeof(serial), "S%d", i);
		row.device = (struct device_id){"", serial, "Contoso", "Book"};
		row.outcome = OUTCOME_NOT_SENT;
		if (ledger_row_add(l, &row, err) != 0)
			return -1;
		if (i == MANY / 2 && in->calls++ == 0)
			execute(fx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
			            " state<>'idle' AND pid<>pg_backend_pid()");
	}
	return ledger_settle(l, fx->run.id, NULL, err);
}

/* As the rows themselves say, and not as the intake counted them. */
static void
recount(struct ledger_fixture *fx, int64_t counts[static OUTCOME_COUNT])
{
	struct lines lines = fixture_lines(fx);

	for (size_t i = 0; i < OUTCOME_COUNT; i++)
		counts[i] = 0;
	for (size_t i = 0; i < lines.count; i++)
		counts[lines.outcome[i]]++;
}

static void
assert_counts(struct ledger_fixture *fx, int64_t not_sent, int64_t rejected)
{
	int64_t wanted[OUTCOME_COUNT];

	recount(fx, wanted);
	assert_int_equal(wanted[OUTCOME_NOT_SENT], not_sent);
	assert_int_equal(wanted[OUTCOME_REJECTED], rejected);
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		assert_int_equal(fixture_outcomes(fx, o), wanted[o]);
	assert_int_equal(fixture_devices(fx).open, not_sent);
}

static void
the_intake_counts_its_rows(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger_row row = {
		.list = fx->list,
		.batch = fx->batch,
		.device = {"", "S9", "Contoso", "Book"},
		.outcome = OUTCOME_REJECTED,
	};
	int64_t other, rows;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "other", "", "S2");
	fixture_add(fx, "acme", "", "S3");
	fixture_add(fx, "other", "", "S4");
	OK(fx, ledger_customer_id(fx->l, fx->run.id, "acme", "", &row.customer, &fx->err));
	OK(fx, ledger_customer_id(fx->l, fx->run.id, "other", "", &other, &fx->err));
	OK(fx, ledger_row_add(fx->l, &row, &fx->err));
	OK(fx, ledger_customer_reject(fx->l, fx->run.id, fx->list, other, "why", &rows, &fx->err));
	assert_int_equal(rows, 2);
	fixture_settle(fx);
	assert_counts(fx, 2, 3);
}

/* Equal rows are linked or rejected when the run is settled; an undone part has left no rows. */
static void
counts_of_the_intake_end_with_a_change(void **state)
{
	struct ledger_fixture *fx = *state;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S2");
	fixture_add(fx, "other", "", "S2");
	fixture_settle(fx);
	assert_counts(fx, 1, 2);
	fixture_new_run(fx, "b.csv");
	OK(fx, ledger_begin(fx->l, &fx->err));
	fixture_add(fx, "acme", "", "S3");
	OK(fx, ledger_part_begin(fx->l, &fx->err));
	fixture_add(fx, "acme", "", "S4");
	OK(fx, ledger_part_rollback(fx->l, &fx->err));
	fixture_settle(fx);
	OK(fx, ledger_commit(fx->l, &fx->err));
	assert_counts(fx, 1, 0);
}

/* The connection is lost among rows that were sent: the transaction starts over, and adds each once. */
static void
a_cut_intake_starts_over(void **state)
{
	struct ledger_fixture *fx = *state;
	struct intake in = {.fx = fx};

	if (fx->server == NULL)
		SKIP("the ledger is a file");
	OK(fx, ledger_transact(fx->l, cut_once, &in, &fx->err));
	assert_int_equal(in.calls, 2);
	assert_int_equal(fixture_devices(fx).askable, MANY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(every_value_is_kept_as_it_is),
		LEDGER_TEST(numbers_rise_in_the_order_of_the_list),
		LEDGER_TEST(a_part_that_is_undone_leaves_no_rows),
		LEDGER_TEST(a_refused_row_undoes_the_intake),
		LEDGER_TEST(the_intake_counts_its_rows),
		LEDGER_TEST(counts_of_the_intake_end_with_a_change),
		LEDGER_TEST(a_cut_intake_starts_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
