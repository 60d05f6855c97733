/* PostgreSQL: the connection and its failures. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/db_pq.h"

/* The planner takes the rows of one run for a share of all rows. In a large ledger it would then compile,
 * start workers, or even read everything, instead of looking the rows up. */
#define PLANNER "SET jit=off; SET max_parallel_workers_per_gather=0; SET random_page_cost=1.1"
#define SERVER_OLDEST 130000 /* knows pg_current_xact_id_if_assigned() */

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

/* Temporary failures that leave nothing behind: shut down (57P0x), unreachable (08xxx), or chosen as
 * the victim of a deadlock (40xxx). */
static bool
passes(const struct server_db *db, const PGresult *r)
{
	return PQstatus(db->conn) == CONNECTION_BAD || state_is(r, "57P0") || state_is(r, "08") ||
	       state_is(r, "40");
}

int
pq_failed(struct server_db *db, const PGresult *r, struct error *err)
{
	const char *words = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

	db->passing = passes(db, r);
	if (words == NULL)
		words = PQerrorMessage(db->conn);
	return error_set(err, "ledger: %.*s", (int)strcspn(words, "\n"), words);
}

int
pq_ask_text(struct server_db *db, const char *sql, char *dst, size_t size, struct error *err)
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

/* Refuses a server that could lose committed data. */
static int
check_server(struct server_db *db, struct error *err)
{
	char encoding[16], fsync[8], commit[16];

	if (PQserverVersion(db->conn) < SERVER_OLDEST)
		return error_set(err, "the server is older than PostgreSQL %d: upgrade it",
		                 SERVER_OLDEST / 10000);
	if (pq_ask_text(db, "SHOW server_encoding", encoding, sizeof(encoding), err) != 0 ||
	    pq_ask_text(db, "SHOW fsync", fsync, sizeof(fsync), err) != 0 ||
	    pq_ask_text(db,
	                "SELECT set_config('synchronous_commit', CASE WHEN"
	                " current_setting('synchronous_commit')='off' THEN 'on' ELSE"
	                " current_setting('synchronous_commit') END, false)",
	                commit, sizeof(commit), err) != 0)
		return -1;
	if (strcmp(encoding, "UTF8") != 0)
		return error_set(err, "the database's encoding is %s: expected UTF8", encoding);
	if (strcmp(fsync, "on") != 0)
		return error_set(err, "the server runs with fsync = off: committed data would "
		                      "not survive a power cut");
	return 0;
}

int
pq_init(struct server_db *db, struct error *err)
{
	PGresult *r;
	int rc = 0;

	db->base.connection++;
	if (check_server(db, err) != 0)
		return -1;
	r = PQexec(db->conn, db->readonly ? "SET default_transaction_read_only=on;" PLANNER
	                                  : "SET default_transaction_read_only=off;" PLANNER);
	if (!pq_is_ok(r))
		rc = pq_failed(db, r, err);
	PQclear(r);
	return rc;
}

void
pq_pause_ms(long ms)
{
	const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&t, NULL); /* a signal may cut it short, which does no harm */
}

bool
pq_again(struct db *base)
{
	struct server_db *db = pq_server(base);
	int64_t ends = clock_tick_ms() + AWAY_MAX_MS;
	struct error ignored;

	if (!db->passing || db->in_transaction)
		return false;
	while (PQstatus(db->conn) == CONNECTION_BAD ||
	       PQtransactionStatus(db->conn) != PQTRANS_IDLE) {
		PQreset(db->conn);
		if (PQstatus(db->conn) == CONNECTION_OK && pq_init(db, &ignored) == 0)
			break;
		if (clock_tick_ms() >= ends)
			return false;
		pq_pause_ms(AWAY_TRY_MS);
	}
	db->passing = false;
	return true;
}
