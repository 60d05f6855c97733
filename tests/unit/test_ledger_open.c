/* Work that a run leaves open: lost answers, holds, plans; and damaged or older ledgers. */
#include "tests/unit/fixture_ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/crypto.h"
#include "common/db.h"
#include "common/file.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/guards.h"
#include "partner/ledger/open.h"
#include "partner/ledger/recover.h"
#include "partner/ledger/report.h"
#include "partner/ledger/rows.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/transaction.h"
#include "tests/unit/fixture_skip.h"

#define TORN_BATCHES 6
#define TORN_STEP 797 /* bytes; a page has 32 KiB */

static enum batch_state
state_of(struct ledger_fixture *fx, int64_t batch)
{
	for (int state = 0; state < BATCH_STATE_COUNT; state++) {
		struct ledger_batch next;
		int rc = ledger_batch_next(fx->l, fx->run.id, (enum batch_state)state, batch - 1,
		                           &next, &fx->err);
		bool found = rc == 1 && next.id == batch;
		if (rc == 1)
			ledger_batch_release(&next);
		if (found)
			return (enum batch_state)state;
	}
	fail_msg("the batch is in no state");
	return BATCH_STATE_COUNT;
}

static void
a_lost_answer_leaves_the_rows_unknown_and_the_batch_to_be_sent_again(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger_batch lost;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S1");
	fixture_settle(fx);
	OK(fx, ledger_batch_sent(fx->l, fx->batch, NULL, &fx->err));
	OK(fx, ledger_batch_lost(fx->l, fx->batch, "reset", &fx->err));
	assert_int_equal(fixture_outcomes(fx, OUTCOME_UNKNOWN), 2);
	assert_int_equal(ledger_batch_next(fx->l, fx->run.id, BATCH_LOST, 0, &lost, &fx->err), 1);
	assert_int_equal(lost.lost, 1);
	assert_true(lost.first_sent > 0);
	int64_t first = lost.first_sent;
	ledger_batch_release(&lost);
	/* a second attempt that did nothing: still lost, and first_sent does not change */
	assert_int_equal(fixture_asked(fx, fx->batch), 1);
	OK(fx, ledger_batch_sent(fx->l, fx->batch, NULL, &fx->err));
	OK(fx, ledger_batch_unsent(fx->l, fx->batch, false, "429", &fx->err));
	assert_int_equal(ledger_batch_next(fx->l, fx->run.id, BATCH_LOST, 0, &lost, &fx->err), 1);
	assert_int_equal(lost.first_sent, first);
	assert_int_equal(lost.attempts, 2);
	ledger_batch_release(&lost);
	assert_int_equal(fixture_outcomes(fx, OUTCOME_UNKNOWN), 2);
	/* a batch that was never sent cannot be lost */
	fixture_new_run(fx, "b.csv");
	assert_int_equal(ledger_batch_lost(fx->l, fx->batch, "", &fx->err), -1);
	assert_int_equal(state_of(fx, fx->batch), BATCH_PLANNED);
}

static void
the_halves_of_a_lost_batch_are_lost(void **state)
{
	struct ledger_fixture *fx = *state;
	int64_t other;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S2");
	fixture_settle(fx);
	OK(fx, ledger_batch_sent(fx->l, fx->batch, NULL, &fx->err));
	OK(fx, ledger_batch_lost(fx->l, fx->batch, "reset", &fx->err));
	assert_int_equal(ledger_batch_halve(fx->l, fx->batch, &other, &fx->err), 1);
	assert_int_equal(state_of(fx, other), BATCH_LOST);
	assert_int_equal(fixture_asked(fx, other), 1);
	assert_int_equal(fixture_outcomes(fx, OUTCOME_UNKNOWN), 2);
}

