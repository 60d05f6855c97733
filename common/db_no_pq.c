/* Replaces db_pq.c in a build without libpq. */
#include "common/db.h"

int
db_check_server(const char *url UNUSED, struct error *err)
{
	return error_set(err,
	                 "this unpilot was built without libpq: it cannot use a PostgreSQL ledger");
}

struct db *
db_open_server(const char *url, bool readonly UNUSED, struct error *err)
{
	(void)db_check_server(url, err);
	return NULL;
}
