/*
 * Parts that statements share; only for statements.c and server.c. The texts contain states and
 * other enums as digits; the assertions below tie these to the enums.
 */
/* A statement keeps the shape of its SQL. */
/* clang-format off */
#ifndef PARTNER_LEDGER_SQL_PARTS_H
#define PARTNER_LEDGER_SQL_PARTS_H

#include "partner/ledger/batches.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/sql/statements.h"
#include "partner/vocabulary.h"

#define PART_ALARM "6"
#define PART_NOT_SENT "9"
#define PART_HELD "10"
#define PART_REJECTED "11"
#define PART_PENDING "7"
#define PART_UNKNOWN "8"
_Static_assert(OUTCOME_NOT_SENT == 9 && OUTCOME_HELD == 10 && OUTCOME_REJECTED == 11 &&
                       OUTCOME_PENDING == 7 && OUTCOME_UNKNOWN == 8 && OUTCOME_DEREGISTERED == 0 &&
                       OUTCOME_NOT_REGISTERED == 1 && OUTCOME_ALARM == 6,
               "outcome numbers are kept in ledgers: they never change");
_Static_assert(RUN_LETTER == 3, "states of runs are kept in ledgers: they never change");
_Static_assert(BATCH_PLANNED == 0 && BATCH_SENT == 1 && BATCH_ACCEPTED == 2 && BATCH_DONE == 3 &&
                       BATCH_LOST == 4 && BATCH_WAITING == 5,
               "batch states are kept in ledgers: they never change");

/* The identity that is sent for a row: the PKID if there is one, else the tuple. */
#define PART_SENT_KEY \
	"pkid, CASE WHEN pkid='' THEN serial ELSE '' END, CASE WHEN pkid='' THEN manufacturer ELSE '' " \
	"END, CASE WHEN pkid='' THEN model ELSE '' END"
#define PART_SAME_SENT \
	"s.pkid=row.pkid AND s.serial=CASE WHEN row.pkid='' THEN row.serial ELSE '' END AND" \
	" s.manufacturer=CASE WHEN row.pkid='' THEN row.manufacturer ELSE '' END AND" \
	" s.model=CASE WHEN row.pkid='' THEN row.model ELSE '' END"
#define PART_TUPLE_TIED \
	" AND s.serial=row.serial AND s.manufacturer=row.manufacturer AND s.model=row.model AND row.pkid=''"
/* A device has one situation, that of its first row (s.first), or its customer would be asked for two kinds of clean-up. */
#define PART_AS_FIRST \
	"(batch, join_type, mdm, via, purpose)=" \
	"(SELECT f.batch, f.join_type, f.mdm, f.via, f.purpose FROM list_row f WHERE f.id=s.first)"
#define PART_OTHER_SITUATION \
	"(row.join_type<>f.join_type OR row.mdm<>f.mdm OR row.via<>f.via OR row.purpose<>f.purpose)"
#define PART_OPEN_ROWS \
	"row.id BETWEEN ?1 AND ?2 AND row.outcome=" PART_NOT_SENT " AND row.same_as IS NULL"
/* the same, with rows that are already linked to another one */
#define PART_LIVE_ROWS "row.id BETWEEN ?1 AND ?2 AND row.outcome=" PART_NOT_SENT

/*
 * The outcome of a row as reports show it at any moment, also after a crash: unknown once its batch
 * was sent, pending once it was accepted. A row that is linked to another one (a) has that row's
 * outcome, because nothing copies it.
 */
#define PART_ANSWER "COALESCE(av.outcome, a.outcome, r.outcome)"
#define PART_EFFECTIVE PART_EFFECTIVE_OF(PART_ANSWER)
/* A held row is still in the batch that the intake put it into, whose others may have been sent. */
#define PART_SENT_WITH(value) "CASE WHEN " PART_ANSWER "=" PART_HELD " THEN NULL ELSE " value " END"
#define PART_EFFECTIVE_OF(answer) \
	"CASE WHEN " answer "<>" PART_NOT_SENT " OR b.state=3 THEN " answer \
	" WHEN b.state=2 THEN " PART_PENDING " WHEN b.state IN (1,4) THEN " PART_UNKNOWN \
	" ELSE " answer " END"
#define PART_JOIN_TIED \
	" LEFT JOIN list_row a ON a.id=r.same_as LEFT JOIN verdict av ON av.row=r.same_as" \
	" LEFT JOIN batch b ON b.id=COALESCE(a.batch, r.batch) "
