/* Statements that PostgreSQL words differently, beside those of sql.c. */
/* A statement keeps the shape of its SQL. */
/* clang-format off */
#include "partner/ledger/sql/parts.h"

/* The server's clock alone says what is over: those of the machines may differ. */
#define NOW(unit) "CAST(EXTRACT(EPOCH FROM clock_timestamp())*" unit " AS BIGINT)"
#define NOW_MS NOW("1000")
#define NOW_US NOW("1000000")
#define OVER "claimed_by<>0 AND claimed_until<" NOW_MS
#define FREE "(claimed_by=0 OR claimed_until<" NOW_MS ")"

/* NOLINTBEGIN(bugprone-suspicious-missing-comma): a comma that lacks before [SQL_X] does not compile */
/* NULL: as in sql.c. The numbers of advisory locks keep clear of other programs'. */
const char *const ledger_sql_server[SQL_COUNT] = {
	/* a file sorts before it counts, which costs more than to fetch each; here it is the other way */
	[SQL_COUNTS] = "SELECT " EFFECTIVE " AS effective, COUNT(*) FROM row r" TIED "WHERE " RANGE
		       " GROUP BY effective",
	[SQL_LINES_SORTED] = LINES_SORTED(DONE_PQ),
	[SQL_LINES_OPEN] = LINES_OPEN(DONE_PQ),
	[SQL_WORK] = WORK(DONE_PQ),
	[SQL_HELD_BY_AGE] = HELD_BY_AGE(
		"to_char(to_timestamp(o.decided) AT TIME ZONE 'UTC', 'YYYY-MM-DD')"),
	/* an open run may be about to be tried on another machine */
	[SQL_LIST_TAKEN] = LIST_TAKEN("r.state=1 OR "),
	/* what a machine has claimed it may be sending at this moment */
	[SQL_HELD_UNSENT] = HELD_UNSENT(" AND " FREE),
	[SQL_HELD_LOST] = HELD_LOST(" AND " FREE),
	[SQL_HELD_LEAVE] = HELD_LEAVE(" AND " FREE),
	[SQL_RUN_STATE] = "UPDATE run SET state=?2, exit_code=?3, finished=?4, packed=" NOW_MS
			  " WHERE id=?1",
	[SQL_NOW] = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp())*1000 AS BIGINT)",
	[SQL_LOCK_INTAKE] = "SELECT pg_advisory_xact_lock(1433293932, 0)",
	[SQL_LOCK_FREE] =
		"SELECT COUNT(*) FROM (SELECT 1 FROM batch WHERE run=?1 AND state IN (0,4) AND " FREE
		" ORDER BY id FOR UPDATE) AS locked",
	[SQL_LOCK_FINISH] =
		"SELECT pg_advisory_lock(1433293932, CAST(?1 % 2000000000 + 1 AS INTEGER))",
	[SQL_UNLOCK_FINISH] =
		"SELECT pg_advisory_unlock(1433293932, CAST(?1 % 2000000000 + 1 AS INTEGER))",
	/* another machine has finished it, or has written its packs since then */
	[SQL_IS_FINISHED] =
		"SELECT COUNT(*) FROM run WHERE id=?1 AND (packed>=?2 OR (state=2 AND ?3<>2))",
	[SQL_BATCH_CLAIM] = "UPDATE batch SET claimed_by=?4, claimed_until=" NOW_MS
			    "+?5 WHERE id=(SELECT id FROM batch"
			    " WHERE run=?1 AND state=?2 AND ((claimed_by=0 AND id>?3) OR (" OVER
			    "))"
			    " ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING " BATCH_COLUMNS,
	[SQL_CLAIM_ASSERT] = "SELECT 1 FROM batch WHERE id=?1 AND claimed_by=?2 FOR UPDATE",
	[SQL_CLAIM_ABANDON] =
		"UPDATE batch SET claimed_by=0, claimed_until=0 WHERE id=?1 AND claimed_by=?2",
	[SQL_CLAIM_EXPIRE] = "UPDATE batch SET claimed_until=0 WHERE id=?1 AND claimed_by=?2",
	[SQL_CLAIMS_RENEW] = "UPDATE batch SET claimed_until=" NOW_MS
			     "+?3 WHERE run=?1 AND state IN (0,1,2,4) AND claimed_by=?2",
	[SQL_CLAIMS_EXPIRE] = "UPDATE batch SET claimed_until=0 WHERE run=?1 AND state IN (0,1,2,4)"
			     " AND claimed_by=?2",
	[SQL_CLAIMS_OF_OTHERS] = "SELECT COUNT(*) FROM batch WHERE run=?1 AND state IN (0,1,2,4) AND"
		       " (claimed_by NOT IN (0, ?2) OR (claimed_by=0 AND state=0 AND id>?3))",
	[SQL_CLAIMS_OF_OTHERS_ALIVE] = "SELECT COUNT(*) FROM batch WHERE run=?1 AND state IN (0,1,2,4) AND"
			     " claimed_by NOT IN (0, ?2) AND claimed_until>=" NOW_MS,
	[SQL_ALIVE] = "SELECT COUNT(*) FROM batch WHERE state IN (0,1,2,4) AND claimed_by<>0 AND"
		      " claimed_until>=" NOW_MS,
	/* what was not used of the rate is not saved up */
	[SQL_PACE] = "INSERT INTO pace(route, next) VALUES(?1, " NOW_US
		     "+?2) ON CONFLICT (route) DO UPDATE"
		     " SET next=GREATEST(pace.next, " NOW_US ")+?2 RETURNING next-?2-" NOW_US,
};
/* NOLINTEND(bugprone-suspicious-missing-comma) */
