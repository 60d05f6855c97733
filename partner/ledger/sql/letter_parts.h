/*
 * The statements about letters, for statements.c; server.c has those that PostgreSQL needs
 * differently.
 */
/* A statement keeps the shape of its SQL. */
/* clang-format off */
#ifndef PARTNER_LEDGER_SQL_LETTER_PARTS_H
#define PARTNER_LEDGER_SQL_LETTER_PARTS_H

#include "partner/ledger/sql/parts.h"

/* Every row of a run that may be sent: not yet sent, or waiting for its customer. A row whose batch has left still has
 * the outcome not-sent until it is answered. */
#define PART_HAS_NOT_LEFT "(SELECT b.state FROM batch b WHERE b.id=row.batch) IN (0,5)"
#define PART_CANDIDATE \
	"row.id BETWEEN ?1 AND ?2 AND row.same_as IS NULL AND (row.outcome=" PART_NOT_SENT \
	" OR (" PART_WAITS("row") ")) AND " PART_HAS_NOT_LEFT
/* The letter of a row: f, its device d unless it is used up, and the run of the letter u. */
#define PART_JOIN_LETTER_DEVICE \
	" LEFT JOIN letter_of f ON f.id=row.id LEFT JOIN letter_device d ON d.row=f.letter AND f.used=0"
#define PART_JOIN_LETTER \
	PART_JOIN_LETTER_DEVICE \
	" LEFT JOIN list_row o ON o.id=f.letter LEFT JOIN list li ON li.id=o.list" \
	" LEFT JOIN run u ON u.id=li.run "
#define PART_IS_READY "(d.answered>=d.steps OR u.started<=?3)"
/* ?3 below 0: every row is written down, ready or not */
#define PART_IS_UNREADY "(" PART_INT("?3") "<0 OR d.row IS NULL OR NOT " PART_IS_READY ")"
#define PART_WHY_UNREADY(day) \
	"CASE WHEN f.id IS NULL THEN 'waiting for the customer: no letter was sent'" \
	" WHEN d.row IS NULL THEN 'waiting for the customer: letter of '||" day "||' was used by run '||" \
	"(SELECT n.name FROM list_row x JOIN list xl ON xl.id=x.list JOIN run n ON n.id=xl.run" \
	" WHERE x.id=f.used)||'; a new letter is needed' ELSE" \
	" 'waiting for the customer: letter of '||" day "||', '||d.answered||' of '||d.steps||" \
	"' steps reported' END"
#define PART_GATE_UNREADY(day) \
	"INSERT INTO held SELECT row.id, " PART_WHY_UNREADY(day) " FROM row" PART_JOIN_LETTER \
	"WHERE " PART_CANDIDATE " AND " PART_IS_UNREADY
#define PART_DAY_FILE "date(u.started, 'unixepoch')"
#define PART_DAY_SERVER \
	"to_char(to_timestamp(u.started) AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
#define PART_GATE_PARK(unclaimed) \
	"UPDATE batch SET state=5, canary=0 WHERE run=?1 AND state=0" unclaimed \
	" AND EXISTS (SELECT 1 FROM row WHERE row.batch=batch.id AND " PART_WAITS("row") ")" \
	" AND NOT EXISTS (SELECT 1 FROM row WHERE row.batch=batch.id AND row.same_as IS NULL AND row." \
	PART_NOT_FINAL ")"
#define PART_GATE_PART_WAITING(unclaimed) \
	"SELECT COALESCE(MIN(batch.id), 0) FROM batch WHERE run=?1 AND state=0" unclaimed \
	" AND EXISTS (SELECT 1 FROM row WHERE row.batch=batch.id AND " PART_WAITS("row") ")"
/* Answers of a letter count for the row that was sent under it, also as the answer of the step that
 * takes the place of the letter's step after the deregistration: F1 becomes F1*, and with the keys
 * saved (B1) nobody has to look for them (B3). */
