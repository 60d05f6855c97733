/* Batches: their states and attempts, and the outcomes of their rows. */
#include "partner/ledger/batches.h"

#include <stdlib.h>

#include "common/alloc.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/guards.h"
#include "partner/ledger/statement.h"
#include "partner/ledger/transaction.h"

void
ledger_batch_release(struct ledger_batch *b)
{
	free(b->service_id);
	free(b->sold_to);
	free(b->received_from);
	free(b->tenant);
	free(b->planned);
	*b = (struct ledger_batch){0};
}

static void
read_batch(struct db_stmt *s, struct ledger_batch *ret)
{
	*ret = (struct ledger_batch){
		.id = db_int(s, 0),
		.run = db_int(s, 1),
		.state = (enum batch_state)db_int(s, 2),
		.first_sent = db_int(s, 3),
		.attempts = (int)db_int(s, 4),
		.service_id = db_is_null(s, 5) ? NULL : xstrdup(db_text(s, 5)),
		.sold_to = xstrdup(db_text(s, 6)),
		.received_from = xstrdup(db_text(s, 7)),
		.lost = (int)db_int(s, 8),
		.tenant = xstrdup(db_text(s, 9)),
		.planned = db_is_null(s, 10) ? NULL : xstrdup(db_text(s, 10)),
		.canary = db_int(s, 11) != 0,
	};
}

int
ledger_batch_next(struct ledger *l, int64_t run, enum batch_state state, int64_t after,
                  struct ledger_batch *ret, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_BATCH_NEXT, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, run);
	db_bind_int(s, 2, state);
	db_bind_int(s, 3, after);
	step = db_step(s, err);
	if (step == DB_ROW)
		read_batch(s, ret);
	db_reset(s);
	return step == DB_ERROR ? -1 : step == DB_ROW;
}

int
ledger_batch_claim(struct ledger *l, int64_t run, enum batch_state state, int64_t after,
                   struct ledger_batch *ret, struct error *err)
{
	const int64_t value[] = {run, state, after, l->worker, l->lease_ms};
	struct db_stmt *s;
	enum db_step step;

	if (l->worker == 0)
		return ledger_batch_next(l, run, state, after, ret, err);
	s = statement_get(l, SQL_BATCH_CLAIM, err);
	if (s == NULL)
		return -1;
	for (int i = 0; i < (int)ARRAY_SIZE(value); i++)
		db_bind_int(s, i + 1, value[i]);
	step = db_step(s, err);
	if (step == DB_ROW)
		read_batch(s, ret);
	db_reset(s);
	return step == DB_ERROR ? -1 : step == DB_ROW;
}

static int
note_attempt(struct ledger *l, int64_t batch, const char *what, const char *note, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_BATCH_ATTEMPT_ADD, err);

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, batch);
	db_bind_int(s, 2, ledger_now(l));
	db_bind_text(s, 3, what);
	db_bind_text(s, 4, note);
	return db_run(s, err);
}

struct change {
	struct db_stmt *stmt;
	int64_t batch;
	const char *what, *note;
	bool over; /* its answers are complete: keep their counts, for the guards of later commands */
	const struct ledger_answers *answers; /* NULL: count them */
};

static int
change_once(struct ledger *l, void *ctx, struct error *err)
{
	const struct change *c = ctx;

	if (db_run(c->stmt, err) != 0)
		return -1;
	l->claim_lost = db_changes(l->db) == 0 && l->worker != 0;
	if (db_changes(l->db) != 1)
		return error_set(err, "ledger: batch %lld cannot become \"%s\" now",
		                 (long long)c->batch, c->what);
	if (note_attempt(l, c->batch, c->what, c->note, err) != 0)
		return -1;
	return c->over ? ledger_keep_answers(l, c->batch, c->answers, err) : 0;
}

/* Changes a batch and records the attempt, together. stmt NULL: it could not be prepared. */
static int
change_with(struct ledger *l, struct change c, struct error *err)
{
	l->claim_lost = false;
	return c.stmt != NULL ? ledger_transact(l, change_once, &c, err) : -1;
}

