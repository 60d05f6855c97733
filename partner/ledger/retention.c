/*
 * Erasing runs and customers.
 *
 * Receipts and the ranges of runs name rows by number, so numbers must never be reused. When the
 * row with the highest number is erased, an empty row that belongs to no run keeps the number: the
 * placeholder.
 */
#include "partner/ledger/retention.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/crypto.h"
#include "partner/ledger/cache.h"
#include "partner/ledger/marks_table.h"
#include "partner/ledger/statement.h"
#include "partner/ledger/tally.h"
#include "partner/ledger/transaction.h"

static int
run_texts(struct ledger *l, const enum sql *which, size_t count, const char *text,
          struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct db_stmt *s = statement_get(l, which[i], err);
		if (s == NULL)
			return -1;
		db_bind_text(s, 1, text);
		if (db_run(s, err) != 0)
			return -1;
	}
	return 0;
}

/* Deletes everything whose run or batch is gone. Reads whole tables: only for a customer. */
static int
reap(struct ledger *l, struct error *err)
{
	static const enum sql orphans[] = {
		SQL_REAP_LISTS,    SQL_REAP_CUSTOMERS,    SQL_REAP_BATCHES,
		SQL_REAP_ATTEMPTS, SQL_REAP_RECEIPTS,     SQL_REAP_ALARMS,
		SQL_REAP_TALLIES,  SQL_REAP_PLACEHOLDERS, SQL_REAP_ERASING};

	cache_forget_customers(&l->cache); /* some may be deleted */
	for (size_t i = 0; i < ARRAY_SIZE(orphans); i++)
		if (statement_run(l, orphans[i], NULL, 0, err) != 0)
			return -1;
	return 0;
}

/* 1: the run has rows without a final outcome, 0, -1. The tally spares reading a run that stays. */
static int
has_open_rows(struct ledger *l, int64_t run, struct error *err)
{
	struct ledger_tally tally;
	int kept = ledger_tally_read(l, run, &tally, err);
	int64_t open;

	if (kept < 0)
		return -1;
	if (kept == 1 && tally.counts[OUTCOME_PENDING] + tally.counts[OUTCOME_UNKNOWN] +
	                                 tally.counts[OUTCOME_NOT_SENT] >
	                         0)
		return 1;
	return statement_int(l, SQL_ERASE_RUN_OPEN, &run, 1, &open, err) != 0 ? -1 : open != 0;
}

static int
next_finished(struct ledger *l, int64_t before, int64_t after, struct ledger_run *ret,
              struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_ERASE_NEXT_RUN, err);

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, before);
	db_bind_int(s, 2, after);
	return ledger_run_step(s, ret, err);
}

int
ledger_run_next_old(struct ledger *l, int64_t before, int64_t after, struct ledger_run *ret,
                    struct error *err)
{
	int rc;

	while ((rc = next_finished(l, before, after, ret, err)) == 1) {
		int open = ret->state == RUN_LETTER ? 0 : has_open_rows(l, ret->id, err);
		if (open == 0)
			return 1;
		after = ret->id;
		ledger_run_release(ret);
		if (open < 0)
			return -1;
	}
	return rc;
}

