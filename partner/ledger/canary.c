/* The canary of a run, trust in earlier ones, and devices without an answer. */
#include "partner/ledger/canary.h"

#include "partner/ledger/alarms.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/statement.h"
#include "partner/ledger/transaction.h"

#define SECOND_MS 1000

int
ledger_canary_state(struct ledger *l, int64_t run, struct ledger_canary *ret, struct error *err)
{
	const int64_t value[] = {run, l->worker};
	int64_t n[5];

	if (statement_ints(l, SQL_CANARY_STATE, value, 2, n, 5, err) != 0)
		return -1;
	*ret = (struct ledger_canary){
		.taken = n[0], .open = n[1], .good = n[2], .elsewhere = n[3], .good_at = n[4]};
	return 0;
}

int
ledger_canary_forget(struct ledger *l, int64_t run, bool whole, struct error *err)
{
	return statement_run(l, SQL_CANARY_UNMARK, (const int64_t[]){run, whole ? 1 : 0}, 2, err);
}

int
ledger_canary_leave(struct ledger *l, int64_t batch, struct error *err)
{
	return statement_run(l, SQL_CANARY_MARK, (const int64_t[]){batch, 0, 1}, 3, err);
}

int
ledger_canary_excuse(struct ledger *l, int64_t batch, struct error *err)
{
	return statement_run(l, SQL_CANARY_MARK, (const int64_t[]){batch, 0, 0}, 3, err);
}

struct taking {
	int64_t run, after, size;
	int64_t id;                 /* the batch to be taken, or 0: the next planned one, which */
	struct ledger_batch *batch; /* is returned here */
	bool found, full;
};

/* The lock keeps two machines from choosing two canaries. */
static int
take(struct ledger *l, void *ctx, struct error *err)
{
	struct taking *t = ctx;
	struct ledger_canary state;
	int64_t locked;
	int rc;

	t->found = t->full = false;
	if ((ledger_is_shared(l) &&
	     statement_int(l, SQL_CANARY_LOCK, &t->run, 1, &locked, err) != 0) ||
	    ledger_canary_state(l, t->run, &state, err) != 0)
		return -1;
	t->full = state.taken >= t->size;
	if (t->full)
		return 0;
	if (t->id == 0) {
		rc = ledger_batch_claim(l, t->run, BATCH_PLANNED, t->after, t->batch, err);
		if (rc != 1)
			return rc;
		t->found = true;
	}
	return statement_run(l, SQL_CANARY_MARK,
	                     (const int64_t[]){t->id != 0 ? t->id : t->batch->id, 1, 0}, 3, err);
}

int
ledger_canary_join(struct ledger *l, int64_t run, int64_t batch, int64_t size, bool *ret_full,
                   struct error *err)
{
	struct taking t = {.run = run, .id = batch, .size = size};
	int rc = ledger_transact(l, take, &t, err);

	*ret_full = t.full;
	return rc;
}

int
ledger_canary_claim(struct ledger *l, int64_t run, int64_t after, int64_t size,
                    struct ledger_batch *ret, bool *ret_full, struct error *err)
{
	struct taking t = {.run = run, .after = after, .size = size, .batch = ret};
	int rc = ledger_transact(l, take, &t, err);

	if (rc != 0 && t.found)
		ledger_batch_release(ret);
	*ret_full = t.full;
	return rc != 0 ? -1 : t.found;
}

int
ledger_trust(struct ledger *l, const char *identity, int64_t at, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_CANARY_TRUST, err);

	if (s == NULL)
		return -1;
	db_bind_text(s, 1, identity);
	db_bind_int(s, 2, at);
	return db_run(s, err);
}

bool
ledger_trusts(const struct ledger *l, int64_t at, int64_t trust_ms)
{
	int64_t now = ledger_now(l);

	return at > 0 && at <= now && (now - at) * SECOND_MS < trust_ms;
}

int
ledger_trusted_until(struct ledger *l, const char *identity, int64_t trust_ms, int64_t *ret,
                     struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_CANARY_TRUSTED_AT, err);
	int64_t at;
	enum db_step step;

	if (s == NULL)
		return -1;
	db_bind_text(s, 1, identity);
	step = db_step(s, err);
	at = step == DB_ROW ? db_int(s, 0) : 0;
	db_reset(s);
	*ret = ledger_trusts(l, at, trust_ms) ? at + (trust_ms + SECOND_MS - 1) / SECOND_MS : 0;
	return step == DB_ERROR ? -1 : 0;
}

int
ledger_unanswered(struct ledger *l, int64_t *ret, struct error *err)
{
	return statement_int(l, SQL_CANARY_UNANSWERED, NULL, 0, ret, err);
}

struct sending {
	int64_t batch, size, max;
	const char *target;
	bool full, held;
};

static int
send_within(struct ledger *l, void *ctx, struct error *err)
{
	struct sending *s = ctx;
	struct ledger_alarm alarm;
	int64_t none, unanswered = 0;
	int rc;

	s->full = s->held = false;
	if (statement_int(l, SQL_CANARY_LOCK_WINDOW, NULL, 0, &none, err) != 0)
		return -1;
	rc = ledger_alarm_open(l, &alarm, err);
	if (rc < 0 || (s->max > 0 && ledger_unanswered(l, &unanswered, err) != 0))
		return -1;
	s->held = rc == 1;
	s->full = s->max > 0 && unanswered + s->size > s->max;
	if (s->held || s->full)
		return 0;
	/* in the order of a claim, so that the two do not wait for each other */
	if (ledger_batch_sent(l, s->batch, s->target, err) != 0)
		return -1;
	return s->target != NULL ? ledger_tenants_renew(l, err) : 0;
}

int
ledger_batch_sent_within(struct ledger *l, int64_t batch, const char *target, int64_t size,
                         int64_t max, bool *ret_full, bool *ret_held, struct error *err)
{
	struct sending s = {.batch = batch, .size = size, .max = max, .target = target};
	int rc = ledger_transact(l, send_within, &s, err);

	*ret_full = s.full;
	*ret_held = s.held;
	return rc;
}
