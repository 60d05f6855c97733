/* One run, several machines on the same ledger: claims, batches of dead machines, a common pace. */
#include "common/clock.h"
#include "common/log.h"
#include "partner/engine/internal.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/ledger.h"
#include "partner/ledger/recover.h"

#define PEERS_MS 1000   /* between two polls of the others' batches */
#define RECOUNT_MS 5000 /* between two counts of the run's answers, for the guards */
#define RENEWALS 3      /* of a claim during its lease: two may fail */
#define SECOND_US 1000000LL

void
sharing_init(struct engine *e)
{
	e->sharing.on = ledger_is_shared(e->ledger);
	if (e->sharing.on && e->set.tps > 0)
		e->sharing.gap_us = SECOND_US * PACE_TPS_ONE / e->set.tps;
}

int
sharing_renew(struct engine *e)
{
	int64_t now = clock_tick_ms();

	if (!e->sharing.on || now < e->sharing.renewal_ms)
		return 0;
	e->sharing.renewal_ms = now + e->set.lease_ms / RENEWALS;
	return ledger_claims_renew(e->ledger, e->run->id, e->err);
}

static int
sharing_take_over(struct engine *e)
{
	bool idle = e->jobs == NULL &&
	            e->drained; /* at first, all batches are free for us as well */

	if ((e->route->ops->names_customer &&
	     ledger_tenants_release(e->ledger, e->run->id, false, e->err) != 0) ||
	    ledger_recover(e->ledger, e->run->id, e->err) != 0 ||
	    engine_adopt(e, BATCH_ACCEPTED, true) != 0 || engine_adopt(e, BATCH_LOST, true) != 0)
		return -1;
	e->drained = false; /* planned batches may have become free */
	if (ledger_claims_of_others(e->ledger, e->run->id, e->after, &e->sharing.others, e->err) !=
	    0)
		return -1;
	if (idle && e->sharing.others > 0 && !e->sharing.told) {
		log_info("run %s: other machines work on the rest: waiting for them", e->run->name);
		e->sharing.told = true;
	}
	return 0;
}

int
sharing_poll_peers(struct engine *e)
{
	int64_t now = clock_tick_ms();

	if (!e->sharing.on || e->collect || now < e->sharing.peers_ms)
		return 0;
	e->sharing.peers_ms = now + PEERS_MS;
	if (sharing_take_over(e) != 0 || unanswered_recount(e) != 0)
		return -1;
	if (now < e->sharing.recount_ms)
		return 0;
	e->sharing.recount_ms = now + RECOUNT_MS;
	if (engine_check_alarms(e) != 0)
		return -1;
	if (e->held)
		engine_stop(e, ENGINE_STOP_GUARD);
	return engine_recount(e);
}

bool
sharing_waits(const struct engine *e)
{
	return e->sharing.on && !e->collect && e->sharing.others > 0;
}

/* A turn that was not used in time lapses, because otherwise two machines could start at once. */
int
sharing_take_turn(struct engine *e)
{
	struct sharing *s = &e->sharing;
	int64_t now_us = clock_tick_ms() * 1000, wait_us;

	if (!s->turn || now_us > s->turn_us + s->gap_us) {
		if (ledger_pace_next(e->ledger, e->run->route, s->gap_us, &wait_us, e->err) != 0)
			return -1;
		s->turn = true;
		s->turn_us = now_us + (wait_us > 0 ? wait_us : 0);
	}
	if (s->turn_us <= now_us)
		return 1;
	e->pace.next_us = s->turn_us;
	return 0;
}