static int
erase_run(struct ledger *l, int64_t run, struct error *err)
{
	static const enum sql steps[] = {SQL_ERASE_RUN_DONE,
	                                 SQL_ERASE_RUN_VERDICTS,
	                                 SQL_ERASE_RUN_PLACEHOLDER,
	                                 SQL_ERASE_RUN_ROWS,
	                                 SQL_ERASE_RUN_RECEIPTS,
	                                 SQL_ERASE_RUN_LETTER,
	                                 SQL_ERASE_RUN_LETTER_KEYS,
	                                 SQL_ERASE_RUN_LETTER_USES,
	                                 SQL_ERASE_RUN_ATTEMPTS,
	                                 SQL_ERASE_RUN_BATCHES,
	                                 SQL_ERASE_RUN_LAST_RECEIPTS,
	                                 SQL_ERASE_RUN_CUSTOMERS,
	                                 SQL_ERASE_RUN_LISTS,
	                                 SQL_ERASE_RUN_ALARMS,
	                                 SQL_TALLY_FORGET,
	                                 SQL_ERASING_DONE,
	                                 SQL_ERASE_RUN};
	int64_t range[2];

	if (ledger_run_range(l, run, range, err) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (statement_run(l, steps[i], &run, 1, err) != 0)
			return -1;
	return marks_table_rewrite(l, range, err);
}

struct runs {
	const int64_t *run;
	size_t count;
};

static int
erase_runs(struct ledger *l, void *ctx, struct error *err)
{
	const struct runs *r = ctx;

	if (ledger_lock_intake(l, err) != 0) /* keeps the highest number where it is */
		return -1;
	for (size_t i = 0; i < r->count; i++)
		if (erase_run(l, r->run[i], err) != 0)
			return -1;
	cache_forget_customers(&l->cache); /* some are deleted */
	return statement_run(l, SQL_REAP_PLACEHOLDERS, NULL, 0, err);
}

int
ledger_erase_runs(struct ledger *l, const int64_t *run, size_t count, struct error *err)
{
	struct runs r = {.run = run, .count = count};

	return ledger_transact(l, erase_runs, &r, err);
}

int
ledger_each_held(struct ledger *l, const char *key, ledger_held_fn *fn, void *ctx,
                 struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_ERASE_HELD_BY_RUN, err);
	enum db_step step = DB_ERROR;
	int rc = s != NULL ? 0 : -1;

	if (s != NULL)
		db_bind_text(s, 1, key);
	while (rc == 0 && (step = db_step(s, err)) == DB_ROW) {
		struct ledger_held h;
		ledger_run_read(s, &h.run);
		h.folder = db_text(s, LEDGER_RUN_COLUMNS);
		h.rows = db_int(s, LEDGER_RUN_COLUMNS + 1);
		h.open = db_int(s, LEDGER_RUN_COLUMNS + 2);
		h.alarms = db_int(s, LEDGER_RUN_COLUMNS + 3);
		rc = fn(ctx, &h, err);
		ledger_run_release(&h.run);
	}
	db_stmt_free(s);
	return rc == 0 && step == DB_DONE ? 0 : -1;
}

static int
count_with(struct ledger *l, enum sql which, const char *text, int64_t *ret, struct error *err)
{
	struct db_stmt *s = statement_get(l, which, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	db_bind_text(s, 1, text);
	step = db_step(s, err);
	*ret = step == DB_ROW ? db_int(s, 0) : 0;
	db_reset(s);
	return step == DB_ERROR ? -1 : 0;
}

int
ledger_count_receipts(struct ledger *l, const char *key, int64_t *ret, struct error *err)
{
	return count_with(l, SQL_ERASE_COUNT_RECEIPTS, key, ret, err);
}

static int
add_erasing(struct ledger *l, int64_t run, const char *customer, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_ERASING_ADD, err);

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, run);
	db_bind_text(s, 2, customer);
	return db_run(s, err);
}

static int
begin_erasing(struct ledger *l, void *ctx, struct error *err)
{
	const struct runs *r = ctx;

	for (size_t i = 0; i < r->count; i++)
		if (add_erasing(l, r->run[i], "", err) != 0)
			return -1;
	return 0;
}

/* A digest, because no byte of the customer may stay. */
static void
digest_of(const char *key, char hex[static CRYPTO_HEX_SIZE])
{
	struct crypto_sha256 *d = crypto_sha256_new();

	crypto_sha256_add(d, key, strlen(key));
	crypto_sha256_end(d, hex);
}

int
ledger_erasing_begin(struct ledger *l, const int64_t *run, size_t count, struct error *err)
{
	struct runs r = {.run = run, .count = count};

	return ledger_transact(l, begin_erasing, &r, err);
}

struct ranges {
	int64_t (*range)[2];
	size_t count;
};

