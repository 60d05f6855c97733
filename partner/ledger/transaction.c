/* Transactions over a ledger. */
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
	cache_rollback(&l->cache); /* with the transaction it may be gone */
	db_rollback(l->db);
}

bool
ledger_again(struct ledger *l)
{
	return db_again(l->db);
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

int
ledger_begin_intake(struct ledger *l, struct error *err)
{
	int64_t none;

	if (ledger_begin(l, err) != 0)
		return -1;
	if (!ledger_is_shared(l) || statement_int(l, SQL_LOCK_INTAKE, NULL, 0, &none, err) == 0)
		return 0;
	ledger_rollback(l);
	return -1;
}
