/*
 * What earlier runs know about a registration that was looked up. A list may name a device by its serial
 * number, and the list before by its PKID; only the registration ties them together.
 */
#ifndef PARTNER_LEDGER_KNOWN_H
#define PARTNER_LEDGER_KNOWN_H

#include "partner/ledger/ledger.h"
#include "partner/vocabulary.h"

/* Which devices ledger_known_judge() holds: those that another run deregistered at `recent` or later, and
 * those that another run listed for another customer at `listed` or later. 0: none. */
void ledger_known_begin(struct ledger *l, int64_t recent, int64_t listed);
/* *ret_reason: why the row is held, which the caller frees; NULL: it is not. Reads the earlier runs at its
 * first call, and after a run has changed. */
int
ledger_known_judge(struct ledger *l, int64_t run, int64_t row, const struct device_id *registered,
                   char **ret_reason, struct error *err) MUST_CHECK;

#endif
