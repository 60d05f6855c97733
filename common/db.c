#include "common/db.h"

#include "common/db_engine.h"

void
db_close(struct db *db)
{
	if (db != NULL)
		db->ops->close(db);
}

enum db_engine
db_engine(const struct db *db)
{
	return db->ops->engine;
}

int
db_exec(struct db *db, const char *sql, struct error *err)
{
	return db->ops->exec(db, sql, err);
}

int
db_begin(struct db *db, struct error *err)
{
	return db->ops->begin(db, err);
}

int
db_commit(struct db *db, struct error *err)
{
	return db->ops->commit(db, err);
}

void
db_rollback(struct db *db)
{
	db->ops->rollback(db);
}

bool
db_in_transaction(const struct db *db)
{
	return db->ops->in_transaction(db);
}

bool
db_again(struct db *db)
{
	return db->ops->again(db);
}

unsigned
db_connection(const struct db *db)
{
	return db->connection;
}

struct db_stmt *
db_prepare(struct db *db, const char *sql, struct error *err)
{
	return db->ops->prepare(db, sql, false, err);
}

struct db_stmt *
db_reader(struct db *db, const char *sql, struct error *err)
{
	return db->ops->prepare(db, sql, true, err);
}

void
db_stmt_free(struct db_stmt *s)
{
	if (s != NULL)
		s->ops->stmt_free(s);
}

void
db_bind_int(struct db_stmt *s, int index, int64_t value)
{
	s->ops->bind_int(s, index, value);
}

void
db_bind_text(struct db_stmt *s, int index, const char *text)
{
	s->ops->bind_text(s, index, text);
}

void
db_bind_borrowed(struct db_stmt *s, int index, const char *text)
{
	s->ops->bind_borrowed(s, index, text);
}

enum db_step
db_step(struct db_stmt *s, struct error *err)
{
	return s->ops->step(s, err);
}

void
db_reset(struct db_stmt *s)
{
	s->ops->reset(s);
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

int
db_run_later(struct db_stmt *s, struct error *err)
{
	return s->ops->run_later(s, err);
}

int64_t
db_int(struct db_stmt *s, int column)
{
	return s->ops->get_int(s, column);
}

const char *
db_text(struct db_stmt *s, int column)
{
	return s->ops->get_text(s, column);
}

bool
db_is_null(struct db_stmt *s, int column)
{
	return s->ops->is_null(s, column);
}

int64_t
db_changes(struct db *db)
{
	return db->ops->changes(db);
}

int64_t
db_stamp(struct db *db)
{
	return db->ops->stamp(db);
}

bool
db_stamp_is_own(int64_t before, int64_t now)
{
	return before >= 0 && now >= 0 && before >> DB_STAMP_OTHERS == now >> DB_STAMP_OTHERS;
}

void
db_each_file(const struct db *db, db_file_fn *fn, void *ctx)
{
	db->ops->each_file(db, fn, ctx);
}
