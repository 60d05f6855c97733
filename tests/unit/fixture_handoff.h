/*
 * What the tests of the packs share: a ledger in a scratch directory with a run that is empty yet.
 * Included once by each of them. KEEP in the environment leaves the directory there.
 */
#ifndef TESTS_UNIT_FIXTURE_HANDOFF_H
#define TESTS_UNIT_FIXTURE_HANDOFF_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/file.h"
#include "partner/handoff/handoff.h"
#include "partner/ledger/open.h"
#include "partner/ledger/runs.h"

struct bench {
	char dir[64];
	char sheets[80]; /* a directory in it, not made: of a partner's own stylesheets */
	struct ledger *ledger;
	struct ledger_run run;
	int64_t list, customer[2];
	unsigned seed; /* of what is drawn by lot */
};

static void
must(int result, const struct error *err)
{
	if (result < 0)
		fail_msg("%s", err->text);
}

static struct bench *
bench_open(void)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct error err = {""};
	char url[128], name[LEDGER_RUN_ID_SIZE];

	assert_non_null(b);
	b->seed = 8;
	strcpy(b->dir, "/tmp/handoff-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	snprintf(b->sheets, sizeof(b->sheets), "%s/sheets", b->dir);
	snprintf(url, sizeof(url), "sqlite:%s/ledger.db", b->dir);
	b->ledger = ledger_open(url, &err);
	if (b->ledger == NULL)
		fail_msg("%s", err.text);
	ledger_run_name(name);
	must(ledger_run_create(b->ledger, name, b->dir, "oem-direct", &b->run, &err), &err);
	return b;
}

static int
tear_down(void **state)
{
	struct bench *b = *state;
	char command[128];

	ledger_run_release(&b->run);
	ledger_close(b->ledger);
	snprintf(command, sizeof(command), "rm -rf '%s'", b->dir);
	if (getenv("KEEP") == NULL && system(command) != 0)
		return -1;
	free(b);
	return 0;
}

#endif
