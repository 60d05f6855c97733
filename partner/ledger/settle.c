/*
 * Settling a run: equal rows tied, contradictions rejected, recent ones held, customers' rows
 * listed. A few statements over the whole run; SQLite's sorter does what an index would, faster.
 * Numbers (ident) find candidates, texts decide: two devices with one number stay two.
 */
#include "partner/ledger/store.h"

#include "common/clock.h"

static const char work_tables[] =
	"CREATE TEMP TABLE IF NOT EXISTS dup (ident INTEGER PRIMARY KEY);"
	"CREATE TEMP TABLE IF NOT EXISTS dup_serial (serial TEXT PRIMARY KEY) WITHOUT ROWID;"
	"CREATE TEMP TABLE IF NOT EXISTS same (id INTEGER PRIMARY KEY, root INTEGER, key TEXT,"
	" pkid TEXT, customer INTEGER, serial TEXT);"
	"CREATE TEMP TABLE IF NOT EXISTS tie (id INTEGER PRIMARY KEY, root INTEGER, other INTEGER,"
	" why TEXT, column_name TEXT);"
	"CREATE TEMP TABLE IF NOT EXISTS past (ident INTEGER PRIMARY KEY, earlier INTEGER);"
	"CREATE TEMP TABLE IF NOT EXISTS hold (id INTEGER PRIMARY KEY, earlier INTEGER);"
	"DELETE FROM temp.dup; DELETE FROM temp.dup_serial; DELETE FROM temp.same;"
	"DELETE FROM temp.tie; DELETE FROM temp.past; DELETE FROM temp.hold;";

#define SQL_GOOD SQL_IN_RUN " AND row.outcome <> " SQL_REJECTED
#define SQL_TUPLE "row.serial || char(31) || row.manufacturer || char(31) || row.model"
#define SQL_FULL_TUPLE "row.serial <> '' AND row.manufacturer <> '' AND row.model <> ''"
#define WHY_CUSTOMER "'the same device stands under different customers'"
#define WHY_SERIAL "'the same Product Key ID stands beside different serial numbers'"

/* ---- rows that send the same ---- */

static const char find_dups[] = "INSERT INTO temp.dup SELECT row.ident FROM row WHERE " SQL_GOOD
								" GROUP BY row.ident HAVING count(*) > 1";
static const char take_dups[] =
	"INSERT INTO temp.same SELECT row.id, row.id,"
	" CASE WHEN row.pkid <> '' THEN 'P' || row.pkid ELSE 'T' || " SQL_TUPLE " END,"
	" row.pkid, row.customer, nullif(lower(row.serial), '')"
	" FROM row WHERE " SQL_GOOD " AND row.ident IN (SELECT ident FROM temp.dup)";
/* `other` is a row that contradicts this one; NULL: none, and the row is tied to the root. */
static const char judge_dups[] =
	"INSERT INTO temp.tie (id, root, other, why, column_name)"
	" WITH a AS (SELECT *, min(id) OVER w AS first, count(*) OVER w AS n,"
	"  first_value(customer) OVER (PARTITION BY key ORDER BY id) AS c1, min(serial) OVER w AS s1"
	"  FROM temp.same WINDOW w AS (PARTITION BY key)),"
	" b AS (SELECT *, min(CASE WHEN customer <> c1 THEN id END) OVER k AS other_c,"
	"  min(CASE WHEN serial <> s1 THEN id END) OVER k AS other_s,"
	"  min(CASE WHEN serial = s1 THEN id END) OVER k AS with_s1"
	"  FROM a WHERE n > 1 WINDOW k AS (PARTITION BY key))"
	" SELECT id, first, CASE WHEN customer <> c1 THEN first WHEN other_c IS NOT NULL THEN other_c"
	"  WHEN other_s IS NULL THEN NULL WHEN serial = s1 THEN other_s ELSE with_s1 END,"
	" CASE WHEN other_c IS NOT NULL THEN " WHY_CUSTOMER " ELSE " WHY_SERIAL " END,"
	" CASE WHEN other_c IS NOT NULL THEN 'Customer' ELSE 'Serial Number' END FROM b";

/* ---- a row by its tuple, another by its PKID with that tuple ---- */

static const char has_tuple_only[] = "SELECT 1 FROM row WHERE " SQL_GOOD " AND row.pkid = '' LIMIT 1";
static const char has_both[] =
	"SELECT 1 FROM row WHERE " SQL_GOOD " AND row.pkid <> '' AND " SQL_FULL_TUPLE " LIMIT 1";
