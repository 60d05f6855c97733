/* Questions of the guards about a run, and holding rows. */
#include "partner/ledger/guards.h"

#include "common/alloc.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/marks_table.h"
#include "partner/ledger/schema.h"
#include "partner/ledger/statement.h"
#include "partner/ledger/tally.h"
#include "partner/ledger/transaction.h"

bool
ledger_devices_known(const struct ledger *l, int64_t run)
{
	const struct cache_devices *k = &l->cache.devices;
	int64_t stamp = db_stamp(l->db);

	return stamp != -1 && k->run == run && k->stamp == stamp;
}

/* Cached, because the start of a run asks several times. */
int
ledger_count_devices(struct ledger *l, int64_t run, struct ledger_devices *ret, struct error *err)
{
	struct cache_devices *k = &l->cache.devices;
	int64_t n[3];

	if (!ledger_devices_known(l, run)) {
		if (statement_ints(l, SQL_GUARD_DEVICES, &run, 1, n, 3, err) != 0)
			return -1;
		*k = (struct cache_devices){
			.run = run,
			.stamp = db_stamp(l->db),
			.devices = {.askable = n[0], .open = n[1], .repeated = n[2]},
		};
	}
	*ret = k->devices;
	return 0;
}

int
ledger_count_open(struct ledger *l, const int64_t range[static 2], int64_t since, int64_t *ret,
                  struct error *err)
{
	const int64_t value[] = {range[0], range[1], since};

	return statement_int(l, SQL_GUARD_OPEN, value, ARRAY_SIZE(value), ret, err);
}

int
ledger_askable_most(struct ledger *l, int64_t run, int64_t *ret_count, char **ret_key,
                    struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_GUARD_ASKABLE_MOST, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, run);
	step = db_step(s, err);
	*ret_count = step == DB_ROW ? db_int(s, 0) : 0;
	*ret_key = xstrdup(step == DB_ROW ? db_text(s, 1) : "");
	db_reset(s);
	return step == DB_ERROR ? -1 : 0;
}

int
ledger_answered(struct ledger *l, int64_t run, struct ledger_answers *ret, struct error *err)
{
	int64_t n[2];

	if (statement_ints(l, SQL_GUARD_ANSWERED, &run, 1, n, 2, err) != 0)
		return -1;
	*ret = (struct ledger_answers){.answered = n[0], .failed = n[1]};
	return 0;
}

int
ledger_any_unsent(struct ledger *l, int64_t run, int64_t after, bool *ret, struct error *err)
{
	int64_t any = 0;

	if (statement_int(l, SQL_GUARD_ANY_UNSENT, (const int64_t[]){run, after}, 2, &any, err) !=
	    0)
		return -1;
	*ret = any != 0;
	return 0;
}

int
ledger_keep_answers(struct ledger *l, int64_t batch, const struct ledger_answers *answers,
                    struct error *err)
{
	if (answers == NULL)
		return statement_run(l, SQL_BATCH_COUNT, &batch, 1, err);
	return statement_run(l, SQL_BATCH_SET_COUNT,
	                     (const int64_t[]){batch, answers->answered, answers->failed}, 3, err);
}

/* Remembers the rows whose answer may still come. */
static int
hold_later(struct ledger *l, struct error *err)
{
	if (!l->later.made) {
		if (db_exec(l->db, ledger_hold_later_scratch[db_engine(l->db)], err) != 0)
			return -1;
		l->later = (struct ledger_later){.made = true, .connection = db_connection(l->db)};
	}
	if (statement_run(l, SQL_HOLD_LATER, NULL, 0, err) != 0)
		return -1;
	l->later.rows += db_changes(l->db);
	return 0;
}

