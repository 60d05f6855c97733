/*
 * Auditing a ledger: whether its tables agree with each other. Changes nothing. Reads every row once, in
 * constant memory.
 */
#ifndef PARTNER_LEDGER_AUDIT_H
#define PARTNER_LEDGER_AUDIT_H

#include "partner/ledger/runs.h"

/* count things break a rule. what: "rows that belong to no run". first: one of them; "": unknown. */
typedef void ledger_audit_fn(void *ctx, int64_t count, const char *what, const char *first);

/* The rules about whole tables, and the file itself. fn is called for each that is broken. */
int
ledger_audit_tables(struct ledger *l, ledger_audit_fn *fn, void *ctx, struct error *err) MUST_CHECK;

struct ledger_audit_customer {
	int64_t id;
	bool asked; /* the service was asked about one of its rows, so it has a pack */
	char *key, *folder;
};
struct ledger_audit_run {
	int64_t rows;
	int64_t counts[OUTCOME_COUNT];          /* as reports show them */
	struct ledger_audit_customer *customer; /* sorted by id */
	size_t customers;
};
/* The rules about the rows of a run. Release *ret also after a failure. */
int ledger_audit_rows(struct ledger *l, const struct ledger_run *run, struct ledger_audit_run *ret,
                      ledger_audit_fn *fn, void *ctx, struct error *err) MUST_CHECK;
void ledger_audit_release(struct ledger_audit_run *r);

#endif
