/* What a handle keeps between calls, and when it is forgotten. */
#include "partner/ledger/cache.h"

#include <stdlib.h>

#include "partner/ledger/dedup.h"
#include "partner/ledger/internal.h"

void
store_forget_customers(struct ledger *l)
{
	for (size_t i = 0; l->customer != NULL && i < STORE_CUSTOMERS; i++) {
		free(l->customer[i].key);
		l->customer[i] = (struct customer_kept){0};
	}
}

void
store_forget_seen(struct ledger *l)
{
	seen_free(l->sent);
	seen_free(l->tuples);
	l->sent = l->tuples = NULL;
	l->seen_run = 0;
}

void
store_see(struct ledger *l, int64_t run)
{
	store_forget_seen(l);
	l->sent = seen_new();
	l->tuples = seen_new();
	l->seen_run = run;
	l->seen_open = 0;
}

void
forget_kept(struct ledger *l)
{
	store_forget_customers(l);
	l->kept_counts.run = l->kept_devices.run = 0;
	l->seen_open = -1;
}

/* What was counted at that stamp still holds: rows have no part in what was changed since, unless
 * another process was in between. */
void
keep_counts(struct ledger *l, int64_t stamp)
{
	int64_t now = db_stamp(l->db);

	if (!db_stamp_is_own(stamp, now))
		return;
	if (l->kept_counts.stamp == stamp)
		l->kept_counts.stamp = now;
	if (l->kept_devices.stamp == stamp)
		l->kept_devices.stamp = now;
}
