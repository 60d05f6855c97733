/*
 * Parts that statements have in common, for sql.c and sql_server.c alone. Numbers of outcomes and
 * states are tied to the enums.
 */
/* A statement keeps the shape of its SQL. */
/* clang-format off */
#ifndef PARTNER_LEDGER_SQL_PARTS_H
#define PARTNER_LEDGER_SQL_PARTS_H

#include "partner/ledger/batches.h"
#include "partner/ledger/sql/statements.h"
#include "partner/vocabulary.h"

#define ALARM "6"
#define NOT_SENT "9"
#define HELD "10"
#define REJECTED "11"
#define PENDING "7"
#define UNKNOWN "8"
_Static_assert(OUTCOME_NOT_SENT == 9 && OUTCOME_HELD == 10 && OUTCOME_REJECTED == 11 &&
                       OUTCOME_PENDING == 7 && OUTCOME_UNKNOWN == 8 && OUTCOME_DEREGISTERED == 0 &&
                       OUTCOME_NOT_REGISTERED == 1 && OUTCOME_ALARM == 6,
               "outcome numbers are kept in ledgers: they never change");
_Static_assert(BATCH_PLANNED == 0 && BATCH_SENT == 1 && BATCH_ACCEPTED == 2 && BATCH_DONE == 3 &&
                       BATCH_LOST == 4,
               "batch states are kept in ledgers: they never change");

/* What is sent of a row: the PKID where there is one, else the tuple. */
#define SENT_KEY \
	"pkid, CASE WHEN pkid='' THEN serial ELSE '' END, CASE WHEN pkid='' THEN manufacturer ELSE '' " \
	"END, CASE WHEN pkid='' THEN model ELSE '' END"
#define SAME_SENT \
	"s.pkid=row.pkid AND s.serial=CASE WHEN row.pkid='' THEN row.serial ELSE '' END AND" \
	" s.manufacturer=CASE WHEN row.pkid='' THEN row.manufacturer ELSE '' END AND" \
	" s.model=CASE WHEN row.pkid='' THEN row.model ELSE '' END"
#define OPEN_ROWS "row.id BETWEEN ?1 AND ?2 AND row.outcome=" NOT_SENT " AND row.same_as IS NULL"
/* with those that are tied to another row already */
#define LIVE_ROWS "row.id BETWEEN ?1 AND ?2 AND row.outcome=" NOT_SENT

/*
 * Honest while a run is going on or after a crash: sent is unknown, accepted is pending; and a row
 * that is tied to another one (a) is what that one is, although nobody has copied it yet.
 */
#define ANSWER "COALESCE(av.outcome, a.outcome, r.outcome)"
#define EFFECTIVE \
	"CASE WHEN " ANSWER "<>" NOT_SENT " OR b.state=3 THEN " ANSWER \
	" WHEN b.state=2 THEN " PENDING " WHEN b.state IN (1,4) THEN " UNKNOWN " ELSE " ANSWER \
	" END"
#define TIED \
	" LEFT JOIN list_row a ON a.id=r.same_as LEFT JOIN verdict av ON av.row=r.same_as" \
	" LEFT JOIN batch b ON b.id=COALESCE(a.batch, r.batch) "
#define DECIDED "COALESCE(av.decided, a.decided, r.decided)"
#define RANGE \
	"r.id BETWEEN (SELECT first_row FROM run WHERE id=?1) AND (SELECT last_row FROM run WHERE id=?1)"
#define ROUTE_OF_OLD "oem-direct" /* its plans have no tenant in their digest */
/* most ledgers hold no receipt yet: seen once, not for every row */
#define DONE \
	"CASE WHEN EXISTS(SELECT 1 FROM done) THEN" \
	" (SELECT group_concat(d.step, ' ') FROM done d WHERE d.row=r.id) END"
#define DONE_PQ "(SELECT string_agg(d.step, ' ' ORDER BY d.step) FROM done d WHERE d.row=r.id)"
/* names: of the row's list; from: the tables that they and the done steps need */
#define LINES \
	LINES_WITH("r.sold_to, r.received_from", "r.column_name, r.raw", "list.path, list.header", \
	           "b.service_id", "NULL", " JOIN list ON list.id=r.list")
/* what packs have no use for is not sorted along */
#define LINES_OF_PACKS(done) LINES_WITH("NULL, NULL", "NULL, NULL", "NULL, NULL", "NULL", done, "")
#define LINES_WITH(account, record, list, service_id, done, from) \
	"SELECT r.id, r.list, r.line, r.customer, r.batch, r.pkid, r.serial, r.manufacturer, r.model," \
	" r.join_type, r.mdm, r.via, r.purpose, r.ticket, " account ", " EFFECTIVE \
	" AS effective, COALESCE(av.reason, a.reason, r.reason), " record ", " DECIDED ", " list \
	", c.key, " service_id ", " done " FROM row r" from \
	" LEFT JOIN customer c ON c.id=r.customer" TIED "WHERE "
