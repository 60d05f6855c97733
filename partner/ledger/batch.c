/* Batches: what is to be sent, what became of it. */
#include "partner/ledger/store.h"

#include <stdlib.h>

#include "common/alloc.h"
#include "common/clock.h"

/*
 * The rows of batch b that are asked: not-sent ones; of a batch that has left also those that
 * are still pending or unknown, so that a later run can collect them.
 */
#define SQL_ASKED                                                                                  \
	" row.batch = b.id AND row.same_as IS NULL AND (row.outcome = " SQL_NOT_SENT                     \
	" OR (b.state <> " SQL_PLANNED " AND " SQL_OPEN("row") ")) "

void
ledger_batch_release(struct ledger_batch *b)
{
	free(b->service_id);
	free(b->sold_to);
	free(b->received_from);
	b->service_id = b->sold_to = b->received_from = NULL;
}

int
ledger_batch_add(struct ledger *l, int64_t run, const char *sold_to, const char *received_from,
                 int64_t *ret_id, struct error *err)
{
	static const char sql[] = "INSERT INTO batch (run, sold_to, received_from) VALUES (?1, ?2, ?3)";

	if (store_run(l, sql, ARGS(NUM(run), TXT(sold_to), TXT(received_from)), err) != 0)
		return -1;
	*ret_id = db_last_id(l->db);
	return 0;
}

static void
read_batch(struct db_stmt *s, struct ledger_batch *b)
{
	*b = (struct ledger_batch){
		.id = db_int(s, 0),
		.run = db_int(s, 1),
		.state = (enum batch_state)db_int(s, 2),
		.first_sent = db_int(s, 3),
		.attempts = (int)db_int(s, 4),
		.service_id = db_is_null(s, 5) ? NULL : xstrdup(db_text(s, 5)),
		.sold_to = xstrdup(db_text(s, 6)),
		.received_from = xstrdup(db_text(s, 7)),
	};
}

