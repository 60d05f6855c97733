/* "forget": erases a customer over all runs, and says what was erased. Packs go first, then the rows
 * in one transaction, then what is left of other customers in the same runs is written again. Cut
 * short anywhere, the same command finishes it, or "report" writes the files of a run again. */
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
#include "partner/cli/cli.h"
#include "partner/app/session.h"
#include "partner/app/exit_code.h"
#include "partner/app/json_line.h"
#include "partner/ledger/ledger.h"
#include "partner/ledger/retention.h"
#include "partner/ledger/runs.h"
#include "partner/run/retention.h"
#include "partner/handoff/run_files.h"
#include "partner/handoff/remove.h"

struct touched {
	char name[LEDGER_RUN_ID_SIZE];
	bool written; /* its summary and tables are there */
};

struct forgetting {
	struct session *session;
	const char *customer; /* key */
	char shown[300];      /* the same, printable */
	int64_t rows, receipts;
	size_t runs;
	struct touched *run; /* those that hold rows of it; owned */
	char *open_run;      /* the name of one that is not through with it, or NULL */
	bool kept;           /* a pack could not be removed */
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
		printf("run %s: %lld rows, pack %s/%s\n", h->run.name, (long long)h->rows,
		       h->run.out, h->folder);
	}
}

static bool
is_written(const struct ledger_run *run)
{
	char *path = file_join(run->out, "summary.json");
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

static int
look(void *ctx, const struct ledger_held *h, struct error *err UNUSED)
{
	struct forgetting *f = ctx;

	if (h->open > 0 && f->open_run == NULL)
		f->open_run = xstrdup(h->run.name);
	f->rows += h->rows;
	f->run = xreallocarray(f->run, f->runs + 1, sizeof(*f->run));
	text_copy(f->run[f->runs].name, LEDGER_RUN_ID_SIZE, h->run.name);
	f->run[f->runs].written = is_written(&h->run);
	f->runs++;
	return 0;
}

static int
say(void *ctx, const struct ledger_held *h, struct error *err UNUSED)
{
	print_run(ctx, h);
	return 0;
}

/* With the tables of the run, which hold rows of everybody: they are written again afterwards. */
static int
remove_packs(void *ctx, const struct ledger_held *h, struct error *err)
{
	struct forgetting *f = ctx;
	/* the directory may be a link that the administrator made; what is below it may not */
	char *dir = realpath(f->session->config.handoff_directory, NULL);
	char *open = xasprintf("open-%s", h->folder);

	f->kept = !retention_remove_pack(h->run.out, h->folder) || f->kept;
	f->kept = (dir != NULL && !retention_remove_pack(dir, open)) || f->kept;
	f->kept = remove_run_files(h->run.out, err) == REMOVE_FAILED || f->kept;
	free(open);
	free(dir);
	return 0;
}

/* Summary, rejects and failures of a run that goes on without this customer. */
static int
write_again(struct session *d, const struct touched *t, struct error *err)
{
	struct ledger_run run = {0};
	int rc = ledger_run_find(d->ledger, t->name, &run, err);

	if (rc == 1 && t->written)
		rc = file_mkdirs(run.out, err) == 0 ? run_files_write(d->ledger, &run, err) : -1;
	ledger_run_release(&run);
	return rc < 0 ? -1 : 0;
}

static int
erase(struct forgetting *f, struct error *err)
{
	struct ledger *l = f->session->ledger;

	if (ledger_each_held(l, f->customer, remove_packs, f, err) != 0)
		return -1;
	if (f->kept)
		return error_set(err, "a pack could not be removed: the rows stay until it can");
	if (ledger_erase_customer(l, f->customer, err) != 0)
		return -1;
	for (size_t i = 0; i < f->runs; i++)
		if (write_again(f->session, &f->run[i], err) != 0)
			return -1;
	return ledger_scrub(l, err);
}

/* Files that hold the customer as well and are not ours to change. */
static void
name_leftovers(const struct forgetting *f)
{
	const char *spool = f->session->config.spool_directory;
	char *pattern = xasprintf("%s.schema*", ledger_path(f->session->ledger));
	glob_t found;

	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			log_warn("%s: a copy from an upgrade, not touched: remove it once it is "
			         "not needed",
			         found.gl_pathv[i]);
		globfree(&found);
	}
	free(pattern);
	for (size_t i = 0; spool[0] != '\0' && i < f->runs; i++)
		log_info("lists of run %s in %s/done and failed are not touched", f->run[i].name,
		         spool);
}