#define PART_DECIDED "COALESCE(av.decided, a.decided, r.decided)"
#define PART_IN_RUN \
	"r.id BETWEEN (SELECT first_row FROM run WHERE id=?1) AND (SELECT last_row FROM run WHERE id=?1)"
#define PART_ROUTE_OF_OLD "oem-direct" /* digests of its plans contain no tenant */
/* "B1", or "B2:n" if the customer says that the step does not apply; "A1@1764547200" if the customer's
 * Graph confirmed it then */
#define PART_ANSWERED \
	"d.step||CASE d.state WHEN 1 THEN ':n' ELSE '' END" \
	"||CASE WHEN d.verified>0 THEN '@'||d.verified ELSE '' END"
/* The row was held because this earlier run deregistered the device. */
#define PART_REASON "COALESCE(av.reason, a.reason, r.reason)"
#define PART_IS_EARLIER PART_IS_EARLIER_OF(PART_ANSWER, PART_REASON)
#define PART_IS_EARLIER_OF(answer, reason) \
	answer "=" PART_HELD " AND " reason " LIKE 'deregistered in run %'"
/* Answers that the customer gave to the earlier pack count for the device as well. */
#define PART_DONE_EARLIER(reason, key) \
	"SELECT " PART_ANSWERED " AS step FROM done d WHERE d.row=r.id UNION SELECT " PART_ANSWERED \
	" FROM run u CROSS JOIN done d CROSS JOIN list_row e JOIN customer ec ON ec.id=e.customer" \
	" WHERE u.name=substr(" reason ", 21, 21) AND d.row BETWEEN u.first_row AND u.last_row AND" \
	" e.id=d.row AND ec.key=" key " AND CASE WHEN e.pkid<>'' AND r.pkid<>'' THEN e.pkid=r.pkid" \
	" ELSE e.serial=r.serial AND e.manufacturer=r.manufacturer AND e.model=r.model END"
/* Answers stand once for a device, at the first of its rows in a run. */
#define PART_ANSWERED_ROW "COALESCE(r.same_as, r.id)"
#define PART_ANSWERED_ROW_OF(id) \
	"(SELECT " PART_ANSWERED_ROW " FROM list_row r WHERE r.id=" id ")"
/* Most ledgers hold no receipt yet: SQLite evaluates EXISTS once, not for every row. */
#define PART_STEPS_DONE PART_STEPS_DONE_OF("r.id")
#define PART_STEPS_DONE_OF(row) PART_STEPS_DONE_FOR(row, PART_IS_EARLIER, PART_REASON, "c.key")
#define PART_STEPS_DONE_FOR(row, earlier, reason, key) \
	"CASE WHEN EXISTS(SELECT 1 FROM done) THEN CASE WHEN " earlier \
	" THEN (SELECT group_concat(step, ' ') FROM (" PART_DONE_EARLIER(reason, key) ")) ELSE" \
	" (SELECT group_concat(" PART_ANSWERED ", ' ') FROM done d WHERE d.row=" row ") END END"
#define PART_STEPS_DONE_PQ PART_STEPS_DONE_PQ_OF("r.id")
#define PART_STEPS_DONE_PQ_OF(row) \
	PART_STEPS_DONE_PQ_FOR(row, PART_IS_EARLIER, PART_REASON, "c.key")
#define PART_STEPS_DONE_PQ_FOR(row, earlier, reason, key) \
	"CASE WHEN " earlier " THEN (SELECT string_agg(step, ' ' ORDER BY step) FROM (" \
	PART_DONE_EARLIER(reason, key) ") AS earlier) ELSE (SELECT string_agg(" PART_ANSWERED \
	", ' ' ORDER BY d.step) FROM done d WHERE d.row=" row ") END"
/* The same for a row that is linked to no other one (PART_ONCE). */
#define PART_OWN \
	"r.id", PART_IS_EARLIER_OF("r.outcome", "r.reason"), "r.reason", \
		"(SELECT c.key FROM customer c WHERE c.id=r.customer)"
