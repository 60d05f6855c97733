/*
 * Settling a run: equal rows are linked or rejected. dedup.c finds candidates during the intake; if
 * it cannot, the database finds them by sorting.
 */
#include "partner/ledger/settle.h"

#include "partner/ledger/dedup.h"
#include "partner/ledger/marks_table.h"
#include "partner/ledger/schema.h"
#include "partner/ledger/statement.h"

#define ANALYZE_FROM 20000 /* rows of a run; fewer are found fast without statistics */

static int
begin_scratch(struct ledger *l, struct error *err)
{
	if (ledger_is_shared(l) && db_exec(l->db, ledger_analyze, err) != 0)
		return -1;
	return db_exec(l->db, ledger_scratch[db_engine(l->db)], err);
}

static int
end_scratch(struct ledger *l, struct error *err)
{
	return ledger_is_shared(l) ? db_exec(l->db, ledger_scratch_end, err) : 0;
}

/* Fills the table "repeated" with the hashes of one kind that occur more than once, and maybe others.
 * dedup NULL: unknown. */
static int
find_repeated(struct ledger *l, const struct dedup *dedup, enum sql by_sorting,
              const int64_t range[static 2], int64_t *ret_count, struct error *err)
{
	const int64_t *ident = NULL;
	size_t count = 0;
	bool known;

	*ret_count = 0;
	known = dedup != NULL && dedup_repeated(dedup, &ident, &count);
	if (known && count == 0)
		return 0;
	if (begin_scratch(l, err) != 0)
		return -1;
	if (!known) {
		if (statement_run(l, by_sorting, range, 2, err) != 0)
			return -1;
		return statement_int(l, SQL_SETTLE_ANY_REPEATED, NULL, 0, ret_count, err);
	}
	for (size_t i = 0; i < count; i++)
		if (statement_run_later(l, SQL_SETTLE_MAYBE, &ident[i], 1, err) != 0)
			return -1;
	*ret_count = (int64_t)count;
	return 0;
}

/* Links rows with equal identities, and rejects contradicting ones. 1: there were some, 0, -1. */
static int
settle_equal(struct ledger *l, const struct dedup *dedup, const int64_t range[static 2],
             int64_t *ret_other, struct error *err)
{
	int64_t count;

	if (find_repeated(l, dedup, SQL_SETTLE_REPEATED, range, &count, err) != 0)
		return -1;
	if (count == 0)
		return 0;
	if (statement_run(l, SQL_SETTLE_GROUPS, range, 2, err) != 0 ||
	    statement_int(l, SQL_SETTLE_ANY_TIED, NULL, 0, &count, err) != 0)
		return -1;
	if (count == 0)
		return 0;
	if (statement_run(l, SQL_SETTLE_REJECT, range, 2, err) != 0 ||
	    statement_int(l, SQL_SETTLE_OTHER, range, 2, ret_other, err) != 0 ||
	    statement_run(l, SQL_SETTLE_TIE, range, 2, err) != 0)
		return -1;
	return 1;
}

/* The same for devices that one row names by PKID and another row by tuple. */
static int
settle_tuples(struct ledger *l, const struct dedup *dedup, const int64_t range[static 2],
              int64_t *ret_other, struct error *err)
{
	int64_t both, count;

	if (statement_int(l, SQL_SETTLE_BOTH_KINDS, range, 2, &both, err) != 0)
		return -1;
	if (both == 0)
		return 0;
	if (find_repeated(l, dedup, SQL_SETTLE_REPEATED_TUPLES, range, &count, err) != 0)
		return -1;
	if (count == 0)
		return 0;
	if (statement_run(l, SQL_SETTLE_TUPLES, range, 2, err) != 0 ||
	    statement_int(l, SQL_SETTLE_ANY_TUPLES, NULL, 0, &count, err) != 0)
		return -1;
	if (count == 0)
		return 0;
	if (statement_run(l, SQL_SETTLE_TUPLE_REJECT, range, 2, err) != 0 ||
	    statement_run(l, SQL_SETTLE_REJECT_FIRST, range, 2, err) != 0 ||
	    statement_int(l, SQL_SETTLE_TUPLE_OTHER, range, 2, ret_other, err) != 0 ||
	    statement_run(l, SQL_SETTLE_TUPLE_TIE, range, 2, err) != 0)
		return -1;
	return 1;
}

/* 1: rows were changed, 0: none, -1. */
static int
settle(struct ledger *l, int64_t run, const int64_t range[static 2], int64_t *ret_other,
       struct error *err)
{
	int64_t other[2] = {0, 0};
	bool known = l->cache.dedup_run == run;
	int equal = settle_equal(l, known ? l->cache.sent : NULL, range, &other[0], err);
	int tuples = equal < 0 ? -1
	                       : settle_tuples(l, known ? l->cache.tuples : NULL, range, &other[1],
	                                       err);

	if (tuples < 0 || end_scratch(l, err) != 0)
		return -1;
	*ret_other = other[0] + other[1];
	if (equal + tuples == 0)
		return 0;
	/* a row that is linked to a rejected one is rejected too */
	return statement_run(l, SQL_SETTLE_SHARE, &run, 1, err) == 0 ? 1 : -1;
}

/* The figures of a run whose rows were counted during the intake, and not changed since then. */
static void
know_counts(struct ledger *l, int64_t run)
{
	const int64_t *taken = l->cache.taken;

	cache_set_counts(&l->cache, run, db_stamp(l->db), taken);
	l->cache.devices = (struct cache_devices){
		.run = run,
		.stamp = db_stamp(l->db),
		.devices = {.askable = taken[OUTCOME_NOT_SENT], .open = taken[OUTCOME_NOT_SENT]},
	};
}

int
ledger_settle(struct ledger *l, int64_t run, int64_t *ret_other, struct error *err)
{
	bool counted = l->cache.dedup_run == run && l->cache.taken_known;
	int64_t range[2], other;
	int changed;

	if (statement_run(l, SQL_SETTLE_RANGE, &run, 1, err) != 0 ||
	    ledger_run_range(l, run, range, err) != 0)
		return -1;
	changed = settle(l, run, range, ret_other != NULL ? ret_other : &other, err);
	if (changed < 0)
		return -1;
	cache_end_dedup(&l->cache);
	if (marks_table_end(l, run, range, err) != 0)
		return -1;
	if (ledger_is_shared(l) && range[1] - range[0] >= ANALYZE_FROM &&
	    db_exec(l->db, ledger_analyze, err) != 0)
		return -1;
	if (changed == 0 && counted)
		know_counts(l, run);
	return 0;
}

int
ledger_each_rejected(struct ledger *l, int64_t run, ledger_rejected_fn *fn, void *ctx,
                     struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_SETTLE_REJECTED, err);
	enum db_step step = DB_ERROR;
	int64_t range[2];

	if (s != NULL && ledger_run_range(l, run, range, err) == 0) {
		db_bind_int(s, 1, range[0]);
		db_bind_int(s, 2, range[1]);
		while ((step = db_step(s, err)) == DB_ROW)
			fn(ctx, db_int(s, 0), db_int(s, 1));
	}
	db_stmt_free(s);
	return step == DB_DONE ? 0 : -1;
}
