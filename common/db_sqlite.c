/* SQLite in a local file. */
#include <fcntl.h>
#include <libgen.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/db_engine.h"
#include "common/file.h"
#include "common/permission.h"

#define BUSY_TIMEOUT_MS 10000
#define PAGE_SIZE "32768" /* of a new file: an eighth of the system calls of the default 4096 */

struct file_db {
	struct db base;
	sqlite3 *handle;
};

struct file_stmt {
	struct db_stmt base;
	sqlite3_stmt *handle;
	struct file_db *db;
	bool unbound; /* binding a parameter failed: must not run with the older value */
};

static struct file_db *
file(struct db *db)
{
	return (struct file_db *)db;
}

static struct file_stmt *
stmt(struct db_stmt *s)
{
	return (struct file_stmt *)s;
}

static int
failed(struct file_db *db, const char *what, struct error *err)
{
	return error_set(err, "ledger: %s: %s", what, sqlite3_errmsg(db->handle));
}

static void
sqlite_close(struct db *db)
{
	sqlite3_close_v2(file(db)->handle);
	free(db);
}

static int
sqlite_exec(struct db *db, const char *sql, struct error *err)
{
	if (sqlite3_exec(file(db)->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
		return failed(file(db), "cannot execute", err);
	return 0;
}

static int
sqlite_begin(struct db *db, struct error *err)
{
	return sqlite_exec(db, "BEGIN IMMEDIATE", err);
}

static int
sqlite_commit(struct db *db, struct error *err)
{
	return sqlite_exec(db, "COMMIT", err);
}

static void
sqlite_rollback(struct db *db)
{
	struct error ignored;

	if (sqlite_exec(db, "ROLLBACK", &ignored) != 0)
		return; /* SQLite has already rolled back by itself */
}

static bool
sqlite_in_transaction(const struct db *db)
{
	return !sqlite3_get_autocommit(((const struct file_db *)db)->handle);
}

static bool
sqlite_again(struct db *db UNUSED)
{
	return false; /* a failure of a file is not temporary */
}

static int64_t
sqlite_changes(struct db *db)
{
	return sqlite3_changes64(file(db)->handle);
}

/* Counts our own changes in the lower half, commits of other connections in the upper half. */
static int64_t
sqlite_stamp(struct db *db)
{
	sqlite3 *handle = file(db)->handle;
	sqlite3_stmt *s = NULL;
	int64_t others = -1;

	if (sqlite3_prepare_v2(handle, "PRAGMA data_version", -1, &s, NULL) == SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW)
		others = sqlite3_column_int64(s, 0) & INT32_MAX;
	sqlite3_finalize(s);
	return others < 0
	               ? -1
	               : others << DB_STAMP_OTHERS | (sqlite3_total_changes64(handle) & UINT32_MAX);
}

static void
sqlite_each_file(const struct db *db UNUSED, db_file_fn *fn UNUSED, void *ctx UNUSED)
{
	/* none: there is no connection */
}

static void
sqlite_stmt_free(struct db_stmt *s)
{
	sqlite3_finalize(stmt(s)->handle);
	free(s);
}

static void
sqlite_bind_int(struct db_stmt *s, int index, int64_t value)
{
	struct file_stmt *f = stmt(s);

	f->unbound = sqlite3_bind_int64(f->handle, index, value) != SQLITE_OK || f->unbound;
}

static void
bind_text(struct file_stmt *f, int index, const char *text, sqlite3_destructor_type kind)
{
	f->unbound = sqlite3_bind_text(f->handle, index, text, -1, kind) != SQLITE_OK || f->unbound;
}

static void
sqlite_bind_text(struct db_stmt *s, int index, const char *text)
{
	bind_text(stmt(s), index, text, SQLITE_TRANSIENT);
}

static void
sqlite_bind_borrowed(struct db_stmt *s, int index, const char *text)
{
	bind_text(stmt(s), index, text, SQLITE_STATIC);
}

static enum db_step
sqlite_step(struct db_stmt *s, struct error *err)
{
	if (stmt(s)->unbound) {
		error_set(err, "ledger: a value could not be bound to its statement");
		return DB_ERROR;
	}
	switch (sqlite3_step(stmt(s)->handle)) {
	case SQLITE_ROW: return DB_ROW;
	case SQLITE_DONE: return DB_DONE;
	default: failed(stmt(s)->db, "cannot read or write", err); return DB_ERROR;
	}
}

static void
sqlite_reset(struct db_stmt *s)
{
	(void)sqlite3_reset(stmt(s)->handle); /* returns the error of the step again */
	stmt(s)->unbound = false;
}

static int64_t
sqlite_int(struct db_stmt *s, int column)
{
	return sqlite3_column_int64(stmt(s)->handle, column);
}

static const char *
sqlite_text(struct db_stmt *s, int column)
{
	const unsigned char *text = sqlite3_column_text(stmt(s)->handle, column);

	return text != NULL ? (const char *)text : "";
}

static bool
sqlite_is_null(struct db_stmt *s, int column)
{
	return sqlite3_column_type(stmt(s)->handle, column) == SQLITE_NULL;
}

static struct db_stmt *
sqlite_prepare(struct db *db, const char *sql, bool reader, struct error *err);

static const struct db_ops sqlite_ops = {
	.engine = DB_SQLITE,
	.close = sqlite_close,
	.exec = sqlite_exec,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.in_transaction = sqlite_in_transaction,
	.again = sqlite_again,
	.prepare = sqlite_prepare,
	.changes = sqlite_changes,
	.stamp = sqlite_stamp,
	.each_file = sqlite_each_file,
	.stmt_free = sqlite_stmt_free,
	.bind_int = sqlite_bind_int,
	.bind_text = sqlite_bind_text,
	.bind_borrowed = sqlite_bind_borrowed,
	.step = sqlite_step,
	.reset = sqlite_reset,
	.run_later = db_run,
	.get_int = sqlite_int,
	.get_text = sqlite_text,
	.is_null = sqlite_is_null,
};

/* A reader is nothing special here: every result is read row by row. */
static struct db_stmt *
sqlite_prepare(struct db *db, const char *sql, bool reader UNUSED, struct error *err)
{
	struct file_stmt *s = xcalloc(1, sizeof(*s));

	s->base.ops = &sqlite_ops;
	s->db = file(db);
	if (sqlite3_prepare_v3(s->db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->handle,
	                       NULL) == SQLITE_OK)
		return &s->base;
	failed(s->db, "cannot prepare", err);
	free(s);
	return NULL;
}

static struct db *
open_with(const char *path, int flags, const char *pragmas, struct error *err)
{
	struct file_db *db = xcalloc(1, sizeof(*db));

	db->base.ops = &sqlite_ops;
	if (sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		error_set(err, "%s: cannot open the ledger: %s", path, sqlite3_errmsg(db->handle));
		db_close(&db->base);
		return NULL;
	}
	sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
	if (db_exec(&db->base, pragmas, err) != 0) {
		error_prefix(err, "%s", path);
		db_close(&db->base);
		return NULL;
	}
	return &db->base;
}

/*
 * Configures the library before its first use. Without MEMSTATUS it does not count memory under a
 * lock. Temporary files go beside the ledger, because that folder is as private as the ledger, and the
 * process may not be allowed to write elsewhere by then.
 */
static void
set_up_library(const char *path)
{
	char *copy = xstrdup(path);

	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* fails once the library is in use */
	if (sqlite3_temp_directory == NULL) /* a global of SQLite: one ledger a process */
		sqlite3_temp_directory = sqlite3_mprintf("%s", dirname(copy));
	free(copy);
}

struct db *
db_open(const char *path, bool create, struct error *err)
{
	if (create) {
		/* created here, so that it is private from the start; SQLite gives its side files
		 * the same mode */
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0) {
			permission_error(err, PERMISSION_WRITE, path, "cannot create the ledger");
			return NULL;
		}
		close(fd);
	}
	set_up_library(path);
	/* rows are written and read in the order of storage: a larger cache saves no time, and the log's index, which
	 * is in memory, takes 6 MiB for ten million rows */
	return open_with(path, SQLITE_OPEN_READWRITE,
	                 "PRAGMA page_size=" PAGE_SIZE ";"
	                 "PRAGMA journal_mode=WAL;"
	                 "PRAGMA synchronous=FULL;"
	                 "PRAGMA cache_size=-3072;",
	                 err);
}

static bool
has_beside(const char *path, const char *suffix)
{
	char *name = xasprintf("%s%s", path, suffix);
	bool there = !file_is_missing(name);

	free(name);
	return there;
}

/* A file that died before it had a log has a journal, which only a connection that may write can roll back. */
struct db *
db_open_readonly(const char *path, struct error *err)
{
	bool journal = has_beside(path, "-journal");

	set_up_library(path);
	return open_with(path, journal ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY,
	                 "PRAGMA cache_size=-8192; PRAGMA query_only=1;", err);
}

/* Opens "file:PATH?immutable=1". A file with a log or a journal beside it is not immutable: opened as usual. */
struct db *
db_open_untouched(const char *path, struct error *err)
{
	struct db *db;
	struct buf uri;

	if (has_beside(path, "-wal") || has_beside(path, "-journal"))
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
