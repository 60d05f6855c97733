/* Makes and removes the ledger and the run of a test. */
#include "tests/unit/fixture_handoff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
fixture_must(int result, const struct error *err)
{
	if (result < 0)
		fail_msg("%s", err->text);
}

struct handoff_fixture *
handoff_fixture_open(void)
{
	struct handoff_fixture *fx = calloc(1, sizeof(*fx));
	struct error err = {""};
	char url[FIXTURE_PATH_SIZE + 32], name[LEDGER_RUN_ID_SIZE];

	assert_non_null(fx);
	fx->seed = 8;
	assert_non_null(mkdtemp(fixture_temp(fx->dir, sizeof(fx->dir), "handoff")));
	snprintf(fx->sheets, sizeof(fx->sheets), "%s/sheets", fx->dir);
	snprintf(url, sizeof(url), "sqlite:%s/ledger.db", fx->dir);
	fx->ledger = ledger_create(url, &err);
	if (fx->ledger == NULL)
		fail_msg("%s", err.text);
	fixture_must(ledger_run_name(fx->ledger, "", name, &err), &err);
	fixture_must(ledger_run_create(fx->ledger, name, fx->dir, "oem-direct", &fx->run, &err),
	             &err);
	return fx;
}

int
handoff_tear_down(void **state)
{
	struct handoff_fixture *fx = *state;
	char command[FIXTURE_PATH_SIZE + 32];

	ledger_run_release(&fx->run);
	ledger_close(fx->ledger);
	snprintf(command, sizeof(command), "rm -rf '%s'", fx->dir);
	if (getenv("KEEP") == NULL && system(command) != 0)
		return -1;
	free(fx);
	return 0;
}
