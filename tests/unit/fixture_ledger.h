/*
 * A fixture for tests of the ledger: a ledger in a directory of its own, with one run, one list and
 * one batch to fill.
 */
#ifndef TESTS_UNIT_FIXTURE_LEDGER_H
#define TESTS_UNIT_FIXTURE_LEDGER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "partner/ledger/guards.h"
#include "partner/ledger/report.h"
#include "partner/ledger/runs.h"
#include "tests/unit/fixture_dir.h"
#include "tests/unit/fixture_skip.h"

#define LINES_MAX 32

struct ledger_fixture {
	char dir[FIXTURE_PATH_SIZE];
	char *path, *url;   /* path NULL: on a server */
	const char *server; /* its URL, from the environment, or NULL */
	char schema[32];    /* the schema of this test on the server */
	struct ledger *l;
	struct ledger_run run;
	int64_t list, batch;
	long line;
	struct error err;
};

#define OK(fx, call) \
	do { \
		if ((call) != 0) \
			fail_msg("%s: %s", #call, (fx)->err.text); \
	} while (0)

/* The environment variable with the URL of a server. With it the tests run there, not on a file. */
#define SERVER_VARIABLE "UNPILOT_TEST_SERVER"

int ledger_set_up(void **state);
int ledger_tear_down(void **state);
#define LEDGER_TEST(f) cmocka_unit_test_setup_teardown(f, ledger_set_up, ledger_tear_down)

/* Skips a test of files when the ledger is on a server. */
#define FILE_ONLY(fx) \
	do { \
		if ((fx)->path == NULL) \
			SKIP("the ledger is on a server"); \
	} while (0)

/* Creates another run with one list and one batch; the functions below add to these. */
void fixture_new_run(struct ledger_fixture *fx, const char *path);
void fixture_add_batch(struct ledger_fixture *fx, int64_t *ret_id);
/* Adds a row. A row with a serial number also gets manufacturer and model. */
void
fixture_add(struct ledger_fixture *fx, const char *customer, const char *pkid, const char *serial);
void fixture_settle(struct ledger_fixture *fx);

/* The lines of a report: ids, outcomes and reasons, in order. */
struct lines {
	size_t count;
	int64_t id[LINES_MAX], batch[LINES_MAX];
	enum outcome outcome[LINES_MAX];
	char reason[LINES_MAX][200];
	char serial[LINES_MAX][16];
};

/* For ledger_each_line() and ledger_lines_of(): adds the line to a struct lines. */
int fixture_on_line(void *ctx, const struct ledger_line *line, struct error *err);
struct lines fixture_lines(struct ledger_fixture *fx);
/* How many devices the batch would send. */
size_t fixture_asked(struct ledger_fixture *fx, int64_t batch);
/* How many rows of the run have the outcome. */
int64_t fixture_outcomes(struct ledger_fixture *fx, enum outcome o);
struct ledger_devices fixture_devices(struct ledger_fixture *fx);

/* Takes schema 8 back to schema 5. */
#define TO_SCHEMA_5 \
	"UPDATE list_row SET outcome=v.outcome, reason=v.reason, decided=v.decided" \
	" FROM verdict v WHERE v.row=list_row.id;" \
	"DROP VIEW row; DROP TABLE verdict; ALTER TABLE list_row RENAME TO row;" \
	"ALTER TABLE done DROP COLUMN state; ALTER TABLE done DROP COLUMN record;" \
	"ALTER TABLE done DROP COLUMN verified;" \
	"DROP INDEX batch_canary; DROP INDEX batch_service_id;" \
	"DROP TABLE alarm; DROP TABLE trusted; DROP TABLE IF EXISTS tenant_claim;" \
	"DROP TABLE letter_device; DROP TABLE letter_key; DROP TABLE letter_use;" \
	"DROP TABLE mark; DROP TABLE tally; DROP TABLE erasing; DROP INDEX customer_key; DROP INDEX list_digest; DROP INDEX attempt_batch;" \
	"DROP INDEX receipt_customer;" \
	"ALTER TABLE batch DROP COLUMN canary; ALTER TABLE batch DROP COLUMN planned;" \
	"ALTER TABLE batch DROP COLUMN answered; ALTER TABLE batch DROP COLUMN failed;"

#endif
