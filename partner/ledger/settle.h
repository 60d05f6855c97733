/*
 * Settling a run after its last row: equal rows are linked, so that their device is sent once, and
 * contradicting rows are rejected.
 */
#ifndef PARTNER_LEDGER_SETTLE_H
#define PARTNER_LEDGER_SETTLE_H

#include "partner/ledger/ledger.h"

/* In the transaction of the intake. Rejects rows that name one device with different customers,
 * tenants, serial numbers or Product Key IDs. *ret_other: linked rows that named another situation than
 * the first row of their device, whose situation they have from now on. NULL: nobody asks. */
int ledger_settle(struct ledger *l, int64_t run, int64_t *ret_other, struct error *err) MUST_CHECK;
/* Counts the rejected rows of each list of a run that has some; list: its id. */
typedef void ledger_rejected_fn(void *ctx, int64_t list, int64_t rows);
int ledger_each_rejected(struct ledger *l, int64_t run, ledger_rejected_fn *fn, void *ctx,
                         struct error *err) MUST_CHECK;

#endif