static int
change(struct ledger *l, struct db_stmt *s, int64_t batch, const char *what, const char *note,
       struct error *err)
{
	return change_with(
		l, (struct change){.stmt = s, .batch = batch, .what = what, .note = note}, err);
}

static struct db_stmt *
state_stmt(struct ledger *l, int64_t batch, enum batch_state state, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_BATCH_STATE, err);

	if (s != NULL) {
		db_bind_int(s, 1, batch);
		db_bind_int(s, 2, state);
		db_bind_int(s, 3, l->worker);
	}
	return s;
}

int
ledger_batch_sent(struct ledger *l, int64_t batch, const char *target, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_BATCH_SENT, err);

	if (s != NULL) {
		db_bind_int(s, 1, batch);
		db_bind_int(s, 2, ledger_now(l));
		db_bind_text(s, 3, target);
		db_bind_int(s, 4, l->worker);
		if (ledger_is_shared(l))
			db_bind_int(s, 5, l->lease_ms);
	}
	return change(l, s, batch, "sent", target != NULL ? target : "", err);
}

int
ledger_batch_unsent(struct ledger *l, int64_t batch, bool lost, const char *note, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_BATCH_UNSENT, err);

	if (s != NULL) {
		db_bind_int(s, 1, batch);
		db_bind_int(s, 2, l->worker);
		db_bind_int(s, 3, lost ? 1 : 0);
	}
	return change(l, s, batch, "not taken", note, err);
}

struct acceptance {
	int64_t batch;
	const char *service_id, *note;
};

static int
accept(struct ledger *l, void *ctx, struct error *err)
{
	const struct acceptance *a = ctx;
	struct db_stmt *s;

	if (statement_run(l, SQL_BATCH_REVIVE, &a->batch, 1, err) != 0)
		return -1;
	s = statement_get(l, SQL_BATCH_ACCEPTED, err);
	if (s == NULL)
		return -1;
	db_bind_int(s, 1, a->batch);
	db_bind_text(s, 2, a->service_id);
	db_bind_int(s, 3, l->worker);
	return change(l, s, a->batch, "accepted", a->note != NULL ? a->note : a->service_id, err);
}

int
ledger_batch_accepted(struct ledger *l, int64_t batch, const char *service_id, const char *note,
                      struct error *err)
{
	struct acceptance a = {.batch = batch, .service_id = service_id, .note = note};

	return ledger_transact(l, accept, &a, err);
}

int
ledger_batch_done(struct ledger *l, int64_t batch, const struct ledger_answers *answers,
                  const char *note, struct error *err)
{
	struct db_stmt *s = state_stmt(l, batch, BATCH_DONE, err);

	return change_with(l, (struct change){s, batch, "done", note, true, answers}, err);
}

static int64_t
decided_at(const struct ledger *l, enum outcome outcome)
{
	return outcome == OUTCOME_NOT_SENT || outcome == OUTCOME_PENDING ? 0 : ledger_now(l);
}

static int
set_outcome(struct ledger *l, enum sql which, int64_t id, enum outcome outcome, const char *reason,
            struct error *err)
{
	struct db_stmt *s = statement_get(l, which, err);

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, id);
	db_bind_int(s, 2, outcome);
	db_bind_borrowed(s, 3, reason); /* the statement runs before this returns */
	if (which != SQL_BATCH_UNSENT_OUTCOME)
		db_bind_int(s, 4, decided_at(l, outcome));
	if (which == SQL_BATCH_OUTCOME)
		db_bind_int(s, 5, l->worker);
	/* an answer brings up to a thousand of these: do not wait for each */
	return which == SQL_BATCH_ROW_OUTCOME ? db_run_later(s, err) : db_run(s, err);
}

