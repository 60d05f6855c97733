/* Settling, customers, batches, outcomes, runs and the lock, on a real database. */
#include "tests/unit/fixture_ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/db.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/canary.h"
#include "partner/ledger/dedup.h"
#include "partner/ledger/guards.h"
#include "partner/ledger/inspect.h"
#include "partner/ledger/known.h"
#include "partner/ledger/lock.h"
#include "partner/ledger/open.h"
#include "partner/ledger/recover.h"
#include "partner/ledger/report.h"
#include "partner/ledger/retention.h"
#include "partner/ledger/rows.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/transaction.h"

/* ---- settling ---- */

static void
equal_rows_are_asked_once_and_share_the_outcome(void **state)
{
	struct ledger_fixture *fx = *state;
	struct lines s;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S2");
	fixture_add(fx, "acme", "", "S1");
	fixture_settle(fx);
	assert_int_equal(fixture_asked(fx, fx->batch), 2);
	s = fixture_lines(fx);
	OK(fx, ledger_row_outcome(fx->l, s.id[0], OUTCOME_NOT_OURS, "811", &fx->err));
	s = fixture_lines(fx);
	assert_int_equal(s.count, 3);
	assert_int_equal(s.outcome[2], OUTCOME_NOT_OURS);
	assert_string_equal(s.reason[2], "811");
	assert_int_equal(s.batch[2], fx->batch);
	assert_int_equal(s.outcome[1], OUTCOME_NOT_SENT);
}

static void
one_device_under_two_customers_is_rejected_everywhere(void **state)
{
	struct ledger_fixture *fx = *state;
	struct lines s;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "other", "", "S1");
	fixture_add(fx, "acme", "", "S2");
	fixture_settle(fx);
	s = fixture_lines(fx);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(s.outcome[i], OUTCOME_REJECTED);
	assert_non_null(strstr(s.reason[0], "2 customers, first at a.csv:2"));
	assert_non_null(strstr(s.reason[1], "a.csv:2"));
	assert_non_null(strstr(s.reason[2], "a.csv:2"));
	assert_int_equal(s.outcome[3], OUTCOME_NOT_SENT);
	assert_int_equal(fixture_devices(fx).askable, 1);
}

static void
a_tuple_is_tied_to_the_pkid_it_stands_beside(void **state)
{
	struct ledger_fixture *fx = *state;
	struct lines s;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "1000000000001", "");
	fixture_add(fx, "acme", "1000000000001", "S1");
	fixture_settle(fx);
	assert_int_equal(fixture_asked(fx, fx->batch), 1);
	s = fixture_lines(fx);
	OK(fx, ledger_row_outcome(fx->l, s.id[2], OUTCOME_DEREGISTERED, "", &fx->err));
	assert_int_equal(fixture_outcomes(fx, OUTCOME_DEREGISTERED), 4);
}

static void
a_tuple_of_another_customer_takes_all_rows_of_the_device_along(void **state)
{
	struct ledger_fixture *fx = *state;

	fixture_add(fx, "acme", "1000000000001", "");
	fixture_add(fx, "acme", "1000000000001", "");
	fixture_add(fx, "acme", "1000000000001", "S1");
	fixture_add(fx, "other", "", "S1");
	fixture_add(fx, "other", "", "S2");
	fixture_settle(fx);
	assert_int_equal(fixture_outcomes(fx, OUTCOME_REJECTED), 4);
	assert_int_equal(fixture_outcomes(fx, OUTCOME_NOT_SENT), 1);
}

static void
a_tuple_that_fits_two_pkids_is_rejected(void **state)
{
	struct ledger_fixture *fx = *state;

	fixture_add(fx, "acme", "1000000000001", "S1");
	fixture_add(fx, "acme", "1000000000002", "S1");
	fixture_add(fx, "acme", "", "S1");
	fixture_settle(fx);
	assert_int_equal(fixture_asked(fx, fx->batch), 2);
	assert_int_equal(fixture_lines(fx).outcome[2], OUTCOME_REJECTED);
}

static void
one_pkid_beside_two_serials_is_rejected(void **state)
{
	struct ledger_fixture *fx = *state;
	struct lines s;

	fixture_add(fx, "acme", "1000000000001", "S1");
	fixture_add(fx, "acme", "1000000000001", "S2");
	fixture_add(fx, "acme", "1000000000002", "S3");
	fixture_settle(fx);
	s = fixture_lines(fx);
	assert_int_equal(s.outcome[0], OUTCOME_REJECTED);
	assert_int_equal(s.outcome[1], OUTCOME_REJECTED);
	assert_non_null(strstr(s.reason[0], "2 serial numbers, first at a.csv:2"));
	assert_int_equal(fixture_asked(fx, fx->batch), 1);
}

static void
a_recently_deregistered_device_is_held(void **state)
{
	struct ledger_fixture *fx = *state;
	char earlier[LEDGER_RUN_ID_SIZE];
	struct lines s;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S2");
	fixture_settle(fx);
	s = fixture_lines(fx);
	OK(fx, ledger_run_set_state(fx->l, fx->run.id, RUN_OPEN, -1, &fx->err));
	OK(fx, ledger_row_outcome(fx->l, s.id[0], OUTCOME_DEREGISTERED, "", &fx->err));
	OK(fx, ledger_row_outcome(fx->l, s.id[1], OUTCOME_NOT_FOUND, "812", &fx->err));
	OK(fx, ledger_run_set_state(fx->l, fx->run.id, RUN_FINISHED, 1, &fx->err));
	strcpy(earlier, fx->run.name);
	fixture_new_run(fx, "b.csv");
	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S2");
	fixture_settle(fx);
	OK(fx, ledger_hold_recent(fx->l, fx->run.id, 1000, &fx->err));
	s = fixture_lines(fx);
	assert_int_equal(s.outcome[0], OUTCOME_HELD);
	assert_int_equal(s.outcome[1], OUTCOME_HELD);
	assert_int_equal(s.outcome[2], OUTCOME_NOT_SENT);
	assert_non_null(strstr(s.reason[0], earlier));
	assert_non_null(strstr(s.reason[0], "--again"));
	assert_int_equal(fixture_asked(fx, fx->batch), 1);
	/* too long ago to be held */
	fixture_new_run(fx, "c.csv");
	fixture_add(fx, "acme", "", "S1");
	fixture_settle(fx);
	OK(fx, ledger_hold_recent(fx->l, fx->run.id, INT64_MAX / 2, &fx->err));
	assert_int_equal(fixture_asked(fx, fx->batch), 1);
}

