/* Copies a whole ledger into another one, of either engine. */
#ifndef PARTNER_LEDGER_COPY_H
#define PARTNER_LEDGER_COPY_H

#include "partner/ledger/ledger.h"

/* Copies all rows of all tables, with their ids, in one transaction. `to` must hold no run yet. Both
 * are open for writing; lock the ones that are files. *ret_count: rows copied. */
int ledger_copy(struct ledger *from, struct ledger *to, int64_t *ret_count,
                struct error *err) MUST_CHECK;

#endif
