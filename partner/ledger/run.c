/* Runs: made, found, counted. */
#include "partner/ledger/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/crypto.h"
#include "common/file.h"
#include "common/text.h"

#define RUN_COLUMNS "run.id, run.name, run.state, run.started, run.finished, run.exit_code, run.out"

void
ledger_run_release(struct ledger_run *r)
{
	free(r->out);
	r->out = NULL;
}

static void
read_run(struct db_stmt *s, struct ledger_run *r)
{
	*r = (struct ledger_run){
		.id = db_int(s, 0),
		.state = (enum run_state)db_int(s, 2),
		.started = db_int(s, 3),
		.finished = db_int(s, 4),
		.exit_code = (int)db_int(s, 5),
		.out = xstrdup(db_text(s, 6)),
	};
	(void)text_copy(r->name, sizeof(r->name), db_text(s, 1));
}

static int
find_run(struct ledger *l, const char *sql, const struct store_arg *arg, size_t count,
         struct ledger_run *ret, struct error *err)
{
	struct db_stmt *s = store_stmt(l, sql, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	store_bind(s, arg, count);
	step = db_step(s, err);
	if (step == DB_ROW)
		read_run(s, ret);
	db_reset(s);
	return (int)step;
}

/* The random part keeps two runs of one second apart; the loop makes it certain. */
static int
new_name(struct ledger *l, int64_t now, char name[static LEDGER_RUN_ID_SIZE], struct error *err)
{
	static const char sql[] = "SELECT 1 FROM run WHERE name = ?1";
	char compact[CLOCK_COMPACT_SIZE];
	uint16_t random;
	int64_t found;
	int rc;

	clock_compact(now, compact);
	do {
		crypto_random(&random, sizeof(random));
		snprintf(name, LEDGER_RUN_ID_SIZE, "%s-%04x", compact, (unsigned)random);
		rc = store_number(l, sql, ARGS(TXT(name)), &found, err);
	} while (rc == 1);
	return rc;
}

int
ledger_run_create(struct ledger *l, const char *out_dir, struct ledger_run *ret, struct error *err)
{
	static const char sql[] =
		"INSERT INTO run (name, state, started, out) VALUES (?1, 0, ?2, ?3)";
	struct ledger_run r = {.state = RUN_PLANNED, .started = clock_now(), .exit_code = -1};

	if (new_name(l, r.started, r.name, err) != 0)
		return -1;
	r.out = file_join(out_dir, r.name);
	if (store_run(l, sql, ARGS(TXT(r.name), NUM(r.started), TXT(r.out)), err) != 0) {
		ledger_run_release(&r);
		return -1;
	}
	r.id = db_last_id(l->db);
	*ret = r;
	return 0;
}

int
ledger_run_find(struct ledger *l, const char *name, struct ledger_run *ret, struct error *err)
{
	static const char latest[] = "SELECT " RUN_COLUMNS " FROM run ORDER BY id DESC LIMIT 1";
	static const char named[] = "SELECT " RUN_COLUMNS " FROM run WHERE name = ?1";

	if (name == NULL)
		return find_run(l, latest, NULL, 0, ret, err);
	return find_run(l, named, ARGS(TXT(name)), ret, err);
}

int
ledger_find_digest(struct ledger *l, const char *digest, int64_t except_run, struct ledger_run *ret,
                   struct error *err)
{
	static const char sql[] = "SELECT " RUN_COLUMNS " FROM list JOIN run ON run.id = list.run"
							  " WHERE list.digest = ?1 AND run.id <> ?2 AND run.state <> 0"
							  " ORDER BY run.id DESC LIMIT 1";

	return find_run(l, sql, ARGS(TXT(digest), NUM(except_run)), ret, err);
}

int
ledger_run_set_state(struct ledger *l, int64_t run, enum run_state state, int exit_code,
                     struct error *err)
{
	static const char sql[] =
		"UPDATE run SET state = ?2, exit_code = ?3, finished = ?4 WHERE id = ?1";
	int64_t finished = state == RUN_FINISHED ? clock_now() : 0;

	if (store_run(l, sql, ARGS(NUM(run), NUM(state), NUM(exit_code), NUM(finished)), err) != 0)
		return -1;
	if (db_changes(l->db) != 1)
		return error_set(err, "ledger: no run with id %lld", (long long)run);
	return 0;
}

/*
 * What can be said of a row now: tied rows stand with the one that is asked; not-sent rows of
 * a batch on its way are pending or unknown, even before anybody has written that down.
 */
#define SQL_COUNTS                                                                                 \
	"SELECT CASE WHEN coalesce(o.outcome, row.outcome) <> " SQL_NOT_SENT                             \
	" THEN coalesce(o.outcome, row.outcome)"                                                         \
	" WHEN b.state = " SQL_ACCEPTED " THEN " SQL_PENDING                                             \
	" WHEN b.state = " SQL_SENT " THEN " SQL_UNKNOWN                                                 \
	" ELSE " SQL_NOT_SENT " END AS effective, count(*)"                                              \
	" FROM row LEFT JOIN row AS o ON o.id = row.same_as"                                             \
	" LEFT JOIN batch AS b ON b.id = CASE WHEN coalesce(o.outcome, row.outcome) = " SQL_NOT_SENT     \
	" THEN coalesce(o.batch, row.batch) END"                                                         \
	" WHERE " SQL_IN_RUN " GROUP BY effective"

int
ledger_counts(struct ledger *l, int64_t run, int64_t counts[static OUTCOME_COUNT], struct error *err)
{
	static const char sql[] = SQL_COUNTS;
	struct db_stmt *s = store_stmt(l, sql, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	memset(counts, 0, OUTCOME_COUNT * sizeof(*counts));
	store_bind(s, ARGS(NUM(run)));
	while ((step = db_step(s, err)) == DB_ROW) {
		int64_t outcome = db_int(s, 0);
		if (outcome >= 0 && outcome < OUTCOME_COUNT)
			counts[outcome] = db_int(s, 1);
	}
	db_reset(s);
	return (int)step;
}

int
ledger_each_run(struct ledger *l, ledger_run_fn *fn, void *ctx, struct error *err)
{
	struct db_stmt *s =
		db_prepare(l->db, "SELECT " RUN_COLUMNS " FROM run ORDER BY id DESC", err);
	int64_t counts[OUTCOME_COUNT];
	enum db_step step = DB_DONE;
	int rc = 0;

	if (s == NULL)
		return -1;
	while (rc == 0 && (step = db_step(s, err)) == DB_ROW) {
		struct ledger_run r;
		read_run(s, &r);
		rc = ledger_counts(l, r.id, counts, err);
		if (rc == 0)
			rc = fn(ctx, &r, counts, err);
		ledger_run_release(&r);
	}
	db_stmt_free(s);
	return rc == 0 && step == DB_DONE ? 0 : -1;
}
