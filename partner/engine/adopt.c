/* Makes jobs of batches in the ledger: those to collect, and lost ones that may be sent again. */
#include "common/log.h"
#include "partner/engine/internal.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/ledger.h"

struct job *
engine_add_job(struct engine *e, const struct ledger_batch *b)
{
	struct job *j = job_new(e, b);

	j->claimed = true;
	j->next = e->jobs;
	e->jobs = j;
	e->result.counters.in_flight++;
	return j;
}

/* A lost batch with a BatchId is polled first, which is always harmless. Another one may be sent again
 * while it is young, with --resend, or on a route whose targets make repetition harmless (route.h). */
static bool
may_adopt(const struct engine *e, const struct ledger_batch *b)
{
	bool looks_up = e->route->ops->lookup != NULL;

	if (b->state != BATCH_LOST || (b->service_id != NULL && !looks_up))
		return true;
	return !e->collect && (e->set.resend || looks_up || engine_is_young(e, b->first_sent, 0));
}

int
engine_adopt(struct engine *e, enum batch_state state, bool over)
{
	struct ledger_batch b;
	int64_t after = over ? INT64_MAX : 0, late = 0;
	int rc;

	while ((rc = ledger_batch_claim(e->ledger, e->run->id, state, after, &b, e->err)) == 1) {
		bool wanted = may_adopt(e, &b);
		int64_t id = b.id;
		if (wanted)
			engine_add_job(e, &b);
		ledger_batch_release(&b);
		if (!wanted && ledger_claim_abandon(e->ledger, id, e->err) != 0)
			return -1;
		late += wanted ? 0 : 1;
		after = over ? after : id;
	}
	if (!e->collect)
		e->result.too_old += late;
	if (late > 0 && !e->collect)
		log_warn("run %s: %lld batch%s without an answer, sent longer ago than "
		         "resend-within: \"unpilot resume --resend %s\" sends them once more",
		         e->run->name, (long long)late, late == 1 ? "" : "es", e->run->name);
	return rc;
}

void
engine_adopt_half(struct engine *e, enum batch_state state, int64_t batch)
{
	struct ledger_batch b;
	struct job *j;
	int rc = ledger_batch_claim(e->ledger, e->run->id, state, batch - 1, &b, e->err);

	e->broken = e->broken || rc < 0;
	if (rc != 1)
		return;
	j = engine_add_job(e, &b);
	/* a BatchId that it has was polled before the whole batch was sent again */
	if (j->probing) {
		j->probing = false;
		j->resent = e->set.resend;
		j->phase = JOB_SUBMIT;
	}
	ledger_batch_release(&b);
}