static void
judge(struct ledger_fixture *fx, const struct device_id *d, int64_t row, const char *expected)
{
	char *reason;

	OK(fx, ledger_known_judge(fx->l, fx->run.id, row, d, &reason, &fx->err));
	if (expected == NULL)
		assert_null(reason);
	else if (reason == NULL || strstr(reason, expected) == NULL)
		fail_msg("expected %s: %s", expected, reason != NULL ? reason : "nothing");
	free(reason);
}

static void
a_registration_is_known_by_its_serial_and_its_pkid(void **state)
{
	struct ledger_fixture *fx = *state;
	const struct device_id by_pkid = {
		.pkid = "P1", .serial = "S9", .manufacturer = "F", .model = "B"};
	const struct device_id by_serial = {
		.pkid = "", .serial = "S2", .manufacturer = "CONTOSO", .model = "book"};
	const struct device_id another = {
		.pkid = "P9", .serial = "S2", .manufacturer = "Fabrikam", .model = "Book"};
	struct lines s;

	fixture_add(fx, "acme", "P1", "");
	fixture_add(fx, "acme", "", "S2");
	fixture_settle(fx);
	s = fixture_lines(fx);
	OK(fx, ledger_run_set_state(fx->l, fx->run.id, RUN_OPEN, -1, &fx->err));
	OK(fx, ledger_row_outcome(fx->l, s.id[0], OUTCOME_DEREGISTERED, "", &fx->err));
	OK(fx, ledger_run_set_state(fx->l, fx->run.id, RUN_FINISHED, 1, &fx->err));
	fixture_new_run(fx, "b.csv");
	fixture_add(fx, "acme", "", "S7");
	fixture_add(fx, "umbra", "", "S8");
	fixture_settle(fx);
	s = fixture_lines(fx);
	ledger_known_begin(fx->l, 1000, 1000);
	judge(fx, &by_pkid, s.id[0], "deregistered in run ");
	judge(fx, &by_serial, s.id[0], NULL); /* not deregistered, and the same customer */
	judge(fx, &by_serial, s.id[1], "listed for another customer in run ");
	judge(fx, &another, s.id[1], NULL);
	ledger_known_begin(fx->l, 0, 1000);
	judge(fx, &by_pkid, s.id[0], NULL);
	judge(fx, &by_pkid, s.id[1], "listed for another customer in run ");
	ledger_known_begin(fx->l, 0, 0);
	judge(fx, &by_pkid, s.id[1], NULL);
}

/* ---- finding ---- */

static int
count_found(void *ctx, const struct ledger_line *line, struct error *err)
{
	size_t *count = ctx;

	(void)line;
	(void)err;
	++*count;
	return 0;
}

static size_t
found(struct ledger_fixture *fx, const char *word)
{
	size_t count = 0;

	OK(fx, ledger_find(fx->l, word, count_found, &count, &fx->err));
	return count;
}

/* Rows whose transaction was rolled back have numbers again, and their marks are gone. */
static void
rows_are_found_in_all_runs(void **state)
{
	struct ledger_fixture *fx = *state;
	char *near = NULL;

	fixture_add(fx, "acme", "33", "S1");
	fixture_settle(fx);
	fixture_new_run(fx, "b.csv");
	OK(fx, ledger_begin(fx->l, &fx->err));
	OK(fx, ledger_part_begin(fx->l, &fx->err));
	fixture_add(fx, "acme", "", "S3");
	OK(fx, ledger_part_rollback(fx->l, &fx->err));
	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S2");
	fixture_settle(fx);
	OK(fx, ledger_commit(fx->l, &fx->err));
	assert_int_equal(found(fx, "S1"), 2);
	assert_int_equal(found(fx, "S2"), 1);
	assert_int_equal(found(fx, "S3"), 0);
	assert_int_equal(found(fx, "33"), 1);
	assert_int_equal(found(fx, "T"), 3);
	assert_int_equal(found(fx, "s2"), 0);
	assert_int_equal(ledger_find_near(fx->l, "s2", &near, &fx->err), 1);
	assert_string_equal(near, "S2");
	free(near);
	assert_int_equal(ledger_find_near(fx->l, "S4", &near, &fx->err), 0);
	OK(fx, ledger_erase_runs(fx->l, &fx->run.id, 1, &fx->err));
	assert_int_equal(found(fx, "S1"), 1);
	assert_int_equal(found(fx, "S2"), 0);
}

/* ---- customers ---- */

struct folders {
	size_t count;
	char key[LINES_MAX][80], name[LINES_MAX][32], folder[LINES_MAX][80];
	int64_t id[LINES_MAX];
};