int
ledger_row_outcome(struct ledger *l, int64_t row, enum outcome outcome, const char *reason,
                   struct error *err)
{
	return set_outcome(l, SQL_BATCH_ROW_OUTCOME, row, outcome, reason, err);
}

static int
set_text(struct ledger *l, enum sql which, int64_t id, const char *text, struct error *err)
{
	struct db_stmt *s = statement_get(l, which, err);

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, id);
	db_bind_text(s, 2, text);
	return db_run(s, err);
}

int
ledger_batch_outcome(struct ledger *l, int64_t batch, enum outcome outcome, const char *reason,
                     struct error *err)
{
	if (outcome != OUTCOME_PENDING)
		return set_outcome(l, SQL_BATCH_OUTCOME, batch, outcome, reason, err);
	return set_text(l, SQL_BATCH_PENDING, batch, reason, err);
}

int
ledger_batch_still_pending(struct ledger *l, int64_t batch, const char *reason, struct error *err)
{
	return set_text(l, SQL_BATCH_STILL_PENDING, batch, reason, err);
}

int
ledger_plan_unseen(struct ledger *l, int64_t run, struct error *err)
{
	return set_text(l, SQL_BATCH_UNSEEN, run, LEDGER_UNSEEN, err);
}

int
ledger_batch_set_planned(struct ledger *l, int64_t batch, const char *digest, struct error *err)
{
	return set_text(l, SQL_BATCH_SET_PLANNED, batch, digest, err);
}

int
ledger_unsent_outcome(struct ledger *l, int64_t run, enum outcome outcome, const char *reason,
                      struct error *err)
{
	return set_outcome(l, SQL_BATCH_UNSENT_OUTCOME, run, outcome, reason, err);
}

struct loss {
	enum sql which;
	int64_t batch;
	const char *what, *note;
};

/* Its rows become unknown, and it waits to be sent again. */
static int
lose(struct ledger *l, void *ctx, struct error *err)
{
	const struct loss *c = ctx;
	struct db_stmt *s;

	if (ledger_batch_outcome(l, c->batch, OUTCOME_UNKNOWN, c->note, err) != 0)
		return -1;
	s = statement_get(l, c->which, err);
	if (s == NULL)
		return -1;
	db_bind_int(s, 1, c->batch);
	db_bind_int(s, 2, l->worker);
	return change(l, s, c->batch, c->what, c->note, err);
}

int
ledger_batch_lost(struct ledger *l, int64_t batch, const char *note, struct error *err)
{
	struct loss c = {.which = SQL_BATCH_LOST, .batch = batch, .what = "lost", .note = note};

	return ledger_transact(l, lose, &c, err);
}

int
ledger_batch_unread(struct ledger *l, int64_t batch, const char *note, struct error *err)
{
	struct loss c = {
		.which = SQL_BATCH_UNREAD, .batch = batch, .what = "not looked up", .note = note};

	return ledger_transact(l, lose, &c, err);
}

int
ledger_reopen_unknown(struct ledger *l, int64_t run, struct error *err)
{
	return statement_run(l, SQL_BATCH_REOPEN_UNKNOWN, &run, 1, err);
}

struct halves {
	int64_t batch, middle; /* the first row that moves */
	int64_t id;            /* of the new batch */
};

static int
halve(struct ledger *l, void *ctx, struct error *err)
{
	struct halves *h = ctx;
	struct db_stmt *copy;

	if (ledger_claim_assert(l, h->batch, err) != 0)
		return -1;
	copy = statement_get(l, SQL_BATCH_COPY, err);
	if (copy == NULL)
		return -1;
	db_bind_int(copy, 1, h->batch);
	if (statement_insert(copy, &h->id, err) != 1)
		return -1;
	return statement_run(l, SQL_BATCH_MOVE, (const int64_t[]){h->batch, h->id, h->middle}, 3,
	                     err);
}

