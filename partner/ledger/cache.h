/* What a handle keeps between calls, and when it is forgotten. Inside of the ledger. */
#ifndef PARTNER_LEDGER_CACHE_H
#define PARTNER_LEDGER_CACHE_H

#include "partner/ledger/ledger.h"

/* What is known of lists being taken in may be of rows that are gone again, or are settled. */
void store_forget_customers(struct ledger *l);
void store_forget_seen(struct ledger *l);
void store_see(struct ledger *l, int64_t run); /* from its first row on */
/* What was counted at that stamp still holds: rows have no part in what was changed since, unless
 * another process was in between. */
void keep_counts(struct ledger *l, int64_t stamp);
/* With the transaction it may be gone. */
void forget_kept(struct ledger *l);

#endif
