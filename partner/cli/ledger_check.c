/* Prints what does not agree. ledger/audit.c knows the rules of the tables, handoff/manifest.c those of
 * packs. */
#include "partner/cli/ledger_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/file.h"
#include "common/json.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/json_line.h"
#include "partner/app/next_step.h"
#include "partner/app/session.h"
#include "partner/handoff/manifest.h"
#include "partner/ledger/audit.h"

#define SUMMARY_MAX ((size_t)64 * 1024)

struct check {
	struct session *session;
	const struct ledger_run *run;                 /* NULL: the whole ledger */
	const struct ledger_audit_customer *customer; /* NULL: the whole run */
	int64_t runs, rows, packs, findings;
	bool of_ledger; /* a finding that no new packs mend */
};

static void report(struct check *c, const char *format, ...) PRINTFLIKE(2, 3);

static void
print_json(const struct check *c, const char *text)
{
	struct json *line = json_object();

	json_add_text(line, "type", "finding");
	json_add_text(line, "run", c->run != NULL ? c->run->name : NULL);
	json_add_text(line, "customer",
	              c->customer != NULL ? text_or_null(c->customer->key) : NULL);
	json_add_text(line, "text", text);
	json_line_print(line);
}

static void
print(const struct check *c, const char *text)
{
	char customer[300] = "", shown[1200];

	if (c->customer != NULL)
		text_printable(customer, sizeof(customer), c->customer->key);
	text_printable(shown, sizeof(shown), text);
	printf("%s%s%s%s%s%s\n", c->run != NULL ? "run " : "",
	       c->run != NULL ? c->run->name : "ledger", c->customer != NULL ? ", customer " : "",
	       c->customer == NULL   ? ""
	       : customer[0] != '\0' ? customer
	                             : "(none)",
	       ": ", shown);
}