int
ledger_batch_next(struct ledger *l, int64_t run, enum batch_state state, int64_t after,
                  struct ledger_batch *ret, struct error *err)
{
	static const char sql[] =
		"SELECT b.id, b.run, b.state, b.first_sent, b.attempts, b.service_id, b.sold_to,"
		" b.received_from FROM batch AS b WHERE b.run = ?1 AND b.state = ?2 AND b.id > ?3"
		" AND EXISTS (SELECT 1 FROM row WHERE" SQL_ASKED ") ORDER BY b.id LIMIT 1";
	struct db_stmt *s = store_stmt(l, sql, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	store_bind(s, ARGS(NUM(run), NUM(state), NUM(after)));
	step = db_step(s, err);
	if (step == DB_ROW)
		read_batch(s, ret);
	db_reset(s);
	return (int)step;
}

/* One change of state and the line in `attempt` that tells of it, together. */
static int
change(struct ledger *l, const char *sql, const struct store_arg *arg, size_t count,
       const char *what, const char *note, struct error *err)
{
	static const char tell[] =
		"INSERT INTO attempt (batch, at, what, note) VALUES (?1, ?2, ?3, ?4)";
	int64_t batch = arg[0].number;
	bool own;
	int rc;

	if (store_begin(l, &own, err) != 0)
		return -1;
	rc = store_run(l, sql, arg, count, err);
	if (rc == 0 && db_changes(l->db) != 1)
		rc = error_set(err, "ledger: batch %lld cannot become \"%s\" in its state", (long long)batch,
		               what);
	if (rc == 0)
		rc = store_run(l, tell,
		               ARGS(NUM(batch), NUM(clock_now()), TXT(what), TXT(note != NULL ? note : "")),
		               err);
	return store_end(l, own, rc, err);
}

int
ledger_batch_sent(struct ledger *l, int64_t batch, struct error *err)
{
	static const char sql[] =
		"UPDATE batch SET state = " SQL_SENT ", attempts = attempts + 1,"
		" first_sent = CASE first_sent WHEN 0 THEN ?2 ELSE first_sent END"
		" WHERE id = ?1 AND state = " SQL_PLANNED;

	return change(l, sql, ARGS(NUM(batch), NUM(clock_now())), "sent", "", err);
}

/* first_sent is kept after a second attempt: the first may have been taken. */
int
ledger_batch_unsent(struct ledger *l, int64_t batch, const char *note, struct error *err)
{
	static const char sql[] =
		"UPDATE batch SET state = " SQL_PLANNED ","
		" first_sent = CASE WHEN attempts > 1 THEN first_sent ELSE 0 END"
		" WHERE id = ?1 AND state = " SQL_SENT;

	return change(l, sql, ARGS(NUM(batch)), "unsent", note, err);
}

int
ledger_batch_accepted(struct ledger *l, int64_t batch, const char *service_id, struct error *err)
{
	static const char sql[] = "UPDATE batch SET state = " SQL_ACCEPTED ", service_id = ?2"
							  " WHERE id = ?1 AND state = " SQL_SENT;

	return change(l, sql, ARGS(NUM(batch), TXT(service_id)), "accepted", service_id, err);
}

int
ledger_batch_done(struct ledger *l, int64_t batch, const char *note, struct error *err)
{
	static const char sql[] = "UPDATE batch SET state = " SQL_DONE " WHERE id = ?1";

	return change(l, sql, ARGS(NUM(batch)), "done", note, err);
}

static int
split(struct ledger *l, int64_t batch, int64_t keep, int64_t *ret_new, struct error *err)
{
	static const char add[] = "INSERT INTO batch (run, sold_to, received_from)"
							  " SELECT run, sold_to, received_from FROM batch WHERE id = ?1";
	static const char move[] =
		"UPDATE row SET batch = ?2 WHERE id IN (SELECT row.id FROM row, batch AS b WHERE b.id = ?1"
		" AND" SQL_ASKED "ORDER BY row.id LIMIT -1 OFFSET ?3)";

	if (store_run(l, add, ARGS(NUM(batch)), err) != 0)
		return -1;
	*ret_new = db_last_id(l->db);
	return store_run(l, move, ARGS(NUM(batch), NUM(*ret_new), NUM(keep)), err);
}

int
ledger_batch_halve(struct ledger *l, int64_t batch, int64_t *ret_new, struct error *err)
{
	static const char count[] = "SELECT count(*) FROM row, batch AS b WHERE b.id = ?1"
								" AND b.state = " SQL_PLANNED " AND" SQL_ASKED;
	int64_t rows;
	bool own;
	int rc;

	if (store_begin(l, &own, err) != 0)
		return -1;
	rc = store_number(l, count, ARGS(NUM(batch)), &rows, err) == 1 ? 0 : -1;
	if (rc == 0 && rows > 1)
		rc = split(l, batch, rows - rows / 2, ret_new, err);
	if (store_end(l, own, rc, err) != 0)
		return -1;
	return rows > 1;
}

int
ledger_batch_devices(struct ledger *l, int64_t batch, ledger_device_fn *fn, void *ctx,
                     struct error *err)
{
	struct db_stmt *s =
		db_prepare(l->db,
	               "SELECT row.id, row.pkid, row.serial, row.manufacturer, row.model"
	               " FROM row, batch AS b WHERE b.id = ?1 AND" SQL_ASKED "ORDER BY row.id",
	               err);
	enum db_step step = DB_DONE;
	int rc = 0;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, batch);
	while (rc == 0 && (step = db_step(s, err)) == DB_ROW) {
		struct device_id d = {db_text(s, 1), db_text(s, 2), db_text(s, 3), db_text(s, 4)};
		rc = fn(ctx, db_int(s, 0), &d, err);
	}
	db_stmt_free(s);
	return rc == 0 && step == DB_DONE ? 0 : -1;
}

/* ---- outcomes ---- */

static int64_t
decided(enum outcome outcome)
{
	return outcome == OUTCOME_NOT_SENT || outcome == OUTCOME_PENDING ? 0 : clock_now();
}

int
ledger_row_outcome(struct ledger *l, int64_t row, enum outcome outcome, const char *reason,
                   struct error *err)
{
	static const char sql[] =
		"UPDATE row SET outcome = ?2, reason = ?3, decided = ?4 WHERE id = ?1";

