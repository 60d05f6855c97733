/*
 * PostgreSQL in five files: db_pq_link.c has the connection and its failures, db_pq_send.c sends with
 * and without waiting for answers, db_pq_copy.c encodes rows, db_pq_stmt.c has statements and their
 * results, db_pq.c transactions and opening. Only for these files.
 */
#ifndef COMMON_DB_PQ_H
#define COMMON_DB_PQ_H

#include <libpq-fe.h>

#include "common/buf.h"
#include "common/db_engine.h"

struct pq_copy;

struct server_db {
	struct db base;
	PGconn *conn;
	unsigned names; /* of statements, given so far */
	bool readonly;
	bool in_transaction; /* from begin to commit or rollback, even if the connection is lost */
	bool passing;        /* the last failure was temporary: see db_again() */
	unsigned later;      /* statements sent without reading their answers, in pipeline mode */
	bool copying;        /* all rows of a COPY are sent, its answer is not read */
	struct pq_copy *copies; /* with rows that are not sent */
	int64_t changes;
};

struct db_stmt *pq_prepare(struct db *db, const char *sql, bool reader, struct error *err);
void pq_stmt_free(struct db_stmt *s);
void pq_bind_int(struct db_stmt *s, int index, int64_t value);
void pq_bind_text(struct db_stmt *s, int index, const char *text);
void pq_bind_borrowed(struct db_stmt *s, int index, const char *text);
enum db_step pq_step(struct db_stmt *s, struct error *err);
void pq_reset(struct db_stmt *s);
int pq_run_later(struct db_stmt *s, struct error *err);
int64_t pq_int(struct db_stmt *s, int column);
const char *pq_text(struct db_stmt *s, int column);
bool pq_is_null(struct db_stmt *s, int column);

#define AWAY_MAX_MS 60000 /* a restarted server is back by then */
#define AWAY_TRY_MS 200   /* between two tries to reach it */

static inline struct server_db *
pq_server(struct db *db)
{
	return (struct server_db *)db;
}

/* ---- db_pq_link.c ---- */

bool pq_is_ok(const PGresult *r);
/* Sets *err to the first line of the message; r may be NULL. Returns -1. */
int pq_failed(struct server_db *db, const PGresult *r, struct error *err);
bool pq_again(struct db *base);
/* Checks the server and sets up a new connection. */
int pq_init(struct server_db *db, struct error *err);
/* Runs a query for one value. */
int pq_ask_text(struct server_db *db, const char *sql, char *dst, size_t size, struct error *err);
void pq_pause_ms(long ms);

/* ---- db_pq_send.c ---- */

/* Sends rows that are left, and reads the answers to everything that was sent without waiting. */
int pq_catch_up(struct server_db *db, struct error *err);
void pq_drop_rows(struct server_db *db); /* forgets rows that are left */
/* Before a rollback: the same, and reads the answers that are left. */
void pq_give_up(struct server_db *db);
typedef PGresult *pq_send_fn(struct server_db *db, void *what);
/* Sends and waits for the answer. Outside a transaction, tries again after a temporary failure. NULL
 * with *err. */
PGresult *pq_answer(struct server_db *db, pq_send_fn *send, void *what, struct error *err);
int pq_exec(struct db *base, const char *sql, struct error *err);
/* After a row was added to c: sends the rows unless they are few. */
int pq_copy_later(struct server_db *db, struct pq_copy *c, struct error *err);
/* Frees c, or leaves that to the next pq_catch_up() if c has rows. Accepts NULL. */
void pq_copy_free(struct server_db *db, struct pq_copy *c);

/* ---- db_pq_copy.c ---- */

struct pq_copy {
	struct pq_copy *next; /* in the list of the connection, if there are rows */
	char *sql;            /* COPY table(columns) FROM STDIN (FORMAT binary) */
	struct buf rows;      /* in this format */
	bool freed;           /* its statement is freed */
};
struct pq_copy *pq_copy_new(const char *sql);
/* A row is its number of columns and then each value: a BIGINT, or a TEXT (NULL: NULL). */
void pq_copy_row(struct pq_copy *c, int columns);
void pq_copy_int(struct pq_copy *c, int64_t value);
void pq_copy_text(struct pq_copy *c, const char *text);
/* After the last row: adds the end of the format. */
void pq_copy_end(struct pq_copy *c);
void pq_copy_delete(struct pq_copy *c);

#endif