#define PART_COPY_ANSWERS(which) \
	"INSERT INTO done(row, step, said_at, receipt, state, record)" \
	" SELECT s.row, d.step, d.said_at, d.receipt, d.state, d.record" \
	" FROM letter_use s JOIN done d ON d.row=s.letter WHERE " which \
	" UNION ALL SELECT s.row, 'F1*', d.said_at, d.receipt, d.state, d.record" \
	" FROM letter_use s JOIN done d ON d.row=s.letter WHERE d.step='F1' AND " which \
	" UNION ALL SELECT s.row, 'B3', d.said_at, d.receipt, 1, ''" \
	" FROM letter_use s JOIN done d ON d.row=s.letter WHERE d.step='B1' AND d.state IN (0,2) AND " \
	which " ON CONFLICT DO NOTHING"

/* Before that nobody can have sent it (letters.h). */
#define PART_IS_WRITTEN(letter) "EXISTS (SELECT 1 FROM run w WHERE w.id=" letter " AND w.exit_code=0)"
/* Devices of a letter written, and last reminded of, until ?1, that still have a step to answer: neither
 * a later letter nor a deregistration has taken the letter's place. */
#define PART_DUE \
	"letter_device d JOIN list_row o ON o.id=d.row JOIN customer c ON c.id=o.customer" \
	" JOIN run u ON u.id=c.run WHERE d.answered<d.steps AND u.started<=?1" \
	" AND d.reminded<=?1 AND " PART_IS_WRITTEN("u.id") \
	" AND c.key<>'' AND NOT EXISTS (SELECT 1 FROM letter_key k JOIN letter_key k2 ON k2.ident=k.ident" \
	" AND k2.row>k.row JOIN list_row n ON n.id=k2.row JOIN customer nc ON nc.id=n.customer" \
	" WHERE k.row=d.row AND nc.key=c.key AND " PART_IS_WRITTEN("nc.run") ") AND NOT EXISTS (SELECT 1 FROM letter_use s JOIN row x" \
	" ON x.id=s.row WHERE s.letter=d.row AND x.outcome<=1)"

