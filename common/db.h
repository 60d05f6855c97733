/*
 * A database: SQLite in a file, or PostgreSQL on a server if the build has libpq. Only the files db_*
 * include sqlite3.h and libpq-fe.h. They contain no SQL of the program. db.c passes each call to the
 * engine of the handle: db_sqlite.c or db_pq.c.
 *
 * Functions that return int: 0, or -1 with the engine's message in *err. The caller frees each
 * statement. A text from db_text() lives until the next step or reset.
 *
 * The connection to a server may be lost and come back. Outside a transaction, a statement whose
 * answer was lost is run once more, so use a transaction for changes that must not happen twice.
 * Inside one, the failure ends the transaction, and db_again() says whether to start it over. If the
 * answer to a commit was lost, this module asks the server whether it committed.
 */
#ifndef COMMON_DB_H
#define COMMON_DB_H

#include "common/base.h"
#include "common/error.h"

struct db;
struct db_stmt;

enum db_engine { DB_SQLITE, DB_SERVER, DB_ENGINE_COUNT };
enum db_step { DB_ERROR = -1, DB_DONE = 0, DB_ROW = 1 };

/* create: creates a missing file with mode 0600. */
struct db *db_open(const char *path, bool create, struct error *err) MUST_CHECK;
/* Changes nothing, except that it rolls back a transaction that a crash cut short. */
struct db *db_open_readonly(const char *path, struct error *err) MUST_CHECK;
/* Read-only, and creates no file beside it unless another process has it open for writing. */
struct db *db_open_untouched(const char *path, struct error *err) MUST_CHECK;
/* Takes a URL of libpq. Refuses a password in it, and a server that could lose committed data. */
struct db *db_open_server(const char *url, bool readonly, struct error *err) MUST_CHECK;
/* -1: db_open_server() refuses the URL itself. */
int db_check_server(const char *url, struct error *err) MUST_CHECK;
void db_close(struct db *db); /* accepts NULL */
enum db_engine db_engine(const struct db *db);
int db_exec(struct db *db, const char *sql, struct error *err) MUST_CHECK;

int db_begin(struct db *db, struct error *err) MUST_CHECK;
int db_commit(struct db *db, struct error *err) MUST_CHECK;
void db_rollback(struct db *db); /* allowed after the engine has rolled back by itself */
bool db_in_transaction(const struct db *db);
/* After a rollback. true: the failure was temporary and left nothing behind, and the connection is
 * back: start the transaction over. Waits up to a minute for a server. */
bool db_again(struct db *db) MUST_CHECK;

/* Another number means another connection: temporary tables were lost with the one before. */
unsigned db_connection(const struct db *db);

struct db_stmt *db_prepare(struct db *db, const char *sql, struct error *err) MUST_CHECK;
/* For long results, which are never in memory as a whole. Only for a SELECT. Free it before the
 * transaction around it ends. */
struct db_stmt *db_reader(struct db *db, const char *sql, struct error *err) MUST_CHECK;
void db_stmt_free(struct db_stmt *s); /* accepts NULL */
/* Parameters (?1, ?2 …) count from 1, columns from 0. Copies the text; NULL binds NULL. */
void db_bind_int(struct db_stmt *s, int index, int64_t value);
void db_bind_text(struct db_stmt *s, int index, const char *text);
/* Does not copy: the text must live until the statement has run. */
void db_bind_borrowed(struct db_stmt *s, int index, const char *text);
enum db_step db_step(struct db_stmt *s, struct error *err) MUST_CHECK;
void db_reset(struct db_stmt *s);
/* Runs a statement to its end and resets it. */
int db_run(struct db_stmt *s, struct error *err) MUST_CHECK;
/* The same for one of many inserts in a transaction, without waiting for its answer. Its failure may
 * appear in a later call, at the latest in the commit. On a server, this is the only way to run a
 * "COPY table(columns) FROM STDIN (FORMAT binary)": each call adds a row of the parameters, whose types
 * are those of the columns. */
int db_run_later(struct db_stmt *s, struct error *err) MUST_CHECK;
int64_t db_int(struct db_stmt *s, int column);      /* 1 for true */
const char *db_text(struct db_stmt *s, int column); /* "" for NULL */
bool db_is_null(struct db_stmt *s, int column);
/* How many rows the last completed statement changed. */
int64_t db_changes(struct db *db);
/* A number that is equal in two calls if nothing was changed between them. -1: unknown. */
int64_t db_stamp(struct db *db);
/* true: between two stamps only this connection changed anything. */
bool db_stamp_is_own(int64_t before, int64_t now);
#define DB_STAMP_OTHERS 32 /* the bits from this one on count changes by other connections */
/* Files that a new connection to the server will read: passwords and certificates. */
typedef void db_file_fn(void *ctx, const char *path);
void db_each_file(const struct db *db, db_file_fn *fn, void *ctx);

#endif