#define WANTED(outcome) "(CAST(?2 AS BIGINT) >> CAST(" outcome " AS INTEGER)) & 1=1"
/* first by what the row itself says: most of a run is passed over without a look at its batch */
#define OF_OUTCOMES \
	" AND (" WANTED("r.outcome") " OR r.outcome=" NOT_SENT " OR r.same_as IS NOT NULL)" \
				     " AND " WANTED(EFFECTIVE)
#define SITUATION "effective, r.via, r.join_type, r.mdm, r.purpose, r.serial, r.id"
#define RUN_COLUMNS \
	"r.id, r.name, r.state, r.started, r.finished, r.exit_code, r.out, r.digest, r.route"
#define RUN "SELECT " RUN_COLUMNS " FROM run r "
#define CUSTOMER "SELECT c.id, c.key, c.name, c.folder FROM customer c WHERE "
/* of customer c in its run u: rows have no index by customer */
#define OF_CUSTOMER(r) \
	"u.id=c.run AND " r ".id BETWEEN u.first_row AND u.last_row AND " r ".customer=c.id"
#define HAS_ROWS \
	"EXISTS (SELECT 1 FROM run u CROSS JOIN list_row r WHERE " OF_CUSTOMER("r") \
	" AND r.outcome<>" REJECTED ")"
#define COUNT_OF(condition) "COUNT(*) FILTER (WHERE " condition ")"
#define BATCH_COLUMNS \
	"id, run, state, first_sent, attempts, service_id, sold_to, received_from, lost, tenant"
/* rows that stand for a device of their own */
#define ASKED "r.same_as IS NULL"
#define SKIPPED "(lower(pkid) IN (SELECT id FROM skip) OR lower(serial) IN (SELECT id FROM skip))"
#define IN_STATE(free) "(SELECT b.state FROM batch b WHERE b.id=row.batch" free ")="
/* with UNKNOWN between the two: quicker than a set */
#define NOT_FINAL "outcome BETWEEN " PENDING " AND " NOT_SENT

/*
 * What became of rows since their list was taken in, over what was known of them before. The wide
 * rows are not written again for it: that would cost several times as much.
 */
#define VERDICT(outcome, reason, decided) \
	"INSERT INTO verdict(row, outcome, reason, decided) SELECT row.id, " outcome ", " reason \
	", " decided " FROM "
#define IN_PLACE \
	" ON CONFLICT (row) DO UPDATE SET outcome=excluded.outcome, reason=excluded.reason," \
	" decided=excluded.decided"
#define NUMBER(parameter) "CAST(" parameter " AS BIGINT)"
#define WORDS(parameter) "CAST(" parameter " AS TEXT)"

/* The empty row that keeps the highest number from being given again. */
#define KEPT "-1"
#define EMPTY_ROW \
	"UPDATE list_row SET list=0, line=0, customer=" KEPT \
	", batch=0, ident=0, tuple=0, same_as=NULL," \
	" pkid='', serial='', manufacturer='', model='', join_type=0, mdm=0, via=0, purpose=0," \
	" ticket='', sold_to='', received_from='', outcome=" REJECTED \
	", reason='', column_name=''," \
	" raw='', decided=0 WHERE id=(SELECT MAX(id) FROM list_row) AND "
/* Finished before ?1, and every row has its last word. */
#define OLD \
	"state=2 AND finished>0 AND finished<?1 AND NOT EXISTS (SELECT 1 FROM row x WHERE x.id BETWEEN" \
	" r.first_row AND r.last_row AND COALESCE((SELECT a.outcome FROM row a WHERE a.id=x.same_as)," \
	" x.outcome) IN (" NOT_SENT "," PENDING "," UNKNOWN "))"
#define RANGE_OF_RUN \
	"BETWEEN (SELECT first_row FROM run WHERE id=?1) AND (SELECT last_row FROM run WHERE id=?1)"
#define ROWS_OF_CUSTOMER \
	"(SELECT x.id FROM customer c CROSS JOIN run u CROSS JOIN list_row x WHERE c.key=?1 AND " \
	OF_CUSTOMER("x") ")"
#define RUN_OF_CUSTOMER "IN (SELECT run FROM customer WHERE key=?1)"
#define NO_RUN "run NOT IN (SELECT id FROM run)"
/*
 * A whole run is sorted at once: a record of few columns and one number for what it is sorted by
 * first cost half. Customer, outcome, via, join, mdm and purpose, four bits each but the first; all
 * of them set where one does not fit: no outcome has that number. read.c takes it apart.
 */
