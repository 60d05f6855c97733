/* "find": prints what the ledger knows about a serial number, PKID or ticket, over all runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/json_line.h"
#include "partner/app/session.h"
#include "partner/cli/cli.h"
#include "partner/handoff/situation.h"
#include "partner/handoff/steps.h"
#include "partner/ledger/report.h"

#define HIT "%-21s %-20s %-14s %s\n"
#define ID_SIZE 8 /* of a step, such as "F1*" */

struct finding {
	const struct options *options;
	size_t found; /* rows */
};

/* Returns how many ids it wrote: the open actions of the row, each once. */
static size_t
open_ids(const struct ledger_line *line, char id[static STEPS_MAX][ID_SIZE])
{
	const struct step *list[STEPS_MAX];
	const struct situation s = situation_of_row(line->row);
	size_t count = steps_for(&s, list), open = 0;

	for (size_t i = 0; i < count; i++) {
		bool repeated = false;

		for (size_t j = 0; j < open; j++)
			repeated = repeated || strcmp(id[j], list[i]->id) == 0;
		if (!repeated && steps_is_action(list[i]->kind) &&
		    !steps_hold(text_or_null(line->done) != NULL ? line->done : "", list[i]->id))
			text_copy(id[open++], ID_SIZE, list[i]->id);
	}
	return open;
}

static void
print_json(const struct ledger_line *line, const char *decided)
{
	const struct ledger_row *row = line->row;
	struct json *object = json_object(), *steps;
	char id[STEPS_MAX][ID_SIZE];
	size_t open = open_ids(line, id);

	json_add_text(object, "type", "device");
	json_add_text(object, "run", line->run);
	json_add_text(object, "list", text_or_null(line->list));
	json_add_number(object, "line", row->line);
	json_add_text(object, "serial", text_or_null(row->device.serial));
	json_add_text(object, "product_key_id", text_or_null(row->device.pkid));
	json_add_text(object, "ticket", text_or_null(row->ticket));
	json_add_text(object, "customer", text_or_null(line->customer));
	json_add_text(object, "outcome", outcome_word(row->outcome));
	json_add_text(object, "reason", text_or_null(row->reason));
	json_add_text(object, "decided_at", text_or_null(decided));
	json_add_text(object, "batch", text_or_null(line->service_id));
	steps = json_add_array(object, "open_steps");
	for (size_t i = 0; i < open; i++)
		json_append_text(steps, id[i]);
	json_line_print(object);
}

static void
print_part(const char *label, const char *text)
{
	char shown[400];

	text_printable(shown, sizeof(shown), text);
	if (shown[0] != '\0')
		printf("  %s: %s\n", label, shown);
}

static void
print_text(const struct ledger_line *line, const char *decided)
{
	const struct ledger_row *row = line->row;
	char id[STEPS_MAX][ID_SIZE], shown[300];
	size_t open = open_ids(line, id);

	text_printable(shown, sizeof(shown), line->customer);
	printf(HIT, line->run, decided[0] != '\0' ? decided : "-", outcome_word(row->outcome),
	       shown[0] != '\0' ? shown : "(none)");
	print_part("serial", row->device.serial);
	print_part("Product Key ID", row->device.pkid);
	print_part("ticket", row->ticket);
	print_part("reason", row->reason);
	print_part("batch", text_or_null(line->service_id) != NULL ? line->service_id : "");
	for (size_t i = 0; i < open; i++)
		printf("%s%s", i == 0 ? "  open steps: " : " ", id[i]);
	if (open > 0)
		putchar('\n');
}

static int
on_line(void *ctx, const struct ledger_line *line, struct error *err UNUSED)
{
	struct finding *f = ctx;
	char decided[CLOCK_STAMP_SIZE] = "";

	if (line->row->decided != 0)
		clock_stamp(line->row->decided, decided);
	if (f->options->json) {
		print_json(line, decided);
	} else {
		if (f->found == 0)
			printf(HIT, "RUN", "DECIDED (UTC)", "OUTCOME", "CUSTOMER");
		print_text(line, decided);
	}
	f->found++;
	return 0;
}

static int
find_word(struct session *session, struct finding *f, const char *word, struct error *err)
{
	size_t before = f->found;
	char shown[100], other[100], *near = NULL;
	int rc = ledger_find(session->ledger, word, on_line, f, err);

	if (rc != 0 || f->found > before)
		return rc;
	rc = ledger_find_near(session->ledger, word, &near, err);
	text_printable(shown, sizeof(shown), word);
	text_printable(other, sizeof(other), near != NULL ? near : "");
	if (rc >= 0)
		log_warn("no serial number, Product Key ID or ticket is \"%s\"%s%s%s", shown,
		         near != NULL ? ": only the case differs from \"" : "", other,
		         near != NULL ? "\"" : "");
	free(near);
	return rc < 0 ? -1 : 0;
}

static int
find_main(const struct options *o)
{
	struct session session;
	struct finding f = {.options = o};
	struct error err;
	int code = session_open(&session, o), rc = 0;

	if (code == EXIT_CODE_OK && o->args == 0) {
		log_error(
			"find needs a serial number, Product Key ID or ticket: unpilot find WORD");
		code = EXIT_CODE_UNUSABLE;
	}
	if (code == EXIT_CODE_OK)
		code = session_open_ledger_readonly(&session);
	for (size_t i = 0; code == EXIT_CODE_OK && rc == 0 && i < o->args; i++)
		if (o->arg[i][0] != '\0')
			rc = find_word(&session, &f, o->arg[i], &err);
	if (rc != 0)
		code = exit_code_unusable(&err);
	if (code == EXIT_CODE_OK && f.found == 0)
		code = EXIT_CODE_SOME;
	session_close(&session);
	return code;
}

const struct command command_find = {
	.name = "find",
	.options = FOR_FIND,
	.run = find_main,
	.usage = "find [OPTION...] WORD...",
	.line = "what is known about a device or a ticket",
	.about =
		"Prints every row of every run whose serial number, Product Key ID or ticket is the\n"
		"word, whole and with its case: run, customer, outcome, date, batch, and the steps that\n"
		"the customer has not reported as done. Ends with 1 if nothing was found.\n\n"
		"Example:\n"
		"  unpilot find FB-1001",
};