static void
print_summary(const struct forgetting *f, int code)
{
	const struct options *o = f->session->options;
	struct json *line;

	if (o->json) {
		line = json_object();
		json_add_text(line, "type", "summary");
		json_add_text(line, "customer", f->customer);
		json_add_number(line, "runs", (long long)f->runs);
		json_add_number(line, "rows", f->rows);
		json_add_number(line, "receipts", f->receipts);
		json_add_bool(line, "dry_run", o->dry_run);
		json_add_number(line, "exit_code", code);
		json_line_print(line);
	} else if (!o->quiet && code == EXIT_CODE_OK) {
		printf("customer %s: %lld rows of %zu runs and %lld receipts %s\n", f->shown,
		       (long long)f->rows, f->runs, (long long)f->receipts,
		       o->dry_run ? "would be erased" : "are erased");
	}
}

static int
forget(struct forgetting *f)
{
	struct ledger *l = f->session->ledger;
	struct error err;

	if (ledger_each_held(l, f->customer, look, f, &err) != 0 ||
	    ledger_count_receipts(l, f->customer, &f->receipts, &err) != 0)
		return exit_code_unusable(&err);
	if (f->runs == 0) {
		log_error("the ledger has no customer \"%s\"", f->shown);
		return EXIT_CODE_UNUSABLE;
	}
	if (f->open_run != NULL) {
		log_error("guard: run %s is open and waits for outcomes of customer \"%s\": "
		          "unpilot resume %s, then forget: nothing erased",
		          f->open_run, f->shown, f->open_run);
		return EXIT_CODE_GUARD;
	}
	if (ledger_each_held(l, f->customer, say, f, &err) != 0 ||
	    (!f->session->options->dry_run && erase(f, &err) != 0))
		return exit_code_unusable(&err);
	name_leftovers(f);
	return EXIT_CODE_OK;
}

static int
forget_main(const struct options *o)
{
	struct session d;
	struct forgetting f = {.session = &d, .customer = o->customer};
	int code = session_open(&d, o);

	if (code == EXIT_CODE_OK && (o->customer == NULL || o->args > 0)) {
		log_error("name the customer: unpilot forget --customer C");
		code = EXIT_CODE_UNUSABLE;
	}
	if (code == EXIT_CODE_OK)
		code = session_open_ledger(&d);
	if (code == EXIT_CODE_OK && ledger_is_shared(d.ledger)) {
		log_error("forget: this ledger is on a server, where other machines may be at "
		          "work on the customer: nothing erased; its administrator can erase "
		          "the rows, or \"unpilot ledger copy\" brings them into a file");
		code = EXIT_CODE_UNUSABLE;
	}
	if (code == EXIT_CODE_OK) {
		text_printable(f.shown, sizeof(f.shown), f.customer);
		session_confine(&d, SESSION_WRITES_PACKS);
		code = forget(&f);
	}
	if (o->customer != NULL)
		print_summary(&f, code);
	free(f.open_run);
	free(f.run);
	session_close(&d);
	return code;
}

const struct command command_forget = {
	.name = "forget",
	.options = FOR_FORGET,
	.run = forget_main,
	.usage = "forget [OPTION...] --customer C",
	.line = "erase a customer",
	.about =
		"Erases the customer's rows, receipts and packs over all runs, so that not a byte of them\n"
		"is left in the ledger's files, and says what was erased. Other customers of the same runs\n"
		"keep theirs. Refused with 4 while a run with rows of this customer waits for an outcome.\n"
		"The customer's devices are not held any more (hold-days), and a plan that had rows of it\n"
		"can no longer be applied. Lists, letters, backups and what customers were sent are not\n"
		"touched: lists of the spool and copies that an upgrade left are named.\n\n"
		"Examples:\n"
		"  unpilot forget --customer contoso --dry-run\n"
		"  unpilot forget --customer contoso",
};