#define PLACE \
	"((CAST(r.customer AS BIGINT)<<20) | CASE WHEN (" ANSWER \
	" | r.via | r.join_type | r.mdm | r.purpose) BETWEEN 0 AND 15 THEN (" EFFECTIVE \
	"<<16) | (r.via<<12) | (r.join_type<<8) | (r.mdm<<4) | r.purpose ELSE 1048575 END)"
#define LINES_SORTED(done) \
	"SELECT r.id, " PLACE " AS place, r.pkid, r.serial, r.manufacturer, r.model, r.ticket," \
	" COALESCE(av.reason, a.reason, r.reason), " DECIDED ", c.key, " done \
	" FROM row r LEFT JOIN customer c ON c.id=r.customer" TIED "WHERE " RANGE \
	" ORDER BY place, r.serial, r.id"
#define LINES_OPEN(done) \
	LINES_OF_PACKS(done) \
	"r.id IN (SELECT MAX(r.id) FROM customer c CROSS JOIN run u CROSS JOIN row r" TIED \
	"WHERE c.key=?1 AND " OF_CUSTOMER("r") " AND " EFFECTIVE " NOT IN (" NOT_SENT "," HELD "," REJECTED \
	") GROUP BY r.pkid, r.serial, r.manufacturer, r.model) ORDER BY " SITUATION
/* devices in one situation with the same steps done, whose outcome is known */
#define WORK(steps) \
	"SELECT key, effective, join_type, mdm, via, purpose, done, COUNT(*), COALESCE(MIN(since), 0)" \
	" FROM (SELECT c.id AS id, c.key AS key, " EFFECTIVE \
	" AS effective, r.join_type AS join_type," \
	" r.mdm AS mdm, r.via AS via, r.purpose AS purpose, " steps " AS done," \
	" NULLIF(" DECIDED ", 0) AS since FROM row r JOIN customer c ON" \
	" c.id=r.customer" TIED "WHERE " RANGE \
	") AS work GROUP BY id, key, effective, join_type, mdm, via, purpose," \
	" done ORDER BY id"
/* a list counts as taken once any of its run was tried */
#define LIST_TAKEN(or) \
	"SELECT " RUN_COLUMNS ", own.path FROM list own JOIN list o ON o.digest=own.digest AND" \
	" o.run<>own.run JOIN run r ON r.id=o.run WHERE own.run=?1 AND (?2=0 OR own.id=?2) AND" \
	" own.digest<>'' AND (" or \
		"EXISTS (SELECT 1 FROM batch b WHERE b.run=r.id AND b.attempts>0))" \
		" ORDER BY own.id, r.id DESC LIMIT 1"
#define HELD_UNSENT(free) \
	VERDICT(HELD, "h.reason", "0") \
	"held h CROSS JOIN row WHERE row.id=h.id AND row.outcome=" NOT_SENT \
	" AND " IN_STATE(free) "0" IN_PLACE
/* sent once and unanswered: it leaves the batch that may be sent again, and stays unknown */
#define HELD_LOST(free) \
	VERDICT(UNKNOWN, "row.reason||'; not asked again: '||h.reason", "row.decided") \
	"held h CROSS JOIN row WHERE row.id=h.id AND row.outcome=" UNKNOWN \
	" AND " IN_STATE(free) "4" IN_PLACE
#define HELD_LEAVE(free) \
	"UPDATE list_row SET batch=0 WHERE id IN (SELECT row.id FROM held h CROSS JOIN row WHERE" \
	" row.id=h.id AND row.outcome=" UNKNOWN " AND " IN_STATE(free) "4)"
#define HELD_BY_AGE(day) \
	"INSERT INTO held SELECT row.id, 'deregistered in run '||" \
	"(SELECT run.name FROM list JOIN run ON run.id=list.run WHERE list.id=o.list)||' on '||" day \
	"||': --again sends it once more'" \
	" FROM row CROSS JOIN old CROSS JOIN row o WHERE row.id BETWEEN ?1 AND ?2 AND" \
	" row.outcome IN (" NOT_SENT "," UNKNOWN ") AND row.same_as IS NULL AND" \
	" old.ident IN (row.ident, row.tuple) AND o.id=old.id AND CASE WHEN o.pkid<>'' AND" \
	" row.pkid<>'' THEN o.pkid=row.pkid ELSE o.serial=row.serial AND" \
	" o.manufacturer=row.manufacturer AND o.model=row.model AND row.tuple<>0 END" \
	" ON CONFLICT DO NOTHING"

#endif
