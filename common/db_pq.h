/*
 * PostgreSQL in three files: db_pq_link.c has the connection and its failures, db_pq_stmt.c statements
 * and their results, db_pq.c transactions and opening. Only for these files.
 */
#ifndef COMMON_DB_PQ_H
#define COMMON_DB_PQ_H

#include <libpq-fe.h>

#include "common/db_engine.h"

struct server_db {
	struct db base;
	PGconn *conn;
	unsigned names; /* of statements, given so far */
	bool readonly;
	bool in_transaction; /* from begin to commit or rollback, even if the connection is lost */
	bool passing;        /* the last failure was temporary: see db_again() */
	unsigned later;      /* statements sent without reading their answers, in pipeline mode */
	int64_t changes;
};

struct db_stmt *pq_prepare(struct db *db, const char *sql, bool reader, struct error *err);
void pq_stmt_free(struct db_stmt *s);
void pq_bind_int(struct db_stmt *s, int index, int64_t value);
void pq_bind_text(struct db_stmt *s, int index, const char *text);
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

bool pq_is_ok(const PGresult *r);
/* Sets *err to the first line of the message; r may be NULL. Returns -1. */
int pq_failed(struct server_db *db, const PGresult *r, struct error *err);
/* Reads the answers to all statements that were sent without waiting. */
int pq_catch_up(struct server_db *db, struct error *err);
typedef PGresult *pq_send_fn(struct server_db *db, void *what);
/* Sends and waits for the answer. Outside a transaction, tries again after a temporary failure. NULL
 * with *err. */
PGresult *pq_answer(struct server_db *db, pq_send_fn *send, void *what, struct error *err);
bool pq_again(struct db *base);
/* Checks the server and sets up a new connection. */
int pq_init(struct server_db *db, struct error *err);
/* Runs a query for one value. */
int pq_ask_text(struct server_db *db, const char *sql, char *dst, size_t size, struct error *err);
void pq_pause_ms(long ms);
int pq_exec(struct db *base, const char *sql, struct error *err);

#endif