static int
on_customer(void *ctx, const struct ledger_customer *c, struct error *err)
{
	struct folders *f = ctx;

	(void)err;
	assert_true(f->count < LINES_MAX);
	f->id[f->count] = c->id;
	snprintf(f->key[f->count], sizeof(f->key[0]), "%s", c->key);
	snprintf(f->name[f->count], sizeof(f->name[0]), "%s", c->name);
	snprintf(f->folder[f->count++], sizeof(f->folder[0]), "%s", c->folder);
	return 0;
}

static struct folders
folders_of(struct ledger_fixture *fx)
{
	struct folders f = {0};

	OK(fx, ledger_each_customer(fx->l, fx->run.id, on_customer, &f, &fx->err));
	return f;
}

static void
folders_are_safe_readable_and_unique(void **state)
{
	static const char *const key[] = {
		"",
		"acme.de_1-2",
		"Acme",
		"ACME",
		"unassigned",
		"..",
		".hidden",
		"CON fig",
		"nul.txt",
		"a/../../etc",
		"M\xc3\xbcller GmbH",
		"Summary.JSON",
		"con",
		"trailing.",
		"-rf",
		"Index.html",
		"lpt9.log",
		"COM10",
		"x2345678901234567890123456789012345678901234567890123456789012345",
	};
	struct ledger_fixture *fx = *state;
	struct folders f;

	for (size_t i = 0; i < ARRAY_SIZE(key); i++) {
		char serial[8];
		snprintf(serial, sizeof(serial), "S%zu", i % 1000);
		fixture_add(fx, key[i], "", serial);
	}
	fixture_settle(fx);
	f = folders_of(fx);
	assert_int_equal(f.count, ARRAY_SIZE(key));
	assert_string_equal(f.folder[0], "unassigned");
	assert_string_equal(f.folder[1], "acme.de_1-2");
	assert_string_equal(f.folder[2], "Acme");
	assert_memory_equal(f.folder[3], "ACME-", 5);
	assert_memory_equal(f.folder[4], "unassigned-", 11);
	assert_memory_equal(f.folder[5], "customer-", 9);
	assert_memory_equal(f.folder[6], "hidden-", 7);
	assert_memory_equal(f.folder[7], "CON-fig-", 8);
	assert_memory_equal(f.folder[8], "nul-txt-", 8);
	assert_memory_equal(f.folder[10], "M-ller-GmbH-", 12);
	assert_memory_equal(f.folder[12], "con-", 4);
	assert_memory_equal(f.folder[14], "rf-", 3);
	assert_memory_equal(f.folder[16], "lpt9-log-", 9);
	assert_string_equal(f.folder[17], "COM10");
	for (size_t i = 0; i < f.count; i++) {
		assert_string_equal(f.key[i], key[i]);
		assert_null(strchr(f.folder[i], '/'));
		assert_true(f.folder[i][0] != '.' && strlen(f.folder[i]) <= 64);
		assert_true(f.folder[i][0] != '-');
		assert_true(f.folder[i][strlen(f.folder[i]) - 1] != '.');
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(strcasecmp(f.folder[i], f.folder[k]), 0);
	}
}

static void
the_first_name_of_a_customer_stays(void **state)
{
	struct ledger_fixture *fx = *state;
	int64_t first, again;

	OK(fx, ledger_customer_id(fx->l, fx->run.id, "acme", "", &first, &fx->err));
	OK(fx, ledger_customer_id(fx->l, fx->run.id, "acme", "Acme AG", &again, &fx->err));
	assert_int_equal(first, again);
	OK(fx, ledger_customer_id(fx->l, fx->run.id, "acme", "Other", &again, &fx->err));
	fixture_add(fx, "acme", "", "S1");
	fixture_settle(fx);
	assert_string_equal(folders_of(fx).name[0], "Acme AG");
}

static void
a_rolled_back_customer_is_forgotten(void **state)
{
	struct ledger_fixture *fx = *state;
	int64_t id;

	OK(fx, ledger_begin(fx->l, &fx->err));
	OK(fx, ledger_customer_id(fx->l, fx->run.id, "acme", "", &id, &fx->err));
	ledger_rollback(fx->l);
	fixture_add(fx, "acme", "", "S1");
	fixture_settle(fx);
	assert_int_equal(folders_of(fx).count, 1);
}

struct keys {
	char all[200]; /* each with a space after it */
};

static void
note_key(void *ctx, const char *key)
{
	struct keys *k = ctx;
	size_t used = strlen(k->all);

	snprintf(k->all + used, sizeof(k->all) - used, "%s ", key);
}

/* A mistyped customer is compared with all that the ledger knows, of which each may have a thousand runs. */
static void
customers_of_all_runs_are_named_once_in_order(void **state)
{
	struct ledger_fixture *fx = *state;
	struct keys keys = {""};

	OK(fx, ledger_each_customer_key(fx->l, note_key, &keys, &fx->err));
	assert_string_equal(keys.all, "");
	fixture_add(fx, "north", "", "S1");
	fixture_add(fx, "acme", "", "S2");
	fixture_new_run(fx, "b.csv");
	fixture_add(fx, "acme", "", "S3");
	fixture_add(fx, "Acme", "", "S4");
	fixture_add(fx, "acme-2", "", "S5");
	fixture_settle(fx);
	OK(fx, ledger_each_customer_key(fx->l, note_key, &keys, &fx->err));
	assert_string_equal(keys.all, "Acme acme acme-2 north ");
}