static void
unknown_devices_of_an_answered_batch_can_be_wanted_again(void **state)
{
	struct ledger_fixture *fx = *state;
	struct lines s;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S2");
	fixture_settle(fx);
	s = fixture_lines(fx);
	OK(fx, ledger_batch_sent(fx->l, fx->batch, NULL, &fx->err));
	OK(fx, ledger_batch_accepted(fx->l, fx->batch, "B-1", NULL, &fx->err));
	OK(fx, ledger_row_outcome(fx->l, s.id[0], OUTCOME_DEREGISTERED, "", &fx->err));
	OK(fx, ledger_row_outcome(fx->l, s.id[1], OUTCOME_UNKNOWN, "missing", &fx->err));
	OK(fx, ledger_batch_done(fx->l, fx->batch, NULL, "", &fx->err));
	OK(fx, ledger_reopen_unknown(fx->l, fx->run.id, &fx->err));
	assert_int_equal(state_of(fx, fx->batch), BATCH_LOST);
	assert_int_equal(fixture_asked(fx, fx->batch), 1); /* the other device has an answer */
}

static void
hold_skipped(struct ledger_fixture *fx, const char *id)
{
	OK(fx, ledger_skip_begin(fx->l, &fx->err));
	OK(fx, ledger_skip_add(fx->l, id, &fx->err));
	OK(fx, ledger_skip_hold(fx->l, fx->run.id, &fx->err));
}

static void
the_skip_list_holds_a_device_under_each_of_its_names(void **state)
{
	struct ledger_fixture *fx = *state;
	struct lines s;

	fixture_add(fx, "acme", "3300000000001", "S1"); /* by PKID, with the tuple beside it */
	fixture_add(fx, "acme", "", "S1");              /* the same device by tuple */
	fixture_add(fx, "acme", "", "S2");
	fixture_add(fx, "acme", "3300000000003", "");
	fixture_settle(fx);
	hold_skipped(fx, "s1");
	hold_skipped(fx, "3300000000003");
	s = fixture_lines(fx);
	assert_int_equal(s.outcome[0], OUTCOME_HELD);
	assert_int_equal(s.outcome[1], OUTCOME_HELD);
	assert_int_equal(s.outcome[2], OUTCOME_NOT_SENT);
	assert_int_equal(s.outcome[3], OUTCOME_HELD);
	assert_non_null(strstr(s.reason[1], "skip list"));
	assert_int_equal(fixture_asked(fx, fx->batch), 1);
}

/* Of two linked rows, the one that is sent names the PKID; the skip list names the serial number of
 * the other. */
static void
the_skip_list_holds_by_names_of_a_tied_row(void **state)
{
	struct ledger_fixture *fx = *state;

	fixture_add(fx, "acme", "3300000000001", "");
	fixture_add(fx, "acme", "3300000000001", "S1");
	fixture_settle(fx);
	hold_skipped(fx, "S1");
	assert_int_equal(fixture_outcomes(fx, OUTCOME_HELD), 2);
}

static void
a_skipped_device_without_an_answer_is_not_asked_again(void **state)
{
	struct ledger_fixture *fx = *state;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S2");
	fixture_settle(fx);
	OK(fx, ledger_batch_sent(fx->l, fx->batch, NULL, &fx->err));
	hold_skipped(fx, "S1"); /* sent already: too late to hold */
	assert_int_equal(fixture_outcomes(fx, OUTCOME_HELD), 0);
	OK(fx, ledger_batch_lost(fx->l, fx->batch, "reset", &fx->err));
	hold_skipped(fx, "S1");
	assert_int_equal(fixture_asked(fx, fx->batch), 1);
	assert_int_equal(fixture_outcomes(fx, OUTCOME_UNKNOWN), 2);
	assert_non_null(strstr(fixture_lines(fx).reason[0], "not asked again"));
}

