/* "forget": erases a customer from all runs and prints what was erased. It removes the packs, then
 * erases the rows in one transaction, then writes the files of the runs again for the other customers.
 * After an interruption the same command finishes the work, also if the rows are erased already. */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/file.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/next_step.h"
#include "partner/app/json_line.h"
#include "partner/app/session.h"
#include "partner/cli/cli.h"
#include "partner/handoff/remove.h"
#include "partner/handoff/run_files.h"
#include "partner/ledger/ledger.h"
#include "partner/ledger/retention.h"
#include "partner/ledger/runs.h"
#include "partner/run/retention.h"

struct forgetting {
	struct session *session;
	const char *customer; /* key */
	char shown[300];      /* the same, printable */
	int64_t rows, receipts;
	size_t runs;
	char (*run)[LEDGER_RUN_ID_SIZE]; /* the runs with rows of the customer; owned */
	int64_t *written; /* of them: those that have a folder with summary and tables; owned */
	size_t writtens;
	char *open_run;  /* a run that still waits for outcomes of the customer, or NULL; owned */
	char *alarm_run; /* a run whose alarm holds the ledger, or NULL; owned */
	bool kept;       /* a pack could not be removed */
	bool repeated;   /* an interrupted command had erased the rows */
};

static void
print_run(const struct forgetting *f, const struct ledger_held *h)
{
	const struct options *o = f->session->options;
	struct json *line;

	if (o->json) {
		line = json_object();
		json_add_text(line, "type", "forgotten");
		json_add_text(line, "run", h->run.name);
		json_add_number(line, "rows", h->rows);
		json_add_text(line, "pack", h->folder);
		json_line_print(line);
	} else if (!o->quiet) {
		printf("run %s: %lld row%s, pack %s/%s\n", h->run.name, (long long)h->rows,
		       text_s(h->rows), h->run.out, h->folder);
	}
}

/* Asks for the folder, because an interrupted "forget" has removed the summary and the tables. */
static bool
is_written(const struct ledger_run *run)
{
	return (run->state == RUN_OPEN || run->state == RUN_FINISHED) && !file_is_missing(run->out);
}

static int
collect_run(void *ctx, const struct ledger_held *h, struct error *err UNUSED)
{
	struct forgetting *f = ctx;

	if (h->open > 0 && f->open_run == NULL)
		f->open_run = xstrdup(h->run.name);
	if (h->alarms > 0 && f->alarm_run == NULL)
		f->alarm_run = xstrdup(h->run.name);
	f->rows += h->rows;
	f->run = xreallocarray(f->run, f->runs + 1, sizeof(*f->run));
	text_copy(f->run[f->runs], LEDGER_RUN_ID_SIZE, h->run.name);
	f->runs++;
	if (is_written(&h->run)) {
		f->written = xreallocarray(f->written, f->writtens + 1, sizeof(*f->written));
		f->written[f->writtens++] = h->run.id;
	}
	return 0;
}

static int
on_run(void *ctx, const struct ledger_held *h, struct error *err UNUSED)
{
	print_run(ctx, h);
	return 0;
}

/* Also removes the tables of the run, which hold rows of all customers and are written again later. */
static int
remove_packs(void *ctx, const struct ledger_held *h, struct error *err)
{
	struct forgetting *f = ctx;
	/* the administrator may have made the directory a link; nothing below it may be a link */
	char *dir = realpath(f->session->config.handoff_directory, NULL);
	bool unread = dir == NULL && errno != ENOENT && errno != ENOTDIR;
	char *open = xasprintf("open-%s", h->folder);

	f->kept = unread || f->kept;
	f->kept = !retention_remove_pack(h->run.out, h->folder) || f->kept;
	f->kept = (dir != NULL && !retention_remove_pack(dir, open)) || f->kept;
	f->kept = remove_run_files(h->run.out, err) == REMOVE_FAILED || f->kept;
	free(open);
	free(dir);
	return 0;
}

/* Writes summary, rejects and failures of a touched run without the customer. */
static int
write_again(struct session *session, const struct ledger_run *run, struct error *err)
{
	/* a command that was killed may have left half of them */
	if (remove_run_files(run->out, err) == REMOVE_FAILED ||
	    file_mkdirs_own(run->out, err) != 0 || run_files_write(session->ledger, run, err) != 0)
		return -1;
	return ledger_erasing_done(session->ledger, run->id, err);
}

/* Also those of an earlier command that was interrupted. false: some could not be written, and the log says so. */
static bool
write_runs(struct session *session)
{
	struct ledger_run run;
	int64_t after = 0;
	struct error err;
	bool ok = true;
	int rc;

	while ((rc = ledger_erasing_next(session->ledger, after, &run, &err)) == 1) {
		after = run.id;
		if (write_again(session, &run, &err) != 0) {
			log_warn("%s", err.text);
			ok = false;
		}
		ledger_run_release(&run);
	}
	if (rc < 0)
		log_warn("%s", err.text);
	return ok && rc == 0;
}

