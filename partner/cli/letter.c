/* "letter": writes a letter for each customer of the lists, before anything is deregistered. Needs no
 * credentials and sends nothing. Records the letter in the ledger; with --no-record it uses a temporary
 * ledger, which it removes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/next_step.h"
#include "partner/app/session.h"
#include "partner/cli/cli.h"
#include "partner/engine/guards.h"
#include "partner/handoff/reminder.h"
#include "partner/handoff/situation.h"
#include "partner/handoff/steps.h"
#include "partner/intake/intake.h"
#include "partner/ledger/gate.h"
#include "partner/ledger/letters.h"
#include "partner/ledger/open.h"
#include "partner/ledger/report.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/settle.h"
#include "partner/ledger/transaction.h"
#include "partner/run/import.h"

#define DAY_S (24 * 3600)
#define DAYS_MAX 3650

/* Rows of the lists that no letter names. */
struct omitted {
	int64_t rejected, held; /* held: devices that were deregistered lately */
};

struct scratch {
	char *dir; /* NULL: not created; owned */
	struct ledger *ledger;
};

/* In the directory of the letters, so that the confined process can remove it again. */
static int
open_scratch(struct scratch *s, const char *out, struct error *err)
{
	char *url;

	if (file_mkdirs(out, err) != 0)
		return -1;
	s->dir = file_join(out, ".unpilot-letter-XXXXXX");
	if (mkdtemp(s->dir) == NULL) {
		error_errno(err, "%s: cannot make a directory", out);
		free(s->dir);
		s->dir = NULL;
		return -1;
	}
	url = xasprintf("sqlite:%s/ledger.db", s->dir);
	s->ledger = ledger_create(url, err);
	free(url);
	return s->ledger != NULL ? 0 : -1;
}

static void
close_scratch(struct scratch *s)
{
	static const char *const names[] = {"ledger.db", "ledger.db-wal", "ledger.db-shm"};

	ledger_close(s->ledger);
	for (size_t i = 0; i < ARRAY_SIZE(names) && s->dir != NULL; i++) {
		char *path = file_join(s->dir, names[i]);

		unlink(path); /* some of them do not exist */
		free(path);
	}
	if (s->dir != NULL)
		rmdir(s->dir);
	free(s->dir);
}

static int
import_lists(const struct session *session, struct ledger *l, int64_t run, struct omitted *omitted,
             struct error *err)
{
	struct intake_settings settings;
	int64_t counts[OUTCOME_COUNT];
	struct intake *in;
	int result = 0;

	if (import_settings(session, false, &settings, err) != 0)
		return -1;
	in = intake_new(l, run, &settings, err);
	if (in == NULL)
		return -1;
	for (size_t i = 0; i < session->options->args && result == 0; i++) {
		struct intake_result got;

		result = intake_list(in, session->options->arg[i], &got, err);
		if (result != 0)
			import_set_next_step(session->options, session->options->arg[i]);
	}
	intake_free(in);
	if (result != 0 || ledger_settle(l, run, NULL, err) != 0 ||
	    ledger_counts(l, run, counts, err) != 0)
		return -1;
	omitted->rejected = counts[OUTCOME_REJECTED];
	return 0;
}

static int64_t
count_steps(const struct ledger_device *device)
{
	const struct situation s = situation_of_device(device);

	return (int64_t)steps_letter_actions(&s);
}

/* A run holds devices that were deregistered lately: they get no letter about that, either. */
static int
hold_deregistered(const struct session *session, struct ledger *l, int64_t letter,
                  struct error *err)
{
	const struct guards_settings guards = {.hold_days = session->config.hold_days,
	                                       .skip_list = "",
	                                       .again = session->options->again,
	                                       .moved = true};

	return guards_hold(l, letter, &guards, err);
}

static void
on_left_out(void *ctx, const struct ledger_reason *reason)
{
	const char *end = strstr(reason->reason, ": --again");
	size_t len = end != NULL ? (size_t)(end - reason->reason) : strlen(reason->reason);
	struct omitted *omitted = ctx;
	char shown[300];

	omitted->held += reason->devices;
	text_printable(shown, sizeof(shown), reason->customer);
	log_warn("customer \"%s\": %lld device%s in no letter: %.*s; with --again it writes one",
	         shown, (long long)reason->devices, reason->devices == 1 ? " is" : "s are",
	         (int)len, reason->reason);
}

