/* PostgreSQL: the connection, its failures, and transactions over them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/db_pq.h"

#define AWAY_MAX_MS 60000    /* a server that is restarted is back by then */
#define AWAY_LOOK_MS 200     /* how often it is looked for */
#define TRIES_MAX 5          /* of one statement */
#define SERVER_OLDEST 130000 /* knows pg_current_xact_id_if_assigned() */
#define XID_SIZE 24

static struct server_db *
server(struct db *db)
{
	return (struct server_db *)db;
}

/* ---- failures ---- */

bool
pq_is_ok(const PGresult *r)
{
	ExecStatusType status = PQresultStatus(r);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static bool
state_is(const PGresult *r, const char *start)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);

	return state != NULL && strncmp(state, start, strlen(start)) == 0;
}

/* Shut down (57P0x), away (08xxx), or chosen as the victim of a deadlock (40xxx): all of it passes,
 * and nothing of the statement is left. */
static bool
passes(const struct server_db *db, const PGresult *r)
{
	return PQstatus(db->conn) == CONNECTION_BAD || state_is(r, "57P0") || state_is(r, "08") ||
	       state_is(r, "40");
}

/* r may be NULL. The engine's words, on one line. */
int
pq_failed(struct server_db *db, const PGresult *r, struct error *err)
{
	const char *words = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

	db->passing = passes(db, r);
	if (words == NULL)
		words = PQerrorMessage(db->conn);
	return error_set(err, "ledger: %.*s", (int)strcspn(words, "\n"), words);
}

static void
be_silent(void *ctx UNUSED, const PGresult *r UNUSED)
{
	/* notices ("table does not exist, skipping") are no news */
}

/* ---- the connection ---- */

/* A query of one value. 0, or -1 with *err. */
static int
ask_text(struct server_db *db, const char *sql, char *dst, size_t size, struct error *err)
{
	PGresult *r = PQexec(db->conn, sql);
	int rc = 0;

	dst[0] = '\0';
	if (PQresultStatus(r) != PGRES_TUPLES_OK || PQntuples(r) != 1)
		rc = pq_failed(db, r, err);
	else
		snprintf(dst, size, "%s", PQgetvalue(r, 0, 0));
	PQclear(r);
	return rc;
}

/* What the promises of a ledger rest on. */
static int
check_server(struct server_db *db, struct error *err)
{
	char encoding[16], fsync[8], commit[16];

	if (PQserverVersion(db->conn) < SERVER_OLDEST)
		return error_set(err, "the server is older than PostgreSQL %d",
		                 SERVER_OLDEST / 10000);
	if (ask_text(db, "SHOW server_encoding", encoding, sizeof(encoding), err) != 0 ||
	    ask_text(db, "SHOW fsync", fsync, sizeof(fsync), err) != 0 ||
	    ask_text(db,
	             "SELECT set_config('synchronous_commit', CASE WHEN"
	             " current_setting('synchronous_commit')='off' THEN 'on' ELSE"
	             " current_setting('synchronous_commit') END, false)",
	             commit, sizeof(commit), err) != 0)
		return -1;
	if (strcmp(encoding, "UTF8") != 0)
		return error_set(err, "the database's encoding is %s: expected UTF8", encoding);
	if (strcmp(fsync, "on") != 0)
		return error_set(err, "the server runs with fsync = off: what is written would "
		                      "not outlive a power cut");
	return 0;
}

static int
greet(struct server_db *db, struct error *err)
{
	PGresult *r;
	int rc = 0;

	db->generation++;
	if (check_server(db, err) != 0)
		return -1;
	r = PQexec(db->conn, db->readonly ? "SET default_transaction_read_only=on; SET jit=off"
	                                  : "SET default_transaction_read_only=off; SET jit=off");
	if (!pq_is_ok(r))
		rc = pq_failed(db, r, err);
	PQclear(r);
	return rc;
}

static void
pause_ms(long ms)
{
	const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&t, NULL); /* cut short by a signal it looks sooner, that is all */
}

static bool
server_again(struct db *base)
{
	struct server_db *db = server(base);
	int64_t ends = clock_tick_ms() + AWAY_MAX_MS;
	struct error ignored;

	if (!db->passing || db->in_transaction)
		return false;
	while (PQstatus(db->conn) == CONNECTION_BAD ||
	       PQtransactionStatus(db->conn) != PQTRANS_IDLE) {
		PQreset(db->conn);
		if (PQstatus(db->conn) == CONNECTION_OK && greet(db, &ignored) == 0)
			break;
		if (clock_tick_ms() >= ends)
			return false;
		pause_ms(AWAY_LOOK_MS);
	}
	db->passing = false;
	return true;
}