/* The rows are erased. */
static int
finish_erasing(struct session *session, struct error *err)
{
	bool written = write_runs(session);

	if (ledger_scrub(session->ledger, err) != 0)
		return -1;
	return written ? 0
	               : error_set(
				 err,
				 "the customer is erased, but files of a run are not written again");
}

static int
place_lists(void *ctx, const struct ledger_held *h, struct error *err)
{
	const struct forgetting *f = ctx;

	if (retention_place_lists(f->session, &h->run))
		return 0;
	next_step_set(h->run.state == RUN_OPEN ? "resume %s" : "status %s", h->run.name);
	return error_set(err,
	                 "a run that is erased would be sent again from the spool: nothing erased");
}

static int
erase(struct forgetting *f, struct error *err)
{
	struct ledger *l = f->session->ledger;

	if (ledger_erasing_begin(l, f->written, f->writtens, err) != 0 ||
	    ledger_each_held(l, f->customer, remove_packs, f, err) != 0)
		return -1;
	if (f->kept) {
		(void)write_runs(f->session); /* what fails is in the log, and stays as it is */
		for (size_t i = 0; i < f->writtens; i++)
			if (ledger_erasing_done(l, f->written[i], err) != 0)
				return -1;
		return error_set(err, "a pack could not be removed, so the rows are kept");
	}
	return ledger_erase_customer(l, f->customer, err) != 0 ? -1
	                                                       : finish_erasing(f->session, err);
}

/* Prints which other files hold the customer; they are not ours to change. */
static void
name_leftovers(const struct forgetting *f)
{
	const char *spool = f->session->config.spool_directory;
	char *pattern = xasprintf("%s.schema*", ledger_path(f->session->ledger));
	glob_t found;

	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			log_warn(
				"%s: a copy from an upgrade, not touched: remove it when you no longer "
				"need it",
				found.gl_pathv[i]);
		globfree(&found);
	}
	free(pattern);
	for (size_t i = 0; spool[0] != '\0' && i < f->runs; i++)
		log_info("lists of run %s in %s/done and failed are not touched", f->run[i], spool);
}

static void
print_summary(const struct forgetting *f, int code)
{
	const struct options *o = f->session->options;
	bool erased = code == EXIT_CODE_OK;
	struct json *line;

	if (o->json) {
		line = json_object();
		json_add_text(line, "type", "summary");
		json_add_text(line, "customer", f->customer);
		json_add_number(line, "runs", erased ? (long long)f->runs : 0);
		json_add_number(line, "rows", erased ? f->rows : 0);
		json_add_number(line, "receipts", erased ? f->receipts : 0);
		json_add_bool(line, "dry_run", o->dry_run);
		json_add_number(line, "exit_code", code);
		json_line_print(line);
	} else if (!o->quiet && erased && !f->repeated) {
		printf("customer %s: %lld row%s of %zu run%s and %lld receipt%s %s\n", f->shown,
		       (long long)f->rows, text_s(f->rows), f->runs, text_s((int64_t)f->runs),
		       (long long)f->receipts, text_s(f->receipts),
		       o->dry_run ? "would be erased" : "are erased");
	}
}

/* Asks a person at the terminal. There, anything but "y" or "yes" keeps the customer. */
static bool
is_confirmed(const struct forgetting *f)
{
	const struct options *o = f->session->options;
	char answer[8];

	if (o->yes || o->dry_run)
		return true;
	if (isatty(STDIN_FILENO) == 0 || isatty(STDERR_FILENO) == 0) {
		log_error("forget needs --yes where nobody can be asked: nothing erased; --dry-run "
		          "prints what would be erased");
		next_step_set("" NEXT_STEP_SAME " --dry-run");
		return false;
	}
	fprintf(stderr,
	        "Erase %lld row%s of %zu run%s and %lld receipt%s of customer \"%s\"? [y/N] ",
	        (long long)f->rows, text_s(f->rows), f->runs, text_s((int64_t)f->runs),
	        (long long)f->receipts, text_s(f->receipts), f->shown);
	if (fgets(answer, sizeof(answer), stdin) != NULL) {
		answer[strcspn(answer, "\n")] = '\0';
		if (text_equal_nocase(answer, "y") || text_equal_nocase(answer, "yes"))
			return true;
	}
	log_error("nothing erased");
	return false;
}

/* Whether a run must be finished or cleared by a person first. An alarm that is erased with its run would
 * no longer hold the ledger. */
static bool
is_guarded(const struct forgetting *f)
{
	if (f->alarm_run != NULL) {
		log_error("guard: the alarm of run %s holds the ledger: nothing erased; "
		          "\"unpilot resume --clear-alarm %s\" clears it, then forget",
		          f->alarm_run, f->alarm_run);
		next_step_set("resume --clear-alarm %s", f->alarm_run);
	} else if (f->open_run != NULL) {
		log_error("guard: run %s still waits for outcomes of customer \"%s\": nothing "
		          "erased; finish it with \"unpilot resume %s\", then forget",
		          f->open_run, f->shown, f->open_run);
		next_step_set("resume %s", f->open_run);
	}
	return f->alarm_run != NULL || f->open_run != NULL;
}

