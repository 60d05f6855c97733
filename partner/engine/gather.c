/*
 * One commit for the answers that one wait brings:
 *
 *	wait begins --first answer--> transaction open --wait ends--> committed, then requests may start
 *
 * Each answer is a part of the transaction, so an answer that fails takes no other with it. Nobody starts a
 * request while the transaction is open.
 */
#include "partner/engine/internal.h"
#include "partner/ledger/ledger.h"
#include "partner/ledger/transaction.h"

/* Machines that share a ledger commit each answer, because a transaction that begins again after a lost
 * connection must call for its answer again. */
void
gather_open(struct engine *e)
{
	e->gather = ledger_is_shared(e->ledger) ? GATHER_CLOSED : GATHER_OPEN;
}

void
gather_begin(struct engine *e)
{
	if (e->gather != GATHER_OPEN)
		return;
	if (ledger_begin(e->ledger, e->err) != 0)
		e->broken = true;
	else
		e->gather = GATHER_HOLDS;
}

int
gather_close(struct engine *e)
{
	struct error ignored; /* the first failure is the one to report */
	bool holds = e->gather == GATHER_HOLDS;

	e->gather = GATHER_CLOSED;
	if (!holds || ledger_commit(e->ledger, e->broken ? &ignored : e->err) == 0)
		return 0;
	ledger_rollback(e->ledger);
	return -1;
}
