/* Opening: URL, version, tables. */
#include "partner/ledger/store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/file.h"

#define URL_PREFIX "sqlite:"
#define APPLICATION_ID 1433300083 /* 'Unps' */

/*
 * No index in random order: rows arrive a million at a time. row_batch grows at its end;
 * row_same holds repeated devices only; customer_row is filled in order when a run is settled.
 */
const char store_schema[] =
	"CREATE TABLE run (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, state INTEGER NOT NULL,"
	" started INTEGER NOT NULL, finished INTEGER NOT NULL DEFAULT 0,"
	" exit_code INTEGER NOT NULL DEFAULT -1, out TEXT NOT NULL,"
	" first_row INTEGER NOT NULL DEFAULT 0, last_row INTEGER NOT NULL DEFAULT 9223372036854775807,"
	" by_customer INTEGER NOT NULL DEFAULT 0) STRICT;"
	"CREATE TABLE list (id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run(id),"
	" path TEXT NOT NULL, header TEXT NOT NULL, digest TEXT NOT NULL DEFAULT '') STRICT;"
	"CREATE TABLE customer (id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run(id),"
	" key TEXT NOT NULL, name TEXT NOT NULL, folder TEXT NOT NULL COLLATE NOCASE,"
	" UNIQUE (run, key), UNIQUE (run, folder)) STRICT;"
	"CREATE TABLE batch (id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run(id),"
	" state INTEGER NOT NULL DEFAULT 0, first_sent INTEGER NOT NULL DEFAULT 0,"
	" attempts INTEGER NOT NULL DEFAULT 0, service_id TEXT,"
	" sold_to TEXT NOT NULL, received_from TEXT NOT NULL) STRICT;"
	"CREATE INDEX batch_run ON batch (run);"
	"CREATE TABLE attempt (id INTEGER PRIMARY KEY, batch INTEGER NOT NULL REFERENCES batch(id),"
	" at INTEGER NOT NULL, what TEXT NOT NULL, note TEXT NOT NULL) STRICT;"
	"CREATE TABLE row (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, list INTEGER NOT NULL,"
	" line INTEGER NOT NULL, customer INTEGER NOT NULL, batch INTEGER, ident INTEGER NOT NULL,"
	" pkid TEXT NOT NULL, serial TEXT NOT NULL, manufacturer TEXT NOT NULL, model TEXT NOT NULL,"
	" join_type INTEGER NOT NULL, mdm INTEGER NOT NULL, via INTEGER NOT NULL,"
	" purpose INTEGER NOT NULL, ticket TEXT NOT NULL, sold_to TEXT NOT NULL,"
	" received_from TEXT NOT NULL, outcome INTEGER NOT NULL, reason TEXT NOT NULL,"
	" column_name TEXT NOT NULL, raw TEXT NOT NULL, decided INTEGER NOT NULL,"
	" same_as INTEGER) STRICT;"
	"CREATE INDEX row_batch ON row (batch) WHERE batch IS NOT NULL;"
	"CREATE INDEX row_same ON row (same_as) WHERE same_as IS NOT NULL;"
	"CREATE TABLE customer_row (customer INTEGER NOT NULL, row INTEGER NOT NULL,"
	" PRIMARY KEY (customer, row)) STRICT, WITHOUT ROWID;";

static int
pragma(struct db *db, const char *sql, int64_t *ret, struct error *err)
{
	struct db_stmt *s = db_prepare(db, sql, err);
	int rc = -1;

	if (s == NULL)
		return -1;
	if (db_step(s, err) == DB_ROW) {
		*ret = db_int(s, 0);
		rc = 0;
	}
	db_stmt_free(s);
	return rc;
}

