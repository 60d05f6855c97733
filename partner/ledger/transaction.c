/* Transactions, and starting them over when the connection to a server was lost. */
#include "partner/ledger/transaction.h"

#include "partner/ledger/statement.h"

int
ledger_begin(struct ledger *l, struct error *err)
{
	if (db_begin(l->db, err) != 0)
		return -1;
	l->begun = db_stamp(l->db);
	return 0;
}

int
ledger_commit(struct ledger *l, struct error *err)
{
	return db_commit(l->db, err);
}

void
ledger_rollback(struct ledger *l)
{
	cache_rollback(&l->cache);
	db_rollback(l->db);
}

int
ledger_part_begin(struct ledger *l, struct error *err)
{
	return db_exec(l->db, "SAVEPOINT part", err);
}

int
ledger_part_commit(struct ledger *l, struct error *err)
{
	return db_exec(l->db, "RELEASE part", err);
}

int
ledger_part_rollback(struct ledger *l, struct error *err)
{
	cache_rollback(&l->cache);
	return db_exec(l->db, "ROLLBACK TO part; RELEASE part", err);
}

/* Calls fn. It fails as well if a ledger_transact() within it has failed. */
static int
call(struct ledger *l, ledger_transact_fn *fn, void *ctx, struct error *err)
{
	int rc;

	l->within = true;
	l->spoiled = false;
	rc = fn(l, ctx, err);
	l->within = false;
	return rc == 0 && !l->spoiled ? 0 : -1;
}

/* SQLite keeps a copy of each page that a part changes. The first part needs none: to roll it back, the whole
 * transaction begins again. */
static bool
is_first_part(const struct ledger *l)
{
	return l->begun >= 0 && db_stamp(l->db) == l->begun;
}

static int
undo_part(struct ledger *l, bool first, struct error *err)
{
	if (!first)
		return ledger_part_rollback(l, err);
	ledger_rollback(l);
	return ledger_begin(l, err);
}

static int
transact_part(struct ledger *l, ledger_transact_fn *fn, void *ctx, struct error *err)
{
	struct error ignored; /* the first failure is the one to report */
	bool first = is_first_part(l);

	if (!first && ledger_part_begin(l, err) != 0)
		return -1;
	if (call(l, fn, ctx, err) == 0 && (first || ledger_part_commit(l, err) == 0))
		return 0;
	if (undo_part(l, first, &ignored) != 0)
		return -1; /* no transaction is left, so the commit will fail, too */
	return -1;
}

int
ledger_transact(struct ledger *l, ledger_transact_fn *fn, void *ctx, struct error *err)
{
	if (l->within) {
		int rc = fn(l, ctx, err);
		l->spoiled = l->spoiled || rc != 0;
		return rc;
	}
	if (db_in_transaction(l->db))
		return transact_part(l, fn, ctx, err);
	do {
		if (ledger_begin(l, err) != 0)
			return -1;
		if (call(l, fn, ctx, err) == 0 && ledger_commit(l, err) == 0)
			return 0;
		ledger_rollback(l);
	} while (db_again(l->db));
	return -1;
}

int
ledger_lock_intake(struct ledger *l, struct error *err)
{
	int64_t none;

	return ledger_is_shared(l) ? statement_int(l, SQL_LOCK_INTAKE, NULL, 0, &none, err) : 0;
}

int
ledger_begin_intake(struct ledger *l, struct error *err)
{
	if (ledger_begin(l, err) != 0)
		return -1;
	if (ledger_lock_intake(l, err) == 0)
		return 0;
	ledger_rollback(l);
	return -1;
}
