/* Reading a run for its reports. lines.c reads it for its packs. */
#include "partner/ledger/report.h"

#include <stdlib.h>

#include "common/alloc.h"
#include "common/text.h"
#include "partner/ledger/lines.h"
#include "partner/ledger/marks_table.h"
#include "partner/ledger/open.h"
#include "partner/ledger/statement.h"

static struct ledger_customer
read_customer(struct db_stmt *s)
{
	return (struct ledger_customer){
		.id = db_int(s, 0),
		.key = db_text(s, 1),
		.name = db_text(s, 2),
		.folder = db_text(s, 3),
	};
}

int
ledger_each_customer(struct ledger *l, int64_t run, ledger_customer_fn *fn, void *ctx,
                     struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_REPORT_CUSTOMERS, err);
	enum db_step step = DB_ERROR;
	int rc = s != NULL ? 0 : -1;

	if (s != NULL)
		db_bind_int(s, 1, run);
	while (rc == 0 && (step = db_step(s, err)) == DB_ROW) {
		struct ledger_customer c = read_customer(s);
		rc = fn(ctx, &c, err);
	}
	db_stmt_free(s);
	return rc == 0 && step == DB_DONE ? 0 : -1;
}

int
ledger_last_customer(struct ledger *l, const char *key, ledger_customer_fn *fn, void *ctx,
                     struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_REPORT_LAST_CUSTOMER, err);
	enum db_step step;
	int rc;

	if (s == NULL)
		return -1;
	db_bind_text(s, 1, key);
	step = db_step(s, err);
	rc = step == DB_ERROR ? -1 : step == DB_ROW;
	if (step == DB_ROW) {
		struct ledger_customer c = read_customer(s);
		rc = fn(ctx, &c, err) == 0 ? 1 : -1;
	}
	db_stmt_free(s);
	return rc;
}

int
ledger_each_reason(struct ledger *l, int64_t run, unsigned outcomes, ledger_reason_fn *fn,
                   void *ctx, struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_REPORT_REASONS, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, run);
	db_bind_int(s, 2, outcomes);
	while ((step = db_step(s, err)) == DB_ROW) {
		const struct ledger_reason reason = {.customer = db_text(s, 0),
		                                     .outcome = (enum outcome)db_int(s, 1),
		                                     .reason = db_text(s, 2),
		                                     .devices = db_int(s, 3)};
		if ((unsigned)reason.outcome < OUTCOME_COUNT) /* others may have changed the file */
			fn(ctx, &reason);
	}
	db_stmt_free(s);
	return step == DB_DONE ? 0 : -1;
}

int
ledger_each_customer_key(struct ledger *l, ledger_key_fn *fn, void *ctx, struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_REPORT_CUSTOMER_KEYS, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	while ((step = db_step(s, err)) == DB_ROW)
		fn(ctx, db_text(s, 0));
	db_stmt_free(s);
	return step == DB_DONE ? 0 : -1;
}

int
ledger_each_open(struct ledger *l, int64_t run, ledger_open_fn *fn, void *ctx, struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_REPORT_OPEN, err);
	enum db_step step = DB_ERROR;
	int rc = s != NULL ? 0 : -1;

	if (s != NULL)
		db_bind_int(s, 1, run);
	while (rc == 0 && (step = db_step(s, err)) == DB_ROW) {
		struct ledger_open o = {
			.customer = db_text(s, 0),
			.pending = db_int(s, 1),
			.unknown = db_int(s, 2),
			.not_sent = db_int(s, 3),
			.since = db_int(s, 4),
			.devices = db_int(s, 5),
		};
		rc = fn(ctx, &o, err);
	}
	db_stmt_free(s);
	return rc == 0 && step == DB_DONE ? 0 : -1;
}

static void
read_row(struct db_stmt *s, struct ledger_row *r)
{
	*r = (struct ledger_row){
		.id = db_int(s, 0),
		.list = db_int(s, 1),
		.line = (long)db_int(s, 2),
		.customer = db_int(s, 3),
		.batch = db_int(s, 4),
		.device = {.pkid = db_text(s, 5),
	                   .serial = db_text(s, 6),
	                   .manufacturer = db_text(s, 7),
	                   .model = db_text(s, 8)},
		.join = (enum join_type)db_int(s, 9),
		.mdm = (enum mdm_state)db_int(s, 10),
		.via = (enum registrant)db_int(s, 11),
		.purpose = (enum purpose)db_int(s, 12),
		.ticket = db_text(s, 13),
		.sold_to = db_text(s, 14),
		.received_from = db_text(s, 15),
		.outcome = (enum outcome)db_int(s, 16),
		.reason = db_text(s, 17),
		.column = db_text(s, 18),
		.raw = db_text(s, 19),
		.decided = db_int(s, 20),
	};
}

