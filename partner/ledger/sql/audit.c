/* The rules that a sound ledger obeys, for both engines. */
/* A statement keeps the shape of its SQL. */
/* clang-format off */
#include "partner/ledger/sql/audit.h"

#include "partner/ledger/sql/parts.h"

#define FIRST(id) "MIN(CAST(" id " AS TEXT))"
#define WITHOUT_RUN(table) \
	"SELECT COUNT(*), " FIRST("t.id") " FROM " table " t LEFT JOIN run u ON u.id=t.run WHERE u.id IS NULL"

const struct audit_rule audit_rules[AUDIT_RULES_MAX] = {
	{"SELECT COUNT(*), MIN(name) FROM (SELECT name, first_row, last_row, MAX(last_row) OVER"
	 " (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM run) AS u"
	 " WHERE last_row>=first_row AND first_row<=before",
	 "runs that share rows with an earlier run"},
	{"SELECT (SELECT COUNT(*) FROM list_row WHERE customer<>" PART_PLACEHOLDER ") -"
	 " (SELECT COALESCE(SUM(n), 0) FROM (SELECT (SELECT COUNT(*) FROM list_row r WHERE"
	 " r.id BETWEEN u.first_row AND u.last_row AND r.customer<>" PART_PLACEHOLDER ") AS n FROM run u) AS t), ''",
	 "rows that belong to no run"},
	{WITHOUT_RUN("list"), "lists that belong to no run"},
	{WITHOUT_RUN("customer"), "customers that belong to no run"},
	{WITHOUT_RUN("batch"), "batches that belong to no run"},
	{WITHOUT_RUN("alarm"), "alarms that belong to no run"},
	{"SELECT COUNT(*), " FIRST("v.row") " FROM verdict v LEFT JOIN list_row g ON g.id=v.row WHERE g.id IS NULL",
	 "outcomes that belong to no row"},
	{"SELECT COUNT(*), " FIRST("a.id") " FROM attempt a LEFT JOIN batch b ON b.id=a.batch WHERE b.id IS NULL",
	 "attempts that belong to no batch"},
	{"SELECT COUNT(*), " FIRST("id") " FROM batch WHERE state NOT BETWEEN 0 AND 5 OR attempts<0 OR"
	 " (state IN (1,2) AND (attempts=0 OR first_sent=0))",
	 "batches whose state contradicts their attempts"},
	{"SELECT COUNT(*), " FIRST("b.id") " FROM batch b JOIN run u ON u.id=b.run WHERE b.state=2 AND"
	 " b.service_id IS NULL AND u.route='" PART_ROUTE_OF_OLD "'",
	 "batches that the service accepted without a BatchId"},
	{"SELECT COUNT(*), MIN(service_id) FROM (SELECT b.service_id AS service_id FROM batch b JOIN run u"
	 " ON u.id=b.run WHERE u.route='" PART_ROUTE_OF_OLD "' AND b.service_id IS NOT NULL"
	 " GROUP BY b.service_id HAVING COUNT(DISTINCT b.first_sent)>1) AS t", /* parts of one batch share both */
	 "BatchIds that belong to more than one batch"},
	{"SELECT COUNT(*), " FIRST("d.row") " FROM done d LEFT JOIN list_row g ON g.id=d.row WHERE g.id IS NULL",
	 "reported steps that belong to no row"},
	{"SELECT COUNT(*), " FIRST("d.row") " FROM done d LEFT JOIN receipt t ON t.id=d.receipt WHERE t.id IS NULL",
	 "reported steps that belong to no receipt"},
};

const char *const audit_flag_text[AUDIT_FLAG_COUNT] = {
	[AUDIT_LIST] = "rows whose list belongs to another run",
	[AUDIT_CUSTOMER] = "rows whose customer belongs to another run",
	[AUDIT_BATCH] = "rows whose batch belongs to another run",
	[AUDIT_TIED] = "rows that share the answer of a row which is not asked itself",
	[AUDIT_OUTCOME] = "rows with an outcome of no known number",
	[AUDIT_UNASKED] = "rows that are deregistered although their batch was never sent",
	[AUDIT_LEFT] = "rows that are pending although their batch is done",
	[AUDIT_UNDATED] = "rows that were answered at no time",
};

#define FLAG(bit, condition) "CASE WHEN " condition " THEN " bit " ELSE 0 END"
_Static_assert(AUDIT_LIST == 0 && AUDIT_UNDATED == 7 && AUDIT_FLAG_COUNT == 8, "the bits below");

const char audit_rows[] =
	"SELECT r.customer, CASE WHEN " PART_ANSWER " BETWEEN 0 AND " PART_REJECTED " THEN " PART_EFFECTIVE
	" ELSE " PART_UNKNOWN " END, "
	FLAG("1", "COALESCE(list.run, 0)<>?1") "+"
	FLAG("2", "COALESCE(c.run, 0)<>?1") "+"
	FLAG("4", "r.batch<>0 AND COALESCE(b.run, 0)<>?1") "+"
	FLAG("8", "r.same_as IS NOT NULL AND (a.id IS NULL OR a.same_as IS NOT NULL OR"
	          " a.id NOT BETWEEN u.first_row AND u.last_row)") "+"
	FLAG("16", "NOT " PART_ANSWER " BETWEEN 0 AND " PART_REJECTED) "+"
	FLAG("32", PART_ANSWER "=0 AND COALESCE(b.attempts, 0)=0") "+"
	FLAG("64", PART_ANSWER "=" PART_PENDING " AND b.state=3") "+"
	FLAG("128", PART_ANSWER " BETWEEN 0 AND " PART_ALARM " AND " PART_DECIDED "=0")
	" FROM run u CROSS JOIN row r LEFT JOIN customer c ON c.id=r.customer LEFT JOIN list ON list.id=r.list"
	PART_JOIN_TIED "WHERE u.id=?1 AND r.id BETWEEN u.first_row AND u.last_row AND r.customer<>" PART_PLACEHOLDER;
