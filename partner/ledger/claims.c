/* Claims and leases of batches, the shared pace of requests, and who finishes a run. */
#include "partner/ledger/claims.h"

#include "common/crypto.h"
#include "partner/ledger/statement.h"

void
ledger_claims_start(struct ledger *l, int64_t lease_ms)
{
	uint64_t random;

	if (!ledger_is_shared(l))
		return;
	crypto_random(&random, sizeof(random));
	l->worker = (int64_t)(random >> 1) | 1;
	l->lease_ms = lease_ms;
}

bool
ledger_claim_lost(struct ledger *l)
{
	bool lost = l->claim_lost;

	l->claim_lost = false;
	return lost;
}

int
ledger_claim_assert(struct ledger *l, int64_t batch, struct error *err)
{
	const int64_t value[] = {batch, l->worker};
	int64_t ours;

	l->claim_lost = false;
	if (l->worker == 0)
		return 0;
	if (statement_int(l, SQL_CLAIM_ASSERT, value, 2, &ours, err) != 0)
		return -1;
	l->claim_lost = ours == 0;
	return ours != 0 ? 0 : error_set(err, "ledger: another machine has taken the batch over");
}

/* Runs a statement on our own claims, unless this handle claims nothing. */
static int
run_claims(struct ledger *l, enum sql which, int64_t id, struct error *err)
{
	const int64_t value[] = {id, l->worker, l->lease_ms};

	if (l->worker == 0)
		return 0;
	return statement_run(l, which, value, which == SQL_CLAIMS_RENEW ? 3 : 2, err);
}

int
ledger_claim_abandon(struct ledger *l, int64_t batch, struct error *err)
{
	return run_claims(l, SQL_CLAIM_ABANDON, batch, err);
}

int
ledger_claim_expire(struct ledger *l, int64_t batch, struct error *err)
{
	return run_claims(l, SQL_CLAIM_EXPIRE, batch, err);
}

int
ledger_tenants_renew(struct ledger *l, struct error *err)
{
	const int64_t value[] = {l->worker, l->lease_ms};

	return l->worker == 0 ? 0 : statement_run(l, SQL_TENANTS_RENEW, value, 2, err);
}

/* Tenants first, because a batch stays ours only together with its tenant. */
int
ledger_claims_renew(struct ledger *l, int64_t run, struct error *err)
{
	return ledger_tenants_renew(l, err) == 0 ? run_claims(l, SQL_CLAIMS_RENEW, run, err) : -1;
}

int
ledger_claims_retry(struct ledger *l, int64_t run, struct error *err)
{
	return l->worker == 0 ? 0 : statement_run(l, SQL_CLAIMS_RETRY, &run, 1, err);
}

int
ledger_claims_lock(struct ledger *l, int64_t run, struct error *err)
{
	int64_t locked;

	if (!ledger_is_shared(l))
		return 0;
	if (statement_int(l, SQL_HOLD_LOCK_UNCLAIMED, &run, 1, &locked, err) != 0)
		return -1;
	return statement_run(l, SQL_CLAIMS_FREE, &run, 1, err);
}

int
ledger_tenants_release(struct ledger *l, int64_t run, bool all, struct error *err)
{
	const int64_t value[] = {run, l->worker, all ? 1 : 0};

	return l->worker == 0 ? 0 : statement_run(l, SQL_TENANTS_RELEASE, value, 3, err);
}

int
ledger_claims_expire(struct ledger *l, int64_t run, struct error *err)
{
	return run_claims(l, SQL_CLAIMS_EXPIRE, run, err);
}

int
ledger_claims_of_others(struct ledger *l, int64_t run, int64_t after, int64_t *ret,
                        struct error *err)
{
	const int64_t value[] = {run, l->worker, after};

	*ret = 0;
	return l->worker == 0 ? 0 : statement_int(l, SQL_CLAIMS_OF_OTHERS, value, 3, ret, err);
}

int
ledger_pace_next(struct ledger *l, const char *route, int64_t gap_us, int64_t *ret_wait_us,
                 struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_CLAIM_PACE, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	db_bind_text(s, 1, route);
	db_bind_int(s, 2, gap_us);
	step = db_step(s, err);
	*ret_wait_us = step == DB_ROW ? db_int(s, 0) : 0;
	db_reset(s);
	return step == DB_ROW ? 0 : -1;
}

/* since: by the server's clock, as are the times in the ledger. */
static int
check_finish(struct ledger *l, const struct ledger_run *run, int64_t since, bool *ret_ours,
             struct error *err)
{
	const int64_t value[] = {run->id, since, run->state};
	const int64_t us[] = {run->id, l->worker};
	int64_t done, others;

	if (statement_int(l, SQL_FINISH_IS_DONE, value, 3, &done, err) != 0 ||
	    statement_int(l, SQL_CLAIMS_OF_OTHERS_ALIVE, us, 2, &others, err) != 0)
		return -1;
	*ret_ours = done == 0 && others == 0;
	return 0;
}

int
ledger_finish_begin(struct ledger *l, const struct ledger_run *run, bool *ret_ours,
                    struct error *err)
{
	int64_t since, none;

	*ret_ours = true;
	if (!ledger_is_shared(l))
		return 0;
	if (statement_int(l, SQL_SERVER_NOW, NULL, 0, &since, err) != 0 ||
	    statement_int(l, SQL_FINISH_LOCK, &run->id, 1, &none, err) != 0)
		return -1;
	if (check_finish(l, run, since, ret_ours, err) == 0 && *ret_ours)
		return 0;
	ledger_finish_end(l, run);
	return *ret_ours ? -1 : 0;
}

void
ledger_finish_end(struct ledger *l, const struct ledger_run *run)
{
	struct error
		ignored; /* a failed unlock means a lost connection, and the lock went with it */
	int64_t none;

	if (ledger_is_shared(l))
		(void)!statement_int(l, SQL_FINISH_UNLOCK, &run->id, 1, &none, &ignored);
}