static void
guards_count_devices_and_answers(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger_answers a;
	struct lines s;
	int64_t n;
	char *key;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "big", "", "S2");
	fixture_add(fx, "big", "", "S3");
	fixture_settle(fx);
	assert_int_equal(fixture_devices(fx).askable, 3);
	OK(fx, ledger_askable_most(fx->l, fx->run.id, &n, &key, &fx->err));
	assert_int_equal(n, 2);
	assert_string_equal(key, "big");
	free(key);
	s = fixture_lines(fx);
	OK(fx, ledger_batch_sent(fx->l, fx->batch, NULL, &fx->err));
	OK(fx, ledger_batch_accepted(fx->l, fx->batch, "B-1", NULL, &fx->err));
	OK(fx, ledger_row_outcome(fx->l, s.id[0], OUTCOME_NOT_REGISTERED, "", &fx->err));
	OK(fx, ledger_row_outcome(fx->l, s.id[2], OUTCOME_NOT_FOUND, "", &fx->err));
	OK(fx, ledger_row_outcome(fx->l, s.id[3], OUTCOME_PENDING, "", &fx->err));
	OK(fx, ledger_answered(fx->l, fx->run.id, &a, &fx->err));
	assert_int_equal(a.answered, 2);
	assert_int_equal(a.failed, 1);
	/* a final outcome stays */
	OK(fx, ledger_row_outcome(fx->l, s.id[2], OUTCOME_DEREGISTERED, "", &fx->err));
	OK(fx, ledger_row_outcome(fx->l, s.id[3], OUTCOME_ALARM, "", &fx->err));
	OK(fx, ledger_answered(fx->l, fx->run.id, &a, &fx->err));
	assert_int_equal(a.answered, 3);
	assert_int_equal(a.failed, 2);
}

/* The counts of a finished batch are kept. They do not count when the batch is sent again. */
static void
answers_of_a_finished_batch_are_counted_once(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger_answers a;
	struct lines s;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S2");
	fixture_add(fx, "acme", "", "S1");
	fixture_settle(fx);
	s = fixture_lines(fx);
	OK(fx, ledger_batch_sent(fx->l, fx->batch, NULL, &fx->err));
	OK(fx, ledger_batch_accepted(fx->l, fx->batch, "B-1", NULL, &fx->err));
	OK(fx, ledger_row_outcome(fx->l, s.id[0], OUTCOME_DEREGISTERED, "", &fx->err));
	OK(fx, ledger_row_outcome(fx->l, s.id[1], OUTCOME_UNKNOWN, "", &fx->err));
	OK(fx, ledger_answered(fx->l, fx->run.id, &a, &fx->err));
	assert_int_equal(a.answered, 1);
	for (int again = 0; again < 2; again++) {
		OK(fx, ledger_batch_done(fx->l, fx->batch, NULL, "", &fx->err));
		OK(fx, ledger_answered(fx->l, fx->run.id, &a, &fx->err));
		assert_int_equal(a.answered, 2);
		assert_int_equal(a.failed, 1);
		OK(fx, ledger_reopen_unknown(fx->l, fx->run.id, &fx->err));
		OK(fx, ledger_answered(fx->l, fx->run.id, &a, &fx->err));
		assert_int_equal(a.answered, 0);
	}
}

static int
on_open(void *ctx, const struct ledger_open *open, struct error *err)
{
	struct buf *to = ctx;

	(void)err;
	buf_printf(to, "%s %d/%d/%d%s;", open->customer, (int)open->pending, (int)open->unknown,
	           (int)open->not_sent, open->since != 0 ? " since" : "");
	return 0;
}

/* An unknown row is not counted as an answer while its batch is accepted. */
static void
no_answer_is_no_failure(void **state)
{
	struct ledger_fixture *fx = *state;
	struct ledger_answers a;

	fixture_add(fx, "acme", "", "S1");
	fixture_settle(fx);
	OK(fx, ledger_batch_sent(fx->l, fx->batch, NULL, &fx->err));
	OK(fx, ledger_batch_lost(fx->l, fx->batch, "reset", &fx->err));
	OK(fx, ledger_batch_sent(fx->l, fx->batch, NULL, &fx->err));
	OK(fx, ledger_batch_accepted(fx->l, fx->batch, "B-1", NULL, &fx->err));
	assert_int_equal(fixture_outcomes(fx, OUTCOME_PENDING), 1);
	OK(fx,
	   ledger_batch_outcome(fx->l, fx->batch, OUTCOME_UNKNOWN, "no readable result", &fx->err));
	OK(fx, ledger_answered(fx->l, fx->run.id, &a, &fx->err));
	assert_int_equal(a.answered, 0);
	/* and its batch is not reopened while the service may still answer */
	OK(fx, ledger_reopen_unknown(fx->l, fx->run.id, &fx->err));
	assert_int_equal(state_of(fx, fx->batch), BATCH_ACCEPTED);
}

