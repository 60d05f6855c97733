/*
 * A database: SQLite in a file, or a PostgreSQL server (libpq, where the build has it). The only
 * door to sqlite3.h and libpq-fe.h; no SQL text of the program is kept here. db.c hands each call
 * to the engine of the handle: db_sqlite.c, db_pq.c.
 *
 * A failed statement fills err with the engine's own words. Statements are finalised by
 * db_stmt_free(); text from db_text() lives until the next step or reset.
 *
 * A server may go away and come back. Outside a transaction a statement whose answer was lost is
 * run once more: what must not happen twice goes into a transaction. Inside one, the failure ends
 * the transaction, and db_again() says whether it may be begun anew. A commit whose answer was
 * lost is asked for by its number, never assumed.
 */
#ifndef COMMON_DB_H
#define COMMON_DB_H

#include "common/base.h"
#include "common/error.h"

struct db;
struct db_stmt;

enum db_engine { DB_SQLITE, DB_SERVER, DB_ENGINE_COUNT };
enum db_step { DB_ERROR = -1, DB_DONE = 0, DB_ROW = 1 };

/* create: make the file (mode 0600) where there is none. */
struct db *db_open(const char *path, bool create, struct error *err) MUST_CHECK;
struct db *db_open_readonly(const char *path, struct error *err) MUST_CHECK;
/* The same, and makes no file beside it either, as long as nobody has it open for writing. */
struct db *db_open_untouched(const char *path, struct error *err) MUST_CHECK;
/* A URL that libpq takes. Refused: a password in it, a server that could lose what it committed. */
struct db *db_open_server(const char *url, bool readonly, struct error *err) MUST_CHECK;
void db_close(struct db *db); /* accepts NULL */
enum db_engine db_engine(const struct db *db);
int db_exec(struct db *db, const char *sql, struct error *err) MUST_CHECK;

int db_begin(struct db *db, struct error *err) MUST_CHECK;
int db_commit(struct db *db, struct error *err) MUST_CHECK;
void db_rollback(struct db *db); /* also where the engine has done it by itself */
bool db_in_transaction(const struct db *db);
/* Whether the last failure was a passing one, of which nothing is left, and the connection stands
 * again: the transaction may be begun anew. May take a while. */
bool db_again(struct db *db) MUST_CHECK;

struct db_stmt *db_prepare(struct db *db, const char *sql, struct error *err) MUST_CHECK;
/* For results of any length: not all of it is in memory at once. Such a statement starts with
 * SELECT, and is done with before the transaction around it ends. */
struct db_stmt *db_reader(struct db *db, const char *sql, struct error *err) MUST_CHECK;
void db_stmt_free(struct db_stmt *s); /* accepts NULL */
/* Parameters (?1, ?2 …) count from 1, columns from 0. Texts are copied. NULL text binds NULL. */
void db_bind_int(struct db_stmt *s, int index, int64_t value);
void db_bind_text(struct db_stmt *s, int index, const char *text);
/* The same, not copied: the text lives until the statement has been run. */
void db_bind_borrowed(struct db_stmt *s, int index, const char *text);
enum db_step db_step(struct db_stmt *s, struct error *err) MUST_CHECK;
void db_reset(struct db_stmt *s);
/* Steps a statement to its end and resets it. */
int db_run(struct db_stmt *s, struct error *err) MUST_CHECK;
/* The same for one of many inserts of a transaction: a failure may show at a later call only, at
 * the latest at the commit. */
int db_run_later(struct db_stmt *s, struct error *err) MUST_CHECK;
int64_t db_int(struct db_stmt *s, int column);      /* truth is 1 */
const char *db_text(struct db_stmt *s, int column); /* "" for NULL */
bool db_is_null(struct db_stmt *s, int column);
/* Rows that the last statement run to its end has changed. */
int64_t db_changes(struct db *db);
/* Tells whether anything was changed between two calls: equal then and now, and it was not. -1: it
 * cannot be told. */
int64_t db_stamp(struct db *db);
/* Whatever was changed between two stamps, this connection alone changed it. */
bool db_stamp_is_own(int64_t before, int64_t now);
#define DB_STAMP_OTHERS 32 /* from this bit on, other connections' changes are counted */
/* Files that a lost connection is made again with: of passwords and certificates. */
typedef void db_file_fn(void *ctx, const char *path);
void db_each_file(const struct db *db, db_file_fn *fn, void *ctx);

#endif
