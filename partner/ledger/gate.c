/* Judges rows by the letters of letters.c, and moves them between PLANNED and WAITING batches. */
#include "partner/ledger/gate.h"

#include "partner/ledger/batches.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/letters.h"
#include "partner/ledger/schema.h"
#include "partner/ledger/statement.h"
#include "partner/ledger/tally.h"
#include "partner/ledger/transaction.h"

#define EVERY_ROW (-1) /* instead of the time from which on a letter is not old enough */

/* Fills the temporary tables: the letter of each row, and the rows that are not ready. */
static int
judge(struct ledger *l, const int64_t range[static 2], enum ledger_gate_mode mode, int64_t enough,
      struct error *err)
{
	if (db_exec(l->db, ledger_letter_scratch[db_engine(l->db)], err) != 0 ||
	    statement_run(l, SQL_GATE_MATCH, range, 2, err) != 0 ||
	    statement_run(l, SQL_GATE_USED, NULL, 0, err) != 0)
		return -1;
	if (mode == LEDGER_GATE_OFF)
		return 0;
	return statement_run(l, SQL_GATE_UNREADY, (const int64_t[]){range[0], range[1], enough}, 3,
	                     err);
}

static int
judge_by(struct ledger *l, const int64_t range[static 2], const struct ledger_gate *gate,
         struct error *err)
{
	return judge(l, range, gate->mode, gate->wait_s > 0 ? ledger_now(l) - gate->wait_s : 0,
	             err);
}

/* Moves some rows of each batch that `find` finds into a copy of it in another state. */
static int
part_batches(struct ledger *l, int64_t run, enum sql find, enum sql move, enum batch_state state,
             struct error *err)
{
	int64_t batch, copy;
	struct db_stmt *s;

	for (;;) {
		if (statement_int(l, find, &run, 1, &batch, err) != 0)
			return -1;
		if (batch == 0)
			return 0;
		s = statement_get(l, SQL_GATE_COPY_BATCH, err);
		if (s == NULL)
			return -1;
		db_bind_int(s, 1, batch);
		db_bind_int(s, 2, state);
		if (statement_insert(s, &copy, err) != 1 ||
		    statement_run(l, move, (const int64_t[]){batch, copy}, 2, err) != 0)
			return -1;
	}
}

/* Rows that wait no longer go back to PLANNED. A batch is parted only if it keeps other rows. */
static int
release(struct ledger *l, int64_t run, const int64_t range[static 2], struct error *err)
{
	if (statement_run(l, SQL_GATE_RELEASE, range, 2, err) != 0 ||
	    statement_run(l, SQL_GATE_UNPARK, &run, 1, err) != 0)
		return -1;
	return part_batches(l, run, SQL_GATE_PART_RELEASED, SQL_GATE_MOVE_RELEASED, BATCH_PLANNED,
	                    err);
}

/* A claimed batch is left alone: a machine may be sending it at this moment. */
static int
park(struct ledger *l, int64_t run, struct error *err)
{
	if (ledger_claims_lock(l, run, err) != 0 ||
	    statement_run(l, SQL_GATE_REASONS, NULL, 0, err) != 0 ||
	    statement_run(l, SQL_HOLD_UNSENT, NULL, 0, err) != 0 ||
	    statement_run(l, SQL_GATE_PARK, &run, 1, err) != 0)
		return -1;
	return part_batches(l, run, SQL_GATE_PART_WAITING, SQL_GATE_MOVE_WAITING, BATCH_WAITING,
	                    err);
}

static int
each_unready(struct ledger *l, ledger_unready_fn *fn, void *ctx, struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_GATE_UNCONFIRMED, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	while ((step = db_step(s, err)) == DB_ROW)
		fn(ctx, db_text(s, 0), db_int(s, 1), db_int(s, 2));
	db_stmt_free(s);
	return step == DB_DONE ? 0 : -1;
}

/* Remembers under which letter a row is sent, and takes over what was answered. */
static int
record_use(struct ledger *l, const struct ledger_gate *gate, const int64_t range[static 2],
           struct error *err)
{
	int64_t all = gate->mode != LEDGER_GATE_OFF ? 1 : 0;

