/* Properties of a handle: its file or server, and its clock. */
#include "partner/ledger/ledger.h"

#include "common/clock.h"
#include "partner/ledger/internal.h"

const char *
ledger_path(const struct ledger *l)
{
	return ledger_is_shared(l) ? NULL : l->path;
}

void
ledger_each_file(const struct ledger *l, ledger_file_fn *fn, void *ctx)
{
	db_each_file(l->db, fn, ctx);
}

bool
ledger_is_shared(const struct ledger *l)
{
	return db_engine(l->db) == DB_SERVER;
}

int64_t
ledger_now_ms(const struct ledger *l)
{
	return clock_now_ms() + l->ahead_ms;
}

int64_t
ledger_now(const struct ledger *l)
{
	return ledger_now_ms(l) / 1000;
}