/* Holds the rows in the temporary table "held": unsent ones, and lost ones, which would be resent. */
static int
hold(struct ledger *l, int64_t run, struct error *err)
{
	if (ledger_claims_lock(l, run, err) != 0 || ledger_tally_forget(l, run, err) != 0 ||
	    statement_run(l, SQL_HOLD_UNSENT, NULL, 0, err) != 0 ||
	    statement_run(l, SQL_HOLD_LOST, NULL, 0, err) != 0 ||
	    statement_run(l, SQL_HOLD_DETACH, NULL, 0, err) != 0)
		return -1;
	return hold_later(l, err);
}

/* The first row that can have been decided at `since` or later, 0: there is none. */
static int
window_of(struct ledger *l, int64_t run, int64_t since, int64_t *ret_from, struct error *err)
{
	return statement_int(l, SQL_HOLD_FROM, (const int64_t[]){since, run}, 2, ret_from, err);
}

int
ledger_hold_begin(struct ledger *l, int64_t run, int64_t since, struct error *err)
{
	struct ledger_seen seen = {.run = run, .since = since};
	int64_t range[2], from;

	l->seen.run = 0;
	if (ledger_run_range(l, run, range, err) != 0 ||
	    window_of(l, run, since, &from, err) != 0 ||
	    (from != 0 && marks_table_seen(l, range, from, &seen.count, err) != 0))
		return -1;
	l->seen = seen;
	return 0;
}

void
ledger_hold_end(struct ledger *l)
{
	l->seen.run = 0;
}

/* 1: rows since `since` may name devices of the run, and the scratch tables are empty; 0: none; -1. */
static int
find_earlier(struct ledger *l, int64_t run, int64_t since, int64_t *ret_from, struct error *err)
{
	bool begun = l->seen.run == run && l->seen.since <= since;
	int rc = begun ? 0 : ledger_hold_begin(l, run, since, err);
	int64_t count = l->seen.count;

	if (!begun)
		ledger_hold_end(l);
	if (rc != 0 || count == 0)
		return rc;
	if (window_of(l, run, since, ret_from, err) != 0)
		return -1;
	if (*ret_from == 0)
		return 0;
	return db_exec(l->db, ledger_hold_scratch[db_engine(l->db)], err) == 0 ? 1 : -1;
}

/* Fills "held" from "old". */
static int
choose(struct ledger *l, int64_t run, enum sql which, struct error *err)
{
	int64_t range[2];

	if ((ledger_is_shared(l) && db_exec(l->db, "ANALYZE old", err) != 0) ||
	    ledger_run_range(l, run, range, err) != 0)
		return -1;
	return statement_run(l, which, range, 2, err);
}

int
ledger_hold_recent(struct ledger *l, int64_t run, int64_t since, struct error *err)
{
	int64_t old[2] = {0, since};
	int rc = find_earlier(l, run, since, &old[0], err);

	if (rc <= 0)
		return rc;
	if (statement_run(l, SQL_HOLD_OLD, old, 2, err) != 0 ||
	    statement_run(l, SQL_HOLD_OLD_TUPLE, old, 2, err) != 0 ||
	    choose(l, run, SQL_HOLD_BY_AGE, err) != 0)
		return -1;
	return hold(l, run, err);
}

int
ledger_hold_moved(struct ledger *l, int64_t run, int64_t since, struct error *err)
{
	int64_t from = 0;
	int rc = find_earlier(l, run, since, &from, err);

	if (rc <= 0)
		return rc;
	if (statement_run(l, SQL_HOLD_LISTED, &from, 1, err) != 0 ||
	    statement_run(l, SQL_HOLD_LISTED_TUPLE, &from, 1, err) != 0 ||
	    choose(l, run, SQL_HOLD_MOVED, err) != 0)
		return -1;
	return hold(l, run, err);
}

int
ledger_skip_begin(struct ledger *l, struct error *err)
{
	l->skipping = true;
	return db_exec(l->db, ledger_skip_scratch[db_engine(l->db)], err);
}

