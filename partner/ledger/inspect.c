/* Opening a ledger of any schema without changing it, and checking it. */
#include "partner/ledger/inspect.h"

#include <string.h>

#include "common/alloc.h"
#include "common/file.h"
#include "partner/ledger/open.h"
#include "partner/ledger/schema.h"
#include "partner/ledger/statement.h"
#include "partner/ledger/upgrade.h"

/* NULL: it cannot be opened or read. */
static struct ledger *
open_and_identify(const char *url, struct schema_found *found, struct error *err)
{
	bool server = ledger_url_is_server(url);
	const char *path = server ? url : ledger_url_path(url, err);
	struct ledger *l;

	if (path == NULL)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->lock_fd = -1;
	l->path = xstrdup(path);
	l->db = server ? db_open_server(url, true, err) : db_open_untouched(path, err);
	if (l->db != NULL && schema_identify(l, found, err) == 0)
		return l;
	ledger_close(l);
	return NULL;
}

static bool
is_empty(const struct schema_found *found)
{
	return found->version == 0 && found->tables == 0;
}

struct ledger *
ledger_open_inspect(const char *url, int64_t *ret_schema, struct error *err)
{
	struct schema_found found;
	struct ledger *l = open_and_identify(url, &found, err);

	if (l == NULL)
		return NULL;
	*ret_schema = found.version;
	if (found.application == SCHEMA_APPLICATION_ID || is_empty(&found))
		return l;
	error_set(err, "%s: not an unpilot ledger", l->path);
	ledger_close(l);
	return NULL;
}

int
ledger_exists(const char *url, struct error *err)
{
	const char *path = ledger_url_is_server(url) ? NULL : ledger_url_path(url, err);
	struct schema_found found;
	struct ledger *l;
	int rc = 1;

	if (path == NULL && !ledger_url_is_server(url))
		return -1;
	if (path != NULL && file_is_missing(path))
		return 0;
	l = open_and_identify(url, &found, err);
	if (l == NULL)
		return -1;
	if (is_empty(&found))
		rc = 0;
	else if (found.application != SCHEMA_APPLICATION_ID)
		rc = error_set(err, "%s: not an unpilot ledger", l->path);
	else if (found.version > LEDGER_SCHEMA)
		rc = error_set(err, "%s: written by a newer version of unpilot: update unpilot",
		               l->path);
	ledger_close(l);
	return rc;
}

int
ledger_check(struct ledger *l, struct error *err)
{
	struct db_stmt *s;
	enum db_step step;
	int rc = -1;

	if (ledger_is_shared(l))
		return 0; /* the server checks its own files */
	s = db_prepare(l->db, "PRAGMA quick_check(1)", err);
	step = s != NULL ? db_step(s, err) : DB_ERROR;
	if (step == DB_ROW && strcmp(db_text(s, 0), "ok") == 0)
		rc = 0;
	else if (step == DB_ROW)
		error_set(err, "%s: %s", l->path, db_text(s, 0));
	db_stmt_free(s);
	return rc;
}

int
ledger_last_good(struct ledger *l, int64_t *ret, struct error *err)
{
	return statement_int(l, SQL_INSPECT_LAST_GOOD, NULL, 0, ret, err);
}
