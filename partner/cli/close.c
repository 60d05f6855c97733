/* "close": records the receipts with which customers report steps as done. */
#include <stdio.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/next_step.h"
#include "partner/app/json_line.h"
#include "partner/app/session.h"
#include "partner/cli/cli.h"
#include "partner/handoff/open_steps.h"
#include "partner/handoff/receipt.h"
#include "partner/handoff/receipt_kind.h"

#define RUNS_COUNTED 64 /* status shows fewer */

struct closing {
	struct session *session; /* borrowed */
	struct receipt_result total;
	size_t taken, refused;
};

static void
add_counts(struct json *line, const struct receipt_result *result)
{
	json_add_number(line, "recorded", (long long)result->recorded);
	json_add_number(line, "known", (long long)result->known);
}

/* refused: the reason; NULL: the receipt was recorded. */
static void
print_json(const char *path, const struct receipt *r, const struct receipt_result *result,
           const char *refused)
{
	struct json *line = json_object();

	json_add_text(line, "type", "receipt");
	json_add_text(line, "file", path);
	json_add_text(line, "run", r->run);
	json_add_text(line, "customer", text_or_null(r->customer));
	json_add_text(line, "by", text_or_null(r->by));
	add_counts(line, result);
	json_add_text(line, "refused", refused);
	json_line_print(line);
}

static void
print(const char *path, const struct receipt *r, const struct receipt_result *result)
{
	char shown[4096], customer[300], by[300];

	text_printable(shown, sizeof(shown), path);
	text_printable(customer, sizeof(customer), r->customer);
	text_printable(by, sizeof(by), r->by);
	printf("%s: customer %s, run %s, by %s: %zu step%s recorded, %zu known already\n", shown,
	       customer[0] != '\0' ? customer : "(none)", r->run, by[0] != '\0' ? by : "(nobody)",
	       result->recorded, text_s((int64_t)result->recorded), result->known);
}

/* like: the kind of file that it seems to be. NULL: err already says where the receipt is wrong. */
static int
no_receipt(const char *path, const char *like, struct error *err)
{
	if (like == NULL)
		return error_prefix(err, "%s", path);
	return error_set(err,
	                 "%s: no receipt, it looks like %s; the receipt is the file that "
	                 "\"Download receipt\" on the customer's page saves",
	                 path, like);
}

static int
read_receipt(const char *path, struct receipt *r, struct error *err)
{
	struct buf text;
	int rc;

	buf_init(&text, RECEIPT_MAX);
	rc = file_read(path, &text, err);
	if (rc == 0 && receipt_parse(r, text.data, text.len, err) != 0)
		rc = no_receipt(path, receipt_looks_like(text.data, text.len), err);
	buf_release(&text);
	return rc;
}

static void
close_one(struct closing *c, const char *path)
{
	const struct options *o = c->session->options;
	struct receipt_result result = {0};
	struct receipt r = {0};
	struct error err;
	int rc = read_receipt(path, &r, &err);

	if (rc == 0 && receipt_record(&r, c->session->ledger, clock_now(), &result, &err) != 0)
		rc = error_prefix(&err, "%s", path);
	if (rc != 0)
		log_error("%s: nothing of this receipt is recorded", err.text);
	if (o->json)
		print_json(path, &r, &result, rc != 0 ? err.text : NULL);
	else if (rc == 0 && !o->quiet)
		print(path, &r, &result);
	c->taken += rc == 0;
	c->refused += rc != 0;
	c->total.recorded += result.recorded;
	c->total.known += result.known;
	receipt_release(&r);
}

static void
print_summary(const struct closing *c, int code)
{
	struct json *line;

	if (!c->session->options->json) {
		if (!c->session->options->quiet)
			printf("receipts: %zu taken, %zu refused; %zu step%s recorded, %zu known "
			       "already\n",
			       c->taken, c->refused, c->total.recorded,
			       text_s((int64_t)c->total.recorded), c->total.known);
		return;
	}
	line = json_object();
	json_add_text(line, "type", "summary");
	json_add_number(line, "taken", (long long)c->taken);
	json_add_number(line, "refused", (long long)c->refused);
	add_counts(line, &c->total);
	json_add_number(line, "exit_code", code);
	json_line_print(line);
}

/* The receipts made the ledger forget the figures of their runs. */
static void
keep_figures(struct session *session)
{
	struct error err;

	if (open_steps_keep(session->ledger, RUNS_COUNTED, &err) != 0)
		log_warn("%s: status counts the rows of these runs each time", err.text);
}

static int
close_main(const struct options *o)
{
	struct session session;
	struct closing c = {.session = &session};
	int code = session_open(&session, o);

	if (code == EXIT_CODE_OK && o->args == 0) {
		log_error("no receipt is given: unpilot close RECEIPT.json");
		next_step_set("help close");
		code = EXIT_CODE_UNUSABLE;
	}
	if (code == EXIT_CODE_OK)
		code = session_open_ledger(&session);
	if (code == EXIT_CODE_OK) {
		session_confine(&session, SESSION_READS_ARGUMENTS);
		for (size_t i = 0; i < o->args; i++)
			close_one(&c, o->arg[i]);
		keep_figures(&session);
		code = c.refused > 0 ? EXIT_CODE_UNUSABLE : EXIT_CODE_OK;
		next_step_set("help close");
	}
	print_summary(&c, code);
	session_close(&session);
	return code;
}

const struct command command_close = {
	.name = "close",
	.args_max = ARGS_ANY,
	.options = FOR_CLOSE,
	.run = close_main,
	.usage = "close [OPTION...] RECEIPT.json...",
	.line = "record what customers report done",
	.about =
		"Reads the receipts that customers download from their pages, and records who reports\n"
		"which steps as done, and when. Reading a receipt again changes nothing. A receipt with\n"
		"an error is refused as a whole, with the place of the error; the other receipts of the\n"
		"command line are still recorded. Ends with 2 if a receipt was refused.\n\n"
		"Example:\n"
		"  unpilot close contoso-receipt.json",
};
