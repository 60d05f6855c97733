/*
 * Judges one record: is every value what it must be, and does the row identify a device?
 * One rule above all: never act on a value that might not be what was meant (list facts,
 * section 2; wire facts, section 5.2). Pure but for the compiled PKID rule.
 */
#ifndef PARTNER_INTAKE_VALUES_H
#define PARTNER_INTAKE_VALUES_H

#include <regex.h>

#include "common/base.h"
#include "common/error.h"
#include "partner/intake/columns.h"
#include "partner/ledger/rows.h"

#define VALUES_MAX 256 /* longest public limit for a serial is 64; more is a shifted column */

struct values_rule {
	regex_t pkid;
	enum purpose purpose;
	const char *sold_to;
	const char *received_from;
	bool ticket_required;
	bool by_customer; /* the route needs the Customer Tenant ID, and a serial is enough for it */
};

/* Every reason ends in what to do about it, behind the last ": ". */
struct values_verdict {
	char reason[ERROR_TEXT_MAX]; /* "what is wrong: what to do"; "" where the row is good */
	const char *column;          /* the header's word, or "" */
	const char *tenant;          /* Customer Tenant ID where the rule wants one, else "" */
	char warning[ERROR_TEXT_MAX];
};

/* Fills row (its strings point into the record and the rule) and the verdict. */
void values_judge(const struct values_rule *rule, const struct column_map *map,
                  const struct csv_record *record, struct ledger_row *row,
                  struct values_verdict *verdict);
/* The text matches the rule. */
bool values_is_pkid(const struct values_rule *rule, const char *text);
/* Must not be kept as a value: a product key or hash, no UTF-8, control characters, too long. */
bool values_unfit(const char *text);

#endif
