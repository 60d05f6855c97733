/* Replaces db_pq.c in a build without libpq. */
#include "common/db.h"

struct db *
db_open_server(const char *url UNUSED, bool readonly UNUSED, struct error *err)
{
	error_set(err, "this unpilot was built without libpq: it cannot use a PostgreSQL ledger");
	return NULL;
}
