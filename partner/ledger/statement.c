/* Preparing, binding and running the statements of sql/. */
#include "partner/ledger/statement.h"

static const char *
text_of(const struct ledger *l, enum sql which)
{
	const char *other = ledger_sql_server[which];

	return db_engine(l->db) == DB_SERVER && other != NULL ? other : ledger_sql[which];
}

struct db_stmt *
statement_get(struct ledger *l, enum sql which, struct error *err)
{
	if (l->kept[which] == NULL)
		l->kept[which] = db_prepare(l->db, text_of(l, which), err);
	if (l->kept[which] != NULL)
		db_reset(l->kept[which]);
	return l->kept[which];
}

struct db_stmt *
statement_reader(struct ledger *l, enum sql which, struct error *err)
{
	return db_reader(l->db, text_of(l, which), err);
}

int
statement_insert(struct db_stmt *s, int64_t *ret_id, struct error *err)
{
	enum db_step step = db_step(s, err);
	int inserted = step == DB_ROW;

	if (inserted)
		*ret_id = db_int(s, 0);
	while (step == DB_ROW) /* the change is certain only after the last step */
		step = db_step(s, err);
	db_reset(s);
	return step == DB_ERROR ? -1 : inserted;
}

static struct db_stmt *
bound(struct ledger *l, enum sql which, const int64_t *value, int count, struct error *err)
{
	struct db_stmt *s = statement_get(l, which, err);

	for (int i = 0; s != NULL && i < count; i++)
		db_bind_int(s, i + 1, value[i]);
	return s;
}

int
statement_run(struct ledger *l, enum sql which, const int64_t *value, int count, struct error *err)
{
	struct db_stmt *s = bound(l, which, value, count, err);

	return s != NULL ? db_run(s, err) : -1;
}

int
statement_run_later(struct ledger *l, enum sql which, const int64_t *value, int count,
                    struct error *err)
{
	struct db_stmt *s = bound(l, which, value, count, err);

	return s != NULL ? db_run_later(s, err) : -1;
}

int
statement_ints(struct ledger *l, enum sql which, const int64_t *value, int count, int64_t *ret,
               int columns, struct error *err)
{
	struct db_stmt *s = bound(l, which, value, count, err);
	enum db_step step = s != NULL ? db_step(s, err) : DB_ERROR;

	for (int i = 0; i < columns; i++)
		ret[i] = step == DB_ROW ? db_int(s, i) : 0;
	if (s != NULL)
		db_reset(s);
	return step == DB_ERROR ? -1 : 0;
}

int
statement_int(struct ledger *l, enum sql which, const int64_t *value, int count, int64_t *ret,
              struct error *err)
{
	return statement_ints(l, which, value, count, ret, 1, err);
}

int
statement_query(struct ledger *l, const char *sql, int64_t *ret, struct error *err)
{
	struct db_stmt *s = db_prepare(l->db, sql, err);
	enum db_step step = s != NULL ? db_step(s, err) : DB_ERROR;

	if (step == DB_ROW)
		*ret = db_int(s, 0);
	db_stmt_free(s);
	return step == DB_ROW ? 0 : -1;
}
