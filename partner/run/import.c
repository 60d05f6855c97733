/* Imports the lists of a run. intake/ reads each list; run.c decides what happens to the run. */
#include "partner/run/import.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/file.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/json_line.h"
#include "partner/app/next_step.h"
#include "partner/app/session_route.h"
#include "partner/engine/guards.h"
#include "partner/intake/customers.h"
#include "partner/ledger/guards.h"
#include "partner/ledger/settle.h"
#include "partner/ledger/transaction.h"

#define STEP_MAX 4096 /* bytes of a proposed command */

struct import_list {
	const char *path; /* borrowed */
	struct intake_result result;
};

int
import_settings(const struct session *session, bool by_customer, struct intake_settings *ret,
                struct error *err)
{
	*ret = (struct intake_settings){
		.pkid_rule = session->profile.text[RULE_PKID],
		.sold_to = session->config.sold_to,
		.received_from = session->config.received_from,
		.columns = session->config.columns,
		.encoding = session->config.list_encoding,
		.words = session->config.list_words,
		.batch_size = by_customer ? 1 : (unsigned)session->config.batch_size,
		.by_customer = by_customer,
		.ticket_required = session->config.ticket_required != 0,
	};
	return config_purpose(&session->config, &ret->purpose, err);
}

/* A plan prints the line on standard output; a run logs it. */
static void
import_print_list(const struct import *import, const char *path, const struct intake_result *result)
{
	struct json *line;

	if (!import->plan || !import->session->options->json) {
		char shown[PATH_MAX];
		char *about = xasprintf("%s: %s (%s, %s): %lld row%s, %lld rejected", path,
		                        result->format, result->encoding, result->delimiter,
		                        (long long)result->rows, text_s(result->rows),
		                        (long long)result->rejected);
		if (!import->plan)
			log_info("%s", about);
		text_printable(shown, sizeof(shown), about);
		if (import->plan && !import->session->options->quiet)
			printf("list %s\n", shown);
		free(about);
		return;
	}
	line = json_object();
	json_add_text(line, "type", "list");
	json_add_text(line, "list", path);
	json_add_text(line, "format", result->format);
	json_add_text(line, "encoding", result->encoding);
	json_add_text(line, "delimiter", result->delimiter);
	json_add_number(line, "header_line", result->header_line);
	json_add_text(line, "columns", text_or_null(result->columns));
	json_add_text(line, "carried", text_or_null(result->carried));
	json_add_number(line, "rows", result->rows);
	json_add_number(line, "rejected", result->rejected);
	json_line_print(line);
}

/* A row that another row contradicts is rejected only when all lists are read. */
static void
import_keep(struct import *import, const char *path, const struct intake_result *result)
{
	import->list = xreallocarray(import->list, import->lists + 1, sizeof(*import->list));
	import->list[import->lists++] = (struct import_list){.path = path, .result = *result};
}

/* A list has several ids if lists were joined. */
static void
import_on_rejected(void *ctx, int64_t id, int64_t rows)
{
	struct import *import = ctx;
	size_t i = import->lists;

	while (i > 0 && import->list[i - 1].result.list > id)
		i--;
	if (i > 0)
		import->list[i - 1].result.rejected += rows;
}

static int
import_count_rejected(struct import *import, struct error *err)
{
	int64_t counts[OUTCOME_COUNT], known = 0;

	for (size_t i = 0; i < import->lists; i++)
		known += import->list[i].result.rejected;
	if (ledger_counts(import->session->ledger, import->run.id, counts, err) != 0)
		return -1;
	if (counts[OUTCOME_REJECTED] == known)
		return 0;
	for (size_t i = 0; i < import->lists; i++)
		import->list[i].result.rejected = 0;
	return ledger_each_rejected(import->session->ledger, import->run.id, import_on_rejected,
	                            import, err);
}

static void
import_print_lists(struct import *import)
{
	for (size_t i = 0; i < import->lists; i++)
		import_print_list(import, import->list[i].path, &import->list[i].result);
	free(import->list);
	import->list = NULL;
	import->lists = 0;
}

void
import_propose_plan(const struct options *o, const char *path)
{
	struct option_override override;
	struct buf step;
	size_t at = 0;

	buf_init(&step, STEP_MAX);
	buf_str(&step, "plan");
	while (options_next_override(o, &at, &override))
		if (override.section != NULL && strcmp(override.section, "lists") == 0)
			next_step_add_option(&step, override.name, override.value);
	next_step_set_with(step.data, path);
	buf_release(&step);
}

void
import_set_next_step(const struct options *o, const char *path)
{
	struct stat about;
	char *folder;

	if (strcmp(path, "-") == 0) {
		next_step_set(NEXT_STEP_SAME);
	} else if (stat(path, &about) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
		folder = file_existing(path);
		next_step_set_other("ls -l", folder);
		free(folder);
	} else if (access(path, R_OK) != 0) {
		next_step_set_other("namei -l", path); /* the modes of the file and its folders */
	} else if (!S_ISREG(about.st_mode) || about.st_size == 0) {
		next_step_set_other("ls -l", path);
	} else {
		import_propose_plan(o, path); /* says all that is wrong with the corrected one */
	}
}

