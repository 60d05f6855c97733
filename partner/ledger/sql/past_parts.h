/* The statements of marks_table.c and tally.c, and the one that says whose marks change; only for
 * statements.c. */
/* A statement keeps the shape of its SQL. */
/* clang-format off */
#ifndef PARTNER_LEDGER_SQL_PAST_PARTS_H
#define PARTNER_LEDGER_SQL_PAST_PARTS_H

/* Eight buckets from ?1 on, or with ?2=0 that one. */
#define PART_BUCKETS \
	"bucket IN (?1, ?1+?2, ?1+2*?2, ?1+3*?2, ?1+4*?2, ?1+5*?2, ?1+6*?2, ?1+7*?2)"

#define PART_PAST_STATEMENTS \
	[SQL_MARKS_ADD] = "INSERT INTO mark(bucket, first, part) VALUES(?1, ?2, ?3)", \
	[SQL_MARKS_DELETE] = "DELETE FROM mark WHERE bucket=?1 AND first BETWEEN ?2 AND ?3", \
	[SQL_MARKS_ROWS] = \
		"SELECT id, serial, pkid, ticket FROM list_row WHERE id BETWEEN ?1 AND ?2 ORDER BY id", \
	[SQL_MARKS_NEXT_RUN] = \
		"SELECT first_row, last_row FROM run WHERE first_row>?1 AND last_row>=first_row" \
		" ORDER BY first_row LIMIT 1", \
	[SQL_MARKS_NEWEST_FIRST] = "SELECT first, part FROM mark WHERE bucket=?1 ORDER BY first DESC", \
	[SQL_MARKS_OF_ROWS] = \
		"SELECT bucket, part FROM mark WHERE " PART_BUCKETS " AND first BETWEEN ?3 AND ?4", \
	[SQL_MARKS_OF_OTHERS] = \
		"SELECT bucket, part, first FROM mark WHERE " PART_BUCKETS " AND first>=?5 AND" \
		" first NOT BETWEEN ?3 AND ?4", \
	[SQL_MARKS_SEEN] = "INSERT INTO seen VALUES(?1) ON CONFLICT DO NOTHING", \
	[SQL_ERASE_RANGES_OF] = \
		"SELECT u.first_row, u.last_row FROM customer c JOIN run u ON u.id=c.run WHERE c.key=?1", \
	[SQL_TALLY_READ] = "SELECT counts, devices, steps, closed, since FROM tally WHERE run=?1", \
	[SQL_TALLY_WRITE] = \
		"INSERT INTO tally(run, counts, devices, steps, closed, since) VALUES(?1, ?2, ?3, ?4, ?5, ?6)" \
		" ON CONFLICT (run) DO UPDATE SET counts=excluded.counts, devices=excluded.devices," \
		" steps=excluded.steps, closed=excluded.closed, since=excluded.since", \
	[SQL_TALLY_FORGET] = "DELETE FROM tally WHERE run=?1", \
	[SQL_TALLY_FORGET_ROW] = \
		"DELETE FROM tally WHERE run=(SELECT li.run FROM list_row r JOIN list li ON li.id=r.list" \
		" WHERE r.id=?1)", \
	[SQL_TALLY_FORGET_LETTER] = \
		"DELETE FROM tally WHERE run IN (SELECT li.run FROM letter_use s JOIN list_row r ON r.id=s.row" \
		" JOIN list li ON li.id=r.list WHERE s.letter=?1)", \
	[SQL_TALLY_FORGET_CUSTOMER] = \
		"DELETE FROM tally WHERE run IN (SELECT run FROM customer WHERE key=?1)", \
	[SQL_TALLY_MISSING] = \
		"SELECT id FROM run WHERE state=2 AND id<?1 AND NOT EXISTS" \
		" (SELECT 1 FROM tally t WHERE t.run=run.id) ORDER BY id DESC LIMIT 1", \
	[SQL_TALLY_STEPS] = "SELECT COALESCE(SUM(steps), 0) FROM tally", \
	[SQL_REAP_TALLIES] = "DELETE FROM tally WHERE run NOT IN (SELECT id FROM run)"

#endif