#define PART_OWN_STEPS_DONE PART_EXPAND(PART_STEPS_DONE_FOR, PART_OWN)
#define PART_OWN_STEPS_DONE_PQ PART_EXPAND(PART_STEPS_DONE_PQ_FOR, PART_OWN)
#define PART_EXPAND(macro, ...) macro(__VA_ARGS__)
#define PART_SELECT_LINES \
	PART_LINES_WITH("r.sold_to, r.received_from", "r.column_name, r.raw", \
	                "list.path, list.header", PART_SENT_WITH("b.service_id"), "NULL", \
	                " JOIN list ON list.id=r.list")
/* A row that marks lead to (marks.h) */
#define PART_FIND(done) \
	PART_LINES_WITH("r.sold_to, r.received_from", "r.column_name, r.raw", "list.path, u.name", \
	                PART_SENT_WITH("b.service_id"), done, \
	                " JOIN list ON list.id=r.list JOIN run u ON u.id=list.run") \
	"r.id=?2 AND ?1 IN (r.serial, r.pkid, r.ticket)"
/* Only the columns that packs need, because all of them are sorted. */
#define PART_LINES_OF_PACKS(done) \
	PART_LINES_WITH("NULL, NULL", "NULL, NULL", "NULL, NULL", "NULL", done, "")
/* Columns by their place: report.c reads them. from: the tables that the other arguments need. */
#define PART_LINES_WITH(account, record, list, service_id, done, from) \
	"SELECT r.id, r.list, r.line, r.customer, r.batch, r.pkid, r.serial, r.manufacturer, r.model," \
	" r.join_type, r.mdm, r.via, r.purpose, r.ticket, " account ", " PART_EFFECTIVE \
	" AS effective, " PART_REASON ", " record ", " PART_DECIDED ", " list \
	", c.key, " service_id ", " done " FROM row r" from \
	" LEFT JOIN customer c ON c.id=r.customer" PART_JOIN_TIED "WHERE "
#define PART_WANTED(outcome) "(CAST(?2 AS BIGINT) >> CAST(" outcome " AS INTEGER)) & 1=1"
/* Tests the row's own outcome first, which skips most rows of a run without reading their batch. 512: not
 * sent is always read. */
#define PART_OF_OUTCOMES \
	" AND (((CAST(?2 AS BIGINT) | 512) >> CAST(r.outcome AS INTEGER)) & 1=1 OR r.same_as IS NOT" \
	" NULL) AND " PART_WANTED(PART_EFFECTIVE)
/* 1: the list names a manufacturer other than Dell. Some clean-up steps are only for Dell. */
#define PART_NOT_DELL PART_NOT_DELL_OF("lower(r.manufacturer)")
#define PART_NOT_DELL_OF(manufacturer) \
	"CASE WHEN r.manufacturer='' OR " manufacturer " LIKE '%dell%' THEN 0 ELSE 1 END"
#define PART_SITUATION \
	"effective, r.via, r.join_type, r.mdm, r.purpose, " PART_NOT_DELL ", r.serial, r.id"
#define PART_RUN_COLUMNS \
	"r.id, r.name, r.state, r.started, r.finished, r.exit_code, r.out, r.digest, r.route"
#define PART_NO_LETTER "r.state<>3"
#define PART_SELECT_RUN "SELECT " PART_RUN_COLUMNS " FROM run r "
#define PART_SELECT_CUSTOMER "SELECT c.id, c.key, c.name, c.folder FROM customer c WHERE "
/* Rows of customer c in its run u. The range of the run replaces an index by customer. */
#define PART_OF_CUSTOMER(r) \
	"u.id=c.run AND " r ".id BETWEEN u.first_row AND u.last_row AND " r ".customer=c.id"
#define PART_HAS_ROWS \
	"EXISTS (SELECT 1 FROM run u CROSS JOIN list_row r WHERE " PART_OF_CUSTOMER("r") \
	" AND r.outcome<>" PART_REJECTED ")"
#define PART_COUNT_OF(condition) "COUNT(*) FILTER (WHERE " condition ")"
#define PART_BATCH_COLUMNS \
	"id, run, state, first_sent, attempts, service_id, sold_to, received_from, lost, tenant," \
	" planned, canary"
/* rows that are sent themselves instead of sharing the answer of an equal row */
#define PART_ASKED "r.same_as IS NULL"
/* r: a row of a batch that the service accepted */
#define PART_IS_ANSWER "r.outcome<=" PART_UNKNOWN " AND r.outcome<>" PART_PENDING
#define PART_ANSWERS \
	"COUNT(*) AS answered, " PART_COUNT_OF("r.outcome>1") " AS failed"
