/*
 * SQLite. The only door to sqlite3.h; no SQL text is kept here.
 * A failed statement fills err with the engine's own words. Statements are
 * finalised by db_stmt_free(); text from db_text() lives until the next step or reset.
 */
#ifndef COMMON_DB_H
#define COMMON_DB_H

#include "common/base.h"
#include "common/error.h"

struct db;
struct db_stmt;

enum db_step { DB_ERROR = -1, DB_DONE = 0, DB_ROW = 1 };

/* create: make the file (mode 0600) where there is none. */
struct db *db_open(const char *path, bool create, struct error *err) MUST_CHECK;
struct db *db_open_readonly(const char *path, struct error *err) MUST_CHECK;
/* The same, and makes no file beside it either, as long as nobody has it open for writing. */
struct db *db_open_untouched(const char *path, struct error *err) MUST_CHECK;
void db_close(struct db *db); /* accepts NULL */
int db_exec(struct db *db, const char *sql, struct error *err) MUST_CHECK;
struct db_stmt *db_prepare(struct db *db, const char *sql, struct error *err) MUST_CHECK;
void db_stmt_free(struct db_stmt *s); /* accepts NULL */
/* Parameters count from 1, columns from 0. Texts are copied. NULL text binds NULL. */
void db_bind_int(struct db_stmt *s, int index, int64_t value);
void db_bind_text(struct db_stmt *s, int index, const char *text);
enum db_step db_step(struct db_stmt *s, struct error *err) MUST_CHECK;
void db_reset(struct db_stmt *s);
/* Steps a statement without rows once and resets it. */
int db_run(struct db_stmt *s, struct error *err) MUST_CHECK;
int64_t db_int(struct db_stmt *s, int column);
const char *db_text(struct db_stmt *s, int column); /* "" for NULL */
bool db_is_null(struct db_stmt *s, int column);
int64_t db_last_id(struct db *db);
int64_t db_changes(struct db *db);
void db_release_memory(struct db *db); /* of pages read and kept */

#endif