int
ledger_batch_halve(struct ledger *l, int64_t batch, int64_t *ret_new, struct error *err)
{
	struct halves h = {.batch = batch};
	int64_t first;

	if (statement_int(l, SQL_BATCH_DEVICES, &batch, 1, &first, err) != 0 ||
	    statement_int(l, SQL_BATCH_MIDDLE, &batch, 1, &h.middle, err) != 0)
		return -1;
	if (h.middle == 0 || h.middle == first)
		return 0;
	if (ledger_transact(l, halve, &h, err) != 0)
		return -1;
	*ret_new = h.id;
	return 1;
}

static int
split(struct ledger *l, void *ctx, struct error *err)
{
	const struct halves *h = ctx;

	/* only the first part belongs to the canary */
	if (halve(l, ctx, err) != 0)
		return -1;
	return statement_run(l, SQL_CANARY_MARK, (const int64_t[]){h->id, 0, 0}, 3, err);
}

int
ledger_batch_split(struct ledger *l, int64_t batch, int64_t room, int64_t *ret_new,
                   struct error *err)
{
	struct halves h = {.batch = batch};

	if (statement_int(l, SQL_BATCH_ROOM, (const int64_t[]){batch, room}, 2, &h.middle, err) !=
	    0)
		return -1;
	if (h.middle == 0)
		return 0;
	if (ledger_transact(l, split, &h, err) != 0)
		return -1;
	*ret_new = h.id;
	return 1;
}

int
ledger_batch_id_is_taken(struct ledger *l, int64_t batch, const char *service_id, bool *ret,
                         struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_BATCH_OF_SERVICE_ID, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, batch);
	db_bind_text(s, 2, service_id);
	step = db_step(s, err);
	*ret = step == DB_ROW;
	db_reset(s);
	return step == DB_ERROR ? -1 : 0;
}

static int
each_found(struct db_stmt *s, ledger_device_fn *fn, void *ctx, struct error *err)
{
	enum db_step step = DB_ERROR;
	int rc = s != NULL ? 0 : -1;

	while (rc == 0 && (step = db_step(s, err)) == DB_ROW) {
		struct device_id d = {
			.pkid = db_text(s, 1),
			.serial = db_text(s, 2),
			.manufacturer = db_text(s, 3),
			.model = db_text(s, 4),
		};
		rc = fn(ctx, db_int(s, 0), &d, err);
	}
	if (s != NULL)
		db_reset(s);
	return rc == 0 && step == DB_DONE ? 0 : -1;
}

static int
each_device(struct ledger *l, enum sql which, int64_t batch, ledger_device_fn *fn, void *ctx,
            struct error *err)
{
	struct db_stmt *s = statement_get(l, which, err);

	if (s != NULL)
		db_bind_int(s, 1, batch);
	return each_found(s, fn, ctx, err);
}

int
ledger_tenant_devices(struct ledger *l, int64_t run, const char *tenant, ledger_device_fn *fn,
                      void *ctx, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_BATCH_TENANT_DEVICES, err);

	if (s != NULL) {
		db_bind_int(s, 1, run);
		db_bind_text(s, 2, tenant);
	}
	return each_found(s, fn, ctx, err);
}

int
ledger_tenant_deregistered(struct ledger *l, int64_t run, const char *tenant, int64_t *ret,
                           struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_BATCH_TENANT_DEREGISTERED, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, run);
	db_bind_text(s, 2, tenant);
	step = db_step(s, err);
	*ret = step == DB_ROW ? db_int(s, 0) : 0;
	db_reset(s);
	return step == DB_ERROR ? -1 : 0;
}
int
ledger_batch_devices(struct ledger *l, int64_t batch, ledger_device_fn *fn, void *ctx,
                     struct error *err)
{
	return each_device(l, SQL_BATCH_DEVICES, batch, fn, ctx, err);
}

int
ledger_batch_asked(struct ledger *l, int64_t batch, ledger_device_fn *fn, void *ctx,
                   struct error *err)
{
	return each_device(l, SQL_BATCH_ASKED, batch, fn, ctx, err);
}