#define PART_SKIPPED \
	"(lower(pkid) IN (SELECT id FROM skip) OR lower(serial) IN (SELECT id FROM skip))"
/* pending, unknown and not-sent have neighbouring numbers; this is faster than IN (...) */
#define PART_NOT_FINAL "outcome BETWEEN " PART_PENDING " AND " PART_NOT_SENT

/*
 * An outcome that became known after the intake goes into the small table "verdict": rewriting the
 * wide rows of list_row would cost several times as much.
 */
#define PART_VERDICT(outcome, reason, decided) \
	"INSERT INTO verdict(row, outcome, reason, decided) SELECT row.id, " outcome ", " reason \
	", " decided " FROM "
#define PART_UPSERT \
	" ON CONFLICT (row) DO UPDATE SET outcome=excluded.outcome, reason=excluded.reason," \
	" decided=excluded.decided"
#define PART_INT(parameter) "CAST(" parameter " AS BIGINT)"
#define PART_TEXT(parameter) "CAST(" parameter " AS TEXT)"

/* Row numbers must never be reused, so an empty row keeps the highest one. Its customer and its batch: */
#define PART_PLACEHOLDER "-1"
/*
 * PART_PLACE is the key by which a whole run is sorted for its packs: customer, then four bits each
 * for outcome, via, join, mdm and purpose. One number instead of six columns halves the cost of
 * sorting. If one of them does not fit, all bits are set: no outcome has that number. The highest bit
 * of join is PART_EARLIER (an earlier run deregistered the device), that of purpose PART_NOT_DELL, so
 * that rows of one situation come together. lines.c builds the same key, and takes it apart.
 */
#define PART_EARLIER "CASE WHEN " PART_IS_EARLIER " THEN 1 ELSE 0 END"
/* lists and counts a device once, even if several rows name it */
#define PART_ONCE "r.same_as IS NULL"
#define PART_PLACE(manufacturer) \
	"((CAST(r.customer AS BIGINT)<<20) | CASE WHEN (r.outcome | r.via | r.join_type | r.mdm | r.purpose) BETWEEN 0 AND 15 AND" \
	" (r.join_type | r.purpose)<8 THEN (" PART_EFFECTIVE_OF("r.outcome") \
	"<<16) | (r.via<<12) | (CASE WHEN " PART_IS_EARLIER_OF("r.outcome", "r.reason") \
	" THEN 1 ELSE 0 END<<11) | (r.join_type<<8) | (r.mdm<<4)" \
	" | (" PART_NOT_DELL_OF(manufacturer) "<<3) | r.purpose ELSE 1048575 END)"
/* Lines of packs: rows that are linked to no other one, each with its own answer. lines.c reads the
 * columns by their place. */
#define PART_LINES_TEXTS(done) \
	"r.decided, r.serial, r.pkid, r.manufacturer, r.model, r.ticket, r.reason, " done
/* manufacturer: in lower case where LIKE needs it */
#define PART_LINES_SORTED(done, manufacturer) \
	"SELECT r.id, " PART_PLACE(manufacturer) " AS place, " PART_LINES_TEXTS(done) \
	" FROM row r LEFT JOIN batch b ON b.id=r.batch WHERE " PART_IN_RUN " AND " PART_ONCE \
	" ORDER BY place, r.serial, r.id"
/* The state of the batch of a row without an answer. EXISTS is evaluated once: without such batches,
 * as in a plan, no state is read. */
#define PART_OWN_BATCH_STATE \
	"CASE WHEN r.outcome=" PART_NOT_SENT \
	" AND EXISTS (SELECT 1 FROM batch b WHERE b.run=?1 AND b.state IN (1,2,4))" \
	" THEN (SELECT b.state FROM batch b WHERE b.id=r.batch) END"
#define PART_LINES_STORED(done) \
	"SELECT r.id, r.customer, r.outcome, " PART_OWN_BATCH_STATE \
	", r.via, r.join_type, r.mdm, r.purpose, " PART_LINES_TEXTS(done) \
	" FROM row r WHERE " PART_IN_RUN " AND " PART_ONCE " ORDER BY r.id"
