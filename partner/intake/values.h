/*
 * Judges one record: whether each value is valid and whether the row identifies a device. The first
 * rule: never act on a value that might not be what was meant (doc/lists.md, sections 2 and 5;
 * doc/wire.md, section 5.2). Pure, apart from the compiled PKID rule.
 */
#ifndef PARTNER_INTAKE_VALUES_H
#define PARTNER_INTAKE_VALUES_H

#include <regex.h>

#include "common/base.h"
#include "common/error.h"
#include "partner/intake/columns.h"
#include "partner/intake/remarks.h"
#include "partner/intake/sound.h"
#include "partner/ledger/rows.h"

#define VALUES_MAX 256 /* bytes; a serial has at most 64, so more is a shifted column */

struct values_rule {
	const struct words *words;
	regex_t pkid;       /* only if pkid_digits is 0 */
	size_t pkid_digits; /* the rule is exactly so many digits; 0: it is another rule */
	enum purpose purpose;
	const char *sold_to;
	const char *received_from;
	bool ticket_required;
	bool by_customer; /* the route needs the Customer Tenant ID, and of the tuple only the serial */
};

/* Every reason ends in ": " and what to do. */
struct values_verdict {
	char reason[ERROR_TEXT_MAX]; /* "what is wrong: what to do"; "": the row is good */
	const char *column;          /* name of the column, or "" */
	const char *tenant;          /* Customer Tenant ID if the rule needs one, else "" */
	bool no_name;                /* Customer Name says that there is none */
	unsigned remarks;            /* bits of enum remark */
};

/* Compiles the PKID rule. If that succeeds, the caller releases it with values_release_pkid(). */
int values_set_pkid(struct values_rule *rule, const char *pattern, struct error *err) MUST_CHECK;
void values_release_pkid(struct values_rule *rule);
/* Fills row (its strings point into the record and the rule) and the verdict. */
void values_judge(const struct values_rule *rule, const struct column_map *map,
                  const struct csv_record *record, struct sound *sound, struct ledger_row *row,
                  struct values_verdict *verdict);
/* The text matches the rule. */
bool values_is_pkid(const struct values_rule *rule, const char *text);
/* The text must not be stored as a value: a secret, not UTF-8, with control characters, or too
 * long. */
bool values_unfit(const char *text);

#endif