static const char find_mixed[] =
	"INSERT INTO temp.dup_serial SELECT row.serial FROM row WHERE " SQL_GOOD " AND " SQL_FULL_TUPLE
	" GROUP BY row.serial HAVING min(row.pkid) = '' AND max(row.pkid) <> ''";
static const char take_mixed[] =
	"INSERT INTO temp.same SELECT row.id, coalesce(row.same_as, row.id), " SQL_TUPLE ","
	" row.pkid, row.customer, '' FROM row WHERE " SQL_GOOD " AND " SQL_FULL_TUPLE
	" AND row.serial IN (SELECT serial FROM temp.dup_serial)";
/* A tuple that fits two PKIDs is tied to neither: it is asked by itself, and the service decides. */
static const char judge_mixed[] =
	"INSERT INTO temp.tie (id, root, other, why, column_name)"
	" WITH a AS (SELECT *, first_value(customer) OVER (PARTITION BY key ORDER BY id) AS c1,"
	"  min(id) OVER w AS first, min(pkid) OVER w AS p0, max(pkid) OVER w AS p2,"
	"  min(nullif(pkid, '')) OVER w AS p1,"
	"  min(CASE WHEN pkid <> '' THEN root END) OVER w AS target"
	"  FROM temp.same WINDOW w AS (PARTITION BY key)),"
	" b AS (SELECT *, min(CASE WHEN customer <> c1 THEN id END) OVER (PARTITION BY key) AS other_c"
	"  FROM a WHERE p0 = '' AND p2 <> '')"
	" SELECT id, CASE WHEN other_c IS NULL THEN target ELSE root END,"
	" CASE WHEN customer <> c1 THEN first ELSE other_c END, " WHY_CUSTOMER ", 'Customer'"
	" FROM b WHERE other_c IS NOT NULL OR (pkid = '' AND p1 = p2)";
/* A rejected row takes along those it was tied to: they are the same device. */
static const char reject_roots[] =
	"INSERT OR IGNORE INTO temp.tie SELECT root, root, other, why, column_name FROM temp.tie"
	" WHERE other IS NOT NULL";
static const char reject_tied[] =
	"INSERT OR IGNORE INTO temp.tie SELECT row.id, t.root, t.other, t.why, t.column_name"
	" FROM temp.tie AS t CROSS JOIN row ON row.same_as = t.root WHERE t.other IS NOT NULL";

static const char apply_rejects[] =
	"UPDATE row SET outcome = " SQL_REJECTED ", batch = NULL, same_as = NULL, decided = ?1,"
	" column_name = t.column_name,"
	" reason = t.why || ' (line ' || o.line || ' of ' || list.path || '): only one can be right'"
	" FROM temp.tie AS t CROSS JOIN row AS o ON o.id = t.other CROSS JOIN list ON list.id = o.list"
	" WHERE row.id = t.id";
static const char apply_ties[] = "UPDATE row SET same_as = t.root, batch = NULL FROM temp.tie AS t"
								 " WHERE row.id = t.id AND t.other IS NULL AND t.id <> t.root";

/* ---- devices that were deregistered a short while ago ---- */

static const char find_past[] =
	"INSERT INTO temp.past SELECT row.ident, max(row.id) FROM run AS r CROSS JOIN row"
	" ON row.id >= r.first_row AND row.id <= r.last_row AND row.run = r.id"
	" WHERE r.id <> ?1 AND r.state <> 0 AND r.first_row > 0"
	" AND (r.finished = 0 OR r.finished >= ?2)"
	" AND row.outcome = " SQL_DEREGISTERED " AND row.decided >= ?2 GROUP BY row.ident";
static const char find_held[] =
	"INSERT OR IGNORE INTO temp.hold SELECT coalesce(row.same_as, row.id), o.id"
	" FROM row CROSS JOIN temp.past AS p ON p.ident = row.ident CROSS JOIN row AS o ON o.id = p.earlier"
	" WHERE " SQL_IN_RUN " AND row.outcome = " SQL_NOT_SENT " AND row.pkid = o.pkid AND (row.pkid <> ''"
	" OR (row.serial = o.serial AND row.manufacturer = o.manufacturer AND row.model = o.model))";
static const char apply_held[] =
	"UPDATE row SET outcome = " SQL_HELD ", decided = ?1, reason = 'deregistered in run ' || r.name ||"
	" ' on ' || date(o.decided, 'unixepoch') || '; --again sends it once more'"
	" FROM temp.hold AS h CROSS JOIN row AS o ON o.id = h.earlier CROSS JOIN run AS r ON r.id = o.run"
	" WHERE row.id = h.id";

