/* "report": writes the hand-off packs of a run again, or one pack of everything a customer has open. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/next_step.h"
#include "partner/app/session.h"
#include "partner/app/shown.h"
#include "partner/cli/cli.h"
#include "partner/handoff/handoff.h"
#include "partner/handoff/open_steps.h"
#include "partner/ledger/gate.h"
#include "partner/ledger/letters.h"
#include "partner/ledger/open.h"
#include "partner/ledger/runs.h"

static void
print_cleanup(const struct open_steps *open)
{
	long long actions = (long long)open->steps, devices = (long long)open->devices,
		  closed = (long long)open->closed;
	char age[CLOCK_AGE_SIZE];

	if (open->steps == 0 && open->closed > 0)
		printf("clean-up: all %lld device%s closed\n", closed, text_s(open->closed));
	if (open->steps == 0)
		return;
	clock_age(clock_now() - open->since, age);
	printf("clean-up: %lld action%s open on %lld device%s, oldest: %s; %lld device%s closed\n",
	       actions, text_s(open->steps), devices, text_s(open->devices),
	       open->since != 0 ? age : "unknown", closed, text_s(open->closed));
}

/* The command that recorded the letter ended before its packs were complete. */
static int
take_up_letter(struct session *session, struct ledger_run *letter)
{
	struct error err;
	int code;

	ledger_close(session->ledger);
	session->ledger = NULL;
	code = session_open_ledger(session);
	if (code == EXIT_CODE_OK && ledger_letter_date(session->ledger, letter, &err) != 0)
		code = exit_code_unusable(&err);
	return code;
}

static int
write_again(struct session *session, struct ledger_run *run)
{
	struct handoff_settings settings = session_handoff_settings(session);
	struct open_steps open;
	struct error err;
	bool unwritten = run->state == RUN_LETTER && !ledger_letter_is_written(run);
	int code = unwritten ? take_up_letter(session, run) : EXIT_CODE_OK;

	if (code != EXIT_CODE_OK)
		return code;
	if (session->options->out != NULL) {
		free(run->out);
		run->out = file_join(session->config.handoff_directory, run->name);
	}
	if ((run->state == RUN_LETTER
	             ? handoff_write_letters(session->ledger, run, &settings, &err)
	             : handoff_write(session->ledger, run, &settings, NULL, &err)) != 0) {
		log_error("%s", err.text);
		next_step_set(NEXT_STEP_SAME);
		return EXIT_CODE_UNWRITTEN;
	}
	if (unwritten && ledger_gate_written(session->ledger, run, &err) != 0)
		return exit_code_unusable(&err);
	if (session->options->quiet)
		return EXIT_CODE_OK;
	printf("reports: %s\n", run->out);
	if (open_steps_count(session->ledger, run->id, NULL, NULL, &open, &err) != 0) {
		log_error("%s", err.text);
		return EXIT_CODE_UNUSABLE;
	}
	print_cleanup(&open);
	return EXIT_CODE_OK;
}

/* A customer that no run knows, or one without a single device to report. */
static int
no_pack(const struct session *session, const char *customer)
{
	char shown[SHOWN_SIZE];

	if (!session_knows_customer(session, customer))
		return session_unknown_customer(session, customer);
	text_printable(shown, sizeof(shown), customer);
	log_warn("every row of customer \"%s\" was rejected: there is nothing to report", shown);
	next_step_set_with("find", customer);
	return EXIT_CODE_SOME;
}

static int
write_open(struct session *session)
{
	struct handoff_settings settings = session_handoff_settings(session);
	const char *customer = session->options->customer;
	char shown[SHOWN_SIZE];
	char *dir = NULL;
	struct error err;
	int rc = handoff_write_open(session->ledger, customer, session->config.handoff_directory,
	                            &settings, &dir, &err);

	if (rc < 0) {
		log_error("%s", err.text);
		next_step_set(NEXT_STEP_SAME);
	}
	text_printable(shown, sizeof(shown), customer);
	if (rc > 0 && !session->options->quiet && dir != NULL)
		printf("report: %s\n", dir);
	else if (rc > 0 && !session->options->quiet)
		printf("report: nothing is open for customer \"%s\"; no pack was written\n", shown);
	free(dir);
	if (rc == 0)
		return no_pack(session, customer);
	return rc < 0 ? EXIT_CODE_UNWRITTEN : EXIT_CODE_OK;
}

static int
write_run(struct session *session)
{
	const struct options *o = session->options;
	struct ledger_run run = {0};
	int code = o->args > 0 ? session_find_run(session, o->arg[0], &run)
	                       : session_find_sent_run(session, &run);

	if (code == EXIT_CODE_OK)
		code = write_again(session, &run);
	ledger_run_release(&run);
	return code;
}

static int
report_main(const struct options *o)
{
	struct session session;
	int code = session_open(&session, o);

	if (code == EXIT_CODE_OK && o->customer != NULL && o->args > 0) {
		log_error("--customer covers all runs: leave out the run");
		next_step_set("help report");
		code = EXIT_CODE_UNUSABLE;
	}
	if (code == EXIT_CODE_OK)
		code = session_open_packs(&session);
	if (code == EXIT_CODE_OK)
		code = session_open_ledger_readonly(&session);
	if (code == EXIT_CODE_OK)
		session_confine(&session, SESSION_WRITES_PACKS);
	if (code == EXIT_CODE_OK)
		code = o->customer != NULL ? write_open(&session) : write_run(&session);
	session_close(&session);
	return code;
}

const struct command command_report = {
	.name = "report",
	.args_max = 1,
	.options = FOR_REPORT,
	.run = report_main,
	.usage = "report [OPTION...] [RUN]",
	.line = "write the hand-off packs again",
	.about =
		"Writes the hand-off packs of a run again from the ledger, with the steps that are\n"
		"reported as done. Without RUN: the latest run that sent something. With --customer: one\n"
		"pack, in open-CUSTOMER beside the runs, of all devices of that customer that have an\n"
		"open step, whatever their run; if no device has one, no pack is written.\n\n"
		"Examples:\n"
		"  unpilot report 20261123T031500Z-4f2a\n"
		"  unpilot report --customer contoso",
};
