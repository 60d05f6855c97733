/* Copying a ledger into another one, table by table, with the same ids. */
#include "partner/ledger/copy.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "partner/ledger/statement.h"
#include "partner/ledger/transaction.h"

#define VALUES_MAX 1024

/* Claims are not copied, because the machines that hold them work on the old ledger. */
static const struct table {
	const char *name;
	const char *kinds; /* a letter per column: t text, i number */
	const char *columns;
	const char *order;
} tables[] = {
	{
		.name = "run",
		.kinds = "itiiiitiitt",
		.columns = "id, name, state, started, finished, exit_code, out, first_row,"
			   " last_row, digest, route",
		.order = "id",
	},
	{
		.name = "list",
		.kinds = "iittt",
		.columns = "id, run, path, header, digest",
		.order = "id",
	},
	{
		.name = "customer",
		.kinds = "iittt",
		.columns = "id, run, key, name, folder",
		.order = "id",
	},
	{
		.name = "batch",
		.kinds = "iiiiitttittiii",
		.columns =
			"id, run, state, first_sent, attempts, service_id, sold_to, received_from, lost, tenant,"
			" planned, canary, answered, failed",
		.order = "id",
	},
	{
		.name = "attempt",
		.kinds = "iiitt",
		.columns = "id, batch, at, what, note",
		.order = "id",
	},
	{
		.name = "list_row",
		.kinds = "iiiiiiiitttt"
			 "iiiitttittti",
		.columns =
			"id, list, line, customer, batch, ident, tuple, same_as, pkid, serial, manufacturer, model,"
			" join_type, mdm, via, purpose, ticket, sold_to, received_from, outcome, reason,"
			" column_name, raw, decided",
		.order = "id",
	},
	{
		.name = "verdict",
		.kinds = "iiti",
		.columns = "row, outcome, reason, decided",
		.order = "row",
	},
	{
		.name = "receipt",
		.kinds = "itttiti",
		.columns = "id, run, customer, said_by, generated, digest, recorded",
		.order = "id",
	},
	{
		.name = "done",
		.kinds = "itiiiti",
		.columns = "row, step, said_at, receipt, state, record, verified",
		.order = "row, step",
	},
	{
		.name = "alarm",
		.kinds = "iiitiiti",
		.columns = "id, run, batch, reason, at, cleared, cleared_by, attempts",
		.order = "id",
	},
	{
		.name = "trusted",
		.kinds = "ti",
		.columns = "identity, at",
		.order = "identity",
	},
	{
		.name = "erasing",
		.kinds = "it",
		.columns = "run, customer",
		.order = "run",
	},
	{
		.name = "letter_device",
		.kinds = "iiii",
		.columns = "row, steps, answered, reminded",
		.order = "row",
	},
	{
		.name = "letter_key",
		.kinds = "ii",
		.columns = "ident, row",
		.order = "ident, row",
	},
	{
		.name = "letter_use",
		.kinds = "iii",
		.columns = "row, letter, confirmed",
		.order = "row",
	},
	{
		.name = "tally",
		.kinds = "itiiii",
		.columns = "run, counts, devices, steps, closed, since",
		.order = "run",
	},
	{
		.name = "mark",
		.kinds = "iit",
		.columns = "bucket, first, part",
		.order = "bucket, first",
	},
};

/* "INSERT INTO run(id, …) VALUES(?1, …)", or a COPY into a server. The caller frees it. */
static char *
insert_of(const struct ledger *to, const struct table *t)
{
	struct buf values;
	char *sql;

	if (ledger_is_shared(to))
		return xasprintf("COPY %s(%s) FROM STDIN (FORMAT binary)", t->name, t->columns);
	buf_init(&values, VALUES_MAX);
	for (int i = 0; t->kinds[i] != '\0'; i++)
		buf_printf(&values, "%s?%d", i > 0 ? ", " : "", i + 1);
	sql = xasprintf("INSERT INTO %s(%s) VALUES(%s)", t->name, t->columns, values.data);
	buf_release(&values);
	return sql;
}

static int
copy_rows(const struct table *t, struct db_stmt *from, struct db_stmt *to, int64_t *ret_count,
          struct error *err)
{
	enum db_step step;

	while ((step = db_step(from, err)) == DB_ROW) {
		db_reset(to);
		for (int i = 0; t->kinds[i] != '\0'; i++) {
			if (db_is_null(from, i))
				db_bind_text(to, i + 1, NULL);
			else if (t->kinds[i] == 't')
				db_bind_borrowed(to, i + 1, db_text(from, i));
			else
				db_bind_int(to, i + 1, db_int(from, i));
		}
		if (db_run_later(to, err) != 0)
			return -1;
		++*ret_count;
	}
	return step == DB_DONE ? 0 : -1;
}

static int
copy_table(const struct table *t, struct ledger *from, struct ledger *to, int64_t *ret_count,
           struct error *err)
{
	char *select = xasprintf("SELECT %s FROM %s ORDER BY %s", t->columns, t->name, t->order);
	char *insert = insert_of(to, t);
	struct db_stmt *reader = db_reader(from->db, select, err);
	struct db_stmt *writer = reader != NULL ? db_prepare(to->db, insert, err) : NULL;
	int rc = writer != NULL ? copy_rows(t, reader, writer, ret_count, err) : -1;

	db_stmt_free(reader);
	db_stmt_free(writer);
	free(select);
	free(insert);
	return rc;
}

/* A server did not assign the copied ids itself. Makes it continue after them. */
static int
restart_ids(struct ledger *to, const struct table *t, struct error *err)
{
	char *sql;
	int rc;

	if (!ledger_is_shared(to) || strcmp(t->order, "id") != 0)
		return 0;
	sql = xasprintf("SELECT setval(pg_get_serial_sequence('%s', 'id'),"
	                " (SELECT COALESCE(MAX(id), 0) + 1 FROM %s), false)",
	                t->name, t->name);
	rc = db_exec(to->db, sql, err);
	free(sql);
	return rc;
}

static int
copy_all(struct ledger *from, struct ledger *to, int64_t *ret_count, struct error *err)
{
	int64_t runs;

	if (statement_int(to, SQL_COPY_RUN_COUNT, NULL, 0, &runs, err) != 0)
		return -1;
	if (runs > 0)
		return error_set(err, "%s: already holds runs: copy into an empty ledger",
		                 to->path);
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		if (copy_table(&tables[i], from, to, ret_count, err) != 0 ||
		    restart_ids(to, &tables[i], err) != 0)
			return error_prefix(err, "table %s", tables[i].name);
	return 0;
}

/* Fails while machines work on the ledger, because the copy would miss their changes. */
static int
check_idle(struct ledger *from, struct error *err)
{
	int64_t alive = 0;

	if (ledger_is_shared(from) &&
	    statement_int(from, SQL_COPY_CLAIMS_ALIVE, NULL, 0, &alive, err) != 0)
		return -1;
	return alive == 0
	               ? 0
	               : error_set(err, "%s: machines are working on %lld batches: stop them first",
	                           from->path, (long long)alive);
}

int
ledger_copy(struct ledger *from, struct ledger *to, int64_t *ret_count, struct error *err)
{
	*ret_count = 0;
	if (check_idle(from, err) != 0 || ledger_begin_intake(from, err) != 0)
		return -1;
	if (ledger_begin_intake(to, err) == 0) {
		if (copy_all(from, to, ret_count, err) == 0 && check_idle(from, err) == 0 &&
		    ledger_commit(to, err) == 0) {
			ledger_rollback(from);
			return 0;
		}
		ledger_rollback(to);
	}
	ledger_rollback(from);
	return -1;
}
