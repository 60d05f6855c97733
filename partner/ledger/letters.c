/* Records letters and counts their answered steps. gate.c decides by these counts. */
#include "partner/ledger/letters.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "partner/ledger/statement.h"
#include "partner/ledger/tally.h"

#define LETTER_UNWRITTEN (-1) /* as the exit code of a letter */
#define LETTER_WRITTEN 0
#define SITUATIONS_MAX 512 /* more than join types, MDMs, registrants and purposes combine to */

static int
read_situations(struct ledger *l, const int64_t range[static 2], struct ledger_device *list,
                size_t *ret_count, struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_LETTER_SITUATIONS, err);
	enum db_step step;
	int rc = 0;

	*ret_count = 0;
	if (s == NULL)
		return -1;
	db_bind_int(s, 1, range[0]);
	db_bind_int(s, 2, range[1]);
	while ((step = db_step(s, err)) == DB_ROW && rc == 0 && *ret_count < SITUATIONS_MAX) {
		rc = ledger_device_read(s, 0, &list[*ret_count], err);
		++*ret_count;
	}
	db_stmt_free(s);
	return rc != 0 || step == DB_ERROR ? -1 : 0;
}

size_t
ledger_letter_prefix(const char *run)
{
	size_t len = strlen(LEDGER_LETTER_PREFIX);

	return strncmp(run, LEDGER_LETTER_PREFIX, len) == 0 ? len : 0;
}

/* All devices in one situation have the same number of steps. */
static int
add_devices(struct ledger *l, const int64_t range[static 2], const struct ledger_device *d,
            int64_t steps, struct error *err)
{
	const int64_t value[] = {range[0], range[1], steps,      d->join,
	                         d->mdm,   d->via,   d->purpose, d->not_dell ? 1 : 0};

	return statement_run(l, SQL_LETTER_DEVICES, value, ARRAY_SIZE(value), err);
}

int
ledger_letter_seal(struct ledger *l, struct ledger_run *letter, ledger_steps_fn *steps,
                   struct error *err)
{
	struct ledger_device list[SITUATIONS_MAX];
	int64_t range[2];
	size_t count;

	if (ledger_run_range(l, letter->id, range, err) != 0 ||
	    statement_run(l, SQL_LETTER_KEYS, range, 2, err) != 0 ||
	    read_situations(l, range, list, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (add_devices(l, range, &list[i], steps(&list[i]), err) != 0)
			return -1;
	letter->state = RUN_LETTER;
	return ledger_run_set_state(l, letter->id, RUN_LETTER, LETTER_UNWRITTEN, err);
}

int
ledger_letter_date(struct ledger *l, struct ledger_run *letter, struct error *err)
{
	letter->started = ledger_now(l);
	return statement_run(l, SQL_LETTER_DATE, (const int64_t[]){letter->id, letter->started}, 2,
	                     err);
}

int
ledger_letter_written(struct ledger *l, struct ledger_run *letter, struct error *err)
{
	letter->exit_code = LETTER_WRITTEN;
	return ledger_run_set_state(l, letter->id, RUN_LETTER, LETTER_WRITTEN, err);
}

bool
ledger_letter_is_written(const struct ledger_run *letter)
{
	return letter->exit_code == LETTER_WRITTEN;
}

int
ledger_letter_answered(struct ledger *l, int64_t row, struct error *err)
{
	if (statement_run(l, SQL_LETTER_ANSWERED, &row, 1, err) != 0)
		return -1;
	return statement_run(l, SQL_LETTER_ANSWERS_OF, &row, 1, err) != 0
	               ? -1
	               : ledger_tally_forget_letter(l, row, err);
}

int
ledger_each_ready(struct ledger *l, int64_t letter, ledger_ready_fn *fn, void *ctx,
                  struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_LETTER_READY, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, letter);
	while ((step = db_step(s, err)) == DB_ROW)
		fn(ctx, db_text(s, 0), db_int(s, 1), db_int(s, 2));
	db_stmt_free(s);
	return step == DB_DONE ? 0 : -1;
}

/* A result that is sorted by customer, and the row it is at. */
struct by_customer {
	struct db_stmt *stmt;
	enum db_step at;
};

struct ledger_before {
	struct by_customer reports, unconfirmed;
};

static int
by_customer_open(struct by_customer *b, struct ledger *l, enum sql which, int64_t run,
                 struct error *err)
{
	b->stmt = statement_reader(l, which, err);
	if (b->stmt == NULL)
		return -1;
	db_bind_int(b->stmt, 1, run);
	b->at = db_step(b->stmt, err);
	return b->at != DB_ERROR ? 0 : -1;
}

/* Skips rows of earlier customers. true: at a row of this one. */
static bool
by_customer_seek(struct by_customer *b, int64_t customer, struct error *err)
{
	while (b->at == DB_ROW && db_int(b->stmt, 0) < customer)
		b->at = db_step(b->stmt, err);
	return b->at == DB_ROW && db_int(b->stmt, 0) == customer;
}

struct ledger_before *
ledger_before_open(struct ledger *l, int64_t run, struct error *err)
{
	struct ledger_before *b = xcalloc(1, sizeof(*b));

	if (by_customer_open(&b->reports, l, SQL_LETTER_REPORTS, run, err) == 0 &&
	    by_customer_open(&b->unconfirmed, l, SQL_LETTER_UNCONFIRMED, run, err) == 0)
		return b;
	ledger_before_close(b);
	return NULL;
}

void
ledger_before_close(struct ledger_before *b)
{
	if (b == NULL)
		return;
	db_stmt_free(b->reports.stmt);
	db_stmt_free(b->unconfirmed.stmt);
	free(b);
}

int
ledger_before_reports(struct ledger_before *b, int64_t customer, ledger_before_fn *fn, void *ctx,
                      struct error *err)
{
	struct db_stmt *s = b->reports.stmt;

