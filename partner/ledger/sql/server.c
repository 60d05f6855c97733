/* Statements whose text for PostgreSQL differs from the one in statements.c. */
/* A statement keeps the shape of its SQL. */
/* clang-format off */
#include "partner/ledger/sql/letter_parts.h"
#include "partner/ledger/sql/parts.h"

/* Leases are judged by the server's clock alone, because the clocks of the machines may differ. */
#define PART_NOW(unit) "CAST(EXTRACT(EPOCH FROM clock_timestamp())*" unit " AS BIGINT)"
#define PART_NOW_MS PART_NOW("1000")
#define PART_NOW_US PART_NOW("1000000")
#define PART_CLAIM_OVER "claimed_by<>0 AND claimed_until<" PART_NOW_MS
#define PART_UNCLAIMED "(claimed_by=0 OR claimed_until<" PART_NOW_MS ")"
/* An unclaimed batch of a tenant that a machine gave up. No machine claims it before another command starts. */
#define PART_GIVEN_UP "-1"
#define PART_FREE "claimed_by=0 AND claimed_until<>" PART_GIVEN_UP
/* The tenants that other machines than `us` work on. */
#define PART_TENANTS_OF_OTHERS(us) \
	"(SELECT t.tenant FROM tenant_claim t WHERE t.claimed_by<>" us " AND t.claimed_until>=" \
	PART_NOW_MS ")"
#define PART_TENANT_IS_OURS(us) \
	"(tenant='' OR EXISTS (SELECT 1 FROM tenant_claim t WHERE t.tenant=lower(batch.tenant) AND" \
	" t.claimed_by=" us "))"

/* NOLINTBEGIN(bugprone-suspicious-missing-comma): no comma before [SQL_X] does not compile */
/* NULL: as in statements.c. Advisory locks carry the application id, so that they differ from those
 * of other programs on the same server. */
