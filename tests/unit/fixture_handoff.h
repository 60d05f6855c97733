/*
 * Shared by the tests of the packs: a ledger in a scratch directory, with an empty run. Each test
 * includes it once. With KEEP in the environment the directory stays.
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

struct fixture {
	char dir[64];
	char sheets[80]; /* for a partner's own stylesheets; not created */
	struct ledger *ledger;
	struct ledger_run run;
	int64_t list, customer[2];
	unsigned seed; /* of the random choices */
};

static void
must(int result, const struct error *err)
{
	if (result < 0)
		fail_msg("%s", err->text);
}

static struct fixture *
fixture_open(void)
{
	struct fixture *fx = calloc(1, sizeof(*fx));
	struct error err = {""};
	char url[128], name[LEDGER_RUN_ID_SIZE];

	assert_non_null(fx);
	fx->seed = 8;
	strcpy(fx->dir, "/tmp/handoff-XXXXXX");
	assert_non_null(mkdtemp(fx->dir));
	snprintf(fx->sheets, sizeof(fx->sheets), "%s/sheets", fx->dir);
	snprintf(url, sizeof(url), "sqlite:%s/ledger.db", fx->dir);
	fx->ledger = ledger_create(url, &err);
	if (fx->ledger == NULL)
		fail_msg("%s", err.text);
	ledger_run_name(name);
	must(ledger_run_create(fx->ledger, name, fx->dir, "oem-direct", &fx->run, &err), &err);
	return fx;
}

static int
tear_down(void **state)
{
	struct fixture *fx = *state;
	char command[128];

	ledger_run_release(&fx->run);
	ledger_close(fx->ledger);
	snprintf(command, sizeof(command), "rm -rf '%s'", fx->dir);
	if (getenv("KEEP") == NULL && system(command) != 0)
		return -1;
	free(fx);
	return 0;
}

#endif
