/*
 * A fixture for tests of the packs: a ledger in a scratch directory, with an empty run. KEEP in the
 * environment keeps the directory.
 */
#ifndef TESTS_UNIT_FIXTURE_HANDOFF_H
#define TESTS_UNIT_FIXTURE_HANDOFF_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "partner/handoff/handoff.h"
#include "partner/ledger/open.h"
#include "partner/ledger/runs.h"
#include "tests/unit/fixture_dir.h"

struct handoff_fixture {
	char dir[FIXTURE_PATH_SIZE];
	char sheets[FIXTURE_PATH_SIZE + 16]; /* for a partner's own stylesheets; not created */
	struct ledger *ledger;
	struct ledger_run run;
	int64_t list, customer[2];
	unsigned seed;          /* of the random choices */
	struct open_steps open; /* as handoff_write() returned them */
};

struct handoff_fixture *handoff_fixture_open(void);
int handoff_tear_down(void **state);
/* Fails the test if result is negative. */
void fixture_must(int result, const struct error *err);

#endif