/* The outcome of each row. Few are linked to another one, whose answer is only read for these. */
#define PART_COUNTS \
	"SELECT CASE WHEN r.same_as IS NOT NULL THEN (SELECT " PART_EFFECTIVE \
	" FROM (SELECT 1) one" PART_JOIN_TIED ") WHEN r.outcome<>" PART_NOT_SENT \
	" THEN r.outcome ELSE CASE " PART_OWN_BATCH_STATE " WHEN 2 THEN " PART_PENDING " WHEN 1 THEN " \
	PART_UNKNOWN " WHEN 4 THEN " PART_UNKNOWN " ELSE " PART_NOT_SENT \
	" END END, 1 FROM row r WHERE " PART_IN_RUN
#define PART_LINES_OPEN(done) \
	PART_LINES_OF_PACKS(done) \
	"r.id IN (SELECT MAX(r.id) FROM customer c CROSS JOIN run u CROSS JOIN row r" PART_JOIN_TIED \
	"WHERE c.key=?1 AND " PART_OF_CUSTOMER("r") " AND " PART_EFFECTIVE \
	" NOT IN (" PART_NOT_SENT "," PART_HELD "," PART_REJECTED \
	") GROUP BY r.pkid, r.serial, r.manufacturer, r.model) ORDER BY " PART_SITUATION
/* devices in one situation with the same steps done */
#define PART_WORK(steps) \
	"SELECT key, effective, join_type, mdm, via, purpose, not_dell, done, COUNT(*)," \
	" COALESCE(MIN(since), 0)" \
	" FROM (SELECT c.id AS id, c.key AS key, " PART_EFFECTIVE \
	" AS effective, r.join_type AS join_type," \
	" r.mdm AS mdm, r.via AS via, r.purpose AS purpose, " \
	PART_NOT_DELL " AS not_dell, " steps " AS done," \
	" NULLIF(" PART_DECIDED ", 0) AS since FROM row r JOIN customer c ON" \
	" c.id=r.customer" PART_JOIN_TIED "WHERE " PART_IN_RUN \
	" AND " PART_ONCE ") AS work GROUP BY id, key, effective, join_type, mdm, via, purpose," \
	" not_dell, done ORDER BY id"
/* a list counts as sent once a batch of its run was sent, or if `or` holds */
#define PART_LIST_TAKEN(or) \
	"SELECT " PART_RUN_COLUMNS ", own.path FROM list own JOIN list o ON o.digest=own.digest AND" \
	" o.run<>own.run JOIN run r ON r.id=o.run WHERE own.run=?1 AND (?2=0 OR own.id=?2) AND" \
	" own.digest<>'' AND (" or \
	"EXISTS (SELECT 1 FROM batch b WHERE b.run=r.id AND b.attempts>0))" \
	" ORDER BY own.id, r.id DESC LIMIT 1"
/* Planned, or looked up in vain: the inventory was incomplete, so nothing was sent. */
#define PART_IS_UNSENT(batch) batch "state IN (0,4) AND " batch "first_sent=0"
#define PART_HOLD_UNSENT(unclaimed) \
	PART_VERDICT(PART_HELD, "h.reason", "0") \
	"held h CROSS JOIN row WHERE row.id=h.id AND row.outcome IN (" PART_UNKNOWN "," PART_NOT_SENT \
	") AND EXISTS (SELECT 1 FROM batch b WHERE b.id=row.batch AND " PART_IS_UNSENT("b.") unclaimed \
	")" PART_UPSERT
/* Nobody can ask for the answer to this batch any more: it has no BatchId, or a look-up goes first. */
#define PART_IS_LOST_FOR_GOOD(unclaimed) \
	"EXISTS (SELECT 1 FROM batch b WHERE b.id=row.batch AND b.state=4 AND" \
	" (b.service_id IS NULL OR b.tenant<>'')" unclaimed ")"
#define PART_NOT_ASKED_AGAIN(why) \
	PART_VERDICT(PART_UNKNOWN, "row.reason||'; not asked again: '||" why, "row.decided")
/* The row was sent and got no answer: it leaves the batch, which may be sent again, and stays
 * unknown. */
#define PART_HOLD_LOST(unclaimed) \
	PART_NOT_ASKED_AGAIN("h.reason") \
	"held h CROSS JOIN row WHERE row.id=h.id AND row.outcome=" PART_UNKNOWN \
	" AND " PART_IS_LOST_FOR_GOOD(unclaimed) PART_UPSERT
#define PART_HOLD_DETACH(unclaimed) \
	"UPDATE list_row SET batch=0 WHERE id IN (SELECT row.id FROM held h CROSS JOIN row WHERE" \
	" row.id=h.id AND row.outcome=" PART_UNKNOWN " AND " PART_IS_LOST_FOR_GOOD(unclaimed) ")"