#define PART_LETTER_STATEMENTS \
	/* a device has the identity that is sent, and beside a PKID that of its tuple */ \
	[SQL_LETTER_KEYS] = \
		"INSERT INTO letter_key SELECT ident, id FROM row WHERE id BETWEEN ?1 AND ?2 AND outcome=" \
		PART_NOT_SENT " AND same_as IS NULL UNION SELECT tuple, id FROM row WHERE id BETWEEN ?1 AND" \
		" ?2 AND outcome=" PART_NOT_SENT " AND same_as IS NULL AND tuple<>0 AND pkid<>''", \
	[SQL_LETTER_SITUATIONS] = \
		"SELECT DISTINCT r.outcome, r.join_type, r.mdm, r.via, r.purpose, " PART_NOT_DELL \
		" FROM row r WHERE r.id BETWEEN ?1 AND ?2 AND r.outcome=" PART_NOT_SENT \
		" AND r.same_as IS NULL", \
	[SQL_LETTER_DEVICES] = \
		"INSERT INTO letter_device(row, steps) SELECT r.id, " PART_INT("?3") " FROM row r WHERE r.id BETWEEN ?1 AND" \
		" ?2 AND r.outcome=" PART_NOT_SENT " AND r.same_as IS NULL AND r.join_type=?4 AND r.mdm=?5" \
		" AND r.via=?6 AND r.purpose=?7 AND " PART_NOT_DELL "=?8", \
	[SQL_LETTER_DATE] = "UPDATE run SET started=?2 WHERE id=?1", \
	[SQL_LETTER_ANSWERED] = "UPDATE letter_device SET answered=answered+1 WHERE row=?1", \
	[SQL_LETTER_ANSWERS_OF] = PART_COPY_ANSWERS("s.letter=?1"), \
	[SQL_LETTER_READY] = \
		"SELECT c.key, COUNT(*), " PART_COUNT_OF("d.answered>=d.steps") \
		" FROM letter_device d JOIN list_row o ON o.id=d.row JOIN customer c ON c.id=o.customer" \
		" WHERE c.run=?1 GROUP BY c.id, c.key ORDER BY c.id", \
	[SQL_LETTER_REPORTS] = \
		"SELECT r.customer, t.said_by, t.generated, COUNT(*), COUNT(DISTINCT d.row) FROM letter_use s" \
		" CROSS JOIN list_row r JOIN done d ON d.row=s.letter JOIN receipt t ON t.id=d.receipt" \
		" WHERE s.row " PART_BETWEEN_RUN " AND r.id=s.row" \
		" GROUP BY r.customer, t.id, t.said_by, t.generated ORDER BY r.customer, t.generated, t.id", \
	[SQL_LETTER_UNCONFIRMED] = \
		"SELECT r.customer, r.outcome, r.join_type, r.mdm, r.via, r.purpose, " PART_NOT_DELL \
		", CASE WHEN r.serial<>'' THEN r.serial ELSE r.pkid END FROM letter_use s CROSS JOIN row r" \
		" WHERE s.row " PART_BETWEEN_RUN " AND r.id=s.row AND s.confirmed=0" \
		" AND r.outcome=0 AND NOT EXISTS (SELECT 1 FROM done d WHERE d.row=s.row AND d.step='B1'" \
		" AND d.state IN (0,2)) ORDER BY r.customer, r.serial, r.id", \
	/* answers of the letter and later ones, apart */ \
	[SQL_LETTER_LIFE] = \
		"SELECT u.started, d.steps, d.answered," \
		" COALESCE((SELECT MAX(x.said_at) FROM done x WHERE x.row=s.letter), 0)," \
		" COALESCE((SELECT MAX(x.said_at) FROM done x WHERE x.row=s.row AND NOT EXISTS" \
		" (SELECT 1 FROM done y WHERE y.row=s.letter AND y.receipt=x.receipt)), 0)" \
		" FROM letter_use s JOIN letter_device d ON d.row=s.letter JOIN list_row o ON o.id=s.letter" \
		" JOIN list li ON li.id=o.list JOIN run u ON u.id=li.run WHERE s.row=" \
		PART_ANSWERED_ROW_OF("?1"), \
	[SQL_LETTER_DUE] = \
		"SELECT c.id, c.key, c.name, c.folder, u.name, u.started, COUNT(*) FROM " PART_DUE \
		" GROUP BY c.id, c.key, c.name, c.folder, u.name, u.started ORDER BY c.id", \
	[SQL_LETTER_REMINDED] = \
		"UPDATE letter_device SET reminded=" PART_INT("?2") " WHERE row IN (SELECT d.row FROM " \
		PART_DUE " AND c.id=?3)", \
	[SQL_GATE_ANY] = \
		"SELECT EXISTS (SELECT 1 FROM letter_device) OR EXISTS (SELECT 1 FROM batch WHERE run=?1" \
		" AND state=5)", \
	[SQL_GATE_MATCH] = \
		"INSERT INTO letter_of SELECT row.id, MAX(k.row), 0 FROM row CROSS JOIN letter_key k CROSS JOIN" \
		" list_row o JOIN customer c ON c.id=row.customer JOIN customer oc ON oc.id=o.customer WHERE " \
		PART_CANDIDATE " AND k.ident IN (row.ident, row.tuple) AND o.id=k.row AND oc.key=c.key AND " \
		PART_IS_WRITTEN("oc.run") " AND " PART_SAME_DEVICE("o") " GROUP BY row.id", \
	/* a letter that led to a deregistration is used up: the device was registered again since */ \
	[SQL_GATE_USED] = \
		"UPDATE letter_of SET used=COALESCE((SELECT MAX(s.row) FROM letter_use s JOIN row x ON x.id=s.row" \
		" WHERE s.letter=letter_of.letter AND s.row<>letter_of.id AND x.outcome<=1), 0)", \
	[SQL_GATE_UNREADY] = PART_GATE_UNREADY(PART_DAY_FILE), \
	[SQL_GATE_REASONS] = \
		"UPDATE verdict SET reason=(SELECT h.reason FROM held h WHERE h.id=verdict.row)" \
		" WHERE row IN (SELECT id FROM held) AND " PART_WAITS("verdict"), \
	[SQL_GATE_RELEASE] = \
		"DELETE FROM verdict WHERE row IN (SELECT row.id FROM row JOIN batch b ON b.id=row.batch" \
		" WHERE row.id BETWEEN ?1 AND ?2 AND b.state=5 AND " PART_WAITS("row") \
		" AND row.id NOT IN (SELECT id FROM held))", \
	[SQL_GATE_UNPARK] = \
		"UPDATE batch SET state=0 WHERE run=?1 AND state=5 AND NOT EXISTS" \
		" (SELECT 1 FROM row WHERE row.batch=batch.id AND " PART_WAITS("row") ")", \
	[SQL_GATE_PART_RELEASED] = \
		"SELECT COALESCE(MIN(batch.id), 0) FROM batch WHERE run=?1 AND state=5 AND EXISTS" \
		" (SELECT 1 FROM row WHERE row.batch=batch.id AND row.outcome=" PART_NOT_SENT \
		" AND row.same_as IS NULL)", \
	[SQL_GATE_MOVE_RELEASED] = \
		"UPDATE list_row SET batch=?2 WHERE id IN (SELECT row.id FROM row WHERE row.batch=?1 AND" \
		" row.outcome=" PART_NOT_SENT " AND row.same_as IS NULL)", \
	[SQL_GATE_PARK] = PART_GATE_PARK(""), \
	[SQL_GATE_PART_WAITING] = PART_GATE_PART_WAITING(""), \
	[SQL_GATE_MOVE_WAITING] = \
		"UPDATE list_row SET batch=?2 WHERE id IN (SELECT row.id FROM row WHERE row.batch=?1 AND " \
		PART_WAITS("row") ")", \
	[SQL_GATE_COPY_BATCH] = \
		"INSERT INTO batch(run, state, sold_to, received_from, tenant, planned)" \
		" SELECT run, " PART_INT("?2") ", sold_to, received_from, tenant, planned FROM batch WHERE id=?1 RETURNING id", \
	/* ?3: 1 also rows without a letter */ \
	[SQL_GATE_USE] = \
		"INSERT INTO letter_use(row, letter, confirmed) SELECT row.id, CASE WHEN f.used=0 THEN f.letter" \
		" ELSE 0 END, CASE WHEN d.answered>=d.steps THEN 1 ELSE 0 END FROM row" \
		PART_JOIN_LETTER_DEVICE " WHERE row.id BETWEEN ?1 AND ?2 AND row.same_as IS NULL AND row.outcome=" PART_NOT_SENT \
		" AND " PART_HAS_NOT_LEFT " AND (" PART_INT("?3") "=1 OR f.used=0) ON CONFLICT (row) DO UPDATE SET" \
		" letter=excluded.letter, confirmed=excluded.confirmed", \
	[SQL_GATE_ANSWERS] = PART_COPY_ANSWERS("s.row BETWEEN ?1 AND ?2"), \
	[SQL_GATE_UNREADY_COUNT] = "SELECT COUNT(*) FROM held", \
	/* by customer: devices without the customer's report, and those of them without a letter that counts */ \
	[SQL_GATE_UNCONFIRMED] = \
		"SELECT c.key, COUNT(*), " PART_COUNT_OF("h.reason LIKE '%no letter was sent' OR h.reason LIKE '%a new letter is needed'") \
		" FROM held h JOIN list_row r ON r.id=h.id JOIN customer c ON c.id=r.customer" \
		" GROUP BY c.id, c.key ORDER BY c.id", \
	/* ?1: 0 all runs */ \
	[SQL_GATE_WAITING] = \
		"SELECT COUNT(*), COUNT(DISTINCT c.key), COALESCE(MIN(u.started), 0)" \
		" FROM run u CROSS JOIN batch b CROSS JOIN row r JOIN customer c ON c.id=r.customer WHERE" \
		" u.state=1 AND (" PART_INT("?1") "=0 OR u.id=?1) AND b.run=u.id AND b.state=5 AND r.batch=b.id AND" \
		" r.same_as IS NULL AND " PART_WAITS("r"), \
	[SQL_GATE_HAS_OTHERS] = "SELECT COUNT(*) FROM batch WHERE run=?1 AND state IN (0,1,2,4)"

#endif
