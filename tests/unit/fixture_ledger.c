/* Makes and removes the ledger of a test, on a file or on a server, and fills it with rows. */
#include "tests/unit/fixture_ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/db.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/open.h"
#include "partner/ledger/rows.h"
#include "partner/ledger/settle.h"

void
fixture_add_batch(struct ledger_fixture *fx, int64_t *ret_id)
{
	char sold_to[] = "1", received_from[] = "2";
	struct ledger_batch batch = {
		.run = fx->run.id, .sold_to = sold_to, .received_from = received_from};

	OK(fx, ledger_batch_add(fx->l, &batch, ret_id, &fx->err));
}

void
fixture_new_run(struct ledger_fixture *fx, const char *path)
{
	char name[LEDGER_RUN_ID_SIZE];

	ledger_run_release(&fx->run);
	OK(fx, ledger_run_name(fx->l, "", name, &fx->err));
	OK(fx, ledger_run_create(fx->l, name, "/out", "oem-direct", &fx->run, &fx->err));
	struct ledger_list list = {.path = path, .header = "Serial Number", .run = fx->run.id};
	OK(fx, ledger_list_add(fx->l, &list, &fx->list, &fx->err));
	fixture_add_batch(fx, &fx->batch);
	fx->line = 1;
}

static void
on_server(struct ledger_fixture *fx, const char *what)
{
	struct db *db = db_open_server(fx->server, false, &fx->err);
	char *sql = xasprintf("%s SCHEMA %s%s", what, fx->schema, *what == 'D' ? " CASCADE" : "");

	if (db == NULL)
		fail_msg("%s", fx->err.text);
	OK(fx, db_exec(db, sql, &fx->err));
	db_close(db);
	free(sql);
}

int
ledger_set_up(void **state)
{
	static unsigned count;
	struct ledger_fixture *fx = xcalloc(1, sizeof(*fx));

	assert_non_null(mkdtemp(fixture_temp(fx->dir, sizeof(fx->dir), "ledger")));
	fx->server = getenv(SERVER_VARIABLE);
	if (fx->server != NULL) {
		snprintf(fx->schema, sizeof(fx->schema), "t%ld_%u", (long)getpid(), ++count);
		on_server(fx, "CREATE");
		fx->url = xasprintf("%s&options=-csearch_path%%3D%s", fx->server, fx->schema);
	} else {
		fx->path = xasprintf("%s/sub/ledger.db", fx->dir);
		fx->url = xasprintf("sqlite:%s", fx->path);
	}
	fx->l = ledger_create(fx->url, &fx->err);
	if (fx->l == NULL)
		fail_msg("%s", fx->err.text);
	fixture_new_run(fx, "a.csv");
	*state = fx;
	return 0;
}

int
ledger_tear_down(void **state)
{
	static const char *const name[] = {"/sub/ledger.db",
	                                   "/sub/ledger.db-wal",
	                                   "/sub/ledger.db-shm",
	                                   "/sub/ledger.db.lock",
	                                   "/sub",
	                                   ""};
	struct ledger_fixture *fx = *state;

	ledger_close(fx->l);
	if (fx->server != NULL)
		on_server(fx, "DROP");
	for (size_t i = 0; i < ARRAY_SIZE(name); i++) {
		char *path = xasprintf("%s%s", fx->dir, name[i]);
		(void)remove(path);
		free(path);
	}
	ledger_run_release(&fx->run);
	free(fx->path);
	free(fx->url);
	free(fx);
	return 0;
}

void
fixture_add(struct ledger_fixture *fx, const char *customer, const char *pkid, const char *serial)
{
	struct ledger_row row = {
		.list = fx->list,
		.batch = fx->batch,
		.line = ++fx->line,
		.device = {pkid, serial, serial[0] != '\0' ? "Contoso" : "",
	                   serial[0] != '\0' ? "Book" : ""},
		.ticket = "T",
		.sold_to = "1",
		.received_from = "2",
		.outcome = OUTCOME_NOT_SENT,
		.reason = "",
		.column = "",
		.raw = "raw",
	};

	OK(fx, ledger_customer_id(fx->l, fx->run.id, customer, "", &row.customer, &fx->err));
	OK(fx, ledger_row_add(fx->l, &row, &fx->err));
}

int
fixture_on_line(void *ctx, const struct ledger_line *line, struct error *err)
{
	struct lines *s = ctx;

	(void)err;
	assert_true(s->count < LINES_MAX);
	s->id[s->count] = line->row->id;
	s->batch[s->count] = line->row->batch;
	s->outcome[s->count] = line->row->outcome;
	snprintf(s->serial[s->count], sizeof(s->serial[0]), "%s", line->row->device.serial);
	snprintf(s->reason[s->count++], sizeof(s->reason[0]), "%s", line->row->reason);
	return 0;
}

struct lines
fixture_lines(struct ledger_fixture *fx)
{
	struct lines s = {0};

	OK(fx, ledger_each_line(fx->l, fx->run.id, LEDGER_ALL, fixture_on_line, &s, &fx->err));
	return s;
}

static int
on_device(void *ctx, int64_t row, const struct device_id *device, struct error *err)
{
	(void)row;
	(void)err;
	assert_true(device->pkid[0] != '\0' || device->serial[0] != '\0');
	++*(size_t *)ctx;
	return 0;
}

size_t
fixture_asked(struct ledger_fixture *fx, int64_t batch)
{
	size_t n = 0;

	OK(fx, ledger_batch_devices(fx->l, batch, on_device, &n, &fx->err));
	return n;
}

int64_t
fixture_outcomes(struct ledger_fixture *fx, enum outcome o)
{
	int64_t counts[OUTCOME_COUNT];

	OK(fx, ledger_counts(fx->l, fx->run.id, counts, &fx->err));
	return counts[o];
}

struct ledger_devices
fixture_devices(struct ledger_fixture *fx)
{
	struct ledger_devices d;

	OK(fx, ledger_count_devices(fx->l, fx->run.id, &d, &fx->err));
	return d;
}

void
fixture_settle(struct ledger_fixture *fx)
{
	OK(fx, ledger_settle(fx->l, fx->run.id, NULL, &fx->err));
}
