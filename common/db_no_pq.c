/* Replaces db_pq.c in a build without libpq. */
#include "common/db.h"

static int
refuse(struct error *err)
{
	return error_set(err,
	                 "this unpilot was built without libpq: it cannot use a PostgreSQL ledger");
}

int
db_check_server(const char *url UNUSED, struct error *err)
{
	return refuse(err);
}

struct db *
db_open_server(const char *url UNUSED, bool readonly UNUSED, struct error *err)
{
	refuse(err);
	return NULL;
}
