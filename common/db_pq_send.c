/*
 * PostgreSQL: sending. A transaction may send inserts in a pipeline, and rows in a COPY; their answers
 * are read before anything else is sent, so that everything takes effect in its order.
 */
#include <stdlib.h>

#include "common/db_pq.h"

#define TRIES_MAX 5                     /* of one statement */
#define COPY_BYTES ((size_t)256 * 1024) /* of rows that are sent together */

/* Reads the answers to all statements that were sent in pipeline mode. */
static int
end_pipeline(struct server_db *db, struct error *err)
{
	bool good = true;
	PGresult *r;

	if (db->later == 0)
		return 0;
	db->later = 0;
	if (PQpipelineSync(db->conn) != 1)
		return pq_failed(db, NULL, err);
	/* NULL comes once between two answers, twice after the last one */
	for (int nothing = 0; nothing < 2;) {
		r = PQgetResult(db->conn);
		nothing = r == NULL ? nothing + 1 : 0;
		ExecStatusType status = PQresultStatus(r);
		if (good && r != NULL && !pq_is_ok(r) && status != PGRES_PIPELINE_SYNC) {
			good = false;
			pq_failed(db, r, err);
		}
		PQclear(r);
		if (status == PGRES_PIPELINE_SYNC && r != NULL)
			break;
	}
	if (PQexitPipelineMode(db->conn) != 1 && good)
		return pq_failed(db, NULL, err);
	return good ? 0 : -1;
}

/* Reads the answer to a COPY. */
static int
end_copy(struct server_db *db, struct error *err)
{
	bool good = true;
	PGresult *r;

	if (!db->copying)
		return 0;
	db->copying = false;
	while ((r = PQgetResult(db->conn)) != NULL) {
		if (good && !pq_is_ok(r)) {
			good = false;
			pq_failed(db, r, err);
		}
		PQclear(r);
	}
	return good ? 0 : -1;
}

/* Sends what is in c. The server stores it while this process goes on. */
static int
send_rows(struct server_db *db, struct pq_copy *c, struct error *err)
{
	PGresult *r;
	bool begun;

	if (end_pipeline(db, err) != 0 || end_copy(db, err) != 0)
		return -1;
	pq_copy_end(c);
	if (c->rows.overflow)
		return error_set(err, "ledger: a row is too large for the server");
	r = PQexec(db->conn, c->sql);
	begun = PQresultStatus(r) == PGRES_COPY_IN;
	if (!begun)
		pq_failed(db, r, err);
	PQclear(r);
	if (!begun)
		return -1;
	if (PQputCopyData(db->conn, c->rows.data, (int)c->rows.len) != 1 ||
	    PQputCopyEnd(db->conn, NULL) != 1)
		return pq_failed(db, NULL, err);
	db->copying = true;
	buf_reset(&c->rows);
	return 0;
}

void
pq_drop_rows(struct server_db *db)
{
	struct pq_copy *c;

	while ((c = db->copies) != NULL) {
		db->copies = c->next;
		buf_reset(&c->rows);
		if (c->freed)
			pq_copy_delete(c);
	}
}

static int
send_all_rows(struct server_db *db, struct error *err)
{
	int rc = 0;

	for (struct pq_copy *c = db->copies; c != NULL && rc == 0; c = c->next)
		if (c->rows.len > 0)
			rc = send_rows(db, c, err);
	pq_drop_rows(db); /* after a failure the transaction is over */
	return rc;
}

int
pq_catch_up(struct server_db *db, struct error *err)
{
	if (send_all_rows(db, err) != 0)
		return -1;
	if (end_pipeline(db, err) != 0)
		return -1;
	return end_copy(db, err);
}

void
pq_give_up(struct server_db *db)
{
	struct error ignored;

	pq_drop_rows(db);
	(void)end_pipeline(db, &ignored);
	(void)end_copy(db, &ignored);
}

int
pq_copy_later(struct server_db *db, struct pq_copy *c, struct error *err)
{
	bool listed = false;

	for (const struct pq_copy *other = db->copies; other != NULL; other = other->next)
		listed = listed || other == c;
	if (!listed) {
		c->next = db->copies;
		db->copies = c;
	}
	return c->rows.len >= COPY_BYTES ? send_rows(db, c, err) : 0;
}

void
pq_copy_free(struct server_db *db, struct pq_copy *c)
{
	if (c == NULL)
		return;
	for (const struct pq_copy *other = db->copies; other != NULL; other = other->next)
		if (other == c) {
			c->freed = true;
			return;
		}
	pq_copy_delete(c);
}

PGresult *
pq_answer(struct server_db *db, pq_send_fn *send, void *what, struct error *err)
{
	PGresult *r;

	for (int tries = 1;; tries++) {
		if (pq_catch_up(db, err) != 0)
			return NULL;
		r = send(db, what);
		if (pq_is_ok(r))
			return r;
		pq_failed(db, r, err);
		PQclear(r);
		if (tries == TRIES_MAX || !pq_again(&db->base))
			return NULL;
	}
}

static PGresult *
send_text(struct server_db *db, void *what)
{
	const char *const *sql = what;

	return PQexec(db->conn, *sql);
}

int
pq_exec(struct db *base, const char *sql, struct error *err)
{
	PGresult *r = pq_answer(pq_server(base), send_text, &sql, err);

	PQclear(r);
	return r != NULL ? 0 : -1;
}
