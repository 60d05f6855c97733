/* The statements of marks_table.c, and the one that says whose marks change; only for statements.c. */
/* A statement keeps the shape of its SQL. */
/* clang-format off */
#ifndef PARTNER_LEDGER_SQL_MARK_PARTS_H
#define PARTNER_LEDGER_SQL_MARK_PARTS_H

#define PART_MARK_STATEMENTS \
	[SQL_MARKS_ADD] = "INSERT INTO mark(bucket, first, part) VALUES(?1, ?2, ?3)", \
	[SQL_MARKS_DELETE] = "DELETE FROM mark WHERE bucket=?1 AND first BETWEEN ?2 AND ?3", \
	[SQL_MARKS_ROWS] = \
		"SELECT id, serial, pkid, ticket FROM list_row WHERE id BETWEEN ?1 AND ?2 ORDER BY id", \
	[SQL_MARKS_NEXT_RUN] = \
		"SELECT first_row, last_row FROM run WHERE first_row>?1 AND last_row>=first_row" \
		" ORDER BY first_row LIMIT 1", \
	[SQL_MARKS_NEWEST_FIRST] = "SELECT first, part FROM mark WHERE bucket=?1 ORDER BY first DESC", \
	[SQL_MARKS_OF_ROWS] = \
		"SELECT part FROM mark WHERE bucket=?1 AND first BETWEEN ?2 AND ?3", \
	[SQL_MARKS_OF_OTHERS] = \
		"SELECT first, part FROM mark WHERE bucket=?1 AND first>=?2 AND" \
		" first NOT BETWEEN ?3 AND ?4", \
	[SQL_MARKS_SEEN] = "INSERT INTO seen VALUES(?1) ON CONFLICT DO NOTHING", \
	[SQL_ERASE_RANGES_OF] = \
		"SELECT u.first_row, u.last_row FROM customer c JOIN run u ON u.id=c.run WHERE c.key=?1"

#endif
