/*
 * One commit for answers that arrive together:
 *
 *	wait begins --first answer--> transaction open --no more has arrived--> committed, then requests may start
 *
 * Each answer is a part of the transaction, so an answer that fails takes no other with it. Nobody starts a
 * request while the transaction is open.
 */
#include "common/clock.h"
#include "partner/engine/internal.h"
#include "partner/ledger/ledger.h"
#include "partner/ledger/transaction.h"

/* How long the first answer waits for others: less than a sync of most disks. The next requests wait, too, so a long
 * answer is committed alone. */
#define GATHER_MS 5

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
	e->gather_more = true;
	if (e->gather != GATHER_OPEN)
		return;
	e->gather_ends_ms = clock_tick_ms() + GATHER_MS;
	if (ledger_begin(e->ledger, e->err) != 0)
		e->broken = true;
	else
		e->gather = GATHER_HOLDS;
}

/* An alarm, or another reason to stop, is written at once. */
bool
gather_goes_on(struct engine *e)
{
	bool more = e->gather == GATHER_HOLDS && e->gather_more && e->in_flight > 0 && !e->broken &&
	            e->result.stop == ENGINE_STOP_NONE && clock_tick_ms() < e->gather_ends_ms;

	e->gather_more = false;
	return more;
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