/* Also after a crash: a report must not show an answered device as not sent. */
static void
a_tied_row_has_the_outcome_of_its_first_row(void **state)
{
	struct ledger_fixture *fx = *state;
	struct lines s;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S1");
	fixture_settle(fx);
	OK(fx, ledger_batch_sent(fx->l, fx->batch, NULL, &fx->err));
	OK(fx, ledger_batch_accepted(fx->l, fx->batch, "B-1", NULL, &fx->err));
	OK(fx, ledger_row_outcome(fx->l, fixture_lines(fx).id[0], OUTCOME_DEREGISTERED, "done",
	                          &fx->err));
	s = fixture_lines(fx);
	assert_int_equal(s.outcome[1], OUTCOME_DEREGISTERED);
	assert_string_equal(s.reason[1], "done");
	assert_int_equal(fixture_outcomes(fx, OUTCOME_DEREGISTERED), 2);
}

static void
a_skipped_name_of_a_tied_row_is_not_asked_again(void **state)
{
	struct ledger_fixture *fx = *state;

	fixture_add(fx, "acme", "3300000000001", "");
	fixture_add(fx, "acme", "3300000000001", "S1");
	fixture_settle(fx);
	OK(fx, ledger_batch_sent(fx->l, fx->batch, NULL, &fx->err));
	OK(fx, ledger_batch_lost(fx->l, fx->batch, "reset", &fx->err));
	hold_skipped(fx, "S1");
	assert_int_equal(fixture_asked(fx, fx->batch), 0);
	assert_int_equal(fixture_outcomes(fx, OUTCOME_UNKNOWN), 2);
}

/* Deregistered by PKID with the tuple beside it, then listed by tuple alone; and the other way. */
static void
a_recent_device_is_held_by_its_other_identity(void **state)
{
	struct ledger_fixture *fx = *state;

	for (int turn = 0; turn < 2; turn++) {
		const char *serial = turn == 0 ? "S1" : "S2";
		fixture_add(fx, "acme", turn == 0 ? "3300000000001" : "", serial);
		fixture_settle(fx);
		OK(fx, ledger_row_outcome(fx->l, fixture_lines(fx).id[0], OUTCOME_DEREGISTERED, "",
		                          &fx->err));
		OK(fx, ledger_run_set_state(fx->l, fx->run.id, RUN_FINISHED, 0, &fx->err));
		fixture_new_run(fx, "again.csv");
		fixture_add(fx, "acme", turn == 0 ? "" : "3300000000002", serial);
		fixture_add(fx, "acme", "3300000000009",
		            turn == 0 ? serial : "S9"); /* another PKID with the same tuple */
		fixture_settle(fx);
		if (turn == 0) { /* that run links the tuple to the other PKID: another device */
			fixture_new_run(fx, "alone.csv");
			fixture_add(fx, "acme", "", serial);
			fixture_settle(fx);
		}
		OK(fx, ledger_hold_recent(fx->l, fx->run.id, 1000, &fx->err));
		assert_int_equal(fixture_lines(fx).outcome[0], OUTCOME_HELD);
		fixture_new_run(fx, "next.csv");
	}
}