static void
report(struct check *c, const char *format, ...)
{
	char text[1200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	c->findings++;
	if (c->session->options->json)
		print_json(c, text);
	else
		print(c, text);
}

static void
on_broken(void *ctx, int64_t count, const char *what, const char *first)
{
	struct check *c = ctx;

	c->of_ledger = true;
	report(c, "%s: %lld%s%s", what, (long long)count, first[0] != '\0' ? ", the first: " : "",
	       first);
}

/* ---- the rows of a run ---- */

/* A code of 0 or 1 says that every row has its final outcome. */
static void
check_code(struct check *c, const struct ledger_audit_run *rows)
{
	int64_t good = rows->counts[OUTCOME_DEREGISTERED] + rows->counts[OUTCOME_NOT_REGISTERED];

	if (c->run->state != RUN_FINISHED || !exit_code_finished(c->run->exit_code))
		return;
	if (exit_code_open(rows->counts) ||
	    (c->run->exit_code == EXIT_CODE_OK && good != rows->rows)) {
		c->of_ledger = true;
		report(c, "the run ended with exit code %d, but some rows have another outcome",
		       c->run->exit_code);
	}
}

/* ---- its packs ---- */

static const char *const fault_words[] = {[MANIFEST_MISSING] = "is missing",
                                          [MANIFEST_EXTRA] = "is not in the manifest",
                                          [MANIFEST_DIFFERS] = "differs from the manifest"};
_Static_assert(ARRAY_SIZE(fault_words) == MANIFEST_FAULT_COUNT, "every fault has its words");

static void
on_fault(void *ctx, enum manifest_fault fault, const char *name)
{
	report(ctx, "%s %s", name, fault_words[fault]);
}

static void
check_pack(struct check *c, const char *dir)
{
	const char *trusted = text_or_null(c->session->config.sign_certificate);
	struct manifest_verdict v;
	struct error err;

	if (file_is_missing(dir)) {
		if (c->customer->asked)
			report(c, "%s: the pack is missing", dir);
		return;
	}
	c->packs++;
	if (manifest_verify(dir, trusted, on_fault, c, &v, &err) != 0)
		report(c, "%s", err.text);
	else if (v.state == MANIFEST_BAD)
		report(c, "the signature does not hold: %s", v.why.text);
	else if (v.state == MANIFEST_UNSIGNED && trusted != NULL)
		report(c, "the pack is not signed");
}

/* 1: *ret, 0: no such file, -1. */
static int
read_summary(const char *path, struct json **ret, struct error *err)
{
	struct buf b;
	int rc = file_is_missing(path) ? 0 : 1;

	buf_init(&b, SUMMARY_MAX);
	*ret = NULL;
	if (rc == 1 &&
	    (file_read(path, &b, err) != 0 || (*ret = json_parse(b.data, b.len, err)) == NULL))
		rc = error_prefix(err, "summary.json");
	buf_release(&b);
	return rc;
}

static bool
is_equal(const struct json *summary, const struct ledger_audit_run *rows)
{
	const struct json *counts = json_get(summary, "counts");
	bool equal = true;

	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		equal = equal &&
		        json_number(json_get(counts, outcome_word(o))) == (double)rows->counts[o];
	return equal;
}

static void
check_summary(struct check *c, const struct ledger_audit_run *rows)
{
	char *path = file_join(c->run->out, "summary.json");
	struct json *summary;
	struct error err;
	int rc = read_summary(path, &summary, &err);

	if (rc < 0)
		report(c, "%s", err.text);
	else if (rc == 0)
		report(c, "%s is missing", path);
	else if (!is_equal(summary, rows))
		report(c, "the counts of summary.json are not those of the ledger");
	json_free(summary);
	free(path);
}

static void
check_packs(struct check *c, const struct ledger_audit_run *rows)
{
	for (size_t i = 0; i < rows->customers; i++) {
		char *dir = file_join(c->run->out, rows->customer[i].folder);

		c->customer = &rows->customer[i];
		check_pack(c, dir);
		free(dir);
	}
	c->customer = NULL;
}

static int
check_run(struct check *c, const struct ledger_run *run, struct error *err)
{
	struct ledger_audit_run rows;
	int64_t before = c->findings;
	int rc;

	c->run = run;
	c->runs++;
	rc = ledger_audit_rows(c->session->ledger, run, &rows, on_broken, c, err);
	if (rc == 0)
		check_code(c, &rows);
	c->rows += rows.rows;
	/* a plan has no packs, and those of an open run may be written at this moment */
	if (rc == 0 && run->state == RUN_FINISHED)
		check_summary(c, &rows);
	if (rc == 0 && (run->state == RUN_FINISHED || run->state == RUN_LETTER))
		check_packs(c, &rows);
	if (c->findings > before)
		next_step_set("%s %s", c->of_ledger ? "status" : "report", run->name);
	ledger_audit_release(&rows);
	c->run = NULL;
	return rc;
}

static int
check_all(struct check *c, struct error *err)
{
	struct ledger *l = c->session->ledger;
	int rc = ledger_audit_tables(l, on_broken, c, err);

	for (enum run_state state = 0; rc == 0 && state < RUN_STATE_COUNT; state++) {
		struct ledger_run run;
		int64_t after = 0;

		while (rc == 0 && (rc = ledger_run_next(l, state, after, &run, err)) == 1) {
			after = run.id;
			rc = check_run(c, &run, err);
			ledger_run_release(&run);
		}
	}
	return rc;
}

static void
print_summary(const struct check *c, int code)
{
	const struct options *o = c->session->options;
	struct json *line;

	if (!o->json) {
		if (!o->quiet && code != EXIT_CODE_UNUSABLE)
			printf("%lld run%s, %lld row%s and %lld pack%s checked: %lld finding%s\n",
			       (long long)c->runs, text_s(c->runs), (long long)c->rows,
			       text_s(c->rows), (long long)c->packs, text_s(c->packs),
			       (long long)c->findings, text_s(c->findings));
		return;
	}
	line = json_object();
	json_add_text(line, "type", "summary");
	json_add_number(line, "runs", c->runs);
	json_add_number(line, "rows", c->rows);
	json_add_number(line, "packs", c->packs);
	json_add_number(line, "findings", c->findings);
	json_add_number(line, "exit_code", code);
	json_line_print(line);
}

int
ledger_check_main(const struct options *o)
{
	struct session session;
	struct check c = {.session = &session};
	struct error err;
	int code = session_open(&session, o);

	if (code == EXIT_CODE_OK)
		code = session_open_ledger_readonly(&session);
	if (code == EXIT_CODE_OK && check_all(&c, &err) != 0)
		code = exit_code_unusable(&err);
	else if (code == EXIT_CODE_OK && c.findings > 0)
		code = EXIT_CODE_SOME;
	if (code == EXIT_CODE_SOME && c.of_ledger)
		next_step_set("doctor");
	print_summary(&c, code);
	session_close(&session);
	return code;
}
