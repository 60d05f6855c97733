/* Rows in SQLite, with the settings of the program's ledger. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/floor.h"

struct floor_ledger {
	sqlite3 *db;
	sqlite3_stmt *insert, *update;
};

static void
run_sql(struct floor_ledger *l, const char *sql)
{
	if (sqlite3_exec(l->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		floor_die(sqlite3_errmsg(l->db));
}

static void
step(struct floor_ledger *l, sqlite3_stmt *s)
{
	if (sqlite3_step(s) != SQLITE_DONE || sqlite3_reset(s) != SQLITE_OK)
		floor_die(sqlite3_errmsg(l->db));
}

/* Stores the columns that a ledger must store, without indexes. */
void
floor_ledger_open(struct floor *f, const char *work)
{
	struct floor_ledger *l = calloc(1, sizeof(*l));
	char path[PATH_SIZE];

	floor_turn_to(f, INSERT);
	f->ledger = l;
	snprintf(path, sizeof(path), "%s/floor.db", work);
	if (l == NULL || sqlite3_open(path, &l->db) != SQLITE_OK)
		floor_die(path);
	run_sql(l, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-3072;"
	           "CREATE TABLE row(id INTEGER PRIMARY KEY, line INTEGER, batch INTEGER,"
	           " serial TEXT, pkid TEXT, manufacturer TEXT, model TEXT, customer TEXT,"
	           " join_type INTEGER, mdm INTEGER, via INTEGER, purpose INTEGER, ticket TEXT,"
	           " outcome INTEGER, reason TEXT, decided INTEGER)");
	if (sqlite3_prepare_v2(l->db,
	                       "INSERT INTO row VALUES(NULL,?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,"
	                       "0,'',0)",
	                       -1, &l->insert, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(l->db,
	                       "UPDATE row SET outcome=?1, reason=?2, decided=?3 WHERE id=?4", -1,
	                       &l->update, NULL) != SQLITE_OK)
		floor_die(sqlite3_errmsg(l->db));
	run_sql(l, "BEGIN");
}

static int
number_of(const char *word, const char *const *words)
{
	int i = 0;

	while (words[i] != NULL && strcmp(words[i], word) != 0)
		i++;
	return i;
}

static void
insert_row(struct floor *f, size_t i)
{
	struct floor_ledger *l = f->ledger;
	static const enum column texts[] = {SERIAL, PKID, MANUFACTURER, MODEL, CUSTOMER};
	static const char *const join[] = {"entra", "hybrid", NULL};
	static const char *const mdm[] = {"intune", "was-intune", "none", "other", NULL};
	static const char *const via[] = {"partner", NULL};
	static const char *const purpose[] = {"repair", "retire", NULL};
	const char *const *field = f->rows.field[i];

	sqlite3_bind_int64(l->insert, 1, f->batches * BATCH + (long)i + 2);
	sqlite3_bind_int64(l->insert, 2, f->batches + 1);
	for (int t = 0; t < 5; t++)
		sqlite3_bind_text(l->insert, 3 + t, field[texts[t]], -1, SQLITE_STATIC);
	sqlite3_bind_int(l->insert, 8, number_of(field[JOIN], join));
	sqlite3_bind_int(l->insert, 9, number_of(field[MDM], mdm));
	sqlite3_bind_int(l->insert, 10, number_of(field[VIA], via));
	sqlite3_bind_int(l->insert, 11, number_of(field[PURPOSE], purpose));
	sqlite3_bind_text(l->insert, 12, field[TICKET], -1, SQLITE_STATIC);
	step(l, l->insert);
}

void
floor_ledger_insert(struct floor *f)
{
	enum part before = floor_turn_to(f, INSERT);

	for (size_t i = 0; i < f->rows.count; i++)
		insert_row(f, i);
	floor_turn_to(f, before);
}

void
floor_ledger_update(struct floor *f)
{
	struct floor_ledger *l = f->ledger;
	long now = time(NULL);

	floor_turn_to(f, UPDATE);
	run_sql(l, "BEGIN");
	for (size_t i = 0; i < f->rows.count; i++) {
		sqlite3_bind_int(l->update, 1, f->verdict[i].code);
		sqlite3_bind_text(l->update, 2, f->verdict[i].name, -1, SQLITE_STATIC);
		sqlite3_bind_int64(l->update, 3, now);
		sqlite3_bind_int64(l->update, 4, f->batches * BATCH + (long)i + 1);
		step(l, l->update);
	}
	run_sql(l, "COMMIT");
}

void
floor_ledger_commit(struct floor *f)
{
	floor_turn_to(f, INSERT);
	run_sql(f->ledger, "COMMIT");
}

/* Closing moves the rest of the write-ahead log into the database. */
void
floor_ledger_close(struct floor *f)
{
	struct floor_ledger *l = f->ledger;

	floor_turn_to(f, UPDATE);
	sqlite3_finalize(l->insert);
	sqlite3_finalize(l->update);
	if (sqlite3_close(l->db) != SQLITE_OK)
		floor_die("cannot close the database");
	free(l);
}
