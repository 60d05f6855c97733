/* Judges a registration by the rows of earlier runs. guards.c judges the rows of a list by their own values. */
#include "partner/ledger/known.h"

#include <stdlib.h>

#include "common/alloc.h"
#include "partner/ledger/schema.h"
#include "partner/ledger/statement.h"
#include "partner/ledger/transaction.h"

void
ledger_known_begin(struct ledger *l, int64_t recent, int64_t listed)
{
	l->known = (struct ledger_known){.recent = recent, .listed = listed};
}

/* Both guards read the temporary table "known". */
static int
known_read(struct ledger *l, int64_t run, struct error *err)
{
	struct ledger_known *k = &l->known;
	int64_t since = k->listed != 0 && (k->recent == 0 || k->listed < k->recent) ? k->listed
	                                                                            : k->recent;
	const int64_t from[] = {since, run};
	int64_t value[3] = {0};

	k->connection = db_connection(l->db);
	k->rows = 0;
	if (since == 0)
		return 0;
	if (ledger_run_range(l, run, &value[1], err) != 0 ||
	    statement_int(l, SQL_HOLD_FROM, from, 2, &value[0], err) != 0)
		return -1;
	if (value[0] == 0)
		return 0;
	if (db_exec(l->db, ledger_known_scratch, err) != 0 ||
	    statement_run(l, SQL_KNOWN_READ, value, 3, err) != 0 ||
	    db_exec(l->db, ledger_known_index, err) != 0)
		return -1;
	return statement_int(l, SQL_KNOWN_COUNT, NULL, 0, &k->rows, err);
}

struct known_question {
	int64_t run, row;
	const struct device_id *registered;
	char *reason; /* the answer */
};

/* since: 0 if the statement has no such parameter. */
static int
known_ask(struct ledger *l, enum sql which, struct known_question *q, int64_t since,
          struct error *err)
{
	const struct device_id *d = q->registered;
	struct db_stmt *s = statement_get(l, which, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	db_bind_text(s, 1, d->serial);
	db_bind_text(s, 2, d->pkid);
	db_bind_text(s, 3, d->manufacturer);
	db_bind_text(s, 4, d->model);
	db_bind_int(s, 5, q->row);
	if (since != 0)
		db_bind_int(s, 6, since);
	step = db_step(s, err);
	q->reason = step == DB_ROW ? xstrdup(db_text(s, 0)) : NULL;
	db_reset(s);
	return step == DB_ERROR ? -1 : 0;
}

/* In a transaction, which begins anew if the connection to a server is lost. */
static int
known_judge(struct ledger *l, void *ctx, struct error *err)
{
	struct known_question *q = ctx;
	const struct ledger_known *k = &l->known;

	free(q->reason);
	q->reason = NULL;
	if ((k->run != q->run || k->connection != db_connection(l->db)) &&
	    known_read(l, q->run, err) != 0)
		return -1;
	if (k->rows == 0)
		return 0;
	if (k->listed != 0 && known_ask(l, SQL_KNOWN_MOVED, q, 0, err) != 0)
		return -1;
	if (q->reason != NULL || k->recent == 0)
		return 0;
	return known_ask(l, SQL_KNOWN_RECENT, q, k->recent, err);
}

int
ledger_known_judge(struct ledger *l, int64_t run, int64_t row, const struct device_id *registered,
                   char **ret_reason, struct error *err)
{
	struct known_question q = {.run = run, .row = row, .registered = registered};

	if (ledger_transact(l, known_judge, &q, err) != 0) {
		free(q.reason);
		return -1;
	}
	l->known.run = run; /* not before the table is committed */
	*ret_reason = q.reason;
	return 0;
}