static void
a_customer_sees_its_own_rows_only(void **state)
{
	struct ledger_fixture *fx = *state;
	struct folders f;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "other", "", "S2");
	fixture_add(fx, "acme", "", "A0");
	fixture_settle(fx);
	{
		struct lines s = {0}, other = {0};
		struct ledger_lines *lines = ledger_lines_open(fx->l, fx->run.id, &fx->err);

		assert_non_null(lines);
		f = folders_of(fx);
		OK(fx, ledger_lines_of(lines, f.id[0], fixture_on_line, &s, &fx->err));
		OK(fx, ledger_lines_of(lines, f.id[1], fixture_on_line, &other, &fx->err));
		ledger_lines_close(lines);
		assert_int_equal(other.count, 1);
		assert_string_equal(other.serial[0], "S2");
		assert_int_equal(s.count, 2);
		assert_string_equal(s.serial[0], "A0");
		assert_string_equal(s.serial[1], "S1");
	}
}

static void
a_customer_whose_rows_are_all_rejected_has_none_for_packs(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger_lines *lines;
	struct lines s = {0};
	struct folders f;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "other", "", "S1");
	fixture_add(fx, "other", "", "S1");
	fixture_add(fx, "third", "", "S3");
	fixture_add(fx, "acme", "", "S4");
	fixture_settle(fx);
	f = folders_of(fx);
	assert_int_equal(f.count, 3);
	lines = ledger_lines_open(fx->l, fx->run.id, &fx->err);
	assert_non_null(lines);
	assert_int_equal(ledger_lines_any(lines, f.id[0], OUTCOME_REJECTED, &fx->err), 1);
	OK(fx, ledger_lines_of(lines, f.id[0], fixture_on_line, &s, &fx->err));
	assert_int_equal(s.count, 2);
	assert_string_equal(s.serial[0], "S4");
	assert_int_equal(s.outcome[1], OUTCOME_REJECTED);
	assert_int_equal(ledger_lines_any(lines, f.id[1], OUTCOME_REJECTED, &fx->err), 0);
	assert_int_equal(ledger_lines_any(lines, f.id[2], OUTCOME_REJECTED, &fx->err), 1);
	assert_int_equal(ledger_lines_any(lines, f.id[2] + 1, OUTCOME_REJECTED, &fx->err), 0);
	ledger_lines_close(lines);
}

/* A row that others have damaged is not skipped together with the rejected rows before it. */
static void
a_damaged_row_is_reported(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger_lines *lines;
	struct lines s = {0};
	struct folders f;
	struct db *db;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "other", "", "S1");
	fixture_add(fx, "acme", "", "S2");
	fixture_settle(fx);
	db = fx->path != NULL ? db_open(fx->path, false, &fx->err)
	                      : db_open_server(fx->url, false, &fx->err);
	assert_non_null(db);
	OK(fx, db_exec(db, "UPDATE list_row SET via=99 WHERE serial='S2'", &fx->err));
	db_close(db);
	f = folders_of(fx);
	lines = ledger_lines_open(fx->l, fx->run.id, &fx->err);
	assert_non_null(lines);
	assert_int_equal(ledger_lines_any(lines, f.id[0], OUTCOME_REJECTED, &fx->err), 0);
	assert_int_equal(ledger_lines_of(lines, f.id[0], fixture_on_line, &s, &fx->err), -1);
	assert_non_null(strstr(fx->err.text, "is damaged"));
	ledger_lines_close(lines);
}

/* ---- batches ---- */

static void
a_crash_after_sending_leaves_unknown(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger_batch next;
	int64_t accepted;
	struct lines s;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S2");
	fixture_add_batch(fx, &accepted);
	int64_t sent = fx->batch;
	fx->batch = accepted;
	fixture_add(fx, "acme", "", "S3");
	fixture_settle(fx);
	s = fixture_lines(fx);
	OK(fx, ledger_batch_sent(fx->l, sent, NULL, &fx->err));
	OK(fx, ledger_row_outcome(fx->l, s.id[2], OUTCOME_DEREGISTERED, "", &fx->err));
	OK(fx, ledger_batch_sent(fx->l, accepted, NULL, &fx->err));
	OK(fx, ledger_batch_accepted(fx->l, accepted, "B-1", NULL, &fx->err));
	/* counts are right before anybody recovers the run */
	assert_int_equal(fixture_outcomes(fx, OUTCOME_UNKNOWN), 2);
	assert_int_equal(fixture_outcomes(fx, OUTCOME_PENDING), 1);
	assert_int_equal(fixture_lines(fx).outcome[3], OUTCOME_PENDING);
	/* a stop changes no row that was sent */
	OK(fx, ledger_unsent_outcome(fx->l, fx->run.id, OUTCOME_HELD, "guard", &fx->err));
	assert_int_equal(fixture_outcomes(fx, OUTCOME_HELD), 0);
	ledger_close(fx->l);
	fx->l = ledger_open(fx->url, &fx->err);
	assert_non_null(fx->l);
	OK(fx, ledger_recover(fx->l, fx->run.id, &fx->err));
	s = fixture_lines(fx);
	assert_int_equal(s.outcome[0], OUTCOME_UNKNOWN);
	assert_int_equal(s.outcome[1], OUTCOME_UNKNOWN);
	assert_int_equal(s.outcome[2], OUTCOME_DEREGISTERED);
	assert_string_equal(s.reason[1], "the program ended before an answer came");
	assert_int_equal(ledger_batch_next(fx->l, fx->run.id, BATCH_SENT, 0, &next, &fx->err), 0);
	assert_int_equal(ledger_batch_next(fx->l, fx->run.id, BATCH_ACCEPTED, 0, &next, &fx->err),
	                 1);
	assert_string_equal(next.service_id, "B-1");
	ledger_batch_release(&next);
}

