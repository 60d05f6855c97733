/*
 * Transactions over a ledger.
 */
#ifndef PARTNER_LEDGER_TRANSACTION_H
#define PARTNER_LEDGER_TRANSACTION_H

#include "partner/ledger/ledger.h"

int ledger_begin(struct ledger *l, struct error *err) MUST_CHECK;
int ledger_commit(struct ledger *l, struct error *err) MUST_CHECK;
void ledger_rollback(struct ledger *l);
/* After a rollback: what failed was the connection to a server, and it stands again; nothing of the
 * transaction happened, and it may be begun anew. Waits a minute for a server at most. */
bool ledger_again(struct ledger *l) MUST_CHECK;
/* A part of a transaction that can be undone on its own: one list among several. */
int ledger_part_begin(struct ledger *l, struct error *err) MUST_CHECK;
int ledger_part_commit(struct ledger *l, struct error *err) MUST_CHECK;
int ledger_part_rollback(struct ledger *l, struct error *err) MUST_CHECK;
/* ledger_begin() for taking lists in: one machine after another. */
int ledger_begin_intake(struct ledger *l, struct error *err) MUST_CHECK;

#endif