/* The rows of a letter; in a transaction. */
static int
create_letter(const struct session *session, struct ledger *l, const char *name,
              struct ledger_run *ret, struct omitted *omitted, struct error *err)
{
	if (ledger_run_create(l, name, session->config.handoff_directory, session->config.route,
	                      ret, err) != 0)
		return -1;
	return import_lists(session, l, ret->id, omitted, err) == 0
	               ? hold_deregistered(session, l, ret->id, err)
	               : -1;
}

static void
print_letter(const struct session *session, const struct ledger_run *letter)
{
	if (session->options->quiet)
		return;
	if (letter->state == RUN_LETTER)
		printf("letter %s\n", letter->name);
	printf("letters: %s\n", letter->out);
}

static int
write_printout(const struct session *session, struct ledger *l, struct omitted *omitted,
               struct error *err)
{
	struct handoff_settings settings = session_handoff_settings(session);
	char now[CLOCK_STAMP_SIZE], name[LEDGER_RUN_ID_SIZE];
	struct ledger_run run = {0};
	int result = -1;

	clock_stamp(clock_now(), now);
	snprintf(name, sizeof(name), LEDGER_LETTER_PREFIX "%.10s", now);
	if (ledger_begin(l, err) == 0 && create_letter(session, l, name, &run, omitted, err) == 0 &&
	    ledger_commit(l, err) == 0 && handoff_write_letters(l, &run, &settings, err) == 0) {
		print_letter(session, &run);
		result = 0;
	}
	ledger_run_release(&run);
	return result;
}

/* Without a record, as a printout for readers. */
static int
print_unrecorded(struct session *session, struct omitted *omitted)
{
	struct scratch scratch = {0};
	struct error err;
	int rc = open_scratch(&scratch, session->config.handoff_directory, &err);

	if (rc == 0) {
		session_confine(session, SESSION_READS_ARGUMENTS | SESSION_WRITES_PACKS);
		rc = write_printout(session, scratch.ledger, omitted, &err);
	}
	close_scratch(&scratch);
	return rc == 0 ? EXIT_CODE_OK : exit_code_unusable(&err);
}

/* All lists of a letter are one transaction: a process that ends before the commit changes nothing. */
static int
record(const struct session *session, struct ledger_run *ret, struct omitted *omitted,
       struct error *err)
{
	struct ledger *l = session->ledger;
	char name[LEDGER_RUN_ID_SIZE];

	if (ledger_run_name(l, LEDGER_LETTER_PREFIX, name, err) != 0 ||
	    ledger_begin_intake(l, err) != 0)
		return -1;
	if (create_letter(session, l, name, ret, omitted, err) == 0 &&
	    ledger_letter_seal(l, ret, count_steps, err) == 0)
		return ledger_commit(l, err);
	ledger_rollback(l);
	return -1;
}

/* The letter is recorded, and counts once this has ended well. */
static int
write_packs(struct session *session, struct ledger_run *letter, struct error *err)
{
	struct handoff_settings settings = session_handoff_settings(session);

	next_step_run(letter->name);
	return handoff_write_letters(session->ledger, letter, &settings, err) == 0
	               ? ledger_gate_written(session->ledger, letter, err)
	               : -1;
}

/* The letter is in the ledger before its packs are written, because a receipt needs its record. */
static int
write_recorded(struct session *session, struct omitted *omitted)
{
	struct ledger_run letter = {0};
	struct error err;
	int code = EXIT_CODE_OK;

	session_confine(session, SESSION_READS_ARGUMENTS | SESSION_WRITES_PACKS);
	if (record(session, &letter, omitted, &err) != 0 ||
	    ledger_each_reason(session->ledger, letter.id, LEDGER_OUTCOME(OUTCOME_HELD),
	                       on_left_out, omitted, &err) != 0) {
		code = exit_code_unusable(&err);
	} else if (write_packs(session, &letter, &err) != 0) {
		log_error("%s; the letter is recorded, and \"unpilot report %s\" writes its packs",
		          err.text, letter.name);
		code = EXIT_CODE_UNWRITTEN;
	} else {
		print_letter(session, &letter);
	}
	ledger_run_release(&letter);
	return code;
}

