/*
 * After a crash.
 */
#ifndef PARTNER_LEDGER_RECOVER_H
#define PARTNER_LEDGER_RECOVER_H

#include "partner/ledger/ledger.h"

/* After a crash: batches in SENT become LOST; on a server, those whose claim is over. */
int ledger_recover(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;

#endif
