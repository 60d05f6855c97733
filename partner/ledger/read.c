/* Reading for reports. Cursors are not cached: a callback may read on. */
#include "partner/ledger/store.h"

#include <stdlib.h>

#include "common/alloc.h"

int
ledger_each_customer(struct ledger *l, int64_t run, ledger_customer_fn *fn, void *ctx,
                     struct error *err)
{
	struct db_stmt *s = db_prepare(
		l->db,
		"SELECT c.id, c.key, c.name, c.folder, coalesce(n.rows, 0) FROM customer AS c LEFT JOIN"
		" (SELECT row.customer AS customer, sum(row.outcome <> " SQL_REJECTED ") AS rows FROM row"
		" WHERE" SQL_IN_RUN "GROUP BY row.customer) AS n ON n.customer = c.id"
		" WHERE c.run = ?1 ORDER BY c.id",
		err);
	enum db_step step = DB_DONE;
	int rc = 0;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, run);
	while (rc == 0 && (step = db_step(s, err)) == DB_ROW) {
		struct ledger_customer c = {db_int(s, 0), db_text(s, 1), db_text(s, 2), db_text(s, 3),
		                            db_int(s, 4)};
		rc = fn(ctx, &c, err);
	}
	db_stmt_free(s);
	return rc == 0 && step == DB_DONE ? 0 : -1;
}

/* What can be said of a row now; ledger_counts() counts by the same rule. */
#define SQL_EFFECTIVE                                                                              \
	"CASE WHEN coalesce(o.outcome, row.outcome) <> " SQL_NOT_SENT                                    \
	" THEN coalesce(o.outcome, row.outcome) WHEN b.state = " SQL_ACCEPTED " THEN " SQL_PENDING       \
	" WHEN b.state = " SQL_SENT " THEN " SQL_UNKNOWN " ELSE " SQL_NOT_SENT " END"

enum column_of_line {
	AT_ID, AT_LIST, AT_CUSTOMER, AT_BATCH, AT_LINE, AT_PKID, AT_SERIAL, AT_MANUFACTURER, AT_MODEL,
	AT_JOIN, AT_MDM, AT_VIA, AT_PURPOSE, AT_TICKET, AT_SOLD_TO, AT_RECEIVED_FROM, AT_OUTCOME,
	AT_REASON, AT_COLUMN, AT_RAW, AT_DECIDED, AT_STORED, AT_PATH, AT_HEADER, AT_KEY, AT_SERVICE_ID,
};

static const char line_columns[] =
	"SELECT row.id, row.list, row.customer, b.id, row.line, row.pkid, row.serial,"
	" row.manufacturer, row.model, row.join_type, row.mdm, row.via, row.purpose, row.ticket,"
	" row.sold_to, row.received_from, " SQL_EFFECTIVE " AS effective, coalesce(o.reason, row.reason),"
	" row.column_name, row.raw, coalesce(o.decided, row.decided), coalesce(o.outcome, row.outcome),"
	" list.path, list.header, customer.key, b.service_id";
static const char line_joins[] =
	" LEFT JOIN row AS o ON o.id = row.same_as"
	" LEFT JOIN batch AS b ON b.id = CASE WHEN o.id IS NULL THEN row.batch ELSE o.batch END"
	" LEFT JOIN list ON list.id = row.list LEFT JOIN customer ON customer.id = row.customer";
static const char from_run[] = " FROM row";
static const char from_customer[] = " FROM customer_row AS m CROSS JOIN row ON row.id = m.row";
static const char where_run[] = " WHERE" SQL_IN_RUN "AND (?2 = 0 OR row.customer = ?2)";
static const char where_customer[] = " WHERE row.run = ?1 AND m.customer = ?2";
/* Ids grow in the order of lists and lines. */
static const char *const orders[] = {
	[LEDGER_BY_LINE] = " ORDER BY row.id",
	[LEDGER_BY_SITUATION] = " ORDER BY effective, row.via, row.join_type, row.mdm, row.purpose,"
							" row.serial, row.id",
};

static const char *
reason_of(struct db_stmt *s)
{
	if (db_int(s, AT_OUTCOME) == db_int(s, AT_STORED))
		return db_text(s, AT_REASON);
	return db_int(s, AT_OUTCOME) == OUTCOME_PENDING ? "accepted by the service, no final answer yet"
	                                                : "sent, no answer yet";
}

static void
read_row(struct db_stmt *s, struct ledger_row *r)
{
	*r = (struct ledger_row){
		.id = db_int(s, AT_ID),
		.list = db_int(s, AT_LIST),
		.customer = db_int(s, AT_CUSTOMER),
		.batch = db_int(s, AT_BATCH),
		.line = (long)db_int(s, AT_LINE),
		.device = {db_text(s, AT_PKID), db_text(s, AT_SERIAL), db_text(s, AT_MANUFACTURER),
		           db_text(s, AT_MODEL)},
		.join = (enum join_type)db_int(s, AT_JOIN),
		.mdm = (enum mdm_state)db_int(s, AT_MDM),
		.via = (enum registrant)db_int(s, AT_VIA),
		.purpose = (enum purpose)db_int(s, AT_PURPOSE),
		.ticket = db_text(s, AT_TICKET),
		.sold_to = db_text(s, AT_SOLD_TO),
		.received_from = db_text(s, AT_RECEIVED_FROM),
		.outcome = (enum outcome)db_int(s, AT_OUTCOME),
		.reason = reason_of(s),
		.column = db_text(s, AT_COLUMN),
		.raw = db_text(s, AT_RAW),
		.decided = db_int(s, AT_DECIDED),
	};
}

/* NULL with *err. Parameters: run, customer, outcome (-1: all). */
static struct db_stmt *
prepare_lines(struct ledger *l, int64_t run, int64_t customer, enum ledger_order order,
              struct error *err)
{
	static const char listed[] = "SELECT by_customer FROM run WHERE id = ?1";
	int64_t by_customer = 0;
	struct db_stmt *s;
	char *sql;

	if (customer != 0 && store_number(l, listed, ARGS(NUM(run)), &by_customer, err) < 0)
		return NULL;
	sql = xasprintf("%s%s%s%s AND (?3 < 0 OR " SQL_EFFECTIVE " = ?3)%s", line_columns,
	                by_customer ? from_customer : from_run, line_joins,
	                by_customer ? where_customer : where_run, orders[order]);
	s = db_prepare(l->db, sql, err);
	free(sql);
	return s;
}

int
ledger_each_line(struct ledger *l, int64_t run, int64_t customer, enum outcome outcome,
                 enum ledger_order order, ledger_line_fn *fn, void *ctx, struct error *err)
{
	struct db_stmt *s = prepare_lines(l, run, customer, order, err);
	enum db_step step = DB_DONE;
	int rc = 0;

	if (s == NULL)
		return -1;
	store_bind(s, ARGS(NUM(run), NUM(customer), NUM(outcome == OUTCOME_COUNT ? -1 : (int)outcome)));
	while (rc == 0 && (step = db_step(s, err)) == DB_ROW) {
		struct ledger_row row;
		read_row(s, &row);
		struct ledger_line line = {&row, db_text(s, AT_PATH), db_text(s, AT_HEADER),
		                           db_text(s, AT_KEY), db_text(s, AT_SERVICE_ID)};
		rc = fn(ctx, &line, err);
	}
	db_stmt_free(s);
	return rc == 0 && step == DB_DONE ? 0 : -1;
}
