/* Receipts and the steps they report; groups of rows that still need steps. */
#include "partner/ledger/receipts.h"

#include <string.h>

#include "partner/ledger/claims.h"
#include "partner/ledger/statement.h"
#include "partner/ledger/tally.h"

static void
bind_identity(struct db_stmt *s, const struct ledger_receipt *r)
{
	db_bind_text(s, 1, r->run);
	db_bind_text(s, 2, r->customer);
	db_bind_text(s, 3, r->by);
	db_bind_int(s, 4, r->generated);
}

enum ledger_receipt_state
ledger_receipt_add(struct ledger *l, const struct ledger_receipt *r, int64_t *ret_id,
                   struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_RECEIPT_FIND, err);
	enum db_step step;
	bool same;

	if (s == NULL)
		return LEDGER_RECEIPT_FAILED;
	bind_identity(s, r);
	step = db_step(s, err);
	same = step == DB_ROW && strcmp(db_text(s, 0), r->digest) == 0;
	db_reset(s);
	if (step != DB_DONE)
		return step == DB_ERROR ? LEDGER_RECEIPT_FAILED
		       : same           ? LEDGER_RECEIPT_KNOWN
		                        : LEDGER_RECEIPT_OTHER;
	s = statement_get(l, SQL_RECEIPT_ADD, err);
	if (s == NULL)
		return LEDGER_RECEIPT_FAILED;
	bind_identity(s, r);
	db_bind_text(s, 5, r->digest);
	db_bind_int(s, 6, ledger_now(l));
	return statement_insert(s, ret_id, err) == 1 ? LEDGER_RECEIPT_NEW : LEDGER_RECEIPT_FAILED;
}

int
ledger_customer_known(struct ledger *l, int64_t run, const char *key, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_RECEIPT_CUSTOMER, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, run);
	db_bind_text(s, 2, key);
	step = db_step(s, err);
	db_reset(s);
	return step == DB_ERROR ? -1 : step == DB_ROW;
}

/* Checks the values, because others may have changed the file and they index tables. */
int
ledger_device_read(struct db_stmt *s, int first, struct ledger_device *d, struct error *err)
{
	*d = (struct ledger_device){
		.outcome = (enum outcome)db_int(s, first),
		.join = (enum join_type)db_int(s, first + 1),
		.mdm = (enum mdm_state)db_int(s, first + 2),
		.via = (enum registrant)db_int(s, first + 3),
		.purpose = (enum purpose)db_int(s, first + 4),
		.not_dell = db_int(s, first + 5) != 0,
	};
	if ((unsigned)d->outcome < OUTCOME_COUNT && (unsigned)d->join < JOIN_COUNT &&
	    (unsigned)d->mdm < MDM_COUNT && (unsigned)d->via < VIA_COUNT &&
	    (unsigned)d->purpose < PURPOSE_COUNT)
		return 0;
	return error_set(err, "ledger: a row is damaged");
}

int
ledger_device_find(struct ledger *l, int64_t row, const char *customer, int64_t run,
                   struct ledger_device *ret, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_RECEIPT_DEVICE, err);
	enum db_step step;
	int rc;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, row);
	db_bind_text(s, 2, customer);
	db_bind_int(s, 3, run);
	step = db_step(s, err);
	rc = step == DB_ERROR ? -1 : step == DB_ROW;
	if (rc == 1) {
		if (ledger_device_read(s, 0, ret, err) != 0)
			rc = -1;
		ret->run_started = db_int(s, 6);
		ret->earlier = db_int(s, 7) != 0;
	}
	db_reset(s);
	return rc;
}

int
ledger_done_add(struct ledger *l, const struct ledger_done *done, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_RECEIPT_DONE_ADD, err);

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, done->row);
	db_bind_text(s, 2, done->step);
	db_bind_int(s, 3, done->said_at);
	db_bind_int(s, 4, done->receipt);
	db_bind_int(s, 5, done->answer);
	db_bind_text(s, 6, done->record);
	if (db_run(s, err) != 0)
		return -1;
	if (db_changes(l->db) == 0)
		return 0;
	return ledger_tally_forget_row(l, done->row, err) == 0 ? 1 : -1;
}

int
ledger_done_verify(struct ledger *l, int64_t row, const char *step, int64_t at, bool holds,
                   struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_RECEIPT_VERIFY, err);

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, row);
	db_bind_text(s, 2, step);
	db_bind_int(s, 3, at);
	db_bind_int(s, 4, holds ? at : -at);
	return db_run(s, err);
}

int
ledger_each_work(struct ledger *l, int64_t run, ledger_work_fn *fn, void *ctx, struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_RECEIPT_WORK, err);
	enum db_step step = DB_ERROR;
	int rc = s != NULL ? 0 : -1;

	if (s != NULL)
		db_bind_int(s, 1, run);
	while (rc == 0 && (step = db_step(s, err)) == DB_ROW) {
		struct ledger_work w = {.customer = db_text(s, 0),
		                        .done = db_text(s, 7),
		                        .rows = db_int(s, 8),
		                        .since = db_int(s, 9)};
		rc = ledger_device_read(s, 1, &w.device, err) == 0 ? fn(ctx, &w, err) : -1;
	}
	db_stmt_free(s);
	return rc == 0 && step == DB_DONE ? 0 : -1;
}
