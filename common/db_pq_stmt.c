/* PostgreSQL: statements and their results. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/db_pq.h"

#define PARAMS_MAX 32
#define OID_INT8 20 /* from pg_type.dat; they never change */
#define OID_TEXT 25
#define FETCH_ROWS 1000 /* rows of a reader in memory at a time */
#define LATER_MAX 1000  /* statements sent without reading their answers */
#define NAME_SIZE 24
#define DIGITS 24

struct server_stmt {
	struct db_stmt base;
	struct server_db *db;
	char *sql; /* with $1 for ?1 */
	char name[NAME_SIZE];
	bool reader, fetching;
	unsigned
		generation; /* of the connection where it is prepared or its cursor is open; 0: none */
	struct pq_copy *copy; /* NULL: not a COPY */
	int params;
	Oid type[PARAMS_MAX];
	const char *value[PARAMS_MAX];   /* as a text; NULL: NULL */
	char *owned[PARAMS_MAX];         /* the copy of a text */
	int64_t number[PARAMS_MAX];      /* if the type is OID_INT8 */
	char digits[PARAMS_MAX][DIGITS]; /* of the number */
	PGresult *result;
	int row;
};

static struct server_stmt *
stmt(struct db_stmt *s)
{
	return (struct server_stmt *)s;
}

static bool
prepare(struct server_stmt *s, PGresult **ret)
{
	if (s->generation == s->db->base.connection)
		return true;
	*ret = PQprepare(s->db->conn, s->name, s->sql, s->params, s->type);
	if (!pq_is_ok(*ret))
		return false;
	s->generation = s->db->base.connection;
	return true;
}

static PGresult *
send_prepared(struct server_db *db, void *what)
{
	struct server_stmt *s = what;
	PGresult *r = NULL;

	if (!prepare(s, &r))
		return r;
	PQclear(r);
	return PQexecPrepared(db->conn, s->name, s->params, s->value, NULL, NULL, 0);
}

/* WITH HOLD: the cursor needs no transaction around it. */
static PGresult *
send_cursor(struct server_db *db, void *what)
{
	struct server_stmt *s = what;
	char *sql = xasprintf("DECLARE %s NO SCROLL CURSOR WITH HOLD FOR %s", s->name, s->sql);
	PGresult *r = PQexecParams(db->conn, sql, s->params, s->type, s->value, NULL, NULL, 0);

	free(sql);
	return r;
}

static PGresult *
send_fetch(struct server_db *db, void *what)
{
	struct server_stmt *s = what;
	char sql[sizeof("FETCH  FROM ") + DIGITS + NAME_SIZE];

	snprintf(sql, sizeof(sql), "FETCH %d FROM %s", FETCH_ROWS, s->name);
	return PQexec(db->conn, sql);
}

static int
fetch(struct server_stmt *s, struct error *err)
{
	PQclear(s->result);
	s->row = -1;
	s->result = pq_answer(s->db, send_fetch, s, err);
	return s->result != NULL ? 0 : -1;
}

static int
start(struct server_stmt *s, struct error *err)
{
	PGresult *r = pq_answer(s->db, s->reader ? send_cursor : send_prepared, s, err);
	const char *changed;

	if (r == NULL)
		return -1;
	s->generation = s->db->base.connection;
	if (s->reader) {
		PQclear(r);
		s->fetching = true;
		return fetch(s, err);
	}
	changed = PQcmdTuples(r);
	s->db->changes = changed[0] != '\0' ? strtoll(changed, NULL, 10) : 0;
	s->result = r;
	s->row = -1;
	return 0;
}

enum db_step
pq_step(struct db_stmt *base, struct error *err)
{
	struct server_stmt *s = stmt(base);

	if (s->result == NULL && start(s, err) != 0)
		return DB_ERROR;
	if (++s->row < PQntuples(s->result))
		return DB_ROW;
	if (!s->fetching || PQntuples(s->result) < FETCH_ROWS)
		return DB_DONE;
	if (fetch(s, err) != 0)
		return DB_ERROR;
	return ++s->row < PQntuples(s->result) ? DB_ROW : DB_DONE;
}

void
pq_reset(struct db_stmt *base)
{
	struct server_stmt *s = stmt(base);
	struct error ignored;
	char sql[sizeof("CLOSE ") + NAME_SIZE];

	PQclear(s->result);
	s->result = NULL;
	if (!s->fetching)
		return;
	s->fetching = false;
	snprintf(sql, sizeof(sql), "CLOSE %s", s->name);
	/* a failed transaction accepts no more statements */
	if (s->generation == s->db->base.connection && PQstatus(s->db->conn) == CONNECTION_OK &&
	    PQtransactionStatus(s->db->conn) != PQTRANS_INERROR &&
	    pq_exec(&s->db->base, sql, &ignored) != 0)
		return; /* the cursor ended with its transaction */
}