/* Takes the answers to what was sent without waiting. */
int
pq_catch_up(struct server_db *db, struct error *err)
{
	bool good = true;
	PGresult *r;

	if (db->later == 0)
		return 0;
	db->later = 0;
	if (PQpipelineSync(db->conn) != 1)
		return pq_failed(db, NULL, err);
	for (int nothing = 0;
	     nothing < 2;) { /* one between two answers, two where none will come */
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

/* Sends and waits; outside a transaction once more where the failure passes. NULL with *err. */
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
		if (tries == TRIES_MAX || !server_again(&db->base))
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
	PGresult *r = pq_answer(server(base), send_text, &sql, err);

	PQclear(r);
	return r != NULL ? 0 : -1;
}

/* Others may commit at any moment. */
static int64_t
server_stamp(struct db *db UNUSED)
{
	return -1;
}

static int64_t
server_changes(struct db *db)
{
	return server(db)->changes;
}

/* Those that the URL or the environment names, and the standard ones. */
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

/* ---- transactions ---- */

static int
server_begin(struct db *base, struct error *err)
{
	struct server_db *db = server(base);

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
	struct server_db *db = server(base);
	struct error ignored;

	db->in_transaction = false;
	if (PQstatus(db->conn) == CONNECTION_BAD)
		return; /* it went with the connection */
	(void)pq_catch_up(db, &ignored);
	if (PQstatus(db->conn) == CONNECTION_OK)
		PQclear(PQexec(db->conn, "ROLLBACK"));
}

static bool
server_in_transaction(const struct db *db)
{
	return ((const struct server_db *)db)->in_transaction;
}

/* The answer to a commit was lost: the server keeps what came of it. */
static int
ask_commit(struct server_db *db, const char *xid, struct error *err)
{
	int64_t ends = clock_tick_ms() + AWAY_MAX_MS;
	char sql[64], status[24];

	if (xid[0] == '\0')
		return 0; /* it wrote nothing */
	snprintf(sql, sizeof(sql), "SELECT pg_xact_status('%s')", xid);
	do {
		if (!server_again(&db->base) ||
		    ask_text(db, sql, status, sizeof(status), err) != 0) {
			db->passing = PQstatus(db->conn) == CONNECTION_BAD;
			continue;
		}
		if (strcmp(status, "committed") == 0)
			return 0;
		db->passing = true;
		if (strcmp(status, "aborted") == 0)
			return error_set(err, "ledger: the connection was lost before the commit");
		pause_ms(AWAY_LOOK_MS);
	} while (clock_tick_ms() < ends);
	db->passing = false; /* what is not known must not be done again */
	return error_set(err, "ledger: the connection was lost, and it is not known whether the "
	                      "last change was committed");
}

static int
server_commit(struct db *base, struct error *err)
{
	struct server_db *db = server(base);
	char xid[XID_SIZE];
	PGresult *r;
	int rc = -1;

	if (pq_catch_up(db, err) != 0 ||
	    ask_text(db, "SELECT pg_current_xact_id_if_assigned()", xid, sizeof(xid), err) != 0)
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

/* ---- opening ---- */

static void
server_close(struct db *base)
{
	PQfinish(server(base)->conn);
	free(base);
}

const struct db_ops pq_ops = {
	.engine = DB_SERVER,
	.close = server_close,
	.exec = pq_exec,
	.begin = server_begin,
	.commit = server_commit,
	.rollback = server_rollback,
	.in_transaction = server_in_transaction,
	.again = server_again,
	.prepare = pq_prepare,
	.changes = server_changes,
	.stamp = server_stamp,
	.each_file = server_each_file,
	.stmt_free = pq_stmt_free,
	.bind_int = pq_bind_int,
	.bind_text = pq_bind_text,
	.bind_borrowed = pq_bind_text,
	.step = pq_step,
	.reset = pq_reset,
	.run_later = pq_run_later,
	.get_int = pq_int,
	.get_text = pq_text,
	.is_null = pq_is_null,
};

/* A configuration is read by more people than a password file. */
static int
check_url(const char *url, struct error *err)
{
	char *why = NULL;
	PQconninfoOption *options = PQconninfoParse(url, &why);
	int rc = 0;

	if (options == NULL)
		rc = error_set(err, "the URL is none that libpq reads: %.*s",
		               why != NULL ? (int)strcspn(why, "\n") : 0, why != NULL ? why : "");
	for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++)
		if (strcmp(o->keyword, "password") == 0 && o->val != NULL)
			rc = error_set(err, "the URL holds a password: a password file "
			                    "(~/.pgpass, or passfile=) keeps it");
	PQconninfoFree(options);
	PQfreemem(why);
	return rc;
}

struct db *
db_open_server(const char *url, bool readonly, struct error *err)
{
	/* what stands before dbname may be set otherwise by the URL */
	static const char *const key[] = {"connect_timeout", "keepalives_idle",           "dbname",
	                                  "client_encoding", "fallback_application_name", NULL};
	const char *const value[] = {"10", "30", url, "UTF8", "unpilot", NULL};
	struct server_db *db;

	if (check_url(url, err) != 0)
		return NULL;
	db = xcalloc(1, sizeof(*db));
	db->base.ops = &pq_ops;
	db->readonly = readonly;
	db->conn = PQconnectdbParams(key, value, 1);
	PQsetNoticeReceiver(db->conn, be_silent, NULL);
	if (PQstatus(db->conn) != CONNECTION_OK)
		pq_failed(db, NULL, err);
	else if (greet(db, err) == 0)
		return &db->base;
	server_close(&db->base);
	return NULL;
}
