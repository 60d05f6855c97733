/* Transactions, and starting them over when the connection to a server was lost. */
#include "partner/ledger/transaction.h"

#include "partner/ledger/statement.h"

int
ledger_begin(struct ledger *l, struct error *err)
{
	return db_begin(l->db, err);
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

static int
transact_part(struct ledger *l, ledger_transact_fn *fn, void *ctx, struct error *err)
{
	struct error ignored; /* the first failure is the one to report */

	if (ledger_part_begin(l, err) != 0)
		return -1;
	if (fn(l, ctx, err) == 0 && ledger_part_commit(l, err) == 0)
		return 0;
	if (ledger_part_rollback(l, &ignored) != 0)
		return -1; /* the engine has already rolled back everything */
	return -1;
}

int
ledger_transact(struct ledger *l, ledger_transact_fn *fn, void *ctx, struct error *err)
{
	if (db_in_transaction(l->db))
		return transact_part(l, fn, ctx, err);
	do {
		if (ledger_begin(l, err) != 0)
			return -1;
		if (fn(l, ctx, err) == 0 && ledger_commit(l, err) == 0)
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
