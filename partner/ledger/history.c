/* Reads the history of one row, and the runs of one customer. */
#include "partner/ledger/history.h"

#include "partner/ledger/statement.h"

int
ledger_history_of(struct ledger *l, int64_t row, ledger_history_fn *fn, void *ctx,
                  struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_HISTORY_OF, err);
	enum db_step step;
	int rc = 0;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, row);
	step = db_step(s, err);
	if (step == DB_ROW) {
		const struct ledger_history history = {.batch = db_int(s, 0),
		                                       .first_sent = db_int(s, 1),
		                                       .requests = db_int(s, 2),
		                                       .out = db_text(s, 3),
		                                       .folder = db_text(s, 4)};
		rc = fn(ctx, &history, err);
	}
	db_stmt_free(s);
	return step == DB_ERROR ? -1 : rc;
}

int
ledger_each_attempt(struct ledger *l, int64_t batch, ledger_attempt_fn *fn, void *ctx,
                    struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_HISTORY_ATTEMPTS, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, batch);
	while ((step = db_step(s, err)) == DB_ROW) {
		const struct ledger_attempt attempt = {
			.at = db_int(s, 0), .what = db_text(s, 1), .note = db_text(s, 2)};
		fn(ctx, &attempt);
	}
	db_stmt_free(s);
	return step == DB_DONE ? 0 : -1;
}

int
ledger_each_report(struct ledger *l, int64_t row, ledger_report_fn *fn, void *ctx,
                   struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_HISTORY_REPORTS, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, row);
	while ((step = db_step(s, err)) == DB_ROW) {
		const struct ledger_report report = {.step = db_text(s, 0),
		                                     .at = db_int(s, 1),
		                                     .answer = (enum ledger_answer)db_int(s, 2),
		                                     .record = db_text(s, 3),
		                                     .by = db_text(s, 4)};
		if ((unsigned)report.answer < LEDGER_ANSWER_COUNT)
			fn(ctx, &report);
	}
	db_stmt_free(s);
	return step == DB_DONE ? 0 : -1;
}

int
ledger_each_visit(struct ledger *l, const char *key, ledger_visit_fn *fn, void *ctx,
                  struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_HISTORY_VISITS, err);
	enum db_step step = DB_ERROR;
	int rc = s != NULL ? 0 : -1;

	if (s != NULL)
		db_bind_text(s, 1, key);
	while (rc == 0 && (step = db_step(s, err)) == DB_ROW) {
		const struct ledger_visit visit = {.run = db_text(s, 0),
		                                   .state = (enum run_state)db_int(s, 1),
		                                   .started = db_int(s, 2),
		                                   .out = db_text(s, 3),
		                                   .key = db_text(s, 4),
		                                   .name = db_text(s, 5),
		                                   .folder = db_text(s, 6)};
		rc = (unsigned)visit.state < RUN_STATE_COUNT ? fn(ctx, &visit, err) : 0;
	}
	db_stmt_free(s);
	return rc == 1 || (rc == 0 && step == DB_DONE) ? 0 : -1;
}
