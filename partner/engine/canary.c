/* The canary: a few devices leave alone, and their answers decide whether the others follow. */
#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/engine/internal.h"
#include "partner/ledger/canary.h"
#include "partner/ledger/ledger.h"

#define PEERS_MS 1000 /* between two counts of the answers that other machines got */

/* On a route with one device a batch, the canary has several batches. Others do not take the places of those that
 * it does not wait for. */
static int64_t
canary_room(const struct engine *e)
{
	int64_t room = e->route->ops->lookup != NULL ? e->set.canary : 1;

	return room > e->canary.excused ? room - e->canary.excused : 0;
}

/* 1: a canary was answered well recently, 0, -1. */
static int
canary_is_trusted(struct engine *e)
{
	int64_t until;

	if (e->set.identity == NULL || e->set.identity[0] == '\0')
		return 0;
	if (ledger_trusted_until(e->ledger, e->set.identity, e->set.canary_trust_ms, &until,
	                         e->err) != 0)
		return -1;
	return until > 0;
}

/* A canary whose good answers are old says little about now. */
static int
canary_trust(struct engine *e, const struct ledger_canary *c)
{
	if (e->set.identity == NULL || e->set.identity[0] == '\0')
		return 0;
	return ledger_trust(e->ledger, e->set.identity, c->good_at, e->err);
}

/* For the progress line. */
static void
canary_note(struct engine *e, const struct ledger_canary *c)
{
	e->canary.elsewhere = c->elsewhere;
	if (c->open > 0 && e->canary.since_ms == 0)
		e->canary.since_ms = clock_tick_ms();
}

static int
canary_choose_another(struct engine *e)
{
	e->canary.phase = CANARY_CHOOSES;
	e->canary.excused = 0;
	e->canary.began = ledger_now(e->ledger); /* the clock may have been set back */
	e->canary.changed = true;
	e->drained = false;
	return ledger_canary_forget(e->ledger, e->run->id, true, e->err);
}

/* An earlier command may have sent the canary of this run. If it was answered, but is not trusted, the
 * run goes on with another canary. */
static int
canary_take_up(struct engine *e)
{
	struct ledger_canary c;

	if (ledger_canary_state(e->ledger, e->run->id, &c, e->err) != 0)
		return -1;
	canary_note(e, &c);
	e->canary.began = ledger_now(e->ledger);
	if (c.taken == 0 || c.open > 0) {
		e->canary.phase = c.taken < canary_room(e) ? CANARY_CHOOSES : CANARY_WAITS;
		e->canary.changed = true;
		return 0;
	}
	return canary_choose_another(e);
}

static bool
canary_is_wanted(const struct engine *e)
{
	return e->set.canary != 0 && !e->collect && e->lookup == NULL;
}

int
canary_forget(struct engine *e)
{
	return canary_is_wanted(e) ? ledger_canary_forget(e->ledger, e->run->id, false, e->err) : 0;
}

int
canary_begin(struct engine *e)
{
	int trusted;

	if (!canary_is_wanted(e))
		return 0;
	trusted = canary_is_trusted(e);
	if (trusted != 0)
		return trusted < 0 ? -1 : 0;
	return canary_take_up(e);
}

bool
canary_lets(const struct engine *e, const struct job *j)
{
	return e->canary.phase == CANARY_OFF || j->canary;
}

int
canary_claim(struct engine *e, struct ledger_batch *ret)
{
	bool full = false;
	int rc;

	if (e->canary.phase == CANARY_OFF)
		return ledger_batch_claim(e->ledger, e->run->id, BATCH_PLANNED, e->after, ret,
		                          e->err);
	if (e->canary.phase == CANARY_WAITS)
		return 0;
	rc = ledger_canary_claim(e->ledger, e->run->id, e->after, canary_room(e), ret, &full,
	                         e->err);
	if (rc == 1)
		ret->canary = true;
	if (full)
		e->canary.phase = CANARY_WAITS;
	return rc;
}

int
canary_adopt(struct engine *e)
{
	bool full = false;

	for (struct job *j = e->jobs; j != NULL && e->canary.phase == CANARY_CHOOSES; j = j->next) {
		if (!job_is_unsent(j) || j->canary)
			continue;
		if (ledger_canary_join(e->ledger, e->run->id, j->batch, canary_room(e), &full,
		                       e->err) != 0)
			return -1;
		j->canary = !full;
		if (full)
			e->canary.phase = CANARY_WAITS;
	}
	return 0;
}

