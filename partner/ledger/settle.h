/*
 * The settling of repeated rows.
 */
#ifndef PARTNER_LEDGER_SETTLE_H
#define PARTNER_LEDGER_SETTLE_H

#include "partner/ledger/ledger.h"

/* After the last row of a run: equal rows are tied together (asked once), rows with one identity
 * but different customers are rejected. */
int ledger_settle(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;

#endif
