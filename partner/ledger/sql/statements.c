/*
 * Every statement of the program, grouped by the file that binds it. The tables are in schema.c.
 * Most texts suit both engines; server.c has those that PostgreSQL needs differently.
 */
/* A statement keeps the shape of its SQL. */
/* clang-format off */
#include "partner/ledger/sql/erase_parts.h"
#include "partner/ledger/sql/letter_parts.h"
#include "partner/ledger/sql/past_parts.h"
#include "partner/ledger/sql/parts.h"

const char *const ledger_sql[SQL_COUNT] = {
	/* ---- bound in upgrade.c ---- */

	[SQL_UPGRADE_SAVE_COPY] = "VACUUM INTO ?1",

	/* ---- bound in copy.c ---- */

	[SQL_COPY_RUN_COUNT] = "SELECT COUNT(*) FROM run",

	/* ---- bound in inspect.c ---- */

	[SQL_INSPECT_LAST_GOOD] =
		"SELECT COALESCE(MAX(finished), 0) FROM run WHERE state=2 AND exit_code IN (0,1)",

	/* ---- bound in runs.c ---- */

	[SQL_RUN_ADD] =
		"INSERT INTO run(name, state, started, out, route, first_row)"
		" VALUES(?1, 0, ?2, ?3, ?4, (SELECT COALESCE(MAX(id), 0) + 1 FROM list_row))"
		" RETURNING id",
	[SQL_RUN_BY_NAME] = PART_SELECT_RUN "WHERE name=?1",
	[SQL_RUN_BY_PREFIX] =
		PART_SELECT_RUN "WHERE substr(name, 1, length(" PART_TEXT("?1") "))=?1 ORDER BY id DESC",
	[SQL_RUN_LATEST] = PART_SELECT_RUN "WHERE " PART_NO_LETTER " ORDER BY id DESC LIMIT 1",
	[SQL_RUN_LATEST_SENT] =
		PART_SELECT_RUN "WHERE EXISTS (SELECT 1 FROM batch b WHERE b.run=r.id AND b.attempts>0)"
		" ORDER BY id DESC LIMIT 1",
	[SQL_RUN_NEXT] = PART_SELECT_RUN "WHERE state=?1 AND id>?2 ORDER BY id LIMIT 1",
	[SQL_RUN_FOLDERS] = PART_SELECT_RUN
		"WHERE id IN (SELECT COALESCE(MIN(CASE state WHEN 1 THEN id END), MIN(id)) FROM run"
		" GROUP BY replace(out, name, ''))",
	[SQL_RUN_OUT] = "UPDATE run SET out=?2 WHERE id=?1",
	[SQL_RUN_DIGEST] = "UPDATE run SET digest=?2 WHERE id=?1",
	[SQL_RUN_DEVICES] =
		"SELECT r.pkid, r.serial, r.manufacturer, r.model, r.sold_to, r.received_from, c.key,"
		" CASE WHEN (SELECT route FROM run WHERE id=?1)='" PART_ROUTE_OF_OLD "' THEN ''"
		" ELSE (SELECT b.tenant||COALESCE('/'||b.planned, '') FROM batch b WHERE b.id=r.batch) END"
		" FROM row r JOIN customer c ON c.id=r.customer WHERE " PART_IN_RUN
		" AND r.outcome=" PART_NOT_SENT " AND " PART_ASKED " ORDER BY r.id",
	[SQL_RUN_OPEN_SINCE] =
		"SELECT COALESCE(MIN(NULLIF(first_sent, 0)), 0) FROM batch WHERE run=?1 AND state IN (1,2,4)",
	[SQL_RUN_STATE] = "UPDATE run SET state=?2, exit_code=?3, finished=?4 WHERE id=?1",
	[SQL_RUN_FIRST_ROW] = "SELECT first_row FROM run WHERE id=?1",
	[SQL_RUN_LAST_ROW] = "SELECT last_row FROM run WHERE id=?1",
	/* ?3: 0 plans, 1 other runs, 2 all */
	[SQL_RUN_ALL] =
		PART_SELECT_RUN "WHERE " PART_NO_LETTER " AND r.started>=?1 AND (" PART_TEXT("?2") "='' OR EXISTS"
		" (SELECT 1 FROM customer c WHERE c.run=r.id AND c.key=?2))"
		" AND (" PART_INT("?3") "=2 OR (CASE WHEN r.state=0 THEN 0 ELSE 1 END)=" PART_INT("?3") ")"
		" ORDER BY r.id DESC",
	[SQL_RUN_LIST_TAKEN] = PART_LIST_TAKEN(""),
	[SQL_RUN_COUNTS] = PART_COUNTS,
	[SQL_RUN_HAS_OPEN] =
		"SELECT CASE WHEN EXISTS(SELECT 1 FROM batch b CROSS JOIN row r WHERE r.batch=b.id"
		" AND b.run=?1 AND b.state IN (0,1,2,4) AND r." PART_NOT_FINAL ") THEN 1 ELSE 0 END",

	/* ---- bound in rows.c ---- */

	[SQL_LIST_ADD] = "INSERT INTO list(run, path, header) VALUES(?1, ?2, ?3) RETURNING id",
	[SQL_LIST_DIGEST] = "UPDATE list SET digest=?2 WHERE id=?1",
	[SQL_CUSTOMER_FIND] = "SELECT id, name FROM customer WHERE run=?1 AND key=?2",
	[SQL_CUSTOMER_NAME] = "UPDATE customer SET name=?2 WHERE id=?1",
	[SQL_CUSTOMER_ADD] =
		"INSERT INTO customer(run, key, name, folder) VALUES(?1, ?2, ?3, ?4)"
		" ON CONFLICT DO NOTHING RETURNING id",
	[SQL_CUSTOMER_REJECT] =
		"UPDATE list_row AS row SET outcome=" PART_REJECTED
		", batch=0, column_name='Customer Name', reason=?4"
		" WHERE row.id>=(SELECT first_row FROM run WHERE id=?1) AND row.list>=?2 AND row.customer=?3"
		" AND row.outcome=" PART_NOT_SENT,
	[SQL_BATCH_ADD] =
		"INSERT INTO batch(run, state, sold_to, received_from, tenant) VALUES(?1, 0, ?2, ?3, ?4)"
		" RETURNING id",
	[SQL_ROW_ADD] =
		"INSERT INTO list_row(id, list, line, customer, batch, ident, tuple, pkid, serial, manufacturer,"
		" model, join_type, mdm, via, purpose, ticket, sold_to, received_from, outcome, reason,"
		" column_name, raw, decided) VALUES(?23, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
		" ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)",

	[SQL_ROW_NEXT] = "SELECT COALESCE(MAX(id), 0) + 1 FROM list_row",

	/* ---- bound in marks_table.c and tally.c ---- */

	PART_PAST_STATEMENTS,

	/* ---- bound in settle.c ---- */

	[SQL_SETTLE_RANGE] =
		"UPDATE run SET last_row=(SELECT COALESCE(MAX(id), 0) FROM list_row) WHERE id=?1",
	[SQL_SETTLE_SHARE] =
		"UPDATE list_row SET (outcome, reason, decided, batch)="
		"(SELECT a.outcome, a.reason, a.decided, a.batch FROM list_row a WHERE a.id=list_row.same_as)"
		" WHERE same_as IS NOT NULL AND id BETWEEN (SELECT first_row FROM run WHERE id=?1) AND"
		" (SELECT last_row FROM run WHERE id=?1)",
	[SQL_SETTLE_REPEATED] =
		"INSERT INTO repeated SELECT ident FROM list_row AS row WHERE " PART_OPEN_ROWS
		" GROUP BY ident HAVING COUNT(*)>1",
	[SQL_SETTLE_MAYBE] = "INSERT INTO repeated VALUES(?1) ON CONFLICT DO NOTHING",
	[SQL_SETTLE_ANY_REPEATED] = "SELECT COUNT(*) FROM repeated",
	[SQL_SETTLE_GROUPS] =
		"INSERT INTO same SELECT " PART_SENT_KEY ", MIN(id), COUNT(DISTINCT customer),"
		" COUNT(DISTINCT CASE WHEN serial='' THEN NULL ELSE serial END),"
		" COUNT(DISTINCT CASE WHEN manufacturer||model='' THEN NULL ELSE manufacturer||' '||model END),"
		" COUNT(DISTINCT (SELECT b.tenant FROM batch b WHERE b.id=row.batch)),"
		" COUNT(DISTINCT ticket)"
		" FROM list_row AS row WHERE "
		PART_OPEN_ROWS
		" AND ident IN (SELECT ident FROM repeated) GROUP BY 1, 2, 3, 4 HAVING COUNT(*)>1",
	[SQL_SETTLE_REJECT] =
		"UPDATE list_row AS row SET outcome=" PART_REJECTED
		", batch=0, column_name=CASE WHEN s.customers>1 THEN"
		" 'Customer' WHEN s.tenants>1 THEN 'Customer Tenant ID'"
		" WHEN s.serials>1 THEN 'Serial Number' WHEN s.tickets>1 THEN 'Ticket' ELSE 'Model' END,"
		" reason=CASE WHEN s.customers>1 THEN"
		" 'the same device is listed for '||s.customers||' customers' WHEN s.tenants>1 THEN"
		" 'the same device is listed for '||s.tenants||' tenants'"
		" WHEN s.serials>1 THEN"
		" 'the same Product Key ID is listed with '||s.serials||' serial numbers' WHEN s.tickets>1 THEN"
		" 'the same Product Key ID is listed with '||s.tickets||' tickets' ELSE"
		" 'the same Product Key ID is listed with '||s.names||' models' END||', first at '||"
		"(SELECT list.path||':'||o.line FROM list_row o JOIN list ON list.id=o.list"
		" WHERE o.id=s.first)||"
		"': only one can be right' FROM same s WHERE " PART_OPEN_ROWS
		" AND row.ident IN (SELECT ident FROM repeated) AND " PART_SAME_SENT
		" AND (s.customers>1 OR s.tenants>1 OR"
		" (s.pkid<>'' AND (s.serials>1 OR s.tickets>1 OR (s.serials=0 AND s.names>1))))",
	[SQL_SETTLE_TIE] =
		"UPDATE list_row AS row SET same_as=s.first, " PART_AS_FIRST " FROM same s WHERE " PART_OPEN_ROWS
		" AND row.ident IN (SELECT ident FROM repeated) AND " PART_SAME_SENT
		" AND row.id<>s.first",
	[SQL_SETTLE_BOTH_KINDS] =
		"SELECT EXISTS(SELECT 1 FROM list_row AS row WHERE " PART_LIVE_ROWS
		" AND pkid='') AND"
		" EXISTS(SELECT 1 FROM list_row AS row WHERE " PART_LIVE_ROWS
		" AND pkid<>'' AND tuple<>0)",
	[SQL_SETTLE_TUPLES] =
		"INSERT INTO tuples SELECT serial, manufacturer, model,"
		" MIN(CASE WHEN pkid<>'' THEN COALESCE(same_as, id) END), COUNT(DISTINCT customer),"
		" COUNT(DISTINCT CASE WHEN pkid<>'' THEN pkid END) FROM list_row AS row WHERE "
		PART_LIVE_ROWS
		" AND tuple IN (SELECT ident FROM repeated) GROUP BY 1, 2, 3"
		" HAVING " PART_COUNT_OF("pkid=''") ">0 AND " PART_COUNT_OF("pkid<>''") ">0",
	[SQL_SETTLE_REJECTED] = "SELECT list, COUNT(*) FROM list_row WHERE id BETWEEN ?1 AND ?2 AND outcome="
		PART_REJECTED " GROUP BY list",
	[SQL_SETTLE_ANY_TIED] = "SELECT COUNT(*) FROM same",
	[SQL_SETTLE_ANY_TUPLES] = "SELECT COUNT(*) FROM tuples",
	[SQL_SETTLE_REPEATED_TUPLES] =
		"INSERT INTO repeated SELECT tuple FROM list_row AS row WHERE " PART_LIVE_ROWS
		" AND tuple<>0 GROUP BY tuple HAVING COUNT(*)>1",
	[SQL_SETTLE_TUPLE_REJECT] =
		"UPDATE list_row AS row SET outcome=" PART_REJECTED
		", column_name=CASE WHEN s.customers>1 THEN"
		" 'Customer' ELSE 'Product Key ID' END, reason=CASE WHEN s.customers>1 THEN"
		" 'the same serial, manufacturer and model are listed for more than one customer: only one"
		" can be right' ELSE 'this serial, manufacturer and model are listed with more than one Product Key"
		" ID: add the right one' END FROM tuples s WHERE " PART_LIVE_ROWS
		" AND s.serial=row.serial AND"
		" s.manufacturer=row.manufacturer AND s.model=row.model AND row.tuple<>0 AND"
		" (s.customers>1 OR (s.pkids>1 AND row.pkid=''))",
	/* a rejected row is linked to one with a PKID: it is the same device, so reject that one
	 * too */
	[SQL_SETTLE_REJECT_FIRST] =
		"UPDATE list_row AS row SET outcome=" PART_REJECTED
		", reason=t.reason, column_name=t.column_name FROM list_row t"
		" WHERE t.id BETWEEN ?1 AND ?2 AND t.outcome=" PART_REJECTED
		" AND t.same_as=row.id AND"
		" row.outcome=" PART_NOT_SENT " AND row.pkid<>''",
	[SQL_SETTLE_TUPLE_TIE] =
		"UPDATE list_row AS row SET same_as=s.first, " PART_AS_FIRST " FROM tuples s WHERE "
		PART_LIVE_ROWS PART_TUPLE_TIED,
	[SQL_SETTLE_OTHER] =
		"SELECT COUNT(*) FROM list_row AS row, same s, list_row f WHERE " PART_OPEN_ROWS
		" AND row.ident IN (SELECT ident FROM repeated) AND " PART_SAME_SENT
		" AND f.id=s.first AND " PART_OTHER_SITUATION,
	[SQL_SETTLE_TUPLE_OTHER] =
		"SELECT COUNT(*) FROM list_row AS row, tuples s, list_row f WHERE " PART_LIVE_ROWS
		PART_TUPLE_TIED " AND f.id=s.first AND " PART_OTHER_SITUATION,

	/* ---- bound in guards.c ---- */

	[SQL_GUARD_DEVICES] =
		"SELECT " PART_COUNT_OF(PART_ASKED " AND r.outcome=" PART_NOT_SENT) ", "
		PART_COUNT_OF(PART_ASKED) ", "
		PART_COUNT_OF("r.outcome=" PART_NOT_SENT " AND NOT " PART_ASKED)
		" FROM row r WHERE " PART_IN_RUN " AND r." PART_NOT_FINAL,
	[SQL_GUARD_OPEN] =
		"SELECT COUNT(*) FROM row r WHERE r.id BETWEEN ?1 AND ?2 AND " PART_ASKED
		" AND (r." PART_NOT_FINAL " OR r.decided>=?3)",
	[SQL_GUARD_ASKABLE_MOST] =
		"SELECT COUNT(*) AS n, c.key FROM row r JOIN customer c ON c.id=r.customer WHERE "
		PART_IN_RUN
		" AND r.outcome=" PART_NOT_SENT " AND " PART_ASKED
		" GROUP BY c.id ORDER BY n DESC, c.id LIMIT 1",
	[SQL_GUARD_ANY_UNSENT] =
		"SELECT EXISTS (SELECT 1 FROM batch b JOIN row ON row.batch=b.id WHERE b.run=?1 AND b.state=0"
		" AND b.id>?2 AND row.outcome=" PART_NOT_SENT ")",
	/* Most answers are counted already: SQL_BATCH_COUNT. Excludes batches that were only looked up (attempts=0). */
	[SQL_GUARD_ANSWERED] =
		"SELECT COALESCE(SUM(answered), 0), COALESCE(SUM(failed), 0)"
		" FROM (SELECT answered, failed FROM batch WHERE run=?1 AND state=3 AND attempts>0"
		" AND answered>=0 UNION ALL SELECT " PART_ANSWERS
		" FROM batch b CROSS JOIN row r WHERE r.batch=b.id AND b.run=?1 AND b.attempts>0"
		" AND (b.state=2 OR (b.state=3 AND b.answered<0)) AND " PART_ASKED " AND " PART_IS_ANSWER
		" AND (r.outcome<>" PART_UNKNOWN " OR b.state=3)) AS counted",
	[SQL_HOLD_SKIP_ADD] = "INSERT INTO skip(id) VALUES(lower(?1)) ON CONFLICT DO NOTHING",
	[SQL_HOLD_SKIP_HAS] = "SELECT 1 FROM skip WHERE id=lower(?1)",
	[SQL_HOLD_BY_SKIP] =
		"INSERT INTO held SELECT COALESCE(same_as, id), 'on the skip list: remove"
		" it there to let it through' FROM row WHERE row.id BETWEEN ?1 AND ?2 AND "
		PART_SKIPPED
		" ON CONFLICT DO NOTHING",
	[SQL_HOLD_UNSENT] = PART_HOLD_UNSENT(""),
	[SQL_HOLD_LOST] = PART_HOLD_LOST(""),
	[SQL_HOLD_DETACH] = PART_HOLD_DETACH(""),
	/* rows whose answer may still come, because their batch has a BatchId */
	[SQL_HOLD_LATER] =
		"INSERT INTO not_again SELECT h.id, h.reason FROM held h CROSS JOIN row WHERE"
		" row.id=h.id AND row." PART_NOT_FINAL " AND EXISTS (SELECT 1 FROM batch b WHERE"
		" b.id=row.batch AND b.state IN (1,2,4) AND b.service_id IS NOT NULL AND b.tenant='')"
		" ON CONFLICT DO NOTHING",
	/* the open devices of a batch, and those of them that are held */
	[SQL_HOLD_LATER_COUNT] =
		"SELECT COUNT(*), COUNT(n.id) FROM row LEFT JOIN not_again n ON n.id=row.id"
		" WHERE row.batch=?1 AND row.same_as IS NULL AND row." PART_NOT_FINAL,
	[SQL_HOLD_LATER_REASON] =
		PART_NOT_ASKED_AGAIN("n.reason") PART_HELD_LATER "outcome=" PART_UNKNOWN
		" AND row.reason NOT LIKE '%; not asked again: %'" PART_UPSERT,
	[SQL_HOLD_LATER_MOVE] =
		"UPDATE list_row SET batch=?2 WHERE id IN (SELECT row.id FROM " PART_HELD_LATER
		PART_NOT_FINAL ")",
	/* the first row that can have an outcome newer than ?1 */
	[SQL_HOLD_FROM] =
		"SELECT COALESCE(MIN(first_row), 0) FROM run WHERE id<>?2 AND last_row>0 AND"
		" (finished=0 OR finished>=?1)",
	/* a device counts under both of its identities: the PKID, and the tuple beside it */
	[SQL_HOLD_OLD] =
		"INSERT INTO old SELECT row.ident, row.id FROM seen CROSS JOIN row WHERE row.id=seen.id"
		" AND row.id>=?1 AND outcome=0 AND same_as IS NULL AND decided>=?2"
		" ON CONFLICT DO NOTHING",
	[SQL_HOLD_OLD_TUPLE] =
		"INSERT INTO old SELECT row.tuple, row.id FROM seen CROSS JOIN row WHERE row.id=seen.id"
		" AND row.id>=?1 AND outcome=0 AND same_as IS NULL AND decided>=?2 AND tuple<>0"
		" AND pkid<>'' ON CONFLICT DO NOTHING",
	[SQL_HOLD_BY_AGE] = PART_HOLD_BY_AGE("date(o.decided, 'unixepoch')"),

	/* Devices of this run that another run listed. A row that was
	 * rejected or held says nothing about who owns the device. */
	[SQL_HOLD_LISTED] = PART_HOLD_LISTED,
	[SQL_HOLD_LISTED_TUPLE] = PART_HOLD_LISTED_TUPLE,
	[SQL_HOLD_MOVED] = PART_HOLD_MOVED("date(run.started, 'unixepoch')"),

	/* ---- bound in known.c ---- */

	/* as in [SQL_HOLD_LISTED], but a repeated row adds its identity to the row that was asked */
	[SQL_KNOWN_READ] = PART_KNOWN_READ,
	[SQL_KNOWN_COUNT] = "SELECT COUNT(*) FROM known",
	[SQL_KNOWN_RECENT] = PART_KNOWN_RECENT("date(o.decided, 'unixepoch')"),
	[SQL_KNOWN_MOVED] = PART_KNOWN_MOVED("date(run.started, 'unixepoch')"),

	/* ---- bound in batches.c ---- */

	/* final outcomes of sent rows are only in verdict, so this WHERE protects them */
	[SQL_BATCH_ROW_OUTCOME] =
		"INSERT INTO verdict(row, outcome, reason, decided) VALUES(?1, ?2, ?3, ?4)"
		PART_UPSERT
		" WHERE verdict." PART_NOT_FINAL,
	[SQL_BATCH_NEXT] =
		"SELECT " PART_BATCH_COLUMNS " FROM batch"
		" WHERE run=?1 AND state=?2 AND id>?3 ORDER BY id LIMIT 1",
	[SQL_BATCH_SENT] = PART_SENT("", ""),
	/* ?3: 1 if it was LOST before it was sent */
	[SQL_BATCH_UNSENT] =
		"UPDATE batch SET state=CASE WHEN lost>0 OR ?3=1 THEN 4 ELSE 0 END,"
		" first_sent=CASE WHEN lost=0 THEN 0 ELSE first_sent END,"
		" service_id=CASE WHEN lost=0 THEN NULL ELSE service_id END WHERE id=?1 AND claimed_by=?2",
	[SQL_BATCH_STATE] =
		"UPDATE batch SET state=?2, claimed_by=0, claimed_until=0"
		" WHERE id=?1 AND claimed_by=?3",
	[SQL_BATCH_COUNT] =
		"UPDATE batch SET (answered, failed)=(SELECT " PART_ANSWERS
		" FROM row r WHERE r.batch=?1 AND " PART_ASKED " AND " PART_IS_ANSWER ") WHERE id=?1",
	[SQL_BATCH_SET_COUNT] = "UPDATE batch SET answered=?2, failed=?3 WHERE id=?1",
	[SQL_BATCH_ACCEPTED] =
		"UPDATE batch SET state=2, service_id=?2 WHERE id=?1 AND claimed_by=?3",
	[SQL_BATCH_LOST] =
		"UPDATE batch SET state=4, lost=lost+1 WHERE id=?1 AND state IN (1,2)"
		" AND claimed_by=?2",
	[SQL_BATCH_UNREAD] =
		"UPDATE batch SET state=4 WHERE id=?1 AND state IN (0,4) AND claimed_by=?2",
	[SQL_BATCH_REOPEN_UNKNOWN] =
		"UPDATE batch SET state=4, lost=lost+1, answered=-1 WHERE run=?1 AND state=3 AND EXISTS"
		" (SELECT 1 FROM row WHERE row.batch=batch.id AND row.outcome=" PART_UNKNOWN
		" AND row.same_as IS NULL)",
	/* The service accepted the batch after all: its rows wait for an answer again. CASE: reads no
	 * rows unless the batch has a verdict, which most have not. */
	[SQL_BATCH_REVIVE] =
		PART_VERDICT(PART_NOT_SENT, "''", "0") "row WHERE outcome=" PART_UNKNOWN
		" AND batch=CASE WHEN EXISTS (SELECT 1 FROM verdict WHERE row BETWEEN"
		" (SELECT MIN(id) FROM list_row WHERE batch=?1) AND"
		" (SELECT MAX(id) FROM list_row WHERE batch=?1)) THEN " PART_INT("?1") " END"
		PART_UPSERT,
	[SQL_BATCH_ATTEMPT_ADD] =
		"INSERT INTO attempt(batch, at, what, note) VALUES(?1, ?2, ?3, ?4)",
	[SQL_BATCH_DEVICES] =
		"SELECT id, pkid, serial, manufacturer, model FROM row WHERE batch=?1 AND "
		PART_NOT_FINAL
		" AND same_as IS NULL ORDER BY id",
	[SQL_BATCH_ASKED] =
		"SELECT id, pkid, serial, manufacturer, model FROM row WHERE batch=?1"
		" AND same_as IS NULL AND outcome<=" PART_NOT_SENT " ORDER BY id",
	/* those that were held for this reason before the program ended count, or the rest would pass */
	[SQL_BATCH_TENANT_DEVICES] =
		"SELECT row.id, pkid, serial, manufacturer, model FROM batch b JOIN row ON row.batch=b.id"
		" WHERE b.run=?1 AND b.tenant=?2 AND (" PART_IS_UNSENT("b.") " AND outcome IN"
		" (" PART_UNKNOWN "," PART_NOT_SENT ") OR b.state=3 AND outcome=" PART_HELD
		" AND reason LIKE '%" LEDGER_INVENTORY "%') AND same_as IS NULL ORDER BY row.id",
	[SQL_BATCH_TENANT_DEREGISTERED] =
		"SELECT COUNT(*) FROM batch b JOIN row ON row.batch=b.id"
		" WHERE b.run=?1 AND b.tenant=?2 AND b.state=3 AND outcome=0 AND same_as IS NULL",
	[SQL_BATCH_OUTCOME] =
		PART_VERDICT(PART_INT("?2"), PART_TEXT("?3"), PART_INT("?4"))
		"row WHERE batch=?1 AND " PART_NOT_FINAL
		" AND EXISTS (SELECT 1 FROM batch b WHERE b.id=?1 AND b.claimed_by=?5)" PART_UPSERT,
	[SQL_BATCH_PENDING] =
		PART_VERDICT(PART_PENDING, PART_TEXT("?2"), "0") "row WHERE batch=?1 AND outcome="
		PART_NOT_SENT PART_UPSERT,
	[SQL_BATCH_STILL_PENDING] =
		PART_VERDICT(PART_PENDING, PART_TEXT("?2"), "0") "row WHERE batch=?1 AND (outcome="
		PART_NOT_SENT " OR outcome=" PART_PENDING ")" PART_UPSERT,
	[SQL_BATCH_UNSEEN] = "UPDATE batch SET planned=?2 WHERE run=?1",
	[SQL_BATCH_SET_PLANNED] = "UPDATE batch SET planned=?2 WHERE id=?1",
	[SQL_BATCH_COPY] =
		"INSERT INTO batch(run, state, sold_to, received_from, first_sent, attempts, service_id,"
		" lost, tenant, canary) SELECT run, state, sold_to, received_from, first_sent, attempts,"
		" service_id, lost, tenant, canary FROM batch"
		" WHERE id=?1 RETURNING id",
	[SQL_BATCH_MIDDLE] =
		"SELECT id FROM row WHERE batch=?1 AND " PART_NOT_FINAL
		" AND same_as IS NULL ORDER BY id"
		" LIMIT 1 OFFSET (SELECT COUNT(*)/2 FROM row WHERE batch=?1 AND " PART_NOT_FINAL
		" AND same_as IS NULL)",
	[SQL_BATCH_MOVE] =
		"UPDATE list_row SET batch=?2 WHERE id IN (SELECT id FROM row WHERE"
		" batch=?1 AND id>=?3 AND " PART_NOT_FINAL " AND same_as IS NULL)",
	[SQL_BATCH_UNSENT_OUTCOME] =
		PART_VERDICT(PART_INT("?2"), PART_TEXT("?3"), "0") "row WHERE outcome="
		PART_NOT_SENT
		" AND id BETWEEN (SELECT first_row FROM run WHERE id=?1) AND"
		" (SELECT last_row FROM run WHERE id=?1)"
		" AND batch IN (SELECT id FROM batch WHERE run=?1 AND state=0)" PART_UPSERT,

	/* the first row that does not fit into a batch of ?2 devices */
	[SQL_BATCH_ROOM] =
		"SELECT id FROM row WHERE batch=?1 AND " PART_NOT_FINAL
		" AND same_as IS NULL ORDER BY id LIMIT 1 OFFSET ?2",
	[SQL_BATCH_OF_SERVICE_ID] =
		"SELECT id FROM batch WHERE service_id=?2 AND id<>?1 LIMIT 1",

	/* ---- bound in tenants.c ---- */

	[SQL_TENANT_ROWS] = PART_TENANT_ROWS,

	/* ---- bound in canary.c ---- */

	/* A batch belongs to the canary from its mark until it is over without having been sent. */
	[SQL_CANARY_STATE] = PART_CANARY_STATE(PART_IS_UNSENT("b.")),
	[SQL_CANARY_MARK] =
		"UPDATE batch SET canary=?2 WHERE id=?1 AND (?3=0 OR (" PART_IS_UNSENT("") "))",
	/* the unsent ones; with ?2 also those that were answered */
	[SQL_CANARY_UNMARK] =
		"UPDATE batch SET canary=0 WHERE run=?1 AND canary=1 AND"
		" ((" PART_IS_UNSENT("") ") OR (?2=1 AND state=3))",
	[SQL_CANARY_TRUST] =
		"INSERT INTO trusted(identity, at) VALUES(?1, ?2)"
		" ON CONFLICT (identity) DO UPDATE SET at=excluded.at",
	[SQL_CANARY_TRUSTED_AT] = "SELECT at FROM trusted WHERE identity=?1",
	[SQL_CANARY_DISTRUST] = "DELETE FROM trusted",
	[SQL_CANARY_UNANSWERED] =
		"SELECT COUNT(*) FROM run u CROSS JOIN batch b CROSS JOIN list_row r WHERE u.state<2 AND"
		" b.run=u.id AND b.state IN (1,2) AND r.batch=b.id AND r.same_as IS NULL",

	/* ---- bound in alarms.c ---- */

	[SQL_ALARM_ADD] =
		"INSERT INTO alarm(run, batch, reason, at, attempts) SELECT run, id, "
		PART_TEXT("?2") ", " PART_INT("?3") ", attempts FROM batch WHERE id=?1",
	[SQL_ALARM_KNOWN] =
		"SELECT COUNT(*) FROM alarm a JOIN batch b ON b.id=a.batch WHERE a.batch=?1 AND a.reason=?2"
		" AND a.attempts=b.attempts",
	[SQL_ALARM_ROW] = "SELECT COUNT(*) FROM row WHERE id=?1 AND outcome=" PART_ALARM,
	[SQL_ALARM_OPEN] =
		"SELECT COALESCE(r.name, ''), a.at, a.reason FROM alarm a LEFT JOIN run r ON r.id=a.run"
		" WHERE a.cleared=0 ORDER BY a.id LIMIT 1",
	[SQL_ALARM_CLEAR] =
		"UPDATE alarm SET cleared=?2, cleared_by=?3 WHERE run=?1 AND cleared=0",

	/* ---- bound in receipts.c ---- */

	[SQL_RECEIPT_WORK] = PART_WORK(PART_STEPS_DONE),
	[SQL_RECEIPT_FIND] =
		"SELECT digest FROM receipt WHERE run=?1 AND customer=?2 AND said_by=?3 AND generated=?4",
	[SQL_RECEIPT_ADD] =
		"INSERT INTO receipt(run, customer, said_by, generated, digest, recorded)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
	[SQL_RECEIPT_CUSTOMER] = "SELECT 1 FROM customer WHERE key=?2 AND (?1=0 OR run=?1) LIMIT 1",
	[SQL_RECEIPT_DEVICE] =
		"SELECT " PART_EFFECTIVE
		", r.join_type, r.mdm, r.via, r.purpose, " PART_NOT_DELL ", run.started, " PART_EARLIER " FROM row r"
		" JOIN customer c ON c.id=r.customer JOIN run ON run.id=c.run" PART_JOIN_TIED
		"WHERE r.id=?1 AND c.key=?2 AND (?3=0 OR c.run=?3)",
	[SQL_RECEIPT_DONE_ADD] =
		"INSERT INTO done(row, step, said_at, receipt, state, record)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
	[SQL_RECEIPT_VERIFY] = "UPDATE done SET verified=?4 WHERE row=?1 AND step=?2 AND abs(verified)<?3",

	/* ---- bound in letters.c and gate.c: letter_parts.h has the texts ---- */

	PART_LETTER_STATEMENTS,

	/* ---- bound in report.c ---- */

	[SQL_REPORT_OPEN] =
		"SELECT key, " PART_COUNT_OF("effective=" PART_PENDING) ", "
		PART_COUNT_OF("effective=" PART_UNKNOWN) ", "
		PART_COUNT_OF("effective=" PART_NOT_SENT) ", COALESCE(MIN(since), 0), "
		PART_COUNT_OF("same_as IS NULL")
		" FROM (SELECT c.id AS id, c.key AS key, r.same_as AS same_as, " PART_EFFECTIVE " AS effective,"
		" CASE WHEN b.state IN (1,2,4) THEN NULLIF(b.first_sent, 0) END AS since"
		" FROM row r JOIN customer c ON c.id=r.customer" PART_JOIN_TIED "WHERE " PART_IN_RUN
		" AND " PART_ANSWER " IN (" PART_NOT_SENT "," PART_PENDING "," PART_UNKNOWN
		")) AS open"
		" GROUP BY id, key ORDER BY id",
	[SQL_REPORT_CUSTOMERS] = PART_SELECT_CUSTOMER "c.run=?1 ORDER BY c.id",
	[SQL_REPORT_LINES] = PART_SELECT_LINES PART_IN_RUN PART_OF_OUTCOMES " ORDER BY r.id",
	[SQL_REPORT_LISTS] = "SELECT path, header FROM list WHERE run=?1 ORDER BY id",
	[SQL_REPORT_LINES_OPEN] = PART_LINES_OPEN(PART_STEPS_DONE),
	[SQL_REPORT_LAST_CUSTOMER] =
		PART_SELECT_CUSTOMER "c.key=?1 AND " PART_HAS_ROWS " ORDER BY c.id DESC LIMIT 1",
	[SQL_REPORT_REASONS] =
		"SELECT key, effective, reason, COUNT(*) FROM (SELECT c.id AS id, c.key AS key, "
		PART_EFFECTIVE " AS effective, " PART_REASON " AS reason"
		" FROM row r JOIN customer c ON c.id=r.customer" PART_JOIN_TIED "WHERE " PART_IN_RUN
		" AND " PART_ONCE PART_OF_OUTCOMES ") AS reasons"
		" GROUP BY id, key, effective, reason ORDER BY id, effective, COUNT(*) DESC, reason",
	[SQL_REPORT_FIND] = PART_FIND(PART_STEPS_DONE_OF(PART_ANSWERED_ROW)),
	[SQL_REPORT_FIND_NEAR] =
		"SELECT serial, pkid, ticket FROM list_row WHERE id=?1",
	/* Goes from key to key by the index: SELECT DISTINCT reads those of all runs. */
	[SQL_REPORT_CUSTOMER_KEYS] =
		"WITH RECURSIVE k(key) AS (SELECT min(key) FROM customer UNION ALL"
		" SELECT (SELECT min(c.key) FROM customer c WHERE c.key>k.key) FROM k"
		" WHERE k.key IS NOT NULL) SELECT key FROM k WHERE key IS NOT NULL ORDER BY key",

	/* ---- bound in lines.c ---- */

	[SQL_LINES_SORTED] = PART_LINES_SORTED(PART_OWN_STEPS_DONE, "r.manufacturer"),
	[SQL_LINES_STORED] = PART_LINES_STORED(PART_OWN_STEPS_DONE),
	[SQL_LINES_CUSTOMER] = "SELECT key FROM customer WHERE id=?1",

	/* ---- bound in history.c ---- */

	[SQL_HISTORY_OF] =
		"SELECT COALESCE(" PART_SENT_WITH("b.id") ", 0), COALESCE(" PART_SENT_WITH("b.first_sent")
		", 0), COALESCE(" PART_SENT_WITH("b.attempts") ", 0), u.out,"
		" COALESCE(c.folder, '') FROM row r JOIN list ON list.id=r.list JOIN run u ON"
		" u.id=list.run LEFT JOIN customer c ON c.id=r.customer" PART_JOIN_TIED "WHERE r.id=?1",
	[SQL_HISTORY_ATTEMPTS] = "SELECT at, what, note FROM attempt WHERE batch=?1 ORDER BY id",
	[SQL_HISTORY_REPORTS] =
		"SELECT d.step, d.said_at, d.state, d.record, COALESCE(t.said_by, '') FROM done d"
		" LEFT JOIN receipt t ON t.id=d.receipt WHERE d.row=" PART_ANSWERED_ROW_OF("?1")
		" ORDER BY d.said_at, d.step",
	[SQL_HISTORY_VISITS] =
		"SELECT u.name, u.state, u.started, u.out, c.key, c.name, c.folder FROM customer c"
		" JOIN run u ON u.id=c.run WHERE c.key=?1 ORDER BY u.id DESC",

	/* ---- bound in retention.c: erase_parts.h has the texts ---- */

	PART_ERASE_STATEMENTS
};
