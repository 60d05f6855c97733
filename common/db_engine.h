/*
 * The functions that an engine provides to db.c; db.h describes them. An engine's own structs begin
 * with those below. Only for the files db_*.
 */
#ifndef COMMON_DB_ENGINE_H
#define COMMON_DB_ENGINE_H

#include "common/db.h"

struct db_ops {
	enum db_engine engine;
	void (*close)(struct db *db);
	int (*exec)(struct db *db, const char *sql, struct error *err);
	int (*begin)(struct db *db, struct error *err);
	int (*commit)(struct db *db, struct error *err);
	void (*rollback)(struct db *db);
	bool (*in_transaction)(const struct db *db);
	bool (*again)(struct db *db);
	struct db_stmt *(*prepare)(struct db *db, const char *sql, bool reader, struct error *err);
	int64_t (*changes)(struct db *db);
	int64_t (*stamp)(struct db *db);
	void (*each_file)(const struct db *db, db_file_fn *fn, void *ctx);
	void (*stmt_free)(struct db_stmt *s);
	void (*bind_int)(struct db_stmt *s, int index, int64_t value);
	void (*bind_text)(struct db_stmt *s, int index, const char *text);
	void (*bind_borrowed)(struct db_stmt *s, int index, const char *text);
	enum db_step (*step)(struct db_stmt *s, struct error *err);
	void (*reset)(struct db_stmt *s);
	int (*run_later)(struct db_stmt *s, struct error *err);
	int64_t (*get_int)(struct db_stmt *s, int column);
	const char *(*get_text)(struct db_stmt *s, int column);
	bool (*is_null)(struct db_stmt *s, int column);
};

struct db {
	const struct db_ops *ops;
	unsigned
		connection; /* counts connections: temporary tables and prepared statements are lost with each */
};

struct db_stmt {
	const struct db_ops *ops;
};

#endif