const char *const ledger_sql_server[SQL_COUNT] = {
	/* ---- bound in copy.c ---- */

	[SQL_COPY_CLAIMS_ALIVE] =
		"SELECT COUNT(*) FROM batch WHERE state IN (0,1,2,4) AND claimed_by<>0 AND"
		" claimed_until>=" PART_NOW_MS,

	/* ---- bound in transaction.c ---- */

	[SQL_LOCK_INTAKE] = "SELECT pg_advisory_xact_lock(1433293932, 0)",

	/* ---- bound in claims.c ---- */

	[SQL_SERVER_NOW] = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp())*1000 AS BIGINT)",
	[SQL_FINISH_LOCK] =
		"SELECT pg_advisory_lock(1433293932, CAST(?1 % 2000000000 + 1 AS INTEGER))",
	[SQL_FINISH_UNLOCK] =
		"SELECT pg_advisory_unlock(1433293932, CAST(?1 % 2000000000 + 1 AS INTEGER))",
	/* 1: another machine has finished the run, or written its packs, since ?2 */
	[SQL_FINISH_IS_DONE] =
		"SELECT COUNT(*) FROM run WHERE id=?1 AND (packed>=?2 OR (state=2 AND ?3<>2))",
	[SQL_CLAIM_ASSERT] = "SELECT 1 FROM batch WHERE id=?1 AND claimed_by=?2 FOR UPDATE",
	[SQL_CLAIM_ABANDON] =
		"UPDATE batch SET claimed_by=0, claimed_until=CASE WHEN tenant='' THEN 0 ELSE " PART_GIVEN_UP
		" END WHERE id=?1 AND claimed_by=?2",
	[SQL_CLAIM_EXPIRE] = "UPDATE batch SET claimed_until=0 WHERE id=?1 AND claimed_by=?2",
	[SQL_CLAIMS_RENEW] =
		"UPDATE batch SET claimed_until=" PART_NOW_MS
		"+?3 WHERE run=?1 AND state IN (0,1,2,4) AND claimed_by=?2 AND "
		PART_TENANT_IS_OURS("?2"),
	[SQL_CLAIMS_EXPIRE] =
		"UPDATE batch SET claimed_until=0 WHERE run=?1 AND state IN (0,1,2,4)"
		" AND claimed_by=?2",
	[SQL_CLAIMS_OF_OTHERS] =
		"SELECT COUNT(*) FROM batch WHERE run=?1 AND state IN (0,1,2,4) AND"
		" (claimed_by NOT IN (0, ?2) OR (" PART_FREE " AND ((state=0 AND id>?3) OR"
		" lower(tenant) IN " PART_TENANTS_OF_OTHERS("?2") ")))",
	[SQL_CLAIMS_OF_OTHERS_ALIVE] =
		"SELECT COUNT(*) FROM batch WHERE run=?1 AND state IN (0,1,2,4) AND"
		" claimed_by NOT IN (0, ?2) AND claimed_until>=" PART_NOW_MS,
	[SQL_CLAIMS_RETRY] =
		"UPDATE batch SET claimed_until=0 WHERE run=?1 AND claimed_by=0 AND claimed_until="
		PART_GIVEN_UP,
	[SQL_CLAIMS_FREE] =
		"UPDATE batch SET claimed_by=0, claimed_until=0 WHERE run=?1 AND state IN (0,4) AND "
		PART_CLAIM_OVER,
	[SQL_TENANTS_RENEW] =
		"UPDATE tenant_claim SET claimed_until=" PART_NOW_MS "+?2 WHERE claimed_by=?1",
	/* those without work for us; with ?3 all */
	[SQL_TENANTS_RELEASE] =
		"DELETE FROM tenant_claim WHERE claimed_by=?2 AND (" PART_INT("?3") "=1 OR NOT EXISTS"
		" (SELECT 1 FROM batch b WHERE b.run=?1 AND b.state IN (0,1,2,4) AND"
		" lower(b.tenant)=tenant_claim.tenant AND (b.claimed_by=?2 OR (b.claimed_by=0 AND"
		" b.claimed_until<>" PART_GIVEN_UP "))))",
	/* GREATEST: a slot that nobody used is not saved up */
	[SQL_CLAIM_PACE] =
		"INSERT INTO pace(route, next) VALUES(?1, " PART_NOW_US
		"+?2) ON CONFLICT (route) DO UPDATE"
		" SET next=GREATEST(pace.next, " PART_NOW_US ")+?2 RETURNING next-?2-" PART_NOW_US,

	/* ---- bound in runs.c ---- */

	[SQL_RUN_STATE] =
		"UPDATE run SET state=?2, exit_code=?3, finished=?4, packed=" PART_NOW_MS
		" WHERE id=?1",
	/* another machine may be about to send an open run */
	[SQL_RUN_LIST_TAKEN] = PART_LIST_TAKEN("r.state=1 OR "),
	/* SQLite would sort before it counts, which costs more than fetching every row. A server is
	 * faster when it counts. */
	[SQL_RUN_COUNTS] =
		"SELECT " PART_EFFECTIVE " AS effective, COUNT(*) FROM row r" PART_JOIN_TIED
		"WHERE " PART_IN_RUN
		" GROUP BY effective",

	/* ---- bound in rows.c ---- */

	[SQL_BATCH_ADD] =
		"COPY batch(run, sold_to, received_from, tenant, state, id) FROM STDIN (FORMAT binary)",
	[SQL_BATCH_RESERVE] =
		"SELECT nextval(pg_get_serial_sequence('batch', 'id')) FROM generate_series(1, ?1)",
	/* the parameters of the INSERT in statements.c, in their order */
	[SQL_ROW_ADD] =
		"COPY list_row(list, line, customer, batch, ident, tuple, pkid, serial, manufacturer, model,"
		" join_type, mdm, via, purpose, ticket, sold_to, received_from, outcome, reason, column_name,"
		" raw, decided, id) FROM STDIN (FORMAT binary)",

	/* ---- bound in guards.c ---- */

	/* leaves claimed batches alone: a machine may be sending them at this moment */
	[SQL_HOLD_UNSENT] = PART_HOLD_UNSENT(" AND " PART_UNCLAIMED),
	[SQL_HOLD_LOST] = PART_HOLD_LOST(" AND " PART_UNCLAIMED),
	[SQL_HOLD_DETACH] = PART_HOLD_DETACH(" AND " PART_UNCLAIMED),
	[SQL_HOLD_BY_AGE] =
		PART_HOLD_BY_AGE(
		"to_char(to_timestamp(o.decided) AT TIME ZONE 'UTC', 'YYYY-MM-DD')"),
	[SQL_HOLD_MOVED] =
		PART_HOLD_MOVED(
		"to_char(to_timestamp(run.started) AT TIME ZONE 'UTC', 'YYYY-MM-DD')"),
	[SQL_HOLD_LOCK_UNCLAIMED] =
		"SELECT COUNT(*) FROM (SELECT 1 FROM batch WHERE run=?1 AND state IN (0,4) AND "
		PART_UNCLAIMED
		" ORDER BY id FOR UPDATE) AS locked",

	/* ---- bound in known.c ---- */

	[SQL_KNOWN_RECENT] =
		PART_KNOWN_RECENT(
		"to_char(to_timestamp(o.decided) AT TIME ZONE 'UTC', 'YYYY-MM-DD')"),
	[SQL_KNOWN_MOVED] =
		PART_KNOWN_MOVED(
		"to_char(to_timestamp(run.started) AT TIME ZONE 'UTC', 'YYYY-MM-DD')"),

	/* ---- bound in batches.c ---- */

	/* A batch of a tenant is claimed together with the tenant. If two machines choose the tenant at
	 * the same moment, "own" is empty for the second one, and so is its result. */
	[SQL_BATCH_CLAIM] =
		"WITH chosen AS (SELECT id, lower(tenant) AS tenant FROM batch"
		" WHERE run=?1 AND state=?2 AND ((" PART_FREE " AND (id>?3 OR tenant<>'')) OR ("
		PART_CLAIM_OVER ")) AND lower(tenant) NOT IN " PART_TENANTS_OF_OTHERS("?4")
		" ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED),"
		" own AS (INSERT INTO tenant_claim(tenant, claimed_by, claimed_until)"
		" SELECT tenant, " PART_INT("?4") ", " PART_NOW_MS "+" PART_INT("?5")
		" FROM chosen WHERE tenant<>'' ON CONFLICT (tenant) DO UPDATE SET"
		" claimed_by=excluded.claimed_by, claimed_until=excluded.claimed_until"
		" WHERE tenant_claim.claimed_by=excluded.claimed_by OR tenant_claim.claimed_until<"
		PART_NOW_MS " RETURNING tenant)"
		" UPDATE batch SET claimed_by=?4, claimed_until=" PART_NOW_MS
		"+?5 WHERE id=(SELECT id FROM chosen WHERE tenant='' OR tenant IN (SELECT tenant FROM own))"
		" RETURNING " PART_BATCH_COLUMNS,
	/* the claim may have ended, and nobody has taken it over: its lease begins anew */
	[SQL_BATCH_SENT] =
		PART_SENT(", claimed_until=" PART_NOW_MS "+?5", " AND " PART_TENANT_IS_OURS("?4")),
	/* an unknown outcome is never in list_row; through the view, the planner would read every row */
	[SQL_BATCH_REVIVE] =
		"UPDATE verdict SET outcome=" PART_NOT_SENT ", reason='', decided=0 WHERE outcome=" PART_UNKNOWN
		" AND row=ANY(ARRAY(SELECT g.id FROM list_row g WHERE g.batch=?1))",

	/* ---- bound in canary.c ---- */

	/* an unsent batch of a dead machine is free for another canary */
	[SQL_CANARY_STATE] =
		PART_CANARY_STATE(PART_IS_UNSENT("b.") " AND b.claimed_by<>0 AND b.claimed_until>=" PART_NOW_MS),
	/* the machine whose claim has ended would send the batch beside another canary */
	[SQL_CANARY_UNMARK] =
		"UPDATE batch SET canary=0, claimed_until=CASE WHEN claimed_by=0 THEN claimed_until ELSE 0 END,"
		" claimed_by=0 WHERE run=?1 AND canary=1 AND"
		" ((" PART_IS_UNSENT("") " AND " PART_UNCLAIMED ") OR (?2=1 AND state=3))",
	[SQL_CANARY_LOCK_WINDOW] = "SELECT pg_advisory_xact_lock(1433293932, -1)",
	[SQL_CANARY_LOCK] = "SELECT 1 FROM run WHERE id=?1 FOR UPDATE",

	/* ---- bound in receipts.c ---- */

	[SQL_RECEIPT_WORK] = PART_WORK(PART_STEPS_DONE_PQ),

	/* ---- bound in gate.c ---- */

	[SQL_GATE_UNREADY] = PART_GATE_UNREADY(PART_DAY_SERVER),
	[SQL_GATE_PARK] = PART_GATE_PARK(" AND " PART_UNCLAIMED),
	[SQL_GATE_PART_WAITING] = PART_GATE_PART_WAITING(" AND " PART_UNCLAIMED),

	/* ---- bound in report.c ---- */

	[SQL_REPORT_FIND] = PART_FIND(PART_STEPS_DONE_PQ_OF(PART_ANSWERED_ROW)),
	[SQL_REPORT_LINES_OPEN] = PART_LINES_OPEN(PART_STEPS_DONE_PQ),

	/* ---- bound in lines.c ---- */

	[SQL_LINES_SORTED] = PART_LINES_SORTED(PART_OWN_STEPS_DONE_PQ, "lower(r.manufacturer)"),
	[SQL_LINES_STORED] = PART_LINES_STORED(PART_OWN_STEPS_DONE_PQ),
};
/* NOLINTEND(bugprone-suspicious-missing-comma) */