/* ---- steps ---- */

struct settling {
	struct ledger *ledger;
	int64_t run, hold_since, now;
};

static int
step(const struct settling *t, const char *sql, struct error *err)
{
	return store_run(t->ledger, sql, ARGS(NUM(t->run)), err);
}

static int
plain(const struct settling *t, const char *sql, struct error *err)
{
	return store_run(t->ledger, sql, NULL, 0, err);
}

static int
stamped(const struct settling *t, const char *sql, struct error *err)
{
	return store_run(t->ledger, sql, ARGS(NUM(t->now)), err);
}

static int
tie_equal(const struct settling *t, struct error *err)
{
	if (step(t, find_dups, err) != 0)
		return -1;
	if (db_changes(t->ledger->db) == 0)
		return 0;
	if (step(t, take_dups, err) != 0 || plain(t, judge_dups, err) != 0 ||
	    stamped(t, apply_rejects, err) != 0)
		return -1;
	return plain(t, apply_ties, err);
}

/* 1: the run has rows of both kinds; 0; -1. */
static int
is_mixed(const struct settling *t, struct error *err)
{
	int64_t found;
	int rc = store_number(t->ledger, has_tuple_only, ARGS(NUM(t->run)), &found, err);

	return rc == 1 ? store_number(t->ledger, has_both, ARGS(NUM(t->run)), &found, err) : rc;
}

static int
tie_mixed(const struct settling *t, struct error *err)
{
	int rc = is_mixed(t, err);

	if (rc != 1)
		return rc;
	if (step(t, find_mixed, err) != 0)
		return -1;
	if (db_changes(t->ledger->db) == 0)
		return 0;
	if (db_exec(t->ledger->db, "DELETE FROM temp.same; DELETE FROM temp.tie", err) != 0 ||
	    step(t, take_mixed, err) != 0 || plain(t, judge_mixed, err) != 0 ||
	    plain(t, reject_roots, err) != 0 || plain(t, reject_tied, err) != 0 ||
	    stamped(t, apply_rejects, err) != 0)
		return -1;
	return plain(t, apply_ties, err);
}

static int
hold_recent(const struct settling *t, struct error *err)
{
	if (t->hold_since == 0)
		return 0;
	if (store_run(t->ledger, find_past, ARGS(NUM(t->run), NUM(t->hold_since)), err) != 0)
		return -1;
	if (db_changes(t->ledger->db) == 0)
		return 0;
	if (step(t, find_held, err) != 0)
		return -1;
	return stamped(t, apply_held, err);
}

/* Reports go through a run customer by customer: with many, each would read all rows. */
static int
list_by_customer(const struct settling *t, struct error *err)
{
	static const char count[] = "SELECT count(*) FROM customer WHERE run = ?1";
	static const char clear[] = "DELETE FROM customer_row WHERE customer IN"
								" (SELECT id FROM customer WHERE run = ?1)";
	static const char fill[] = "INSERT INTO customer_row SELECT row.customer, row.id FROM row WHERE"
							   SQL_IN_RUN "ORDER BY row.customer, row.id";
	static const char mark[] = "UPDATE run SET by_customer = 1 WHERE id = ?1";
	int64_t customers;

	if (store_number(t->ledger, count, ARGS(NUM(t->run)), &customers, err) != 1)
		return -1;
	if (step(t, clear, err) != 0)
		return -1;
	if (customers < 2)
		return 0;
	return step(t, fill, err) == 0 ? step(t, mark, err) : -1;
}

int
ledger_settle(struct ledger *l, int64_t run, int64_t hold_since, struct error *err)
{
	static const char range[] =
		"UPDATE run SET last_row = (SELECT coalesce(max(id), 0) FROM row) WHERE id = ?1";
	struct settling t = {l, run, hold_since, clock_now()};
	bool own;
	int rc;

	if (store_begin(l, &own, err) != 0)
		return -1;
	rc = db_exec(l->db, work_tables, err);
	if (rc == 0)
		rc = step(&t, range, err);
	if (rc == 0)
		rc = tie_equal(&t, err);
	if (rc == 0)
		rc = tie_mixed(&t, err);
	if (rc == 0)
		rc = hold_recent(&t, err);
	if (rc == 0)
		rc = ledger_share_outcomes(l, run, err);
	if (rc == 0)
		rc = list_by_customer(&t, err);
	return store_end(l, own, rc, err);
}