/* Adds a row of the values. */
static int
copy_row(struct server_stmt *s, struct error *err)
{
	pq_copy_row(s->copy, s->params);
	for (int i = 0; i < s->params; i++)
		if (s->type[i] == OID_INT8)
			pq_copy_int(s->copy, s->number[i]);
		else
			pq_copy_text(s->copy, s->value[i]);
	return pq_copy_later(s->db, s->copy, err);
}

int
pq_run_later(struct db_stmt *base, struct error *err)
{
	struct server_stmt *s = stmt(base);
	struct server_db *db = s->db;
	PGresult *r = NULL;

	if (s->copy != NULL && copy_row(s, err) != 0)
		return -1;
	if (s->copy != NULL)
		return db->in_transaction ? 0 : pq_catch_up(db, err);
	if (!db->in_transaction)
		return db_run(base, err);
	if ((db->copies != NULL || db->copying) && pq_catch_up(db, err) != 0)
		return -1;
	if (s->generation != db->base.connection || db->later >= LATER_MAX) {
		if (pq_catch_up(db, err) != 0)
			return -1;
		if (!prepare(s, &r))
			pq_failed(db, r, err);
		else
			s->generation = db->base.connection;
		PQclear(r);
		if (s->generation != db->base.connection)
			return -1;
	}
	if (db->later == 0 && PQenterPipelineMode(db->conn) != 1)
		return pq_failed(db, NULL, err);
	db->later++;
	if (PQsendQueryPrepared(db->conn, s->name, s->params, s->value, NULL, NULL, 0) != 1)
		return pq_failed(db, NULL, err);
	return 0;
}

/* NULL: there is no such parameter. */
static const char **
param(struct server_stmt *s, int index, Oid type)
{
	if (index < 1 || index > PARAMS_MAX)
		return NULL;
	if (s->copy != NULL && index > s->params)
		s->params = index;
	free(s->owned[index - 1]);
	s->owned[index - 1] = NULL;
	s->type[index - 1] = type;
	return &s->value[index - 1];
}

void
pq_bind_int(struct db_stmt *base, int index, int64_t value)
{
	struct server_stmt *s = stmt(base);
	const char **p = param(s, index, OID_INT8);

	if (p == NULL)
		return;
	s->number[index - 1] = value;
	*p = s->digits[index - 1];
	if (s->copy == NULL)
		snprintf(s->digits[index - 1], DIGITS, "%lld", (long long)value);
}

void
pq_bind_text(struct db_stmt *base, int index, const char *text)
{
	struct server_stmt *s = stmt(base);
	const char **p = param(s, index, OID_TEXT);

	if (p != NULL)
		*p = s->owned[index - 1] = text != NULL ? xstrdup(text) : NULL;
}

void
pq_bind_borrowed(struct db_stmt *base, int index, const char *text)
{
	const char **p = param(stmt(base), index, OID_TEXT);

	if (p != NULL)
		*p = text;
}

int64_t
pq_int(struct db_stmt *s, int column)
{
	const char *text = PQgetvalue(stmt(s)->result, stmt(s)->row, column);

	return text[0] == 't' ? 1 : strtoll(text, NULL, 10);
}

const char *
pq_text(struct db_stmt *s, int column)
{
	return PQgetvalue(stmt(s)->result, stmt(s)->row, column); /* "" for NULL */
}

bool
pq_is_null(struct db_stmt *s, int column)
{
	return PQgetisnull(stmt(s)->result, stmt(s)->row, column) == 1;
}

void
pq_stmt_free(struct db_stmt *base)
{
	struct server_stmt *s = stmt(base);

	pq_reset(base);
	for (int i = 0; i < PARAMS_MAX; i++)
		free(s->owned[i]);
	pq_copy_free(s->db, s->copy);
	free(s->sql);
	free(s);
}

/* Replaces ?1 by $1: no statement contains a question mark that is not a parameter. The server gets
 * the statement at the first step, when the types of its values are known. */
struct db_stmt *
pq_prepare(struct db *base, const char *sql, bool reader, struct error *err UNUSED)
{
	struct server_stmt *s = xcalloc(1, sizeof(*s));

	s->base.ops = base->ops;
	s->db = (struct server_db *)base;
	s->reader = reader;
	s->sql = xstrdup(sql);
	snprintf(s->name, sizeof(s->name), "s%u", ++s->db->names);
	if (strncmp(sql, "COPY ", strlen("COPY ")) == 0)
		s->copy = pq_copy_new(sql);
	for (char *p = strchr(s->sql, '?'); p != NULL; p = strchr(p, '?')) {
		int n = (int)strtol(p + 1, NULL, 10);
		*p = '$';
		if (n > s->params && n <= PARAMS_MAX)
			s->params = n;
	}
	return &s->base;
}