	if (statement_run(l, SQL_GATE_USE, (const int64_t[]){range[0], range[1], all}, 3, err) != 0)
		return -1;
	return statement_run(l, SQL_GATE_ANSWERS, range, 2, err);
}

int
ledger_gate(struct ledger *l, int64_t run, const struct ledger_gate *gate, ledger_unready_fn *fn,
            void *ctx, struct error *err)
{
	bool require = gate->mode == LEDGER_GATE_REQUIRE;
	int64_t range[2], any = 1;

	if (gate->mode == LEDGER_GATE_OFF &&
	    statement_int(l, SQL_GATE_ANY, &run, 1, &any, err) != 0)
		return -1;
	if (any == 0)
		return 0;
	if (ledger_tally_forget(l, run, err) != 0)
		return -1;
	/* two machines must not part one batch twice */
	if (ledger_is_shared(l) && statement_int(l, SQL_CANARY_LOCK, &run, 1, &any, err) != 0)
		return -1;
	if (ledger_run_range(l, run, range, err) != 0 || judge_by(l, range, gate, err) != 0 ||
	    (fn != NULL && each_unready(l, fn, ctx, err) != 0))
		return -1;
	if (require && park(l, run, err) != 0)
		return -1;
	if (!require && db_exec(l->db, "DELETE FROM held", err) != 0)
		return -1;
	return release(l, run, range, err) != 0 ? -1 : record_use(l, gate, range, err);
}

int
ledger_gate_count(struct ledger *l, int64_t run, const struct ledger_gate *gate, int64_t *ret,
                  struct error *err)
{
	int64_t range[2];

	*ret = 0;
	if (gate->mode == LEDGER_GATE_OFF)
		return 0;
	if (ledger_run_range(l, run, range, err) != 0 || judge_by(l, range, gate, err) != 0)
		return -1;
	return statement_int(l, SQL_GATE_UNREADY_COUNT, NULL, 0, ret, err);
}

static int
refresh_run(struct ledger *l, int64_t run, struct error *err)
{
	struct ledger_waiting waiting;
	int64_t range[2];

	if (ledger_waiting(l, run, &waiting, err) != 0)
		return -1;
	if (waiting.devices == 0)
		return 0;
	if (ledger_run_range(l, run, range, err) != 0 ||
	    judge(l, range, LEDGER_GATE_REQUIRE, EVERY_ROW, err) != 0)
		return -1;
	return statement_run(l, SQL_GATE_REASONS, NULL, 0, err);
}

int
ledger_gate_refresh(struct ledger *l, struct error *err)
{
	struct ledger_run run;
	int64_t after = 0;
	int rc;

	while ((rc = ledger_run_next(l, RUN_OPEN, after, &run, err)) == 1) {
		after = run.id;
		ledger_run_release(&run);
		if (refresh_run(l, after, err) != 0)
			return -1;
	}
	return rc;
}

int
ledger_gate_written(struct ledger *l, struct ledger_run *letter, struct error *err)
{
	if (ledger_begin_intake(l, err) != 0)
		return -1;
	if (ledger_letter_written(l, letter, err) == 0 && ledger_gate_refresh(l, err) == 0)
		return ledger_commit(l, err);
	ledger_rollback(l);
	return -1;
}

int
ledger_waiting(struct ledger *l, int64_t run, struct ledger_waiting *ret, struct error *err)
{
	int64_t n[3];

	if (statement_ints(l, SQL_GATE_WAITING, &run, 1, n, 3, err) != 0)
		return -1;
	*ret = (struct ledger_waiting){.devices = n[0], .customers = n[1], .since = n[2]};
	return 0;
}

int
ledger_only_waits(struct ledger *l, int64_t run, bool *ret, struct error *err)
{
	int64_t others;

	if (statement_int(l, SQL_GATE_HAS_OTHERS, &run, 1, &others, err) != 0)
		return -1;
	*ret = others == 0;
	return 0;
}