/* The next run must still be able to ask for rows that this run marked pending. */
static void
an_accepted_batch_keeps_its_devices_while_they_are_open(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger_batch next;

	fixture_add(fx, "acme", "", "S1");
	fixture_settle(fx);
	OK(fx, ledger_batch_sent(fx->l, fx->batch, NULL, &fx->err));
	OK(fx, ledger_batch_accepted(fx->l, fx->batch, "B-1", NULL, &fx->err));
	OK(fx, ledger_batch_outcome(fx->l, fx->batch, OUTCOME_PENDING, "accepted", &fx->err));
	assert_int_equal(ledger_batch_next(fx->l, fx->run.id, BATCH_ACCEPTED, 0, &next, &fx->err),
	                 1);
	ledger_batch_release(&next);
	assert_int_equal(fixture_asked(fx, fx->batch), 1);
	OK(fx, ledger_batch_outcome(fx->l, fx->batch, OUTCOME_DEREGISTERED, "", &fx->err));
	OK(fx, ledger_batch_outcome(fx->l, fx->batch, OUTCOME_UNKNOWN, "late", &fx->err));
	assert_int_equal(fixture_outcomes(fx, OUTCOME_DEREGISTERED), 1); /* a final outcome stays */
}

/* Its unknown rows wait for the answer again, those of other batches and final outcomes stay. */
static void
a_lost_batch_that_is_accepted_waits_again(void **state)
{
	struct ledger_fixture *fx = *state;
	int64_t first = fx->batch, other;
	struct lines s;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S2");
	fixture_add_batch(fx, &other);
	fx->batch = other;
	fixture_add(fx, "acme", "", "S3");
	fixture_settle(fx);
	OK(fx, ledger_batch_sent(fx->l, first, NULL, &fx->err));
	OK(fx, ledger_row_outcome(fx->l, fixture_lines(fx).id[0], OUTCOME_NOT_OURS, "theirs",
	                          &fx->err));
	OK(fx, ledger_batch_lost(fx->l, first, "no answer", &fx->err));
	OK(fx, ledger_batch_sent(fx->l, other, NULL, &fx->err));
	OK(fx, ledger_batch_lost(fx->l, other, "no answer", &fx->err));
	assert_int_equal(fixture_outcomes(fx, OUTCOME_UNKNOWN), 2);
	OK(fx, ledger_batch_sent(fx->l, first, NULL, &fx->err));
	OK(fx, ledger_batch_accepted(fx->l, first, "B-1", NULL, &fx->err));
	s = fixture_lines(fx);
	assert_int_equal(s.outcome[0], OUTCOME_NOT_OURS);
	assert_int_equal(s.outcome[1], OUTCOME_PENDING);
	assert_string_equal(s.reason[1], "");
	assert_int_equal(s.outcome[2], OUTCOME_UNKNOWN);
}

static void
a_batch_goes_out_once(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger_batch next;

	fixture_add(fx, "acme", "", "S1");
	OK(fx, ledger_batch_sent(fx->l, fx->batch, NULL, &fx->err));
	assert_int_equal(ledger_batch_sent(fx->l, fx->batch, NULL, &fx->err), -1);
	OK(fx, ledger_batch_unsent(fx->l, fx->batch, false, "refused", &fx->err));
	assert_int_equal(ledger_batch_next(fx->l, fx->run.id, BATCH_PLANNED, 0, &next, &fx->err),
	                 1);
	assert_int_equal(next.attempts, 1);
	assert_int_equal(next.first_sent, 0);
	assert_string_equal(next.sold_to, "1");
	ledger_batch_release(&next);
}

static void
halves_until_one_row_stands_alone(void **state)
{
	struct ledger_fixture *fx = *state;
	int64_t other, third;

	for (int i = 0; i < 5; i++)
		fixture_add(fx, "acme", "", (const char *[]){"S1", "S2", "S3", "S4", "S1"}[i]);
	fixture_settle(fx);
	assert_int_equal(ledger_batch_halve(fx->l, fx->batch, &other, &fx->err), 1);
	assert_int_equal(fixture_asked(fx, fx->batch), 2);
	assert_int_equal(fixture_asked(fx, other), 2);
	assert_int_equal(ledger_batch_halve(fx->l, other, &third, &fx->err), 1);
	assert_int_equal(ledger_batch_halve(fx->l, third, &other, &fx->err), 0);
	assert_int_equal(fixture_asked(fx, third), 1);
}

/* ---- runs, opening, the lock ---- */

static void
finds_runs_and_lists_sent_before(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger_run r;

	char first[LEDGER_RUN_ID_SIZE];
	int64_t run = fx->run.id, batch = fx->batch;
	char *path;

	strcpy(first, fx->run.name);
	OK(fx, ledger_list_set_digest(fx->l, fx->list, "d1", &fx->err));
	fixture_new_run(fx, "again.csv");
	OK(fx, ledger_list_set_digest(fx->l, fx->list, "d1", &fx->err));
	/* only a plan; then a run that sent nothing */
	assert_int_equal(ledger_find_taken(fx->l, fx->run.id, 0, &r, &path, &fx->err), 0);
	OK(fx, ledger_run_set_state(fx->l, run, RUN_FINISHED, 6, &fx->err));
	assert_int_equal(ledger_find_taken(fx->l, fx->run.id, 0, &r, &path, &fx->err), 0);
	OK(fx, ledger_batch_sent(fx->l, batch, NULL, &fx->err));
	assert_int_equal(ledger_find_taken(fx->l, run, 0, &r, &path, &fx->err), 0);
	assert_int_equal(ledger_find_taken(fx->l, fx->run.id, fx->list + 1, &r, &path, &fx->err),
	                 0);
	assert_int_equal(ledger_find_taken(fx->l, fx->run.id, fx->list, &r, &path, &fx->err), 1);
	assert_string_equal(r.name, first);
	assert_string_equal(path, "again.csv");
	assert_int_equal(r.exit_code, 6);
	free(path);
	ledger_run_release(&r);
	assert_int_equal(ledger_run_find(fx->l, "nonesuch", &r, &fx->err), 0);
	assert_int_equal(ledger_run_find(fx->l, NULL, &r, &fx->err), 1);
	assert_int_equal(strlen(r.name), 21);
	assert_true(strncmp(r.out, "/out/", 5) == 0 && strcmp(r.out + 5, r.name) == 0);
	ledger_run_release(&r);
}