/* Rows of the batch ?1 that are held as soon as it would be sent again. */
#define PART_HELD_LATER \
	"not_again n CROSS JOIN row WHERE row.id=n.id AND row.batch=?1 AND row.same_as IS NULL AND row."
/* c: the customer of the row, oc: of the earlier one. Only its own customer is told of it (LEDGER_EARLIER). */
#define PART_EARLIER_REASON(run, day) \
	"CASE WHEN c.key<>'' AND oc.key<>'' AND c.key<>oc.key THEN 'deregistered for another customer in run '" \
	" ELSE 'deregistered in run ' END||" run "||' on '||" day "||': --again sends it once more'"
#define PART_HOLD_BY_AGE(day) \
	"INSERT INTO held SELECT row.id, " \
	PART_EARLIER_REASON("(SELECT run.name FROM list JOIN run ON run.id=list.run WHERE list.id=o.list)", day) \
	" FROM row CROSS JOIN old CROSS JOIN row o JOIN customer c ON c.id=row.customer" \
	" JOIN customer oc ON oc.id=o.customer WHERE row.id BETWEEN ?1 AND ?2 AND" \
	" row." PART_NOT_FINAL " AND row.same_as IS NULL AND" \
	" old.ident IN (row.ident, row.tuple) AND o.id=old.id AND CASE WHEN o.pkid<>'' AND" \
	" row.pkid<>'' THEN o.pkid=row.pkid ELSE o.serial=row.serial AND" \
	" o.manufacturer=row.manufacturer AND o.model=row.model AND row.tuple<>0 END" \
	" ORDER BY o.id DESC ON CONFLICT DO NOTHING"
/* A row that waits for its customer, which the reason says (gate.h). */
#define PART_WAITS(row) \
	row ".outcome=" PART_HELD " AND " row ".reason LIKE 'waiting for the customer%'"
/* A row of a run. A plan or a letter is not one: only the run that follows it. */
#define PART_OF_A_RUN \
	"list NOT IN (SELECT li.id FROM list li JOIN run u ON u.id=li.run WHERE u.state IN (0,3))"
/* The row lists a device for its customer. A row that was rejected or held for good does not. */
#define PART_IS_LISTED \
	"(outcome NOT IN (" PART_HELD "," PART_REJECTED ") OR (" PART_WAITS("row") \
	")) AND " PART_OF_A_RUN
/* The operator may list a device for its new owner with --moved; from then on that listing counts. */
#define PART_SAME_DEVICE(o) \
	"CASE WHEN " o ".pkid<>'' AND row.pkid<>'' THEN " o ".pkid=row.pkid ELSE " o \
	".serial=row.serial AND " o ".manufacturer=row.manufacturer AND " o \
	".model=row.model AND row.tuple<>0 END"
#define PART_HOLD_MOVED(day) \
	"INSERT INTO held SELECT row.id, 'listed for another customer in run '||run.name||' on '||" day \
	"||': --moved sends it' FROM row CROSS JOIN old CROSS JOIN row o" \
	" JOIN customer c ON c.id=row.customer JOIN customer oc ON oc.id=o.customer" \
	" JOIN run ON run.id=oc.run" \
	" WHERE row.id BETWEEN ?1 AND ?2 AND row." PART_NOT_FINAL \
	" AND row.same_as IS NULL AND old.ident IN (row.ident, row.tuple) AND o.id=old.id" \
	" AND o.id<row.id AND c.key<>'' AND oc.key<>'' AND c.key<>oc.key AND " PART_SAME_DEVICE("o") \
	" AND NOT EXISTS (SELECT 1 FROM old n CROSS JOIN row m JOIN customer mc ON mc.id=m.customer" \
	" WHERE n.ident IN (row.ident, row.tuple) AND m.id=n.id AND m.id>o.id AND m.id<row.id" \
	" AND mc.key=c.key AND " PART_SAME_DEVICE("m") ")" \
	" ORDER BY o.id DESC ON CONFLICT DO NOTHING"
/* Rows of "known" that are the registration ?1 serial, ?2 PKID, ?3 make, ?4 model. */
#define PART_FITS(column, value) \
	"(" column "='' OR " PART_TEXT(value) "='' OR lower(" column ")=lower(" PART_TEXT(value) "))"
