/* Recovery after a crash. */
#ifndef PARTNER_LEDGER_RECOVER_H
#define PARTNER_LEDGER_RECOVER_H

#include "partner/ledger/ledger.h"

/* Batches in SENT become LOST; on a server only those whose lease has ended. */
int ledger_recover(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;

#endif