static void
on_reminder(void *ctx, const char *path)
{
	size_t *count = ctx;

	++*count;
	printf("reminder: %s\n", path);
}

static int
write_reminders(const struct session *session, int64_t days)
{
	struct handoff_settings settings = session_handoff_settings(session);
	char name[LEDGER_RUN_ID_SIZE];
	struct error err;
	size_t count = 0;
	char *dir;
	int rc;

	if (ledger_run_name(session->ledger, "reminder-", name, &err) != 0)
		return exit_code_unusable(&err);
	dir = file_join(session->config.handoff_directory, name);
	rc = reminder_write(session->ledger, &settings, dir,
	                    ledger_now(session->ledger) - days * DAY_S, on_reminder, &count, &err);
	free(dir);
	if (rc != 0) {
		log_error("%s", err.text);
		return EXIT_CODE_UNWRITTEN;
	}
	if (count == 0)
		log_info("no customer has an unanswered letter that is %lld days old",
		         (long long)days);
	return EXIT_CODE_OK;
}

static int
remind(struct session *session)
{
	const struct options *o = session->options;
	long long days;
	int code;

	if (o->args > 0 || o->no_record || !text_number(o->remind, 0, DAYS_MAX, &days)) {
		log_error(
			"--remind needs a number of days, and no list: unpilot letter --remind 7");
		next_step_set("help letter");
		return EXIT_CODE_UNUSABLE;
	}
	code = session_open_ledger(session);
	if (code != EXIT_CODE_OK)
		return code;
	session_confine(session, SESSION_WRITES_PACKS);
	return write_reminders(session, days);
}

static int
write_letter(struct session *session, struct omitted *omitted)
{
	int code;

	if (session->options->remind != NULL)
		return remind(session);
	if (session->options->args == 0) {
		log_error("no list is given: unpilot letter LIST.csv");
		next_step_set("help letter");
		return EXIT_CODE_UNUSABLE;
	}
	if (session->options->no_record)
		return print_unrecorded(session, omitted);
	code = session_open_packs(session);
	if (code == EXIT_CODE_OK)
		code = session_open_ledger(session);
	return code == EXIT_CODE_OK ? write_recorded(session, omitted) : code;
}

/* Standard input is read by now. */
static int
name_plan(const struct options *o)
{
	if (o->args == 1 && strcmp(o->arg[0], "-") != 0)
		import_propose_plan(o, o->arg[0]);
	else
		next_step_set("help plan");
	return EXIT_CODE_SOME;
}

static int
letter_main(const struct options *o)
{
	struct session session;
	struct omitted omitted = {0};
	int code = session_open(&session, o);

	if (code == EXIT_CODE_OK)
		code = write_letter(&session, &omitted);
	if (omitted.rejected > 0)
		log_warn("%lld row%s rejected and in no letter; \"unpilot plan\" shows why",
		         (long long)omitted.rejected, omitted.rejected == 1 ? " is" : "s are");
	if (omitted.rejected + omitted.held > 0 && code == EXIT_CODE_OK)
		code = name_plan(o);
	session_close(&session);
	return code;
}

const struct command command_letter = {
	.name = "letter",
	.args_max = ARGS_ANY,
	.options = FOR_LETTER,
	.run = letter_main,
	.usage = "letter [OPTION...] LIST.csv...",
	.line = "what customers do before we deregister",
	.about =
		"Writes a letter for each customer of the lists into <out>/<letter>/<customer>: what to\n"
		"do before the registration ends (keys, firmware locks, Intune). The letter is a pack\n"
		"with a page for ticks, a mail, a script and a manifest. The ledger records it, \"close\"\n"
		"takes its receipts, and \"report LETTER\" writes it again. A device that gets a second\n"
		"letter needs the steps of the second one. A device that was deregistered within\n"
		"hold-days gets none without --again. Sends nothing and needs no credentials.\n"
		"With --remind DAYS: writes mail texts for customers who have not answered a letter of\n"
		"that age, once in so many days, into <out>/<reminder>/<letter>/<customer>.\n"
		"With --no-record: a printout into <out>/letter-<date>, which nothing records.\n\n"
		"Examples:\n"
		"  unpilot letter returns.csv\n"
		"  unpilot letter --remind 7",
};