#define PART_KNOWN \
	"(SELECT k.id FROM known k WHERE k.pkid=" PART_TEXT("?2") " AND k.pkid<>'' UNION" \
	" SELECT k.id FROM known k JOIN row x ON x.id=k.id WHERE k.serial=" PART_TEXT("?1") \
	" AND k.serial<>'' AND " PART_FITS("k.pkid", "?2") " AND " PART_FITS("x.manufacturer", "?3") \
	" AND " PART_FITS("x.model", "?4") ")"
#define PART_KNOWN_RECENT(day) \
	"SELECT " PART_EARLIER_REASON("run.name", day) \
	" FROM list_row own JOIN customer c ON c.id=own.customer CROSS JOIN row o" \
	" JOIN customer oc ON oc.id=o.customer JOIN list ON list.id=o.list JOIN run ON run.id=list.run" \
	" WHERE own.id=?5 AND o.id IN " PART_KNOWN \
	" AND o.outcome=0 AND o.decided>=?6 ORDER BY o.id DESC LIMIT 1"
#define PART_KNOWN_MOVED(day) \
	"SELECT 'listed for another customer in run '||run.name||' on '||" day "||': --moved sends it'" \
	" FROM list_row own JOIN customer c ON c.id=own.customer CROSS JOIN list_row o" \
	" JOIN customer oc ON oc.id=o.customer JOIN run ON run.id=oc.run WHERE own.id=?5 AND o.id IN " \
	PART_KNOWN " AND o.id<own.id AND c.key<>'' AND oc.key<>'' AND c.key<>oc.key AND NOT EXISTS" \
	" (SELECT 1 FROM list_row m JOIN customer mc ON mc.id=m.customer WHERE m.id IN " PART_KNOWN \
	" AND m.id>o.id AND m.id<own.id AND mc.key=c.key) ORDER BY o.id DESC LIMIT 1"
/* devices of this run that another run listed, by one identity and the other */
#define PART_HOLD_LISTED \
	"INSERT INTO old SELECT row.ident, row.id FROM seen CROSS JOIN row WHERE row.id=seen.id" \
	" AND row.id>=?1 AND same_as IS NULL AND " PART_IS_LISTED \
	" ON CONFLICT DO NOTHING"
#define PART_HOLD_LISTED_TUPLE \
	"INSERT INTO old SELECT row.tuple, row.id FROM seen CROSS JOIN row WHERE row.id=seen.id" \
	" AND row.id>=?1 AND same_as IS NULL AND " PART_IS_LISTED \
	" AND tuple<>0 AND pkid<>'' ON CONFLICT DO NOTHING"
#define PART_KNOWN_READ \
	"INSERT INTO known SELECT COALESCE(same_as, id), serial, pkid FROM row WHERE id>=?1 AND" \
	" id NOT BETWEEN ?2 AND ?3 AND " PART_IS_LISTED
#define PART_TENANT_ROWS \
	"SELECT lower(b.tenant), c.key, r.pkid, r.serial, r.manufacturer, r.model FROM list_row r" \
	" JOIN batch b ON b.id=r.batch JOIN customer c ON c.id=r.customer" \
	" WHERE b.run=?1 AND b.tenant<>'' ORDER BY 1, r.id"
#define PART_SENT(set, and) \
	"UPDATE batch SET state=1, attempts=attempts+1, first_sent=CASE WHEN first_sent=0 THEN ?2" \
	" ELSE first_sent END, service_id=COALESCE(?3, service_id)" set \
	" WHERE id=?1 AND state IN (0,4) AND claimed_by=?4" and
#define PART_CANARY_STATE(reserved) \
	"SELECT COUNT(*), " PART_COUNT_OF("b.first_sent>0 AND b.state<>3") ", " \
	PART_COUNT_OF("b.state=3 AND r.outcome<=1") ", " \
	PART_COUNT_OF("b.first_sent>0 AND b.state<>3 AND b.claimed_by NOT IN (0, ?2)") \
	", COALESCE(MAX(CASE WHEN b.state=3 AND r.outcome<=1 THEN r.decided END), 0)" \
	" FROM batch b CROSS JOIN row r WHERE b.run=?1 AND b.canary=1 AND r.batch=b.id AND" \
	" r.same_as IS NULL AND r.outcome<=" PART_NOT_SENT " AND (b.first_sent>0 OR (" reserved "))"

#endif
