/*
 * What a night leaves open: lost answers, holds, plans, ages; and ledgers whose last bytes are torn
 * or that an older version wrote.
 */
#include "tests/unit/fixture_ledger.h"

#include "common/buf.h"
#include "common/db.h"
#include "common/file.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/guards.h"
#include "partner/ledger/open.h"
#include "partner/ledger/recover.h"
#include "partner/ledger/report.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/transaction.h"

#define TORN_BATCHES 6

static enum batch_state
state_of(struct bench *b, int64_t batch)
{
	for (int state = 0; state < BATCH_STATE_COUNT; state++) {
		struct ledger_batch next;
		int rc = ledger_batch_next(b->l, b->run.id, (enum batch_state)state, batch - 1,
		                           &next, &b->err);
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
	struct bench *b = *state;
	struct ledger_batch lost;

	add(b, "acme", "", "S1");
	add(b, "acme", "", "S1");
	settle(b);
	OK(b, ledger_batch_sent(b->l, b->batch, NULL, &b->err));
	OK(b, ledger_batch_lost(b->l, b->batch, "reset", &b->err));
	assert_int_equal(count_of(b, OUTCOME_UNKNOWN), 2);
	assert_int_equal(ledger_batch_next(b->l, b->run.id, BATCH_LOST, 0, &lost, &b->err), 1);
	assert_int_equal(lost.lost, 1);
	assert_true(lost.first_sent > 0);
	int64_t first = lost.first_sent;
	ledger_batch_release(&lost);
	/* a second try that did nothing: lost as before, and the first send stays the first */
	assert_int_equal(asked(b, b->batch), 1);
	OK(b, ledger_batch_sent(b->l, b->batch, NULL, &b->err));
	OK(b, ledger_batch_unsent(b->l, b->batch, "429", &b->err));
	assert_int_equal(ledger_batch_next(b->l, b->run.id, BATCH_LOST, 0, &lost, &b->err), 1);
	assert_int_equal(lost.first_sent, first);
	assert_int_equal(lost.attempts, 2);
	ledger_batch_release(&lost);
	assert_int_equal(count_of(b, OUTCOME_UNKNOWN), 2);
	/* a batch that was never sent cannot be lost */
	new_run(b, "b.csv");
	assert_int_equal(ledger_batch_lost(b->l, b->batch, "", &b->err), -1);
	assert_int_equal(state_of(b, b->batch), BATCH_PLANNED);
}

static void
the_halves_of_a_lost_batch_are_lost(void **state)
{
	struct bench *b = *state;
	int64_t other;

	add(b, "acme", "", "S1");
	add(b, "acme", "", "S2");
	settle(b);
	OK(b, ledger_batch_sent(b->l, b->batch, NULL, &b->err));
	OK(b, ledger_batch_lost(b->l, b->batch, "reset", &b->err));
	assert_int_equal(ledger_batch_halve(b->l, b->batch, &other, &b->err), 1);
	assert_int_equal(state_of(b, other), BATCH_LOST);
	assert_int_equal(asked(b, other), 1);
	assert_int_equal(count_of(b, OUTCOME_UNKNOWN), 2);
}

static void
unknown_devices_of_an_answered_batch_can_be_wanted_again(void **state)
{
	struct bench *b = *state;
	struct seen s;

	add(b, "acme", "", "S1");
	add(b, "acme", "", "S2");
	settle(b);
	s = look_at(b);
	OK(b, ledger_batch_sent(b->l, b->batch, NULL, &b->err));
	OK(b, ledger_batch_accepted(b->l, b->batch, "B-1", NULL, &b->err));
	OK(b, ledger_row_outcome(b->l, s.id[0], OUTCOME_DEREGISTERED, "", &b->err));
	OK(b, ledger_row_outcome(b->l, s.id[1], OUTCOME_UNKNOWN, "missing", &b->err));
	OK(b, ledger_batch_done(b->l, b->batch, "", &b->err));
	OK(b, ledger_reopen_unknown(b->l, b->run.id, &b->err));
	assert_int_equal(state_of(b, b->batch), BATCH_LOST);
	assert_int_equal(asked(b, b->batch), 1); /* the other one has its answer */
}

static void
hold_skipped(struct bench *b, const char *id)
{
	OK(b, ledger_skip_begin(b->l, &b->err));
	OK(b, ledger_skip_add(b->l, id, &b->err));
	OK(b, ledger_skip_hold(b->l, b->run.id, &b->err));
}

static void
the_skip_list_holds_a_device_under_each_of_its_names(void **state)
{
	struct bench *b = *state;
	struct seen s;

	add(b, "acme", "3300000000001", "S1"); /* named by PKID, with its tuple beside */
	add(b, "acme", "", "S1");              /* the same device by its tuple */
	add(b, "acme", "", "S2");
	add(b, "acme", "3300000000003", "");
	settle(b);
	hold_skipped(b, "s1");
	hold_skipped(b, "3300000000003");
	s = look_at(b);
	assert_int_equal(s.outcome[0], OUTCOME_HELD);
	assert_int_equal(s.outcome[1], OUTCOME_HELD);
	assert_int_equal(s.outcome[2], OUTCOME_NOT_SENT);
	assert_int_equal(s.outcome[3], OUTCOME_HELD);
	assert_non_null(strstr(s.reason[1], "skip list"));
	assert_int_equal(asked(b, b->batch), 1);
}

/* The row of the tie that is asked names the PKID alone; the skip list names the other's serial. */
static void
the_skip_list_holds_what_a_tied_row_names(void **state)
{
	struct bench *b = *state;

	add(b, "acme", "3300000000001", "");
	add(b, "acme", "3300000000001", "S1");
	settle(b);
	hold_skipped(b, "S1");
	assert_int_equal(count_of(b, OUTCOME_HELD), 2);
}

static void
a_skipped_device_without_an_answer_is_not_asked_again(void **state)
{
	struct bench *b = *state;

	add(b, "acme", "", "S1");
	add(b, "acme", "", "S2");
	settle(b);
	OK(b, ledger_batch_sent(b->l, b->batch, NULL, &b->err));
	hold_skipped(b, "S1"); /* on its way: no word of ours changes that */
	assert_int_equal(count_of(b, OUTCOME_HELD), 0);
	OK(b, ledger_batch_lost(b->l, b->batch, "reset", &b->err));
	hold_skipped(b, "S1");
	assert_int_equal(asked(b, b->batch), 1);
	assert_int_equal(count_of(b, OUTCOME_UNKNOWN), 2);
	assert_non_null(strstr(look_at(b).reason[0], "not asked again"));
}

static void
guards_count_devices_and_answers(void **state)
{
	struct bench *b = *state;
	struct ledger_answers a;
	struct seen s;
	int64_t n;
	char *key;

	add(b, "acme", "", "S1");
	add(b, "acme", "", "S1");
	add(b, "big", "", "S2");
	add(b, "big", "", "S3");
	settle(b);
	assert_int_equal(devices_of(b).askable, 3);
	OK(b, ledger_askable_most(b->l, b->run.id, &n, &key, &b->err));
	assert_int_equal(n, 2);
	assert_string_equal(key, "big");
	free(key);
	s = look_at(b);
	OK(b, ledger_batch_sent(b->l, b->batch, NULL, &b->err));
	OK(b, ledger_batch_accepted(b->l, b->batch, "B-1", NULL, &b->err));
	OK(b, ledger_row_outcome(b->l, s.id[0], OUTCOME_NOT_REGISTERED, "", &b->err));
	OK(b, ledger_row_outcome(b->l, s.id[2], OUTCOME_NOT_FOUND, "", &b->err));
	OK(b, ledger_row_outcome(b->l, s.id[3], OUTCOME_PENDING, "", &b->err));
	OK(b, ledger_answered(b->l, b->run.id, &a, &b->err));
	assert_int_equal(a.answered, 2);
	assert_int_equal(a.failed, 1);
	assert_int_equal(a.alarms, 0);
	/* final stays final */
	OK(b, ledger_row_outcome(b->l, s.id[2], OUTCOME_DEREGISTERED, "", &b->err));
	OK(b, ledger_row_outcome(b->l, s.id[3], OUTCOME_ALARM, "", &b->err));
	OK(b, ledger_answered(b->l, b->run.id, &a, &b->err));
	assert_int_equal(a.answered, 3);
	assert_int_equal(a.failed, 2);
	assert_int_equal(a.alarms, 1);
}

static int
on_open(void *ctx, const struct ledger_open *open, struct error *err)
{
	struct buf *b = ctx;

	(void)err;
	buf_printf(b, "%s %d/%d/%d%s;", open->customer, (int)open->pending, (int)open->unknown,
	           (int)open->not_sent, open->since != 0 ? " since" : "");
	return 0;
}

/* Polls that failed are no answers; neither is what a lost batch waits for once it is accepted. */
static void
no_answer_is_no_failure(void **state)
{
	struct bench *b = *state;
	struct ledger_answers a;

	add(b, "acme", "", "S1");
	settle(b);
	OK(b, ledger_batch_sent(b->l, b->batch, NULL, &b->err));
	OK(b, ledger_batch_lost(b->l, b->batch, "reset", &b->err));
	OK(b, ledger_batch_sent(b->l, b->batch, NULL, &b->err));
	OK(b, ledger_batch_accepted(b->l, b->batch, "B-1", NULL, &b->err));
	assert_int_equal(count_of(b, OUTCOME_PENDING), 1);
	OK(b, ledger_batch_outcome(b->l, b->batch, OUTCOME_UNKNOWN, "no readable result", &b->err));
	OK(b, ledger_answered(b->l, b->run.id, &a, &b->err));
	assert_int_equal(a.answered, 0);
	/* nor is it wanted once more while the service may still tell */
	OK(b, ledger_reopen_unknown(b->l, b->run.id, &b->err));
	assert_int_equal(state_of(b, b->batch), BATCH_ACCEPTED);
}

/* Before anybody has copied it: a report after a crash must not call an answered device unsent. */
static void
a_tied_row_is_what_its_first_one_is(void **state)
{
	struct bench *b = *state;
	struct seen s;

	add(b, "acme", "", "S1");
	add(b, "acme", "", "S1");
	settle(b);
	OK(b, ledger_batch_sent(b->l, b->batch, NULL, &b->err));
	OK(b, ledger_batch_accepted(b->l, b->batch, "B-1", NULL, &b->err));
	OK(b, ledger_row_outcome(b->l, look_at(b).id[0], OUTCOME_DEREGISTERED, "done", &b->err));
	s = look_at(b);
	assert_int_equal(s.outcome[1], OUTCOME_DEREGISTERED);
	assert_string_equal(s.reason[1], "done");
	assert_int_equal(count_of(b, OUTCOME_DEREGISTERED), 2);
}

static void
a_skipped_name_of_a_tied_row_is_not_asked_again(void **state)
{
	struct bench *b = *state;

	add(b, "acme", "3300000000001", "");
	add(b, "acme", "3300000000001", "S1");
	settle(b);
	OK(b, ledger_batch_sent(b->l, b->batch, NULL, &b->err));
	OK(b, ledger_batch_lost(b->l, b->batch, "reset", &b->err));
	hold_skipped(b, "S1");
	assert_int_equal(asked(b, b->batch), 0);
	assert_int_equal(count_of(b, OUTCOME_UNKNOWN), 2);
}

/* Deregistered by its PKID with the tuple beside it, listed again by the tuple alone; and back. */
static void
a_recent_device_is_held_under_its_other_name(void **state)
{
	struct bench *b = *state;

	for (int turn = 0; turn < 2; turn++) {
		const char *serial = turn == 0 ? "S1" : "S2";
		add(b, "acme", turn == 0 ? "3300000000001" : "", serial);
		settle(b);
		OK(b,
		   ledger_row_outcome(b->l, look_at(b).id[0], OUTCOME_DEREGISTERED, "", &b->err));
		OK(b, ledger_run_set_state(b->l, b->run.id, RUN_FINISHED, 0, &b->err));
		new_run(b, "again.csv");
		add(b, "acme", turn == 0 ? "" : "3300000000002", serial);
		add(b, "acme", "3300000000009", turn == 0 ? serial : "S9"); /* another board */
		settle(b);
		if (turn ==
		    0) { /* the tuple is tied to the other board's PKID: not the same device */
			new_run(b, "alone.csv");
			add(b, "acme", "", serial);
			settle(b);
		}
		OK(b, ledger_hold_recent(b->l, b->run.id, 1000, &b->err));
		assert_int_equal(look_at(b).outcome[0], OUTCOME_HELD);
		new_run(b, "next.csv");
	}
}

static void
what_is_open_is_told_by_customer(void **state)
{
	struct bench *b = *state;
	struct buf text;
	int64_t since, second;

	add(b, "acme", "", "S1");
	add(b, "done", "", "S2");
	add_batch(b, &second);
	int64_t first = b->batch;
	b->batch = second;
	add(b, "acme", "", "S3");
	settle(b);
	OK(b, ledger_open_since(b->l, b->run.id, &since, &b->err));
	assert_int_equal(since, 0);
	OK(b, ledger_batch_sent(b->l, first, NULL, &b->err));
	OK(b, ledger_batch_accepted(b->l, first, "B-1", NULL, &b->err));
	OK(b, ledger_row_outcome(b->l, look_at(b).id[1], OUTCOME_DEREGISTERED, "", &b->err));
	OK(b, ledger_open_since(b->l, b->run.id, &since, &b->err));
	assert_true(since > 0);
	buf_init(&text, 1000);
	OK(b, ledger_each_open(b->l, b->run.id, on_open, &text, &b->err));
	assert_string_equal(text.data, "acme 1/0/1 since;");
	buf_release(&text);
}

static void
a_plans_digest_covers_what_would_be_asked(void **state)
{
	struct bench *b = *state;
	char before[CRYPTO_HEX_SIZE], after[CRYPTO_HEX_SIZE];

	add(b, "acme", "", "S1");
	add(b, "acme", "", "S2");
	settle(b);
	OK(b, ledger_run_digest(b->l, b->run.id, before, &b->err));
	OK(b, ledger_run_digest(b->l, b->run.id, after, &b->err));
	assert_string_equal(before, after);
	hold_skipped(b, "S2");
	OK(b, ledger_run_digest(b->l, b->run.id, after, &b->err));
	assert_string_not_equal(before, after);
}

static void
one_list_of_several_can_be_undone(void **state)
{
	struct bench *b = *state;
	struct seen s;

	OK(b, ledger_begin(b->l, &b->err));
	add(b, "acme", "", "S1");
	OK(b, ledger_part_begin(b->l, &b->err));
	add(b, "other", "", "S2");
	OK(b, ledger_part_undo(b->l, &b->err));
	OK(b, ledger_part_begin(b->l, &b->err));
	add(b, "other", "", "S3");
	OK(b, ledger_part_keep(b->l, &b->err));
	settle(b);
	OK(b, ledger_commit(b->l, &b->err));
	s = look_at(b);
	assert_int_equal(s.count, 2);
	assert_string_equal(s.serial[1], "S3");
}

#define TO_SCHEMA_5 \
	"UPDATE list_row SET outcome=v.outcome, reason=v.reason, decided=v.decided" \
	" FROM verdict v WHERE v.row=list_row.id;" \
	"DROP VIEW row; DROP TABLE verdict; ALTER TABLE list_row RENAME TO row;"

static void
a_ledger_on_a_server_is_brought_up(void **state)
{
	struct bench *b = *state;
	int64_t counts[OUTCOME_COUNT];
	struct db *db;

	if (b->path != NULL)
		skip();
	add(b, "acme", "", "S1");
	add(b, "acme", "", "S2");
	settle(b);
	OK(b, ledger_batch_sent(b->l, b->batch, NULL, &b->err));
	OK(b, ledger_row_outcome(b->l, 1, OUTCOME_NOT_OURS, "theirs", &b->err));
	ledger_close(b->l);
	db = db_open_server(b->url, false, &b->err);
	assert_non_null(db);
	OK(b, db_exec(db, TO_SCHEMA_5 "UPDATE unpilot SET version=5", &b->err));
	db_close(db);
	b->l = ledger_open(b->url, &b->err);
	if (b->l == NULL)
		fail_msg("%s", b->err.text);
	OK(b, ledger_counts(b->l, b->run.id, counts, &b->err));
	assert_int_equal(counts[OUTCOME_NOT_OURS], 1);
	assert_int_equal(counts[OUTCOME_UNKNOWN], 1);
}

static void
a_ledger_of_the_first_version_is_brought_up(void **state)
{
	struct bench *b = *state;
	struct db *db;

	FILE_ONLY(b);
	add(b, "acme", "", "S1");
	settle(b);
	OK(b, ledger_batch_sent(b->l, b->batch, NULL, &b->err));
	ledger_close(b->l);
	b->l = NULL;
	db = db_open(b->path, false, &b->err);
	assert_non_null(db);
	OK(b, db_exec(db,
	              TO_SCHEMA_5
	              "ALTER TABLE run DROP COLUMN digest; ALTER TABLE batch DROP COLUMN lost;"
	              "DROP TABLE done; DROP TABLE receipt;"
	              "ALTER TABLE run DROP COLUMN route; ALTER TABLE batch DROP COLUMN tenant;"
	              "ALTER TABLE run DROP COLUMN packed;"
	              "ALTER TABLE batch DROP COLUMN claimed_by;"
	              "ALTER TABLE batch DROP COLUMN claimed_until;"
	              "PRAGMA user_version=1",
	              &b->err));
	db_close(db);
	assert_null(ledger_open_readonly(b->url, &b->err));
	assert_non_null(strstr(b->err.text, "brings it up"));
	b->l = ledger_open(b->url, &b->err);
	if (b->l == NULL)
		fail_msg("%s", b->err.text);
	OK(b, ledger_recover(b->l, b->run.id, &b->err));
	assert_int_equal(state_of(b, b->batch), BATCH_LOST);
}

/* ---- a torn tail: what a power cut leaves of writes that were not synced ---- */

struct tail {
	struct buf db, wal;
	size_t end[TORN_BATCHES]; /* length of the log when so many batches were sent */
};

static void
read_whole(struct bench *b, const char *suffix, struct buf *to)
{
	char *path = xasprintf("%s%s", b->path, suffix);

	buf_init(to, (size_t)64 * 1024 * 1024);
	OK(b, file_read(path, to, &b->err));
	free(path);
}

static size_t
sent_in(struct bench *b, const char *url)
{
	struct ledger *l = ledger_open(url, &b->err);
	struct ledger_batch next;
	int64_t after = 0;
	size_t n = 0;

	if (l == NULL)
		fail_msg("%s", b->err.text);
	while (ledger_batch_next(l, b->run.id, BATCH_SENT, after, &next, &b->err) == 1) {
		after = next.id;
		ledger_batch_release(&next);
		n++;
	}
	ledger_close(l);
	return n;
}

static void
try_tail(struct bench *b, const struct tail *t, size_t len, const char *garbage)
{
	char *path = xasprintf("%s/torn.db", b->dir), *url = xasprintf("sqlite:%s", path);
	char *wal = xasprintf("%s-wal", path), *shm = xasprintf("%s-shm", path);
	size_t want = 0;
	FILE *f;

	while (want < TORN_BATCHES && t->end[want] <= len)
		want++;
	OK(b, file_write(path, FILE_MODE_PRIVATE, t->db.data, t->db.len, &b->err));
	f = fopen(wal, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(t->wal.data, 1, len, f), len);
	fputs(garbage, f);
	fclose(f);
	assert_int_equal(sent_in(b, url), want);
	(void)remove(wal);
	(void)remove(shm);
	(void)remove(path);
	free(path);
	free(url);
	free(wal);
	free(shm);
}

static void
a_torn_tail_costs_what_was_not_synced_and_no_more(void **state)
{
	struct bench *b = *state;
	int64_t batch[TORN_BATCHES];
	struct tail t;

	FILE_ONLY(b);
	for (size_t i = 0; i < TORN_BATCHES; i++)
		add_batch(b, &batch[i]);
	for (size_t i = 0; i < TORN_BATCHES; i++) {
		OK(b, ledger_batch_sent(b->l, batch[i], NULL, &b->err));
		read_whole(b, "-wal", &t.wal);
		t.end[i] = t.wal.len;
		buf_release(&t.wal);
	}
	read_whole(b, "", &t.db);
	read_whole(b, "-wal", &t.wal);
	/* the run itself is in the log as well: begin where it is whole */
	for (size_t len = t.end[0] - 1; len <= t.wal.len; len += 97) {
		try_tail(b, &t, len, "");
		try_tail(b, &t, len, "not what a log holds");
	}
	for (size_t i = 0; i < TORN_BATCHES; i++) {
		try_tail(b, &t, t.end[i] - 1, "");
		try_tail(b, &t, t.end[i], "");
		try_tail(b, &t, t.end[i], "garbage behind the last record");
	}
	buf_release(&t.db);
	buf_release(&t.wal);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_lost_answer_leaves_the_rows_unknown_and_the_batch_to_be_sent_again),
		T(the_halves_of_a_lost_batch_are_lost),
		T(unknown_devices_of_an_answered_batch_can_be_wanted_again),
		T(the_skip_list_holds_a_device_under_each_of_its_names),
		T(the_skip_list_holds_what_a_tied_row_names),
		T(a_skipped_device_without_an_answer_is_not_asked_again),
		T(guards_count_devices_and_answers),
		T(no_answer_is_no_failure),
		T(a_tied_row_is_what_its_first_one_is),
		T(a_skipped_name_of_a_tied_row_is_not_asked_again),
		T(a_recent_device_is_held_under_its_other_name),
		T(what_is_open_is_told_by_customer),
		T(a_plans_digest_covers_what_would_be_asked),
		T(one_list_of_several_can_be_undone),
		T(a_ledger_on_a_server_is_brought_up),
		T(a_ledger_of_the_first_version_is_brought_up),
		T(a_torn_tail_costs_what_was_not_synced_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