static void
open_rows_are_reported_by_customer(void **state)
{
	struct ledger_fixture *fx = *state;
	struct buf text;
	int64_t since, second;

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "done", "", "S2");
	fixture_add_batch(fx, &second);
	int64_t first = fx->batch;
	fx->batch = second;
	fixture_add(fx, "acme", "", "S3");
	fixture_settle(fx);
	OK(fx, ledger_open_since(fx->l, fx->run.id, &since, &fx->err));
	assert_int_equal(since, 0);
	OK(fx, ledger_batch_sent(fx->l, first, NULL, &fx->err));
	OK(fx, ledger_batch_accepted(fx->l, first, "B-1", NULL, &fx->err));
	OK(fx,
	   ledger_row_outcome(fx->l, fixture_lines(fx).id[1], OUTCOME_DEREGISTERED, "", &fx->err));
	OK(fx, ledger_open_since(fx->l, fx->run.id, &since, &fx->err));
	assert_true(since > 0);
	buf_init(&text, 1000);
	OK(fx, ledger_each_open(fx->l, fx->run.id, on_open, &text, &fx->err));
	assert_string_equal(text.data, "acme 1/0/1 since;");
	buf_release(&text);
}

static void
a_plans_digest_covers_what_would_be_asked(void **state)
{
	struct ledger_fixture *fx = *state;
	char before[CRYPTO_HEX_SIZE], after[CRYPTO_HEX_SIZE];

	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S2");
	fixture_settle(fx);
	OK(fx, ledger_run_digest(fx->l, fx->run.id, before, &fx->err));
	OK(fx, ledger_run_digest(fx->l, fx->run.id, after, &fx->err));
	assert_string_equal(before, after);
	hold_skipped(fx, "S2");
	OK(fx, ledger_run_digest(fx->l, fx->run.id, after, &fx->err));
	assert_string_not_equal(before, after);
}

/* Each value of each device with its NUL, however long, in the order of the list. */
static void
a_plans_digest_is_that_of_all_its_values(void **state)
{
	static const size_t lengths[] = {1, 4000, 94, 95, 96, 4094, 4095, 4096, 4097, 9000, 1};
	struct crypto_sha256 *wanted = crypto_sha256_new();
	char hex[CRYPTO_HEX_SIZE], digest[CRYPTO_HEX_SIZE], model[9001];
	struct ledger_fixture *fx = *state;

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		char serial[16];
		struct ledger_row row = {.list = fx->list,
		                         .batch = fx->batch,
		                         .outcome = OUTCOME_NOT_SENT,
		                         .sold_to = "1",
		                         .received_from = "22"};
		const char *const values[] = {"", serial, "Contoso", model, "1", "22", "acme"};

		snprintf(serial, sizeof(serial), "S%zu", i);
		memset(model, 'm', lengths[i]);
		model[lengths[i]] = '\0';
		row.device = (struct device_id){"", serial, "Contoso", model};
		OK(fx, ledger_customer_id(fx->l, fx->run.id, "acme", "", &row.customer, &fx->err));
		OK(fx, ledger_row_add(fx->l, &row, &fx->err));
		for (size_t k = 0; k < ARRAY_SIZE(values); k++)
			crypto_sha256_add(wanted, values[k], strlen(values[k]) + 1);
	}
	fixture_settle(fx);
	crypto_sha256_end(wanted, hex);
	OK(fx, ledger_run_digest(fx->l, fx->run.id, digest, &fx->err));
	assert_string_equal(digest, hex);
}

static void
one_list_of_several_can_be_undone(void **state)
{
	struct ledger_fixture *fx = *state;
	struct lines s;

	OK(fx, ledger_begin(fx->l, &fx->err));
	fixture_add(fx, "acme", "", "S1");
	OK(fx, ledger_part_begin(fx->l, &fx->err));
	fixture_add(fx, "other", "", "S2");
	OK(fx, ledger_part_rollback(fx->l, &fx->err));
	OK(fx, ledger_part_begin(fx->l, &fx->err));
	fixture_add(fx, "other", "", "S3");
	OK(fx, ledger_part_commit(fx->l, &fx->err));
	fixture_settle(fx);
	OK(fx, ledger_commit(fx->l, &fx->err));
	s = fixture_lines(fx);
	assert_int_equal(s.count, 2);
	assert_string_equal(s.serial[1], "S3");
}

