/*
 * Settling a run after its last row: equal rows are linked, so that their device is sent once, and
 * contradicting rows are rejected.
 */
#ifndef PARTNER_LEDGER_SETTLE_H
#define PARTNER_LEDGER_SETTLE_H

#include "partner/ledger/ledger.h"

/* In the transaction of the intake. Rejects rows that name one device with different customers,
 * tenants, serial numbers or Product Key IDs. */
int ledger_settle(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;

#endif