/* 1: a ledger of ours; 0: an empty database; -1: anything else. */
static int
look(struct db *db, const char *path, struct error *err)
{
	int64_t version, application, tables;

	if (pragma(db, "PRAGMA user_version", &version, err) != 0 ||
	    pragma(db, "PRAGMA application_id", &application, err) != 0 ||
	    pragma(db, "SELECT count(*) FROM sqlite_schema", &tables, err) != 0)
		return error_prefix(err, "%s", path);
	if (tables == 0 && application == 0 && version == 0)
		return 0;
	if (application != APPLICATION_ID)
		return error_set(err, "%s: this database belongs to another program, not to unpilot", path);
	if (version > LEDGER_SCHEMA)
		return error_set(err,
		                 "%s: written by a newer unpilot (ledger version %lld, this one knows %d): "
		                 "update unpilot",
		                 path, (long long)version, LEDGER_SCHEMA);
	if (version < LEDGER_SCHEMA)
		return error_set(err, "%s: ledger version %lld is not known, expected %d", path,
		                 (long long)version, LEDGER_SCHEMA);
	return 1;
}

/* Looked at before it is opened for writing: what is not ours is not touched. */
static int
look_first(const char *path, struct error *err)
{
	struct db *db;
	int rc;

	if (access(path, F_OK) != 0)
		return 0;
	db = db_open_readonly(path, err);
	if (db == NULL)
		return -1;
	rc = look(db, path, err);
	db_close(db);
	return rc;
}

static int
create_tables(struct db *db, struct error *err)
{
	char *sql;
	int rc;

	sql = xasprintf("%s PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT;", store_schema,
	                APPLICATION_ID, LEDGER_SCHEMA);
	rc = db_exec(db, sql, err);
	free(sql);
	if (rc != 0)
		(void)db_exec(db, "ROLLBACK", NULL);
	return rc;
}

/* Two programs may start at once: the second finds the first one's tables. */
static int
create_or_check(struct db *db, const char *path, struct error *err)
{
	int rc;

	if (db_exec(db, "BEGIN IMMEDIATE", err) != 0)
		return -1;
	rc = look(db, path, err);
	if (rc == 0)
		return create_tables(db, err);
	if (db_exec(db, "ROLLBACK", rc < 0 ? NULL : err) != 0)
		return -1;
	return rc < 0 ? -1 : 0;
}

static const char *
path_of(const char *url, struct error *err)
{
	size_t n = strlen(URL_PREFIX);

	if (strncmp(url, URL_PREFIX, n) == 0 && url[n] != '\0')
		return url + n;
	error_set(err, "\"%s\" is no ledger: expected sqlite:PATH, such as sqlite:/var/lib/unpilot/ledger.db",
	          url);
	return NULL;
}

static int
make_parent(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char *parent;
	int rc;

	if (slash == NULL || slash == path)
		return 0;
	parent = xstrndup(path, (size_t)(slash - path));
	rc = file_mkdirs(parent, err);
	free(parent);
	return rc;
}

static struct ledger *
wrap(struct db *db, const char *path)
{
	struct ledger *l = xcalloc(1, sizeof(*l));

	l->db = db;
	l->path = xstrdup(path);
	l->lock_fd = -1;
	return l;
}

struct ledger *
ledger_open(const char *url, struct error *err)
{
	const char *path = path_of(url, err);
	struct db *db;

	if (path == NULL || make_parent(path, err) != 0 || look_first(path, err) < 0)
		return NULL;
	db = db_open(path, true, err);
	if (db == NULL)
		return NULL;
	if (create_or_check(db, path, err) != 0) {
		db_close(db);
		return NULL;
	}
	return wrap(db, path);
}

struct ledger *
ledger_open_readonly(const char *url, struct error *err)
{
	const char *path = path_of(url, err);
	struct db *db;
	int rc;

	if (path == NULL)
		return NULL;
	if (access(path, R_OK) != 0) {
		error_errno(err, "%s: no ledger to read", path);
		return NULL;
	}
	db = db_open_readonly(path, err);
	if (db == NULL)
		return NULL;
	rc = look(db, path, err);
	if (rc == 1)
		return wrap(db, path);
	if (rc == 0)
		error_set(err, "%s: the ledger is empty", path);
	db_close(db);
	return NULL;
}