static void
a_ledger_on_a_server_is_upgraded(void **state)
{
	struct ledger_fixture *fx = *state;
	int64_t counts[OUTCOME_COUNT];
	struct db *db;

	if (fx->path != NULL)
		SKIP("the ledger is a file");
	fixture_add(fx, "acme", "", "S1");
	fixture_add(fx, "acme", "", "S2");
	fixture_settle(fx);
	OK(fx, ledger_batch_sent(fx->l, fx->batch, NULL, &fx->err));
	OK(fx, ledger_row_outcome(fx->l, 1, OUTCOME_NOT_OURS, "theirs", &fx->err));
	ledger_close(fx->l);
	db = db_open_server(fx->url, false, &fx->err);
	assert_non_null(db);
	OK(fx, db_exec(db, TO_SCHEMA_5 "UPDATE unpilot SET version=5", &fx->err));
	db_close(db);
	fx->l = ledger_open(fx->url, &fx->err);
	if (fx->l == NULL)
		fail_msg("%s", fx->err.text);
	OK(fx, ledger_counts(fx->l, fx->run.id, counts, &fx->err));
	assert_int_equal(counts[OUTCOME_NOT_OURS], 1);
	assert_int_equal(counts[OUTCOME_UNKNOWN], 1);
}

static void
a_ledger_of_the_first_version_is_upgraded(void **state)
{
	struct ledger_fixture *fx = *state;
	struct db *db;

	FILE_ONLY(fx);
	fixture_add(fx, "acme", "", "S1");
	fixture_settle(fx);
	OK(fx, ledger_batch_sent(fx->l, fx->batch, NULL, &fx->err));
	ledger_close(fx->l);
	fx->l = NULL;
	db = db_open(fx->path, false, &fx->err);
	assert_non_null(db);
	OK(fx, db_exec(db,
	               TO_SCHEMA_5
	               "ALTER TABLE run DROP COLUMN digest; ALTER TABLE batch DROP COLUMN lost;"
	               "DROP TABLE done; DROP TABLE receipt;"
	               "ALTER TABLE run DROP COLUMN route; ALTER TABLE batch DROP COLUMN tenant;"
	               "ALTER TABLE run DROP COLUMN packed;"
	               "ALTER TABLE batch DROP COLUMN claimed_by;"
	               "ALTER TABLE batch DROP COLUMN claimed_until;"
	               "PRAGMA user_version=1",
	               &fx->err));
	db_close(db);
	assert_null(ledger_open_readonly(fx->url, &fx->err));
	assert_non_null(strstr(fx->err.text, "upgrades it"));
	fx->l = ledger_open(fx->url, &fx->err);
	if (fx->l == NULL)
		fail_msg("%s", fx->err.text);
	OK(fx, ledger_recover(fx->l, fx->run.id, &fx->err));
	assert_int_equal(state_of(fx, fx->batch), BATCH_LOST);
}

/* ---- torn tails: a log after a power cut, with writes that were not synced ---- */

struct tail {
	struct buf db, wal;
	size_t end[TORN_BATCHES]; /* length of the log after this many batches were sent */
};

static void
read_whole(struct ledger_fixture *fx, const char *suffix, struct buf *to)
{
	char *path = xasprintf("%s%s", fx->path, suffix);

	buf_init(to, (size_t)64 * 1024 * 1024);
	OK(fx, file_read(path, to, &fx->err));
	free(path);
}

static size_t
sent_in(struct ledger_fixture *fx, const char *url)
{
	struct ledger *l = ledger_open(url, &fx->err);
	struct ledger_batch next;
	int64_t after = 0;
	size_t n = 0;

	if (l == NULL)
		fail_msg("%s", fx->err.text);
	while (ledger_batch_next(l, fx->run.id, BATCH_SENT, after, &next, &fx->err) == 1) {
		after = next.id;
		ledger_batch_release(&next);
		n++;
	}
	ledger_close(l);
	return n;
}

