/* Reads rows with their tenants. */
#include "partner/ledger/tenants.h"

#include "partner/ledger/statement.h"

int
ledger_each_tenant_row(struct ledger *l, int64_t run, ledger_tenant_fn *fn, void *ctx,
                       struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_TENANT_ROWS, err);
	enum db_step step = DB_ERROR;
	int rc = s != NULL ? 0 : -1;

	if (s != NULL)
		db_bind_int(s, 1, run);
	while (rc == 0 && (step = db_step(s, err)) == DB_ROW) {
		const struct device_id d = {.pkid = db_text(s, 2),
		                            .serial = db_text(s, 3),
		                            .manufacturer = db_text(s, 4),
		                            .model = db_text(s, 5)};
		rc = fn(ctx, db_text(s, 0), db_text(s, 1), &d, err);
	}
	if (s != NULL)
		db_reset(s);
	return rc == 0 && step == DB_DONE ? 0 : -1;
}
