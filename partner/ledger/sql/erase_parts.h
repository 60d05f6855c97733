/* The statements of retention.c; only for statements.c. */
/* A statement keeps the shape of its SQL. */
/* clang-format off */
#ifndef PARTNER_LEDGER_SQL_ERASE_PARTS_H
#define PARTNER_LEDGER_SQL_ERASE_PARTS_H

#include "partner/ledger/sql/parts.h"

#define PART_MAKE_PLACEHOLDER \
	"UPDATE list_row SET list=0, line=0, customer=" PART_PLACEHOLDER \
	", batch=" PART_PLACEHOLDER ", ident=0, tuple=0, same_as=NULL," \
	" pkid='', serial='', manufacturer='', model='', join_type=0, mdm=0, via=0, purpose=0," \
	" ticket='', sold_to='', received_from='', outcome=" PART_REJECTED \
	", reason='', column_name=''," \
	" raw='', decided=0 WHERE id=(SELECT MAX(id) FROM list_row) AND "
/* A letter is old when no row is left that was sent under it, and none waits. */
#define PART_LETTER_IS_OLD \
	"state=3 AND finished<?1 AND NOT EXISTS (SELECT 1 FROM letter_use s WHERE s.letter BETWEEN" \
	" r.first_row AND r.last_row) AND NOT EXISTS (SELECT 1 FROM run w JOIN batch b ON b.run=w.id" \
	" WHERE w.state=1 AND b.state=5)"
/* finished before ?1, and no alarm of it holds the ledger */
#define PART_RUN_IS_OLD \
	"state=2 AND finished>0 AND finished<?1" \
	" AND NOT EXISTS (SELECT 1 FROM alarm WHERE alarm.run=r.id AND alarm.cleared=0)"
#define PART_BETWEEN_RUN \
	"BETWEEN (SELECT first_row FROM run WHERE id=?1) AND (SELECT last_row FROM run WHERE id=?1)"
#define PART_ROWS_OF_CUSTOMER \
	"(SELECT x.id FROM customer c CROSS JOIN run u CROSS JOIN list_row x WHERE c.key=?1 AND " \
	PART_OF_CUSTOMER("x") ")"
#define PART_RUN_OF_CUSTOMER "IN (SELECT run FROM customer WHERE key=?1)"
#define PART_NO_RUN "run NOT IN (SELECT id FROM run)"

