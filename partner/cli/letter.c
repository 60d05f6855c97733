/* "letter": writes a letter for each customer of the lists, before anything is deregistered. Needs no
 * credentials and sends nothing. Its ledger is a temporary one, which it removes. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/log.h"
#include "partner/app/exit_code.h"
#include "partner/app/next_step.h"
#include "partner/app/session.h"
#include "partner/cli/cli.h"
#include "partner/intake/intake.h"
#include "partner/ledger/open.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/settle.h"
#include "partner/ledger/transaction.h"
#include "partner/run/import.h"

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
import_lists(const struct session *session, struct ledger *l, int64_t run, int64_t *ret_rejected,
             struct error *err)
{
	struct intake_settings settings;
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
		if (result == 0)
			*ret_rejected += got.rejected;
	}
	intake_free(in);
	return result == 0 ? ledger_settle(l, run, err) : -1;
}

static int
write_letters(const struct session *session, struct ledger *l, int64_t *ret_rejected,
              struct error *err)
{
	struct handoff_settings settings = session_handoff_settings(session);
	char now[CLOCK_STAMP_SIZE], name[LEDGER_RUN_ID_SIZE];
	struct ledger_run run = {0};
	int result = -1;

	clock_stamp(clock_now(), now);
	snprintf(name, sizeof(name), "letter-%.10s", now);
	if (ledger_begin(l, err) == 0 &&
	    ledger_run_create(l, name, session->config.handoff_directory, session->config.route,
	                      &run, err) == 0 &&
	    import_lists(session, l, run.id, ret_rejected, err) == 0 &&
	    ledger_commit(l, err) == 0 && handoff_write_letters(l, &run, &settings, err) == 0) {
		if (!session->options->quiet)
			printf("letters: %s\n", run.out);
		result = 0;
	}
	ledger_run_release(&run);
	return result;
}

static int
write_confined(struct session *session, struct scratch *scratch, int64_t *ret_rejected,
               struct error *err)
{
	if (open_scratch(scratch, session->config.handoff_directory, err) != 0)
		return -1;
	session_confine(session, SESSION_READS_ARGUMENTS | SESSION_WRITES_PACKS);
	return write_letters(session, scratch->ledger, ret_rejected, err);
}

static int
letter_main(const struct options *o)
{
	struct scratch scratch = {0};
	struct session session;
	struct error err;
	int64_t rejected = 0;
	int code = session_open(&session, o);

	if (code == EXIT_CODE_OK && o->args == 0) {
		log_error("no list is given: unpilot letter LIST.csv");
		next_step_set("help letter");
		code = EXIT_CODE_UNUSABLE;
	}
	if (code == EXIT_CODE_OK && write_confined(&session, &scratch, &rejected, &err) != 0) {
		code = exit_code_unusable(&err);
	}
	if (rejected > 0) {
		log_warn("%lld rows were rejected and are in no letter; \"unpilot plan\" shows why",
		         (long long)rejected);
		next_step_set_with("plan", o->arg[0]);
		code = code == EXIT_CODE_OK ? EXIT_CODE_SOME : code;
	}
	close_scratch(&scratch);
	session_close(&session);
	return code;
}

const struct command command_letter = {
	.name = "letter",
	.options = FOR_LETTER,
	.run = letter_main,
	.usage = "letter [OPTION...] LIST.csv...",
	.line = "what customers do before we deregister",
	.about =
		"Writes a letter for each customer of the lists into <out>/letter-<date>: what to do\n"
		"before the registration ends (keys, firmware locks, Intune). Sends nothing, needs no\n"
		"credentials and records nothing.\n\n"
		"Example:\n"
		"  unpilot letter returns.csv",
};