int
ledger_skip_add(struct ledger *l, const char *id, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_HOLD_SKIP_ADD, err);

	if (s == NULL)
		return -1;
	db_bind_text(s, 1, id);
	return db_run(s, err);
}

int
ledger_skip_hold(struct ledger *l, int64_t run, struct error *err)
{
	int64_t range[2];

	if (ledger_run_range(l, run, range, err) != 0 ||
	    db_exec(l->db, ledger_hold_scratch[db_engine(l->db)], err) != 0 ||
	    statement_run(l, SQL_HOLD_BY_SKIP, range, 2, err) != 0)
		return -1;
	return hold(l, run, err);
}

int
ledger_skip_has(struct ledger *l, const char *id, struct error *err)
{
	struct db_stmt *s = l->skipping ? statement_get(l, SQL_HOLD_SKIP_HAS, err) : NULL;
	enum db_step step;

	if (s == NULL)
		return l->skipping ? -1 : 0;
	db_bind_text(s, 1, id);
	step = db_step(s, err);
	db_reset(s);
	return step == DB_ERROR ? -1 : step == DB_ROW;
}

void
ledger_hold_reset(struct ledger *l)
{
	l->later = (struct ledger_later){.made = false};
}

struct batch_hold {
	int64_t batch;
	int64_t held, others; /* devices */
	bool unknown;         /* the table went with its connection: the next command judges anew */
};

/* *ret: the batch that contains the held devices alone. */
static int
part_held(struct ledger *l, const struct batch_hold *h, int64_t *ret, struct error *err)
{
	struct db_stmt *copy;

	*ret = h->batch;
	if (h->others == 0)
		return 0;
	copy = statement_get(l, SQL_BATCH_COPY, err);
	if (copy == NULL)
		return -1;
	db_bind_int(copy, 1, h->batch);
	if (statement_insert(copy, ret, err) != 1)
		return -1;
	return statement_run(l, SQL_HOLD_LATER_MOVE, (const int64_t[]){h->batch, *ret}, 2, err);
}

static int
count_held(struct ledger *l, struct batch_hold *h, struct error *err)
{
	int64_t n[2] = {0};

	if (statement_ints(l, SQL_HOLD_LATER_COUNT, &h->batch, 1, n, 2, err) != 0)
		return -1;
	h->held = n[1];
	h->others = n[0] - n[1];
	return 0;
}

/* A held device is not waited for: it leaves the canary. */
static int
hold_batch(struct ledger *l, void *ctx, struct error *err)
{
	struct batch_hold *h = ctx;
	int64_t own;

	h->unknown = l->later.connection != db_connection(l->db);
	if (h->unknown)
		return 0;
	if (ledger_claim_assert(l, h->batch, err) != 0 || count_held(l, h, err) != 0)
		return -1;
	if (h->held == 0)
		return 0;
	if (statement_run(l, SQL_HOLD_LATER_REASON, &h->batch, 1, err) != 0 ||
	    part_held(l, h, &own, err) != 0)
		return -1;
	return statement_run(l, SQL_CANARY_MARK, (const int64_t[]){own, 0, 0}, 3, err);
}

int
ledger_hold_batch(struct ledger *l, int64_t batch, int64_t *ret_held, struct error *err)
{
	struct batch_hold h = {.batch = batch};

	*ret_held = 0;
	if (l->later.rows == 0)
		return 0;
	if (ledger_transact(l, hold_batch, &h, err) != 0)
		return -1;
	*ret_held = h.held;
	return h.unknown || (h.held > 0 && h.others == 0);
}

int
ledger_batch_is_held(struct ledger *l, int64_t batch, bool *ret, struct error *err)
{
	struct batch_hold h = {.batch = batch};

	*ret = false;
	if (l->later.rows == 0 || l->later.connection != db_connection(l->db))
		return 0;
	if (count_held(l, &h, err) != 0)
		return -1;
	*ret = h.held > 0 && h.others == 0;
	return 0;
}