#define PART_ERASE_STATEMENTS \
	[SQL_ERASE_NEXT_RUN] = \
		PART_SELECT_RUN "WHERE r.id>?2 AND ((" PART_RUN_IS_OLD ") OR (" PART_LETTER_IS_OLD \
		")) ORDER BY r.id LIMIT 1", \
	[SQL_ERASE_RUN_DONE] = "DELETE FROM done WHERE row " PART_BETWEEN_RUN, \
	[SQL_ERASE_RUN_VERDICTS] = "DELETE FROM verdict WHERE row " PART_BETWEEN_RUN, \
	[SQL_ERASE_RUN_PLACEHOLDER] = PART_MAKE_PLACEHOLDER "id " PART_BETWEEN_RUN, \
	[SQL_ERASE_RUN_ROWS] = \
		"DELETE FROM list_row WHERE id " PART_BETWEEN_RUN " AND customer<>" \
		PART_PLACEHOLDER, \
	[SQL_ERASE_RUN_RECEIPTS] = \
		"DELETE FROM receipt WHERE run=(SELECT name FROM run WHERE id=?1)", \
	[SQL_ERASE_RUN_LETTER] = \
		"DELETE FROM letter_device WHERE row " PART_BETWEEN_RUN, \
	[SQL_ERASE_RUN_LETTER_KEYS] = "DELETE FROM letter_key WHERE row " PART_BETWEEN_RUN, \
	[SQL_ERASE_RUN_LETTER_USES] = "DELETE FROM letter_use WHERE row " PART_BETWEEN_RUN, \
	[SQL_ERASE_RUN_OPEN] = \
		"SELECT EXISTS (SELECT 1 FROM row x WHERE x.id " PART_BETWEEN_RUN " AND" \
		" COALESCE((SELECT a.outcome FROM row a WHERE a.id=x.same_as), x.outcome) IN (" \
		PART_NOT_SENT "," PART_PENDING "," PART_UNKNOWN "))", \
	[SQL_ERASE_RUN_ATTEMPTS] = \
		"DELETE FROM attempt WHERE batch IN (SELECT id FROM batch WHERE run=?1)", \
	[SQL_ERASE_RUN_BATCHES] = "DELETE FROM batch WHERE run=?1", \
	/* of customers that no other run has */ \
	[SQL_ERASE_RUN_LAST_RECEIPTS] = \
		"DELETE FROM receipt WHERE customer IN (SELECT c.key FROM customer c WHERE c.run=?1 AND NOT EXISTS" \
		" (SELECT 1 FROM customer o WHERE o.key=c.key AND o.run<>?1))", \
	[SQL_ERASE_RUN_CUSTOMERS] = "DELETE FROM customer WHERE run=?1", \
	[SQL_ERASE_RUN_LISTS] = "DELETE FROM list WHERE run=?1", \
	[SQL_ERASE_RUN_ALARMS] = "DELETE FROM alarm WHERE run=?1", \
	[SQL_ERASE_RUN] = "DELETE FROM run WHERE id=?1", \
	/* last columns: rows of an open run without a final outcome; alarms that nobody cleared */ \
	[SQL_ERASE_HELD_BY_RUN] = \
		"SELECT " PART_RUN_COLUMNS \
		", c.folder," \
		" (SELECT COUNT(*) FROM run u CROSS JOIN list_row x WHERE " PART_OF_CUSTOMER("x") \
		")," \
		" (SELECT COUNT(*) FROM run u CROSS JOIN row x WHERE " PART_OF_CUSTOMER("x") \
		" AND u.state=1 AND COALESCE((SELECT a.outcome FROM row a WHERE a.id=x.same_as), x.outcome)" \
		" IN (" PART_NOT_SENT "," PART_PENDING "," PART_UNKNOWN "))," \
		" (SELECT COUNT(*) FROM alarm WHERE alarm.run=r.id AND alarm.cleared=0)" \
		" FROM customer c JOIN run r ON r.id=c.run WHERE c.key=?1 ORDER BY r.id", \
	[SQL_ERASE_COUNT_RECEIPTS] = "SELECT COUNT(*) FROM receipt WHERE customer=?1", \
	[SQL_ERASE_CUSTOMER_DONE] = "DELETE FROM done WHERE row IN " PART_ROWS_OF_CUSTOMER, \
	[SQL_ERASE_CUSTOMER_LETTERS] = "DELETE FROM letter_device WHERE row IN " PART_ROWS_OF_CUSTOMER, \
	[SQL_ERASE_CUSTOMER_LETTER_KEYS] = "DELETE FROM letter_key WHERE row IN " PART_ROWS_OF_CUSTOMER, \
	[SQL_ERASE_CUSTOMER_LETTER_USES] = "DELETE FROM letter_use WHERE row IN " PART_ROWS_OF_CUSTOMER, \
	[SQL_ERASE_CUSTOMER_RECEIPTS] = "DELETE FROM receipt WHERE customer=?1", \
	[SQL_ERASE_CUSTOMER_VERDICTS] = "DELETE FROM verdict WHERE row IN " PART_ROWS_OF_CUSTOMER, \
	[SQL_ERASE_CUSTOMER_PLACEHOLDER] = PART_MAKE_PLACEHOLDER "id IN " PART_ROWS_OF_CUSTOMER, \
	[SQL_ERASE_CUSTOMER_ROWS] = "DELETE FROM list_row WHERE id IN " PART_ROWS_OF_CUSTOMER, \
	[SQL_ERASE_CUSTOMER_ATTEMPTS] = \
		"DELETE FROM attempt WHERE batch IN (SELECT b.id FROM batch b WHERE b.run " \
		PART_RUN_OF_CUSTOMER \
		" AND NOT EXISTS (SELECT 1 FROM row x WHERE x.batch=b.id))", \
	[SQL_ERASE_CUSTOMER_BATCHES] = \
		"DELETE FROM batch WHERE run " PART_RUN_OF_CUSTOMER \
		" AND NOT EXISTS (SELECT 1 FROM row x WHERE x.batch=batch.id)", \
	[SQL_ERASE_CUSTOMER_RANGES] = \
		"UPDATE run SET last_row=(SELECT COALESCE(MAX(x.id), run.first_row-1) FROM row x WHERE x.id" \
		" BETWEEN run.first_row AND run.last_row AND x.customer<>" PART_PLACEHOLDER \
		") WHERE id " PART_RUN_OF_CUSTOMER " AND last_row>=first_row", \
	[SQL_ERASE_CUSTOMER_LISTS] = \
		"DELETE FROM list WHERE run " PART_RUN_OF_CUSTOMER \
		" AND NOT EXISTS (SELECT 1 FROM row x JOIN run r" \
		" ON r.id=list.run WHERE x.id BETWEEN r.first_row AND r.last_row AND x.list=list.id)", \
	[SQL_ERASE_CUSTOMER_RUNS] = \
		"DELETE FROM run WHERE id " PART_RUN_OF_CUSTOMER " AND last_row<first_row", \
	[SQL_ERASE_CUSTOMER] = "DELETE FROM customer WHERE key=?1", \
	[SQL_ERASING_ADD] = \
		"INSERT INTO erasing(run, customer) VALUES(?1, ?2)" \
		" ON CONFLICT (run) DO UPDATE SET customer=excluded.customer", \
	[SQL_ERASING_HAS] = "SELECT COUNT(*) FROM erasing WHERE run=0 AND customer=?1", \
	[SQL_ERASING_NEXT] = \
		"SELECT " PART_RUN_COLUMNS " FROM erasing e JOIN run r ON r.id=e.run WHERE e.run>?1" \
		" ORDER BY e.run LIMIT 1", \
	[SQL_ERASING_DONE] = "DELETE FROM erasing WHERE run=?1", \
	/* a later run may get its number */ \
	[SQL_REAP_ERASING] = "DELETE FROM erasing WHERE run<>0 AND run NOT IN (SELECT id FROM run)", \
	[SQL_REAP_LISTS] = "DELETE FROM list WHERE " PART_NO_RUN, \
	[SQL_REAP_CUSTOMERS] = "DELETE FROM customer WHERE " PART_NO_RUN, \
	[SQL_REAP_BATCHES] = "DELETE FROM batch WHERE " PART_NO_RUN, \
	[SQL_REAP_ATTEMPTS] = "DELETE FROM attempt WHERE batch NOT IN (SELECT id FROM batch)", \
	[SQL_REAP_RECEIPTS] = \
		"DELETE FROM receipt WHERE customer NOT IN (SELECT key FROM customer)", \
	[SQL_REAP_ALARMS] = "DELETE FROM alarm WHERE " PART_NO_RUN, \
	[SQL_REAP_PLACEHOLDERS] = \
		"DELETE FROM list_row WHERE batch=" PART_PLACEHOLDER " AND customer=" PART_PLACEHOLDER \
		" AND id<(SELECT MAX(id) FROM list_row)",

#endif
