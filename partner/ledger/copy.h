/*
 * A ledger into another one.
 */
#ifndef PARTNER_LEDGER_COPY_H
#define PARTNER_LEDGER_COPY_H

#include "partner/ledger/ledger.h"

/* Everything of a ledger into one that holds no run yet, under the same ids and in one transaction.
 * Both are open for writing, and a file is locked. *ret_count: rows of all tables. */
int ledger_copy(struct ledger *from, struct ledger *to, int64_t *ret_count,
                struct error *err) MUST_CHECK;

#endif