static int
unfinished(const struct error *err)
{
	next_step_set(NEXT_STEP_SAME);
	return exit_code_unusable(err);
}

/* The rows may have been erased by a command that was interrupted after that. */
static int
forget_unknown(struct forgetting *f)
{
	struct error err;
	bool pending;

	if (ledger_erasing_pending(f->session->ledger, f->customer, &pending, &err) != 0)
		return exit_code_unusable(&err);
	if (!pending || f->session->options->dry_run)
		return session_unknown_customer(f->session, f->customer);
	if (finish_erasing(f->session, &err) != 0)
		return unfinished(&err);
	log_info("customer \"%s\": an erasing that was interrupted is finished now", f->shown);
	name_leftovers(f);
	f->repeated = true;
	return EXIT_CODE_OK;
}

static int
forget(struct forgetting *f)
{
	struct ledger *l = f->session->ledger;
	struct error err;

	if (ledger_each_held(l, f->customer, collect_run, f, &err) != 0 ||
	    ledger_count_receipts(l, f->customer, &f->receipts, &err) != 0)
		return exit_code_unusable(&err);
	if (f->runs == 0)
		return forget_unknown(f);
	if (is_guarded(f))
		return EXIT_CODE_GUARD;
	if (!is_confirmed(f))
		return EXIT_CODE_UNUSABLE;
	if ((!f->session->options->dry_run &&
	     ledger_each_held(l, f->customer, place_lists, f, &err) != 0) ||
	    ledger_each_held(l, f->customer, on_run, f, &err) != 0)
		return exit_code_unusable(&err);
	if (!f->session->options->dry_run && erase(f, &err) != 0)
		return unfinished(&err);
	name_leftovers(f);
	return EXIT_CODE_OK;
}

/* Only now, because who did not read that it is finished repeats the command. */
static void
note_finished(struct forgetting *f)
{
	struct error err;

	if (fflush(stdout) == 0 && ferror(stdout) == 0 &&
	    ledger_erasing_done(f->session->ledger, LEDGER_ERASING_CUSTOMER, &err) != 0)
		log_warn("%s; the customer is erased", err.text);
}

static int
forget_main(const struct options *o)
{
	struct session session;
	struct forgetting f = {.session = &session, .customer = o->customer};
	int code = session_open(&session, o);

	if (code == EXIT_CODE_OK && (o->customer == NULL || o->args > 0)) {
		log_error("forget needs a customer and nothing else: unpilot forget --customer C");
		next_step_set("help forget");
		code = EXIT_CODE_UNUSABLE;
	}
	if (code == EXIT_CODE_OK)
		code = session_open_ledger(&session);
	if (code == EXIT_CODE_OK && ledger_is_shared(session.ledger)) {
		log_error("forget: this ledger is on a server, where other machines may be "
		          "working on the customer: nothing erased; its administrator can erase "
		          "the rows, or \"unpilot ledger copy\" copies them into a file");
		next_step_set("help ledger");
		code = EXIT_CODE_UNUSABLE;
	}
	if (code == EXIT_CODE_OK) {
		text_printable(f.shown, sizeof(f.shown), f.customer);
		session_confine(&session, SESSION_WRITES_PACKS);
		code = forget(&f);
	}
	if (o->customer != NULL)
		print_summary(&f, code);
	if (code == EXIT_CODE_OK && !o->dry_run)
		note_finished(&f);
	free(f.open_run);
	free(f.alarm_run);
	free(f.run);
	free(f.written);
	session_close(&session);
	return code;
}

const struct command command_forget = {
	.name = "forget",
	.args_max = ARGS_ANY,
	.options = FOR_FORGET,
	.run = forget_main,
	.usage = "forget [OPTION...] --customer C",
	.line = "erase a customer",
	.about =
		"Erases the customer's rows, receipts and packs from all runs, so that no byte of them\n"
		"is left in the ledger's files, and prints what was erased. Other customers of the same\n"
		"runs keep theirs. Refused with 4 while a run waits for an outcome of this customer, or\n"
		"has an alarm that nobody has cleared.\n"
		"Afterwards hold-days no longer holds the customer's devices, and a plan that had rows\n"
		"of the customer can no longer be applied. Lists, printouts, reminders, backups and what\n"
		"customers received are not touched; lists in the spool and copies from an upgrade are\n"
		"named.\n"
		"Asks before it erases; without a terminal it needs --yes.\n\n"
		"Examples:\n"
		"  unpilot forget --customer contoso --dry-run\n"
		"  unpilot forget --customer contoso --yes",
};