	for (; by_customer_seek(&b->reports, customer, err); b->reports.at = db_step(s, err))
		fn(ctx, &(struct ledger_report_before){.by = db_text(s, 1),
		                                       .at = db_int(s, 2),
		                                       .steps = db_int(s, 3),
		                                       .devices = db_int(s, 4)});
	return b->reports.at != DB_ERROR ? 0 : -1;
}

int
ledger_before_unconfirmed(struct ledger_before *b, int64_t customer, ledger_unconfirmed_fn *fn,
                          void *ctx, struct error *err)
{
	struct db_stmt *s = b->unconfirmed.stmt;
	struct ledger_device device;

	for (; by_customer_seek(&b->unconfirmed, customer, err);
	     b->unconfirmed.at = db_step(s, err)) {
		if (ledger_device_read(s, 1, &device, err) != 0)
			return -1;
		fn(ctx, &device, db_text(s, 7));
	}
	return b->unconfirmed.at != DB_ERROR ? 0 : -1;
}

int
ledger_each_due(struct ledger *l, int64_t before, ledger_due_fn *fn, void *ctx, struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_LETTER_DUE, err);
	enum db_step step = DB_ERROR;
	int rc = s != NULL ? 0 : -1;

	if (s != NULL)
		db_bind_int(s, 1, before);
	while (rc == 0 && (step = db_step(s, err)) == DB_ROW)
		rc = fn(ctx,
		        &(struct ledger_due){.customer = db_int(s, 0),
		                             .key = db_text(s, 1),
		                             .name = db_text(s, 2),
		                             .folder = db_text(s, 3),
		                             .letter = db_text(s, 4),
		                             .started = db_int(s, 5),
		                             .devices = db_int(s, 6)},
		        err);
	db_stmt_free(s);
	return rc == 0 && step == DB_DONE ? 0 : -1;
}

int
ledger_reminded(struct ledger *l, int64_t customer, int64_t before, struct error *err)
{
	const int64_t value[] = {before, ledger_now(l), customer};

	return statement_run(l, SQL_LETTER_REMINDED, value, ARRAY_SIZE(value), err);
}

int
ledger_letter_life(struct ledger *l, int64_t row, struct ledger_life *ret, struct error *err)
{
	int64_t n[5];

	if (statement_ints(l, SQL_LETTER_LIFE, &row, 1, n, ARRAY_SIZE(n), err) != 0)
		return -1;
	*ret = (struct ledger_life){.started = n[0],
	                            .steps = n[1],
	                            .answered = n[2],
	                            .answered_at = n[3],
	                            .reported_at = n[4]};
	return ret->started != 0;
}