static void
import_list_failed(const struct import *import, const char *path)
{
	char *failed;

	if (!import->spooled) {
		import_set_next_step(import->session->options, path);
		return;
	}
	failed = file_join(import->session->config.spool_directory, "failed");
	next_step_set_other("ls -l", failed);
	free(failed);
}

static void
import_on_read(void *ctx, int64_t rows)
{
	struct import *import = ctx;

	monitor_read(import->monitor, import->read + rows);
}

void
import_name_earlier(struct ledger_run *earlier)
{
	next_step_set("%s %s", earlier->state == RUN_OPEN ? "resume" : "status", earlier->name);
	ledger_run_release(earlier);
}

/* Imports one list and, for a run, asks whether it was sent before. Returns the exit code. */
static int
import_list(struct import *import, struct intake *in, const char *path)
{
	struct guards_settings guards = session_guards_settings(import->session);
	struct ledger_run earlier;
	struct intake_result result;
	struct error err;

	if (intake_list(in, path, &result, &err) != 0) {
		import_list_failed(import, path);
		return exit_code_unusable(&err);
	}
	import->read += result.rows;
	if (import->plan) {
		import_keep(import, path, &result);
		return EXIT_CODE_OK;
	}
	switch (guards_judge_list(import->session->ledger, &import->run, result.list, &guards,
	                          &earlier, &err)) {
	case GUARDS_PASS: import_keep(import, path, &result); return EXIT_CODE_OK;
	case GUARDS_STOP: import_name_earlier(&earlier); return EXIT_CODE_GUARD;
	case GUARDS_FAILED: break;
	}
	return exit_code_unusable(&err);
}

/* Imports one list of the spool. If that fails, undoes the whole list and leaves it out. */
static int
import_spooled(struct import *import, struct intake **in, size_t i)
{
	struct ledger *l = import->session->ledger;
	struct error err;
	int code;

	if (ledger_part_begin(l, &err) != 0)
		return exit_code_unusable(&err);
	code = import_list(import, *in, import->path[i]);
	if (code == EXIT_CODE_OK) {
		import->imported++;
		return ledger_part_commit(l, &err) == 0 ? code : exit_code_unusable(&err);
	}
	if (ledger_part_rollback(l, &err) != 0)
		return exit_code_unusable(&err);
	if (spool_refuse(&import->spool, i, code, &err) != 0)
		return exit_code_unusable(&err);
	import->refused = exit_code_worse(import->refused, code);
	customers_undo_list(import->settings.customers);
	/* The rollback may have removed batches that the intake was filling. */
	intake_free(*in);
	*in = intake_new(l, import->run.id, &import->settings, &err);
	return *in != NULL ? EXIT_CODE_OK : exit_code_unusable(&err);
}

static int
import_lists(struct import *import)
{
	struct error err;
	struct intake *in = intake_new(import->session->ledger, import->run.id, &import->settings,
	                               &err);
	int code = in != NULL ? EXIT_CODE_OK : exit_code_unusable(&err);

	for (size_t i = 0; i < import->count && code == EXIT_CODE_OK; i++)
		code = import->spooled ? import_spooled(import, &in, i)
		                       : import_list(import, in, import->path[i]);
	intake_free(in);
	return code != EXIT_CODE_OK || !import->spooled || import->imported > 0 ? code
	                                                                        : import->refused;
}

/* Merged lists repeat rows; one answer decides all equal rows (doc/lists.md, section 2). */
static int
import_report_repeated(const struct import *import, int64_t other, struct error *err)
{
	struct ledger_devices devices;

	if (ledger_count_devices(import->session->ledger, import->run.id, &devices, err) != 0)
		return -1;
	if (devices.repeated > 0)
		log_info("%lld row%s asked once: %lld device%s to deregister",
		         (long long)devices.repeated,
		         devices.repeated == 1 ? " repeats a device and is"
		                               : "s repeat a device and are",
		         (long long)devices.askable, text_s(devices.askable));
	if (other > 0)
		log_warn(
			"%lld of these rows %s another situation (Join Type, MDM, Registered Via or "
			"Purpose) than the first row of the device, which counts",
			(long long)other, other == 1 ? "names" : "name");
	return 0;
}

int
import_create_run(struct import *import, const char *name)
{
	struct session *session = import->session;
	/* a request to Partner Center names one registration */
	bool by_customer = session->kind == ROUTE_PARTNER_CENTER;
	int64_t other = 0;
	struct error err;
	int code;

	if (import_settings(session, by_customer, &import->settings, &err) != 0)
		return exit_code_unusable(&err);
	import->settings.spooled = import->spooled;
	import->settings.on_read = import_on_read;
	import->settings.on_read_ctx = import;
	if (ledger_run_create(session->ledger, name, session->config.handoff_directory,
	                      session_route_word(session->kind), &import->run, &err) != 0)
		return exit_code_unusable(&err);
	import->settings.customers = customers_new();
	code = import_lists(import);
	customers_free(import->settings.customers);
	if (code == EXIT_CODE_OK &&
	    (ledger_settle(session->ledger, import->run.id, &other, &err) != 0 ||
	     import_count_rejected(import, &err) != 0))
		code = exit_code_unusable(&err);
	import_print_lists(import);
	if (code == EXIT_CODE_OK && import_report_repeated(import, other, &err) != 0)
		code = exit_code_unusable(&err);
	return code;
}