int
canary_fit(struct job *j)
{
	struct engine *e = j->engine;
	int64_t other;
	int rc;

	if (e->canary.phase == CANARY_OFF || !j->canary || j->count <= (size_t)e->set.canary)
		return 0;
	rc = ledger_batch_split(e->ledger, j->batch, e->set.canary, &other, e->err);
	if (rc == 1 && j->lost > 0)
		engine_adopt_half(e, BATCH_LOST, other);
	e->drained = e->drained && rc != 1;
	return rc;
}

void
canary_leave(struct job *j)
{
	struct engine *e = j->engine;

	if (!j->canary || e->canary.phase == CANARY_OFF)
		return;
	e->canary.changed = true;
	if (ledger_canary_leave(e->ledger, j->batch, e->err) != 0)
		e->broken = true;
}

int
canary_excuse(struct job *j)
{
	struct engine *e = j->engine;

	if (e->canary.phase != CANARY_OFF && j->canary) {
		e->canary.excused += (int64_t)j->count;
		e->canary.changed = true;
	}
	return ledger_canary_excuse(e->ledger, j->batch, e->err);
}

/* An earlier command got its good answers, and too long ago to be trusted. */
static bool
canary_is_old(const struct engine *e, const struct ledger_canary *c)
{
	return c->good_at < e->canary.began &&
	       !ledger_trusts(e->ledger, c->good_at, e->set.canary_trust_ms);
}

/* The answers are complete: everything else may leave, or another canary, or nothing more. */
static int
canary_end(struct engine *e, const struct ledger_canary *c)
{
	int64_t taken = c->taken + e->canary.excused;

	if (c->good > 0 && canary_is_old(e, c)) {
		log_info("canary: %lld of %lld device%s deregistered, but too long ago: another "
		         "canary follows",
		         (long long)c->good, (long long)taken, text_s(taken));
		return canary_choose_another(e);
	}
	if (c->good > 0) {
		log_info("canary: %lld of %lld device%s deregistered: the others follow",
		         (long long)c->good, (long long)taken, text_s(taken));
		e->canary.phase = CANARY_OFF;
		e->drained = false;
		return canary_trust(e, c);
	}
	log_error(
		"guard: canary: none of the first %lld device%s was deregistered: nothing else is "
		"sent; find out why, then \"unpilot resume %s\" begins with another canary",
		(long long)taken, text_s(taken), e->run->name);
	engine_stop(e, ENGINE_STOP_GUARD);
	return 0;
}

/* No job of ours will bring the missing answers, and no other machine is at work on them. */
static void
canary_give_up(struct engine *e, const struct ledger_canary *c)
{
	log_error("canary: %lld of the first %lld device%s %s no answer: nothing else is sent; "
	          "\"unpilot resume %s%s\" goes on",
	          (long long)c->open, (long long)c->taken, text_s(c->taken),
	          c->open == 1 ? "has" : "have", e->result.too_old > 0 ? "--resend " : "",
	          e->run->name);
	engine_stop(e, ENGINE_STOP_UNANSWERED);
}

/* A batch that has a job already can join the canary. */
static bool
canary_may_grow(const struct engine *e)
{
	for (const struct job *j = e->jobs; j != NULL; j = j->next)
		if (!j->canary && job_is_unsent(j))
			return true;
	return !e->drained;
}

/* A job of the canary is at work. *ret_unsent: one that was not sent. */
static bool
canary_is_at_work(const struct engine *e, bool *ret_unsent)
{
	bool any = false;

	*ret_unsent = false;
	for (const struct job *j = e->jobs; j != NULL; j = j->next) {
		if (!j->canary || j->phase == JOB_OVER)
			continue;
		any = true;
		*ret_unsent = *ret_unsent || job_is_unsent(j);
	}
	return any;
}

static bool
canary_is_due(struct engine *e)
{
	int64_t now = clock_tick_ms();

	if (e->canary.phase == CANARY_OFF || e->result.stop != ENGINE_STOP_NONE)
		return false;
	if (!e->canary.changed && (!e->sharing.on || now < e->canary.peers_ms))
		return false;
	e->canary.changed = false;
	e->canary.peers_ms = now + PEERS_MS;
	return true;
}

int
canary_judge(struct engine *e)
{
	struct ledger_canary c;
	bool unsent, at_work = canary_is_at_work(e, &unsent);

	if (!canary_is_due(e))
		return 0;
	if (ledger_canary_state(e->ledger, e->run->id, &c, e->err) != 0)
		return -1;
	canary_note(e, &c);
	if (c.taken < canary_room(e) && canary_may_grow(e)) {
		e->canary.phase = CANARY_CHOOSES;
		return 0;
	}
	if (c.taken + e->canary.excused == 0 || unsent)
		return 0;
	if (c.open == 0)
		return canary_end(e, &c);
	if (!at_work && c.elsewhere == 0)
		canary_give_up(e, &c);
	return 0;
}