static void
refuses_what_is_no_ledger_of_ours(void **state)
{
	struct ledger_fixture *fx = *state;
	struct db *db;

	FILE_ONLY(fx);
	assert_null(ledger_open(fx->path, &fx->err));
	assert_non_null(strstr(fx->err.text, "sqlite:PATH"));
	ledger_close(fx->l);
	fx->l = NULL;
	db = db_open(fx->path, false, &fx->err);
	assert_non_null(db);
	OK(fx, db_exec(db, "PRAGMA user_version = 99", &fx->err));
	db_close(db);
	assert_null(ledger_open(fx->url, &fx->err));
	assert_non_null(strstr(fx->err.text, "newer version"));
	assert_null(ledger_open_readonly(fx->url, &fx->err));
	FILE *f = fopen(fx->path, "w");
	assert_non_null(f);
	for (int i = 0; i < 1000; i++)
		fputs("Serial Number,Model\n", f);
	fclose(f);
	assert_null(ledger_open(fx->url, &fx->err));
	assert_non_null(strstr(fx->err.text, "not a database"));
	unlink(fx->path);
	assert_null(ledger_open_readonly(fx->url, &fx->err));
	assert_int_not_equal(access(fx->path, F_OK), 0);
}

/* A mistyped path must not create an empty ledger, which would not know the devices that were sent
 * before. */
static void
only_creating_makes_a_ledger(void **state)
{
	struct ledger_fixture *fx = *state;
	char url[300];

	FILE_ONLY(fx);
	snprintf(url, sizeof(url), "%s-none/ledger.db", fx->url);
	assert_int_equal(ledger_exists(url, &fx->err), 0);
	assert_null(ledger_open(url, &fx->err));
	assert_non_null(strstr(fx->err.text, "unpilot init"));
	assert_null(ledger_open_readonly(url, &fx->err));
	assert_non_null(strstr(fx->err.text, "unpilot init"));
	snprintf(url, sizeof(url), "%s-none", fx->path);
	assert_int_not_equal(access(url, F_OK), 0);
	assert_int_equal(ledger_exists(fx->url, &fx->err), 1);
	/* an empty file is not a ledger yet, and stays empty */
	ledger_close(fx->l);
	assert_int_equal(truncate(fx->path, 0), 0);
	assert_int_equal(ledger_exists(fx->url, &fx->err), 0);
	assert_null(ledger_open(fx->url, &fx->err));
	assert_int_equal(access(fx->path, F_OK), 0);
	fx->l = ledger_create(fx->url, &fx->err);
	assert_non_null(fx->l);
	assert_int_equal(ledger_exists(fx->url, &fx->err), 1);
}

