/* PostgreSQL: opening, transactions, and the table of its functions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/db_pq.h"

#define XID_SIZE 24

/* Others may commit at any moment, unnoticed. */
static int64_t
server_stamp(struct db *db UNUSED)
{
	return -1;
}

static int64_t
server_changes(struct db *db)
{
	return pq_server(db)->changes;
}

/* Files that the URL or the environment names, and the standard folder. */
static void
server_each_file(const struct db *base, db_file_fn *fn, void *ctx)
{
	static const char *const named[] = {"passfile",    "sslcert", "sslkey",
	                                    "sslrootcert", "sslcrl",  "sslcrldir"};
	PQconninfoOption *options = PQconninfo(((const struct server_db *)base)->conn);
	const char *home = getenv("HOME");
	char *standard = home != NULL ? xasprintf("%s/.postgresql", home) : NULL;

	for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++)
		for (size_t i = 0; i < ARRAY_SIZE(named); i++)
			if (strcmp(o->keyword, named[i]) == 0 && o->val != NULL &&
			    o->val[0] != '\0')
				fn(ctx, o->val);
	if (standard != NULL)
		fn(ctx, standard);
	free(standard);
	PQconninfoFree(options);
}

static int
server_begin(struct db *base, struct error *err)
{
	struct server_db *db = pq_server(base);

	if (db->in_transaction)
		return error_set(err, "ledger: a transaction within a transaction");
	if (pq_exec(base, "BEGIN", err) != 0)
		return -1;
	db->in_transaction = true;
	return 0;
}

static void
server_rollback(struct db *base)
{
	struct server_db *db = pq_server(base);

	db->in_transaction = false;
	pq_give_up(db);
	if (PQstatus(db->conn) == CONNECTION_OK)
		PQclear(PQexec(db->conn, "ROLLBACK"));
}

static bool
server_in_transaction(const struct db *db)
{
	return ((const struct server_db *)db)->in_transaction;
}

/* The answer to a commit was lost. Asks the server whether it committed. */
static int
ask_commit(struct server_db *db, const char *xid, struct error *err)
{
	int64_t ends = clock_tick_ms() + AWAY_MAX_MS;
	char sql[64], status[24];

	if (xid[0] == '\0')
		return 0; /* the transaction wrote nothing */
	snprintf(sql, sizeof(sql), "SELECT pg_xact_status('%s')", xid);
	do {
		if (!pq_again(&db->base) ||
		    pq_ask_text(db, sql, status, sizeof(status), err) != 0) {
			db->passing = PQstatus(db->conn) == CONNECTION_BAD;
			continue;
		}
		if (strcmp(status, "committed") == 0)
			return 0;
		db->passing = true;
		if (strcmp(status, "aborted") == 0)
			return error_set(err, "ledger: the connection was lost before the commit");
		pq_pause_ms(AWAY_TRY_MS);
	} while (clock_tick_ms() < ends);
	db->passing = false; /* never repeat a commit of unknown result */
	return error_set(err, "ledger: the connection was lost, and it is not known whether the "
	                      "last change was committed");
}

static int
server_commit(struct db *base, struct error *err)
{
	struct server_db *db = pq_server(base);
	char xid[XID_SIZE];
	PGresult *r;
	int rc = -1;

	if (pq_catch_up(db, err) != 0 ||
	    pq_ask_text(db, "SELECT pg_current_xact_id_if_assigned()", xid, sizeof(xid), err) != 0)
		return -1;
	r = PQexec(db->conn, "COMMIT");
	if (pq_is_ok(r) && strcmp(PQcmdStatus(r), "COMMIT") == 0)
		rc = 0;
	else if (pq_is_ok(r))
		error_set(err, "ledger: the server rolled the transaction back");
	else
		pq_failed(db, r, err);
	PQclear(r);
	db->in_transaction = false;
	if (rc != 0 && db->passing && PQstatus(db->conn) == CONNECTION_BAD)
		rc = ask_commit(db, xid, err);
	return rc;
}

static void
be_silent(void *ctx UNUSED, const PGresult *r UNUSED)
{
	/* drops notices such as "table does not exist, skipping" */
}

static void
server_close(struct db *base)
{
	pq_drop_rows(pq_server(base));
	PQfinish(pq_server(base)->conn);
	free(base);
}

static const struct db_ops pq_ops = {
	.engine = DB_SERVER,
	.close = server_close,
	.exec = pq_exec,
	.begin = server_begin,
	.commit = server_commit,
	.rollback = server_rollback,
	.in_transaction = server_in_transaction,
	.again = pq_again,
	.prepare = pq_prepare,
	.changes = server_changes,
	.stamp = server_stamp,
	.each_file = server_each_file,
	.stmt_free = pq_stmt_free,
	.bind_int = pq_bind_int,
	.bind_text = pq_bind_text,
	.bind_borrowed = pq_bind_borrowed,
	.step = pq_step,
	.reset = pq_reset,
	.run_later = pq_run_later,
	.get_int = pq_int,
	.get_text = pq_text,
	.is_null = pq_is_null,
};

/* Such as "postgresql://ann:x/y@host/db", where libpq takes "ann" for the host, and quotes "x" as its port. */
static bool
has_late_at(const char *url)
{
	const char *host = strstr(url, "://"), *path = host != NULL ? strchr(host + 3, '/') : NULL;

	return path != NULL && memchr(path, '@', strcspn(path, "?")) != NULL;
}

/* Refuses a password, because more people can read a configuration than a password file. */
int
db_check_server(const char *url, struct error *err)
{
	char *why = NULL;
	PQconninfoOption *options = PQconninfoParse(url, &why);
	int rc = 0;

	if (options == NULL)
		/* behind a colon stands a part of the URL, which may be a password */
		rc = error_set(err, "libpq cannot read the URL: %.*s",
		               why != NULL ? (int)strcspn(why, ":\n") : 0, why != NULL ? why : "");
	for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++)
		if (o->dispchar[0] == '*' && o->val != NULL) /* "password", "sslpassword" */
			rc = error_set(err, "the URL holds a password: put it into a "
			                    "password file (~/.pgpass or passfile=)");
	if (rc == 0 && has_late_at(url))
		rc = error_set(err, "the URL has an @ behind its first slash: percent-encode it "
		                    "(%%40), and put a password into a password file");
	PQconninfoFree(options);
	PQfreemem(why);
	return rc;
}

struct db *
db_open_server(const char *url, bool readonly, struct error *err)
{
	/* the URL (dbname) may override the keys before it */
	static const char *const key[] = {"connect_timeout", "keepalives_idle",           "dbname",
	                                  "client_encoding", "fallback_application_name", NULL};
	const char *const value[] = {"10", "30", url, "UTF8", "unpilot", NULL};
	struct server_db *db;

	if (db_check_server(url, err) != 0)
		return NULL;
	db = xcalloc(1, sizeof(*db));
	db->base.ops = &pq_ops;
	db->readonly = readonly;
	db->conn = PQconnectdbParams(key, value, 1);
	PQsetNoticeReceiver(db->conn, be_silent, NULL);
	if (PQstatus(db->conn) != CONNECTION_OK)
		pq_failed(db, NULL, err);
	else if (pq_init(db, err) == 0)
		return &db->base;
	server_close(&db->base);
	return NULL;
}
