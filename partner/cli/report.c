/* "report": writes the hand-off packs of a run again, or one of all that a customer has open. */
#include <stdio.h>
#include <stdlib.h>

#include "common/file.h"
#include "common/log.h"
#include "partner/cli/cli.h"
#include "partner/app/session.h"
#include "partner/app/exit_code.h"
#include "partner/ledger/runs.h"

static int
write_again(struct session *d, struct ledger_run *run)
{
	struct handoff_settings settings = session_handoff_settings(d);
	struct error err;

	if (d->options->out != NULL) {
		free(run->out);
		run->out = file_join(d->options->out, run->name);
	}
	if (handoff_write(d->ledger, run, &settings, &err) != 0) {
		log_error("%s", err.text);
		return EXIT_CODE_SOME;
	}
	if (!d->options->quiet)
		printf("reports: %s\n", run->out);
	return EXIT_CODE_OK;
}

static int
write_open(struct session *d)
{
	struct handoff_settings settings = session_handoff_settings(d);
	const char *customer = d->options->customer;
	char *dir = NULL;
	struct error err;
	int rc = handoff_write_open(d->ledger, customer, d->config.handoff_directory, &settings,
	                            &dir, &err);

	if (rc < 0)
		log_error("%s", err.text);
	else if (rc == 0)
		log_error("the ledger has no customer \"%s\"", customer);
	else if (!d->options->quiet)
		printf("report: %s\n", dir);
	free(dir);
	return rc < 0 ? EXIT_CODE_SOME : rc == 0 ? EXIT_CODE_UNUSABLE : EXIT_CODE_OK;
}

static int
write_run(struct session *d)
{
	const struct options *o = d->options;
	struct ledger_run run = {0};
	int code = session_find_run(d, o->args > 0 ? o->arg[0] : NULL, &run);

	if (code == EXIT_CODE_OK)
		code = write_again(d, &run);
	ledger_run_release(&run);
	return code;
}

static int
report_main(const struct options *o)
{
	struct session d;
	int code = session_open(&d, o);

	if (code == EXIT_CODE_OK && o->customer != NULL && o->args > 0) {
		log_error("--customer goes over all runs: name no run");
		code = EXIT_CODE_UNUSABLE;
	}
	if (code == EXIT_CODE_OK)
		code = session_open_packs(&d);
	if (code == EXIT_CODE_OK)
		code = session_open_ledger_readonly(&d);
	if (code == EXIT_CODE_OK)
		session_confine(&d, SESSION_WRITES_PACKS);
	if (code == EXIT_CODE_OK)
		code = o->customer != NULL ? write_open(&d) : write_run(&d);
	session_close(&d);
	return code;
}

const struct command command_report = {
	.name = "report",
	.options = FOR_REPORT,
	.run = report_main,
	.usage = "report [OPTION...] [RUN]",
	.line = "write the hand-off packs again",
	.about =
		"Writes the hand-off packs of a run again from the ledger, with what is reported done.\n"
		"Without RUN: the latest. With --customer: one pack, in open-CUSTOMER beside the runs, of\n"
		"every device of that customer that has a step open, whichever run it was in.\n\n"
		"Examples:\n"
		"  unpilot report 20261123T031500Z-4f2a\n"
		"  unpilot report --customer contoso",
};
