/* Reads and writes the table "tally". The counts of outcomes are one text, in the order of the enum. */
#include "partner/ledger/tally.h"

#include <stdlib.h>

#include "common/buf.h"
#include "partner/ledger/statement.h"

#define COUNTS_MAX ((size_t)OUTCOME_COUNT * 24)

static bool
parse_counts(const char *text, int64_t counts[static OUTCOME_COUNT])
{
	for (size_t i = 0; i < OUTCOME_COUNT; i++) {
		char *end;
		counts[i] = strtoll(text, &end, 10);
		if (end == text)
			return false; /* others may have changed the file */
		text = end;
	}
	return true;
}

int
ledger_tally_read(struct ledger *l, int64_t run, struct ledger_tally *ret, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_TALLY_READ, err);
	enum db_step step;
	bool found;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, run);
	step = db_step(s, err);
	found = step == DB_ROW && parse_counts(db_text(s, 0), ret->counts);
	if (found) {
		ret->devices = db_int(s, 1);
		ret->steps = db_int(s, 2);
		ret->closed = db_int(s, 3);
		ret->since = db_int(s, 4);
	}
	db_reset(s);
	return step == DB_ERROR ? -1 : found;
}

int
ledger_tally_write(struct ledger *l, int64_t run, const struct ledger_tally *tally,
                   struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_TALLY_WRITE, err);
	struct buf counts;
	int rc;

	if (s == NULL)
		return -1;
	buf_init(&counts, COUNTS_MAX);
	for (size_t i = 0; i < OUTCOME_COUNT; i++)
		buf_printf(&counts, "%lld ", (long long)tally->counts[i]);
	db_bind_int(s, 1, run);
	db_bind_text(s, 2, counts.data);
	db_bind_int(s, 3, tally->devices);
	db_bind_int(s, 4, tally->steps);
	db_bind_int(s, 5, tally->closed);
	db_bind_int(s, 6, tally->since);
	rc = db_run(s, err);
	buf_release(&counts);
	return rc;
}

int
ledger_tally_forget(struct ledger *l, int64_t run, struct error *err)
{
	return statement_run(l, SQL_TALLY_FORGET, &run, 1, err);
}

int
ledger_tally_forget_row(struct ledger *l, int64_t row, struct error *err)
{
	return statement_run(l, SQL_TALLY_FORGET_ROW, &row, 1, err);
}

int
ledger_tally_forget_letter(struct ledger *l, int64_t letter, struct error *err)
{
	return statement_run(l, SQL_TALLY_FORGET_LETTER, &letter, 1, err);
}

int
ledger_tally_missing(struct ledger *l, int64_t before, int64_t *ret, struct error *err)
{
	if (statement_int(l, SQL_TALLY_MISSING, &before, 1, ret, err) != 0)
		return -1;
	return *ret != 0;
}

int
ledger_tally_steps(struct ledger *l, int64_t *ret, struct error *err)
{
	return statement_int(l, SQL_TALLY_STEPS, NULL, 0, ret, err);
}