static void
try_tail(struct ledger_fixture *fx, const struct tail *t, size_t len, const char *garbage)
{
	char *path = xasprintf("%s/torn.db", fx->dir), *url = xasprintf("sqlite:%s", path);
	char *wal = xasprintf("%s-wal", path), *shm = xasprintf("%s-shm", path);
	size_t want = 0;
	FILE *f;

	while (want < TORN_BATCHES && t->end[want] <= len)
		want++;
	OK(fx, file_write(path, FILE_MODE_PRIVATE, t->db.data, t->db.len, &fx->err));
	f = fopen(wal, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(t->wal.data, 1, len, f), len);
	fputs(garbage, f);
	fclose(f);
	assert_int_equal(sent_in(fx, url), want);
	(void)remove(wal);
	(void)remove(shm);
	(void)remove(path);
	free(path);
	free(url);
	free(wal);
	free(shm);
}

static void
a_torn_tail_loses_only_what_was_not_synced(void **state)
{
	struct ledger_fixture *fx = *state;
	int64_t batch[TORN_BATCHES];
	struct tail t;

	FILE_ONLY(fx);
	for (size_t i = 0; i < TORN_BATCHES; i++)
		fixture_add_batch(fx, &batch[i]);
	for (size_t i = 0; i < TORN_BATCHES; i++) {
		OK(fx, ledger_batch_sent(fx->l, batch[i], NULL, &fx->err));
		read_whole(fx, "-wal", &t.wal);
		t.end[i] = t.wal.len;
		buf_release(&t.wal);
	}
	read_whole(fx, "", &t.db);
	read_whole(fx, "-wal", &t.wal);
	/* starts where the log contains the whole run */
	for (size_t len = t.end[0] - 1; len <= t.wal.len; len += TORN_STEP) {
		try_tail(fx, &t, len, "");
		try_tail(fx, &t, len, "not a log record");
	}
	for (size_t i = 0; i < TORN_BATCHES; i++) {
		try_tail(fx, &t, t.end[i] - 1, "");
		try_tail(fx, &t, t.end[i], "");
		try_tail(fx, &t, t.end[i], "garbage behind the last record");
	}
	buf_release(&t.db);
	buf_release(&t.wal);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(a_lost_answer_leaves_the_rows_unknown_and_the_batch_to_be_sent_again),
		LEDGER_TEST(the_halves_of_a_lost_batch_are_lost),
		LEDGER_TEST(unknown_devices_of_an_answered_batch_can_be_wanted_again),
		LEDGER_TEST(the_skip_list_holds_a_device_under_each_of_its_names),
		LEDGER_TEST(the_skip_list_holds_by_names_of_a_tied_row),
		LEDGER_TEST(a_skipped_device_without_an_answer_is_not_asked_again),
		LEDGER_TEST(guards_count_devices_and_answers),
		LEDGER_TEST(answers_of_a_finished_batch_are_counted_once),
		LEDGER_TEST(no_answer_is_no_failure),
		LEDGER_TEST(a_tied_row_has_the_outcome_of_its_first_row),
		LEDGER_TEST(a_skipped_name_of_a_tied_row_is_not_asked_again),
		LEDGER_TEST(a_recent_device_is_held_by_its_other_identity),
		LEDGER_TEST(open_rows_are_reported_by_customer),
		LEDGER_TEST(a_plans_digest_covers_what_would_be_asked),
		LEDGER_TEST(a_plans_digest_is_that_of_all_its_values),
		LEDGER_TEST(one_list_of_several_can_be_undone),
		LEDGER_TEST(a_ledger_on_a_server_is_upgraded),
		LEDGER_TEST(a_ledger_of_the_first_version_is_upgraded),
		LEDGER_TEST(a_torn_tail_loses_only_what_was_not_synced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
