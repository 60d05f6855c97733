/* Recovery after a crash: nobody will read the answers to batches that were sent. */
#include "partner/ledger/recover.h"

#include "partner/ledger/batches.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/internal.h"

int
ledger_recover(struct ledger *l, int64_t run, struct error *err)
{
	static const char why[] = "the program ended before an answer came";
	struct ledger_batch b;
	int64_t after = 0;
	int rc;

	while ((rc = ledger_batch_claim(l, run, BATCH_SENT, after, &b, err)) == 1) {
		after = b.id;
		ledger_batch_release(&b);
		if (ledger_batch_lost(l, after, why, err) != 0 ||
		    ledger_claim_expire(l, after, err) != 0)
			return -1;
	}
	return rc;
}
