/*
 * The reasons of a run's outcomes with their counts, over all customers, the most frequent first.
 */
#ifndef PARTNER_RUN_REASONS_H
#define PARTNER_RUN_REASONS_H

#include "common/json.h"
#include "partner/ledger/report.h"

/* Prints "  2 held: ..." for each reason on standard output. outcomes: a bit for each that is wanted. */
int reasons_print(struct ledger *l, int64_t run, unsigned outcomes, struct error *err) MUST_CHECK;
/* Appends {"outcome", "reason", "devices"} for each reason. */
int reasons_add_json(struct ledger *l, int64_t run, unsigned outcomes, struct json *array,
                     struct error *err) MUST_CHECK;

#endif
