/* The statements with which a ledger is checked. audit.c of the folder above runs them. */
#ifndef PARTNER_LEDGER_SQL_AUDIT_H
#define PARTNER_LEDGER_SQL_AUDIT_H

#include "common/base.h"

/* A rule about whole tables. sql gives how many things break it, and the first of them as a text. */
struct audit_rule {
	const char *sql, *text; /* text: "rows that belong to no run" */
};
#define AUDIT_RULES_MAX 32
extern const struct audit_rule audit_rules[AUDIT_RULES_MAX]; /* ends with sql NULL */

/* A rule about a row of a run: a bit in the third column of audit_rows. */
enum audit_flag {
	AUDIT_LIST,
	AUDIT_CUSTOMER,
	AUDIT_BATCH,
	AUDIT_TIED,
	AUDIT_OUTCOME,
	AUDIT_UNASKED,
	AUDIT_LEFT,
	AUDIT_UNDATED,
	AUDIT_FLAG_COUNT
};
extern const char *const audit_flag_text[AUDIT_FLAG_COUNT]; /* "rows of a list of another run" */
/* Of run ?1: a row's customer, effective outcome and flags. */
extern const char audit_rows[];

#endif
