#include "common/db.h"

#include <fcntl.h>
#include <libgen.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/buf.h"

#define BUSY_TIMEOUT_MS 10000

struct db {
	sqlite3 *handle;
};

struct db_stmt {
	sqlite3_stmt *handle;
	struct db *db;
	bool unbound; /* a parameter could not be bound: must not run with an older value */
};

static int
failed(struct db *db, const char *what, struct error *err)
{
	return error_set(err, "ledger: %s: %s", what, sqlite3_errmsg(db->handle));
}

static struct db *
open_with(const char *path, int flags, const char *pragmas, struct error *err)
{
	struct db *db = xcalloc(1, sizeof(*db));

	if (sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		error_set(err, "%s: cannot open the ledger: %s", path, sqlite3_errmsg(db->handle));
		db_close(db);
		return NULL;
	}
	sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
	if (db_exec(db, pragmas, err) != 0) {
		error_prefix(err, "%s", path);
		db_close(db);
		return NULL;
	}
	return db;
}

/* What does not fit into memory for a moment goes beside the ledger: it is as private as that, and
 * other directories may be closed to us by then. */
static void
keep_temporary_beside(const char *path)
{
	char *copy = xstrdup(path);

	if (sqlite3_temp_directory == NULL) /* SQLite's own; one ledger a process */
		sqlite3_temp_directory = sqlite3_mprintf("%s", dirname(copy));
	free(copy);
}

struct db *
db_open(const char *path, bool create, struct error *err)
{
	if (create) {
		/* made by us first, so that the mode is right from the start; SQLite's side files
		 * copy it */
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0) {
			error_errno(err, "%s: cannot create the ledger", path);
			return NULL;
		}
		close(fd);
	}
	keep_temporary_beside(path);
	return open_with(path, SQLITE_OPEN_READWRITE,
	                 "PRAGMA journal_mode=WAL;"
	                 "PRAGMA synchronous=FULL;"
	                 "PRAGMA cache_size=-8192;",
	                 err);
}

struct db *
db_open_readonly(const char *path, struct error *err)
{
	keep_temporary_beside(path);
	return open_with(path, SQLITE_OPEN_READONLY, "PRAGMA cache_size=-8192;", err);
}

/* "file:PATH?immutable=1": with a log beside it, it is not, and is opened as ever. */
struct db *
db_open_untouched(const char *path, struct error *err)
{
	char *log = xasprintf("%s-wal", path);
	bool busy = access(log, F_OK) == 0;
	struct db *db;
	struct buf uri;

	free(log);
	if (busy)
		return db_open_readonly(path, err);
	buf_init(&uri, strlen(path) * 3 + sizeof("file:?immutable=1"));
	buf_str(&uri, "file:");
	for (; *path != '\0'; path++)
		if (strchr("?#%", *path) != NULL)
			buf_printf(&uri, "%%%02X", (unsigned)(unsigned char)*path);
		else
			buf_char(&uri, *path);
	buf_str(&uri, "?immutable=1");
	db = open_with(uri.data, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, "", err);
	buf_release(&uri);
	return db;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	sqlite3_close_v2(db->handle);
	free(db);
}

int
db_exec(struct db *db, const char *sql, struct error *err)
{
	if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
		return failed(db, "cannot execute", err);
	return 0;
}

struct db_stmt *
db_prepare(struct db *db, const char *sql, struct error *err)
{
	struct db_stmt *s = xcalloc(1, sizeof(*s));

	s->db = db;
	if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->handle, NULL) ==
	    SQLITE_OK)
		return s;
	failed(db, "cannot prepare", err);
	free(s);
	return NULL;
}

void
db_stmt_free(struct db_stmt *s)
{
	if (s == NULL)
		return;
	sqlite3_finalize(s->handle);
	free(s);
}

void
db_bind_int(struct db_stmt *s, int index, int64_t value)
{
	s->unbound = sqlite3_bind_int64(s->handle, index, value) != SQLITE_OK || s->unbound;
}

void
db_bind_text(struct db_stmt *s, int index, const char *text)
{
	s->unbound = sqlite3_bind_text(s->handle, index, text, -1, SQLITE_TRANSIENT) != SQLITE_OK ||
	             s->unbound;
}

enum db_step
db_step(struct db_stmt *s, struct error *err)
{
	if (s->unbound) {
		error_set(err, "ledger: a value could not be bound to its statement");
		return DB_ERROR;
	}
	switch (sqlite3_step(s->handle)) {
	case SQLITE_ROW: return DB_ROW;
	case SQLITE_DONE: return DB_DONE;
	default: failed(s->db, "cannot read or write", err); return DB_ERROR;
	}
}

void
db_reset(struct db_stmt *s)
{
	(void)sqlite3_reset(s->handle); /* repeats the error of the step, which was reported */
	s->unbound = false;
}

int
db_run(struct db_stmt *s, struct error *err)
{
	enum db_step step;

	do {
		step = db_step(s, err);
	} while (step == DB_ROW);
	db_reset(s);
	return step == DB_DONE ? 0 : -1;
}

int64_t
db_int(struct db_stmt *s, int column)
{
	return sqlite3_column_int64(s->handle, column);
}

const char *
db_text(struct db_stmt *s, int column)
{
	const unsigned char *text = sqlite3_column_text(s->handle, column);

	return text != NULL ? (const char *)text : "";
}

bool
db_is_null(struct db_stmt *s, int column)
{
	return sqlite3_column_type(s->handle, column) == SQLITE_NULL;
}

int64_t
db_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

int64_t
db_changes(struct db *db)
{
	return sqlite3_changes64(db->handle);
}

void
db_release_memory(struct db *db)
{
	sqlite3_db_release_memory(db->handle);
}