static int
deliver_line(struct db_stmt *s, ledger_line_fn *fn, void *ctx, struct error *err)
{
	struct ledger_row row;
	struct ledger_line line = {
		.row = &row,
		.list = db_text(s, 21),
		.header = db_text(s, 22),
		.customer = db_text(s, 23),
		.service_id = db_text(s, 24),
		.done = db_text(s, 25),
	};

	read_row(s, &row);
	return lines_deliver(&line, fn, ctx, err);
}

struct finding {
	struct ledger *ledger;
	const char *word;
	ledger_line_fn *fn;
	void *ctx;
	char *near; /* a value that differs in case only */
};

/* The row has the word if it is in the result. */
static int
on_found(void *ctx, int64_t id, struct error *err)
{
	const struct finding *f = ctx;
	struct db_stmt *s = statement_get(f->ledger, SQL_REPORT_FIND, err);
	struct ledger_row row;
	enum db_step step;
	int rc = 0;

	if (s == NULL)
		return -1;
	db_bind_text(s, 1, f->word);
	db_bind_int(s, 2, id);
	step = db_step(s, err);
	if (step == DB_ROW) {
		struct ledger_line line = {
			.row = &row,
			.list = db_text(s, 21),
			.run = db_text(s, 22),
			.customer = db_text(s, 23),
			.service_id = db_text(s, 24),
			.done = db_text(s, 25),
		};
		read_row(s, &row);
		rc = lines_deliver(&line, f->fn, f->ctx, err);
	}
	db_reset(s);
	return step == DB_ERROR ? -1 : rc;
}

int
ledger_find(struct ledger *l, const char *word, ledger_line_fn *fn, void *ctx, struct error *err)
{
	struct finding f = {.ledger = l, .word = word, .fn = fn, .ctx = ctx};

	return marks_table_find(l, word, on_found, &f, err);
}

static int
on_near(void *ctx, int64_t id, struct error *err)
{
	struct finding *f = ctx;
	struct db_stmt *s = statement_get(f->ledger, SQL_REPORT_FIND_NEAR, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, id);
	step = db_step(s, err);
	for (int i = 0; step == DB_ROW && f->near == NULL && i < 3; i++)
		if (text_equal_nocase(db_text(s, i), f->word))
			f->near = xstrdup(db_text(s, i));
	db_reset(s);
	return step == DB_ERROR ? -1 : f->near != NULL;
}

int
ledger_find_near(struct ledger *l, const char *word, char **ret, struct error *err)
{
	struct finding f = {.ledger = l, .word = word};
	int rc = marks_table_find(l, word, on_near, &f, err);

	if (f.near != NULL)
		*ret = f.near;
	return rc;
}

/* Frees s. NULL: it could not be prepared, and *err is set. */
static int
each_line(struct db_stmt *s, ledger_line_fn *fn, void *ctx, struct error *err)
{
	enum db_step step = DB_ERROR;
	int rc = s != NULL ? 0 : -1;

	while (rc == 0 && (step = db_step(s, err)) == DB_ROW)
		rc = deliver_line(s, fn, ctx, err);
	db_stmt_free(s);
	return rc == 0 && step == DB_DONE ? 0 : -1;
}

int
ledger_each_line(struct ledger *l, int64_t run, unsigned outcomes, ledger_line_fn *fn, void *ctx,
                 struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_REPORT_LINES, err);

	if (s != NULL) {
		db_bind_int(s, 1, run);
		db_bind_int(s, 2, outcomes);
	}
	return each_line(s, fn, ctx, err);
}

int
ledger_each_list(struct ledger *l, int64_t run, ledger_list_fn *fn, void *ctx, struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_REPORT_LISTS, err);
	enum db_step step = DB_ERROR;
	int rc = s != NULL ? 0 : -1;

	if (s != NULL)
		db_bind_int(s, 1, run);
	while (rc == 0 && (step = db_step(s, err)) == DB_ROW) {
		struct ledger_list list = {
			.path = db_text(s, 0), .header = db_text(s, 1), .run = run};
		rc = fn(ctx, &list, err);
	}
	db_stmt_free(s);
	return rc == 0 && step == DB_DONE ? 0 : -1;
}

int
ledger_each_open_line(struct ledger *l, const char *customer, ledger_line_fn *fn, void *ctx,
                      struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_REPORT_LINES_OPEN, err);

	if (s != NULL)
		db_bind_text(s, 1, customer);
	return each_line(s, fn, ctx, err);
}
