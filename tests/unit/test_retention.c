/* Erasing runs: what goes with a run, and what stays. */
#include "tests/unit/fixture_ledger.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/db.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/open.h"
#include "partner/ledger/retention.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/settle.h"
#include "partner/ledger/statement.h"
#include "partner/ledger/tally.h"

static int64_t
count(struct ledger_fixture *fx, const char *what)
{
	char sql[200];
	int64_t n = -1;

	snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM %s", what);
	OK(fx, statement_query(fx->l, sql, &n, &fx->err));
	return n;
}

static void
execute(struct ledger_fixture *fx, const char *sql)
{
	OK(fx, db_exec(fx->l->db, sql, &fx->err));
}

/* Sends the rows of the run, which then has one of this outcome and ends. */
static void
answer(struct ledger_fixture *fx, enum outcome outcome)
{
	int64_t range[2];

	fixture_settle(fx);
	OK(fx, ledger_run_range(fx->l, fx->run.id, range, &fx->err));
	OK(fx, ledger_batch_sent(fx->l, fx->batch, NULL, &fx->err));
	OK(fx, ledger_batch_accepted(fx->l, fx->batch, fx->run.name, NULL, &fx->err));
	for (int64_t row = range[0]; row <= range[1]; row++)
		OK(fx, ledger_row_outcome(fx->l, row, outcome, "", &fx->err));
	OK(fx, ledger_batch_done(fx->l, fx->batch, NULL, "", &fx->err));
	OK(fx, ledger_run_set_state(fx->l, fx->run.id, RUN_FINISHED, 0, &fx->err));
}

static void
erase(struct ledger_fixture *fx, int64_t run)
{
	OK(fx, ledger_erase_runs(fx->l, &run, 1, &fx->err));
}

static void
a_run_goes_with_everything_that_belongs_to_it(void **state)
{
	struct ledger_fixture *fx = *state;
	int64_t first = fx->run.id;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "zeta", "", "S2");
	answer(fx, OUTCOME_DEREGISTERED);
	fixture_new_run(fx, "b.csv");
	fixture_add(fx, "acme", "", "S3");
	answer(fx, OUTCOME_DEREGISTERED);
	execute(fx,
	        "INSERT INTO receipt(run, customer, said_by, generated, digest, recorded)"
	        " SELECT 'open', key, 'Ann', id, '', 0 FROM customer;"
	        "INSERT INTO alarm(run, batch, reason, at, cleared) SELECT run, id, '', 0, 1 FROM"
	        " batch;"
	        "INSERT INTO tally(run, counts, devices, steps, closed, since) SELECT id, '', 0, 0,"
	        " 0, 0 FROM run");
	erase(fx, first);
	assert_int_equal(count(fx, "run"), 1);
	assert_int_equal(count(fx, "list"), 1);
	assert_int_equal(count(fx, "list_row"), 1);
	assert_int_equal(count(fx, "verdict"), 1);
	assert_int_equal(count(fx, "batch"), 1);
	assert_int_equal(count(fx, "attempt WHERE batch IN (SELECT id FROM batch)"), 3);
	assert_int_equal(count(fx, "attempt"), 3);
	assert_int_equal(count(fx, "customer"), 1);
	assert_int_equal(count(fx, "alarm"), 1);
	assert_int_equal(count(fx, "tally"), 1);
	assert_int_equal(count(fx, "mark WHERE first<3"), 0);
	/* the customer of the other run keeps its receipts */
	assert_int_equal(count(fx, "receipt WHERE customer='acme'"), 2);
	assert_int_equal(count(fx, "receipt"), 2);
	erase(fx, fx->run.id);
	assert_int_equal(count(fx, "receipt"), 0);
}

static void
a_run_with_an_open_row_stays(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger_tally tally = {.counts = {[OUTCOME_DEREGISTERED] = 1}};
	int64_t later = ledger_now(fx->l) + 10, open = fx->run.id;
	struct ledger_run found;

	fixture_add(fx, "acme", "", "S1");
	answer(fx, OUTCOME_UNKNOWN);
	/* even if the figures that are kept of it say otherwise */
	OK(fx, ledger_tally_write(fx->l, fx->run.id, &tally, &fx->err));
	assert_int_equal(ledger_run_next_old(fx->l, later, 0, &found, &fx->err), 0);
	tally = (struct ledger_tally){.counts = {[OUTCOME_UNKNOWN] = 1}};
	OK(fx, ledger_tally_write(fx->l, fx->run.id, &tally, &fx->err));
	fixture_new_run(fx, "b.csv");
	fixture_add(fx, "acme", "", "S2");
	answer(fx, OUTCOME_DEREGISTERED);
	assert_int_equal(ledger_run_next_old(fx->l, later, 0, &found, &fx->err), 1);
	assert_int_not_equal(found.id, open);
	assert_int_equal(found.id, fx->run.id);
	ledger_run_release(&found);
	assert_int_equal(ledger_run_next_old(fx->l, later, fx->run.id, &found, &fx->err), 0);
}

/* The row that keeps the highest number goes when another one has a higher number. */
static void
numbers_are_kept_by_one_row(void **state)
{
	struct ledger_fixture *fx = *state;
	int64_t first = fx->run.id;

	fixture_add(fx, "acme", "", "S1");
	answer(fx, OUTCOME_DEREGISTERED);
	erase(fx, first);
	assert_int_equal(count(fx, "list_row WHERE customer=-1"), 1);
	fixture_new_run(fx, "b.csv");
	fixture_add(fx, "acme", "", "S2");
	answer(fx, OUTCOME_DEREGISTERED);
	assert_int_equal(count(fx, "list_row WHERE id=2 AND serial='S2'"), 1);
	erase(fx, fx->run.id);
	assert_int_equal(count(fx, "list_row"), 1);
	assert_int_equal(count(fx, "list_row WHERE id=2 AND customer=-1"), 1);
}

/* An older version kept the number in a row of batch 0. */
static void
a_kept_number_of_an_older_ledger_goes_as_well(void **state)
{
	struct ledger_fixture *fx = *state;
	int64_t first = fx->run.id;

	fixture_add(fx, "acme", "", "S1");
	answer(fx, OUTCOME_DEREGISTERED);
	erase(fx, first);
	execute(fx, "UPDATE list_row SET batch=0");
	execute(fx, TO_SCHEMA_5);
	execute(fx, fx->server != NULL ? "UPDATE unpilot SET version=5" : "PRAGMA user_version=5");
	ledger_close(fx->l);
	fx->l = ledger_open(fx->url, &fx->err);
	if (fx->l == NULL)
		fail_msg("%s", fx->err.text);
	fixture_new_run(fx, "b.csv");
	fixture_add(fx, "acme", "", "S2");
	answer(fx, OUTCOME_DEREGISTERED);
	erase(fx, fx->run.id);
	assert_int_equal(count(fx, "list_row"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(a_run_goes_with_everything_that_belongs_to_it),
		LEDGER_TEST(a_run_with_an_open_row_stays),
		LEDGER_TEST(numbers_are_kept_by_one_row),
		LEDGER_TEST(a_kept_number_of_an_older_ledger_goes_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