	if (store_run(l, sql,
	              ARGS(NUM(row), NUM(outcome), TXT(reason != NULL ? reason : ""),
	                   NUM(decided(outcome))),
	              err) != 0)
		return -1;
	if (db_changes(l->db) != 1)
		return error_set(err, "ledger: no row with id %lld", (long long)row);
	return 0;
}

int
ledger_batch_outcome(struct ledger *l, int64_t batch, enum outcome outcome, const char *reason,
                     struct error *err)
{
	static const char sql[] = "UPDATE row SET outcome = ?2, reason = ?3, decided = ?4"
							  " WHERE batch = ?1 AND " SQL_OPEN("row");

	return store_run(l, sql,
	                 ARGS(NUM(batch), NUM(outcome), TXT(reason != NULL ? reason : ""),
	                      NUM(decided(outcome))),
	                 err);
}

/* Not those of a batch on its way: of them more is known than "not sent". */
int
ledger_unsent_outcome(struct ledger *l, int64_t run, enum outcome outcome, const char *reason,
                      struct error *err)
{
	static const char sql[] =
		"UPDATE row SET outcome = ?2, reason = ?3, decided = ?4 WHERE" SQL_IN_RUN
		"AND row.outcome = " SQL_NOT_SENT " AND row.same_as IS NULL AND (row.batch IS NULL OR"
		" row.batch NOT IN (SELECT id FROM batch WHERE run = ?1"
		" AND state IN (" SQL_SENT "," SQL_ACCEPTED ")))";

	return store_run(l, sql,
	                 ARGS(NUM(run), NUM(outcome), TXT(reason != NULL ? reason : ""),
	                      NUM(decided(outcome))),
	                 err);
}

int
ledger_askable(struct ledger *l, int64_t run, int64_t *ret_count, struct error *err)
{
	static const char sql[] = "SELECT count(*) FROM row WHERE" SQL_IN_RUN
							  "AND row.outcome = " SQL_NOT_SENT " AND row.same_as IS NULL";

	return store_number(l, sql, ARGS(NUM(run)), ret_count, err) == 1 ? 0 : -1;
}

int
ledger_share_outcomes(struct ledger *l, int64_t run, struct error *err)
{
	static const char sql[] =
		"UPDATE row SET outcome = o.outcome, reason = o.reason, decided = o.decided,"
		" batch = o.batch FROM row AS o WHERE o.id = row.same_as AND row.run = ?1"
		" AND row.same_as >= (SELECT first_row FROM run WHERE id = ?1)"
		" AND row.same_as <= (SELECT last_row FROM run WHERE id = ?1)"
		" AND (row.outcome, row.reason, row.decided, row.batch)"
		" IS NOT (o.outcome, o.reason, o.decided, o.batch)";

	return store_run(l, sql, ARGS(NUM(run)), err);
}

/* Whether the request left is not known: its end was not seen. */
static int
give_up_sent(struct ledger *l, int64_t run, struct error *err)
{
	static const char rows[] =
		"UPDATE row SET outcome = " SQL_UNKNOWN ", decided = ?2,"
		" reason = 'the program ended before an answer came'"
		" WHERE batch IN (SELECT id FROM batch WHERE run = ?1 AND state = " SQL_SENT ")"
		" AND " SQL_OPEN("row");
	static const char tell[] =
		"INSERT INTO attempt (batch, at, what, note) SELECT id, ?2, 'done',"
		" 'the program ended before an answer came' FROM batch WHERE run = ?1 AND state = " SQL_SENT;
	static const char end[] =
		"UPDATE batch SET state = " SQL_DONE " WHERE run = ?1 AND state = " SQL_SENT;
	int64_t now = clock_now();

	if (store_run(l, rows, ARGS(NUM(run), NUM(now)), err) != 0 ||
	    store_run(l, tell, ARGS(NUM(run), NUM(now)), err) != 0)
		return -1;
	return store_run(l, end, ARGS(NUM(run)), err);
}

int
ledger_recover(struct ledger *l, int64_t run, struct error *err)
{
	bool own;
	int rc;

	if (store_begin(l, &own, err) != 0)
		return -1;
	rc = give_up_sent(l, run, err);
	if (rc == 0)
		rc = ledger_share_outcomes(l, run, err);
	return store_end(l, own, rc, err);
}