static void
one_process_holds_the_lock(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger_holder holder;
	int status;

	FILE_ONLY(fx);
	assert_int_equal(ledger_lock(fx->l, &holder, &fx->err), LEDGER_LOCKED);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct ledger *l = ledger_open(fx->url, &fx->err);
		_exit(l != NULL && ledger_lock(l, &holder, &fx->err) == LEDGER_BUSY &&
		                      holder.pid == getppid() && holder.since > 1700000000
		              ? 0
		              : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* Beyond the limit of dedup.c the database finds them by sorting, with the same result. */
static void
more_rows_repeat_than_dedup_can_keep(void **state)
{
	struct ledger_fixture *fx = *state;
	char serial[16];

	OK(fx, ledger_begin(fx->l, &fx->err));
	for (int i = 0; i < 2 * (DEDUP_MAX + 1); i++) {
		snprintf(serial, sizeof(serial), "S%d", i / 2);
		fixture_add(fx, "acme", "", serial);
	}
	fixture_settle(fx);
	OK(fx, ledger_commit(fx->l, &fx->err));
	assert_int_equal(fixture_devices(fx).askable, DEDUP_MAX + 1);
	assert_int_equal(fixture_devices(fx).repeated, DEDUP_MAX + 1);
}

/* ---- parts of a transaction ---- */

struct writing {
	const char *name;           /* is written */
	const struct writing *part; /* then this one, if it is not NULL */
	bool fails, ignores;        /* at its end; a failure of its part */
};

static int
write_name(struct ledger *l, void *ctx, struct error *err)
{
	const struct writing *w = ctx;

	if (ledger_trust(l, w->name, ledger_now(l), err) != 0 ||
	    (w->part != NULL &&
	     ledger_transact(l, write_name, (void *)(uintptr_t)w->part, err) != 0 && !w->ignores))
		return -1;
	return w->fails ? error_set(err, "%s fails", w->name) : 0;
}

static int
write_part(struct ledger_fixture *fx, struct writing w)
{
	return ledger_transact(fx->l, write_name, &w, &fx->err);
}

/* The names that are written, of "abcd". */
static const char *
written(struct ledger_fixture *fx)
{
	static char names[5];
	size_t n = 0;

	for (const char *c = "abcd"; *c != '\0'; c++) {
		int64_t until;
		OK(fx, ledger_trusted_until(fx->l, (char[]){*c, '\0'}, 60000, &until, &fx->err));
		if (until > 0)
			names[n++] = *c;
	}
	names[n] = '\0';
	return names;
}

static void
a_part_that_fails_takes_no_other_with_it(void **state)
{
	struct ledger_fixture *fx = *state;

	for (int first = 0; first < 2; first++) { /* the first part that writes, or a later one */
		OK(fx, ledger_begin(fx->l, &fx->err));
		if (first == 0)
			OK(fx, write_part(fx, (struct writing){.name = "a"}));
		assert_int_equal(write_part(fx, (struct writing){.name = "b", .fails = true}), -1);
		assert_string_equal(fx->err.text, "b fails");
		OK(fx, write_part(fx, (struct writing){.name = "c"}));
		assert_int_equal(write_part(fx, (struct writing){.name = "d", .fails = true}), -1);
		OK(fx, ledger_commit(fx->l, &fx->err));
		assert_string_equal(written(fx), "ac");
	}
}

static void
what_was_written_before_the_first_part_stays(void **state)
{
	struct ledger_fixture *fx = *state;

	OK(fx, ledger_begin(fx->l, &fx->err));
	OK(fx, ledger_trust(fx->l, "a", ledger_now(fx->l), &fx->err));
	assert_int_equal(write_part(fx, (struct writing){.name = "b", .fails = true}), -1);
	OK(fx, ledger_commit(fx->l, &fx->err));
	assert_string_equal(written(fx), "a");
}

/* Also if nobody looks at what it returned. */
static void
a_part_of_a_part_fails_with_it(void **state)
{
	struct ledger_fixture *fx = *state;
	const struct writing part = {.name = "b", .fails = true};
	const struct writing good = {.name = "d"};

	for (int within = 0; within < 2; within++)
		for (int ignores = 0; ignores < 2; ignores++) {
			if (within == 1)
				OK(fx, ledger_begin(fx->l, &fx->err));
			assert_int_equal(write_part(fx, (struct writing){.name = "a",
			                                                 .part = &part,
			                                                 .ignores = ignores == 1}),
			                 -1);
			if (within == 1)
				OK(fx, ledger_commit(fx->l, &fx->err));
			assert_string_equal(written(fx), "");
		}
	OK(fx, write_part(fx, (struct writing){.name = "c", .part = &good}));
	assert_string_equal(written(fx), "cd");
}

/* Counting during the intake gives the same numbers as the database, also after a rollback. */
static void
devices_are_counted_during_the_intake(void **state)
{
	struct ledger_fixture *fx = *state;

	for (int part = 0; part < 2; part++) {
		fixture_new_run(fx, "b.csv");
		OK(fx, ledger_begin(fx->l, &fx->err));
		fixture_add(fx, "acme", "", "S1");
		fixture_add(fx, "acme", "", "S2");
		if (part == 1) {
			OK(fx, ledger_part_begin(fx->l, &fx->err));
			fixture_add(fx, "acme", "", "S3");
			OK(fx, ledger_part_rollback(fx->l, &fx->err));
		}
		fixture_settle(fx);
		OK(fx, ledger_commit(fx->l, &fx->err));
		assert_int_equal(fixture_devices(fx).askable, 2);
		assert_int_equal(fixture_devices(fx).open, 2);
		ledger_rollback(fx->l); /* forgets the count */
		assert_int_equal(fixture_devices(fx).askable, 2);
		assert_int_equal(fixture_devices(fx).open, 2);
		assert_int_equal(fixture_devices(fx).repeated, 0);
	}
}

/* Of two thousand random names of a second, thirty would be taken already. */
static void
many_runs_of_one_second_have_names_of_their_own(void **state)
{
	struct ledger_fixture *fx = *state;
	char name[LEDGER_RUN_ID_SIZE];
	struct ledger_run run;

	OK(fx, ledger_begin(fx->l, &fx->err));
	for (int i = 0; i < 2000; i++) {
		OK(fx, ledger_run_name(fx->l, i % 2 ? "letter-" : "", name, &fx->err));
		OK(fx, ledger_run_create(fx->l, name, "/out", "oem-direct", &run, &fx->err));
		assert_string_equal(run.name, name);
		ledger_run_release(&run);
	}
	OK(fx, ledger_commit(fx->l, &fx->err));
}

static int64_t
open_devices(struct ledger_fixture *fx, int64_t from, int64_t to, int64_t since)
{
	int64_t n = -1;

	OK(fx, ledger_count_open(fx->l, (const int64_t[]){from, to}, since, &n, &fx->err));
	return n;
}

/* Two equal rows are one device. A resumed run counts its rows part by part while answers come. */
static void
open_devices_are_counted_part_by_part(void **state)
{
	struct ledger_fixture *fx = *state;
	int64_t range[2], before = clock_now();
	bool open = false;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S2");
	fixture_add(fx, "acme", "", "S3");
	fixture_settle(fx);
	OK(fx, ledger_run_range(fx->l, fx->run.id, range, &fx->err));
	assert_int_equal(range[1] - range[0], 3);
	assert_int_equal(open_devices(fx, range[0], range[1], INT64_MAX), 3);
	assert_int_equal(open_devices(fx, range[0] + 1, range[0] + 2, INT64_MAX), 1);
	OK(fx, ledger_batch_sent(fx->l, fx->batch, NULL, &fx->err));
	OK(fx, ledger_row_outcome(fx->l, range[0] + 2, OUTCOME_DEREGISTERED, "", &fx->err));
	assert_int_equal(open_devices(fx, range[0], range[1], INT64_MAX), 2);
	assert_int_equal(open_devices(fx, range[0], range[1], before), 3);
	OK(fx, ledger_has_open(fx->l, fx->run.id, &open, &fx->err));
	assert_true(open);
	OK(fx, ledger_row_outcome(fx->l, range[0], OUTCOME_DEREGISTERED, "", &fx->err));
	OK(fx, ledger_row_outcome(fx->l, range[0] + 3, OUTCOME_NOT_FOUND, "812", &fx->err));
	OK(fx, ledger_batch_done(fx->l, fx->batch, NULL, "", &fx->err));
	OK(fx, ledger_has_open(fx->l, fx->run.id, &open, &fx->err));
	assert_false(open);
}

static void
many_rows_fit_in_one_transaction(void **state)
{
	struct ledger_fixture *fx = *state;
	char serial[16];

	OK(fx, ledger_begin(fx->l, &fx->err));
	for (int i = 0; i < 200000; i++) {
		snprintf(serial, sizeof(serial), "S%d", i == 199999 ? 0 : i);
		fixture_add(fx, i % 2 ? "acme" : "other", "", serial);
	}
	fixture_settle(fx);
	OK(fx, ledger_commit(fx->l, &fx->err));
	/* the first and last row name one device for two customers */
	assert_int_equal(fixture_devices(fx).askable, 199998);
	ledger_close(fx->l);
	fx->l = ledger_open_readonly(fx->url, &fx->err);
	assert_non_null(fx->l);
	assert_int_equal(fixture_outcomes(fx, OUTCOME_NOT_SENT), 199998);
}

struct named {
	int count;
	char name[4][LEDGER_RUN_ID_SIZE];
};

static void
note_folder(void *ctx, const struct ledger_run *run)
{
	struct named *f = ctx;

	assert_true(f->count < 4);
	snprintf(f->name[f->count++], sizeof(f->name[0]), "%s", run->name);
}

/* A command may write packs below each folder; it must not look at each run of ten years for that. */
static void
folders_of_packs_are_named_once(void **state)
{
	struct ledger_fixture *fx = *state;
	static const struct {
		const char *name, *out;
		enum run_state state;
	} runs[] = {{"20261129T021500Z-000a", "/srv/packs", RUN_FINISHED},
	            {"20261129T021500Z-000b", "/srv/packs", RUN_OPEN},
	            {"20261129T021500Z-000c", "/srv/packs", RUN_OPEN},
	            {"20261129T021500Z-000d", "/srv/older", RUN_FINISHED},
	            {"20261129T021500Z-000e", "/srv/older", RUN_PLANNED},
	            {"20261129T021500Z-000f", "/srv/packs/below", RUN_FINISHED}};
	struct ledger_run run;
	struct named f = {0};

	for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
		OK(fx, ledger_run_create(fx->l, runs[i].name, runs[i].out, "oem-direct", &run,
		                         &fx->err));
		OK(fx, ledger_run_set_state(fx->l, run.id, runs[i].state, 0, &fx->err));
		ledger_run_release(&run);
	}
	OK(fx, ledger_each_folder(fx->l, note_folder, &f, &fx->err));
	assert_int_equal(f.count, 4); /* and that of the fixture's own run */
	for (int i = 0; i < f.count; i++)
		if (strcmp(f.name[i], fx->run.name) != 0)
			assert_non_null(strchr("bdf", f.name[i][strlen(f.name[i]) - 1]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(rows_are_found_in_all_runs),
		LEDGER_TEST(equal_rows_are_asked_once_and_share_the_outcome),
		LEDGER_TEST(one_device_under_two_customers_is_rejected_everywhere),
		LEDGER_TEST(a_tuple_is_tied_to_the_pkid_it_stands_beside),
		LEDGER_TEST(a_tuple_of_another_customer_takes_all_rows_of_the_device_along),
		LEDGER_TEST(a_tuple_that_fits_two_pkids_is_rejected),
		LEDGER_TEST(one_pkid_beside_two_serials_is_rejected),
		LEDGER_TEST(a_recently_deregistered_device_is_held),
		LEDGER_TEST(a_registration_is_known_by_its_serial_and_its_pkid),
		LEDGER_TEST(folders_are_safe_readable_and_unique),
		LEDGER_TEST(the_first_name_of_a_customer_stays),
		LEDGER_TEST(a_rolled_back_customer_is_forgotten),
		LEDGER_TEST(customers_of_all_runs_are_named_once_in_order),
		LEDGER_TEST(a_customer_sees_its_own_rows_only),
		LEDGER_TEST(a_customer_whose_rows_are_all_rejected_has_none_for_packs),
		LEDGER_TEST(a_damaged_row_is_reported),
		LEDGER_TEST(a_crash_after_sending_leaves_unknown),
		LEDGER_TEST(an_accepted_batch_keeps_its_devices_while_they_are_open),
		LEDGER_TEST(a_lost_batch_that_is_accepted_waits_again),
		LEDGER_TEST(a_batch_goes_out_once),
		LEDGER_TEST(halves_until_one_row_stands_alone),
		LEDGER_TEST(finds_runs_and_lists_sent_before),
		LEDGER_TEST(refuses_what_is_no_ledger_of_ours),
		LEDGER_TEST(only_creating_makes_a_ledger),
		LEDGER_TEST(one_process_holds_the_lock),
		LEDGER_TEST(more_rows_repeat_than_dedup_can_keep),
		LEDGER_TEST(a_part_that_fails_takes_no_other_with_it),
		LEDGER_TEST(what_was_written_before_the_first_part_stays),
		LEDGER_TEST(a_part_of_a_part_fails_with_it),
		LEDGER_TEST(devices_are_counted_during_the_intake),
		LEDGER_TEST(many_runs_of_one_second_have_names_of_their_own),
		LEDGER_TEST(open_devices_are_counted_part_by_part),
		LEDGER_TEST(many_rows_fit_in_one_transaction),
		LEDGER_TEST(folders_of_packs_are_named_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
