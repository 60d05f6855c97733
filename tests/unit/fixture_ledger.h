/*
 * What the tests of the ledger share: a ledger in a directory of its own, with one run, one list and
 * one batch to fill. Included once by each of them.
 */
#ifndef TESTS_UNIT_FIXTURE_LEDGER_H
#define TESTS_UNIT_FIXTURE_LEDGER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/db.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/guards.h"
#include "partner/ledger/open.h"
#include "partner/ledger/report.h"
#include "partner/ledger/rows.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/settle.h"

#define LINES_MAX 32

struct bench {
	char dir[32];
	char *path, *url;   /* path NULL: on a server */
	const char *server; /* its URL, from the environment, or NULL */
	char schema[32];    /* of this test alone, there */
	struct ledger *l;
	struct ledger_run run;
	int64_t list, batch;
	long line;
	struct error err;
};

#define OK(b, call) \
	do { \
		if ((call) != 0) \
			fail_msg("%s: %s", #call, (b)->err.text); \
	} while (0)

static void UNUSED
add_batch(struct bench *b, int64_t *ret_id)
{
	char sold_to[] = "1", received_from[] = "2";
	struct ledger_batch batch = {
		.run = b->run.id, .sold_to = sold_to, .received_from = received_from};

	OK(b, ledger_batch_add(b->l, &batch, ret_id, &b->err));
}

static void UNUSED
new_run(struct bench *b, const char *path)
{
	char name[LEDGER_RUN_ID_SIZE];

	ledger_run_release(&b->run);
	ledger_run_name(name);
	OK(b, ledger_run_create(b->l, name, "/out", "oem-direct", &b->run, &b->err));
	struct ledger_list list = {.path = path, .header = "Serial Number", .run = b->run.id};
	OK(b, ledger_list_add(b->l, &list, &b->list, &b->err));
	add_batch(b, &b->batch);
	b->line = 1;
}

/* Every test of a ledger runs on the server of this URL as well, where one is given. */
#define SERVER_VARIABLE "UNPILOT_TEST_SERVER"

static void UNUSED
on_server(struct bench *b, const char *what)
{
	struct db *db = db_open_server(b->server, false, &b->err);
	char *sql = xasprintf("%s SCHEMA %s%s", what, b->schema, *what == 'D' ? " CASCADE" : "");

	if (db == NULL)
		fail_msg("%s", b->err.text);
	OK(b, db_exec(db, sql, &b->err));
	db_close(db);
	free(sql);
}

static int UNUSED
set_up(void **state)
{
	static unsigned count;
	struct bench *b = xcalloc(1, sizeof(*b));

	strcpy(b->dir, "/tmp/ledger.XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	b->server = getenv(SERVER_VARIABLE);
	if (b->server != NULL) {
		snprintf(b->schema, sizeof(b->schema), "t%ld_%u", (long)getpid(), ++count);
		on_server(b, "CREATE");
		b->url = xasprintf("%s&options=-csearch_path%%3D%s", b->server, b->schema);
	} else {
		b->path = xasprintf("%s/sub/ledger.db", b->dir);
		b->url = xasprintf("sqlite:%s", b->path);
	}
	b->l = ledger_open(b->url, &b->err);
	if (b->l == NULL)
		fail_msg("%s", b->err.text);
	new_run(b, "a.csv");
	*state = b;
	return 0;
}

static int UNUSED
tear_down(void **state)
{
	static const char *const name[] = {"/sub/ledger.db",
	                                   "/sub/ledger.db-wal",
	                                   "/sub/ledger.db-shm",
	                                   "/sub/ledger.db.lock",
	                                   "/sub",
	                                   ""};
	struct bench *b = *state;

	ledger_close(b->l);
	if (b->server != NULL)
		on_server(b, "DROP");
	for (size_t i = 0; i < ARRAY_SIZE(name); i++) {
		char *path = xasprintf("%s%s", b->dir, name[i]);
		(void)remove(path);
		free(path);
	}
	ledger_run_release(&b->run);
	free(b->path);
	free(b->url);
	free(b);
	return 0;
}

static void UNUSED
add(struct bench *b, const char *customer, const char *pkid, const char *serial)
{
	struct ledger_row row = {
		.list = b->list,
		.batch = b->batch,
		.line = ++b->line,
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

	OK(b, ledger_customer_id(b->l, b->run.id, customer, "", &row.customer, &b->err));
	OK(b, ledger_row_add(b->l, &row, &b->err));
}

/* What a report would show: outcomes, reasons and ids in the order of the lines. */
struct seen {
	size_t count;
	int64_t id[LINES_MAX], batch[LINES_MAX];
	enum outcome outcome[LINES_MAX];
	char reason[LINES_MAX][200];
	char serial[LINES_MAX][16];
};

static int UNUSED
on_line(void *ctx, const struct ledger_line *line, struct error *err)
{
	struct seen *s = ctx;

	(void)err;
	assert_true(s->count < LINES_MAX);
	s->id[s->count] = line->row->id;
	s->batch[s->count] = line->row->batch;
	s->outcome[s->count] = line->row->outcome;
	snprintf(s->serial[s->count], sizeof(s->serial[0]), "%s", line->row->device.serial);
	snprintf(s->reason[s->count++], sizeof(s->reason[0]), "%s", line->row->reason);
	return 0;
}

static struct seen UNUSED
look_at(struct bench *b)
{
	struct seen s = {0};

	OK(b, ledger_each_line(b->l, b->run.id, LEDGER_ALL, on_line, &s, &b->err));
	return s;
}

static int UNUSED
on_device(void *ctx, int64_t row, const struct device_id *device, struct error *err)
{
	(void)row;
	(void)err;
	assert_true(device->pkid[0] != '\0' || device->serial[0] != '\0');
	++*(size_t *)ctx;
	return 0;
}

static size_t UNUSED
asked(struct bench *b, int64_t batch)
{
	size_t n = 0;

	OK(b, ledger_batch_devices(b->l, batch, on_device, &n, &b->err));
	return n;
}

static int64_t UNUSED
count_of(struct bench *b, enum outcome o)
{
	int64_t counts[OUTCOME_COUNT];

	OK(b, ledger_counts(b->l, b->run.id, counts, &b->err));
	return counts[o];
}

static struct ledger_devices UNUSED
devices_of(struct bench *b)
{
	struct ledger_devices d;

	OK(b, ledger_count_devices(b->l, b->run.id, &d, &b->err));
	return d;
}

static void UNUSED
settle(struct bench *b)
{
	OK(b, ledger_settle(b->l, b->run.id, &b->err));
}

/* What is about a file has nothing to say on a server. */
#define FILE_ONLY(b) \
	do { \
		if ((b)->path == NULL) \
			skip(); \
	} while (0)

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