/* The rows of the runs that list the customer. */
static int
ranges_of(struct ledger *l, const char *key, struct ranges *ret, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_ERASE_RANGES_OF, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	db_bind_text(s, 1, key);
	while ((step = db_step(s, err)) == DB_ROW) {
		ret->range = xreallocarray(ret->range, ret->count + 1, sizeof(*ret->range));
		ret->range[ret->count][0] = db_int(s, 0);
		ret->range[ret->count++][1] = db_int(s, 1);
	}
	db_reset(s);
	return step == DB_DONE ? 0 : -1;
}

static int
rewrite_marks(struct ledger *l, const struct ranges *r, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->count && rc == 0; i++)
		rc = marks_table_rewrite(l, r->range[i], err);
	return rc;
}

static int
erase_customer(struct ledger *l, void *ctx, struct error *err)
{
	static const enum sql steps[] = {SQL_TALLY_FORGET_CUSTOMER,
	                                 SQL_ERASE_CUSTOMER_DONE,
	                                 SQL_ERASE_CUSTOMER_LETTERS,
	                                 SQL_ERASE_CUSTOMER_LETTER_KEYS,
	                                 SQL_ERASE_CUSTOMER_LETTER_USES,
	                                 SQL_ERASE_CUSTOMER_RECEIPTS,
	                                 SQL_ERASE_CUSTOMER_VERDICTS,
	                                 SQL_ERASE_CUSTOMER_PLACEHOLDER,
	                                 SQL_ERASE_CUSTOMER_ROWS,
	                                 SQL_ERASE_CUSTOMER_ATTEMPTS,
	                                 SQL_ERASE_CUSTOMER_BATCHES,
	                                 SQL_ERASE_CUSTOMER_RANGES,
	                                 SQL_ERASE_CUSTOMER_LISTS,
	                                 SQL_ERASE_CUSTOMER_RUNS,
	                                 SQL_ERASE_CUSTOMER};
	const char *const *key = ctx;
	struct ranges ranges = {0};
	char hex[CRYPTO_HEX_SIZE];
	int rc = ranges_of(l, *key, &ranges, err);

	if (rc == 0)
		rc = run_texts(l, steps, ARRAY_SIZE(steps), *key, err);
	if (rc == 0)
		rc = rewrite_marks(l, &ranges, err);
	free(ranges.range);
	digest_of(*key, hex);
	if (rc == 0)
		rc = add_erasing(l, LEDGER_ERASING_CUSTOMER, hex, err);
	return rc == 0 ? reap(l, err) : -1;
}

int
ledger_erase_customer(struct ledger *l, const char *key, struct error *err)
{
	/* overwrites deleted data instead of only freeing its pages */
	if (db_exec(l->db, "PRAGMA secure_delete=ON", err) != 0)
		return -1;
	return ledger_transact(l, erase_customer, &key, err);
}

int
ledger_erasing_pending(struct ledger *l, const char *key, bool *ret, struct error *err)
{
	char hex[CRYPTO_HEX_SIZE];
	int64_t count = 0;
	int rc;

	digest_of(key, hex);
	rc = count_with(l, SQL_ERASING_HAS, hex, &count, err);
	*ret = count > 0;
	return rc;
}

int
ledger_erasing_next(struct ledger *l, int64_t after, struct ledger_run *ret, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_ERASING_NEXT, err);

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, after);
	return ledger_run_step(s, ret, err);
}

int
ledger_erasing_done(struct ledger *l, int64_t run, struct error *err)
{
	return statement_run(l, SQL_ERASING_DONE, &run, 1, err);
}

int
ledger_scrub(struct ledger *l, struct error *err)
{
	int64_t busy = 1;

	if (db_exec(l->db, "VACUUM", err) != 0 ||
	    statement_query(l, "PRAGMA wal_checkpoint(TRUNCATE)", &busy, err) != 0)
		return -1;
	return busy == 0 ? 0
	                 : error_set(err,
	                             "%s-wal: another process is reading the ledger: erased data "
	                             "stays in this file until it ends",
	                             l->path);
}
