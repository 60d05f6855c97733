/* "report": writes the hand-off packs of a run again. */
#include <stdio.h>
#include <stdlib.h>

#include "common/file.h"
#include "common/log.h"
#include "partner/cli/cli.h"
#include "partner/cli/desk.h"
#include "partner/cli/exits.h"

static int
write_again(struct desk *d, struct ledger_run *run)
{
	struct handoff_settings settings = desk_handoff_settings(d);
	struct error err;

	if (d->options->out != NULL) {
		free(run->out);
		run->out = file_join(d->options->out, run->name);
	}
	if (handoff_write(d->ledger, run, &settings, &err) != 0) {
		log_error("%s", err.text);
		return EXITS_SOME;
	}
	if (!d->options->quiet)
		printf("reports: %s\n", run->out);
	return EXITS_OK;
}

int
command_report(const struct options *o)
{
	struct desk d;
	struct ledger_run run = {0};
	int code = desk_open(&d, o);

	if (code == EXITS_OK)
		code = desk_open_signer(&d);
	if (code == EXITS_OK)
		code = desk_open_ledger_readonly(&d);
	if (code == EXITS_OK)
		code = desk_find_run(&d, o->args > 0 ? o->arg[0] : NULL, &run);
	if (code == EXITS_OK)
		code = write_again(&d, &run);
	ledger_run_release(&run);
	desk_close(&d);
	return code;
}
