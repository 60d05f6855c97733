/* "find": prints what the ledger knows about a serial number, PKID, ticket or customer, over all runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/json_line.h"
#include "partner/app/next_step.h"
#include "partner/app/session.h"
#include "partner/app/shown.h"
#include "partner/app/suggest.h"
#include "partner/cli/cli.h"
#include "partner/cli/find_row.h"
#include "partner/cli/status_run.h"
#include "partner/ledger/history.h"
#include "partner/ledger/report.h"

#define STEP_MAX ((size_t)64 * 1024) /* bytes of a proposed command: a customer's key may be long */
#define VISITS_MAX 20                /* runs of a customer that are printed */
#define VISIT "%-28s %-17s %-8s %s\n"

struct finding {
	struct find_words words;
	size_t rows, found; /* found: rows and customers */
	size_t visits;      /* of the word's customer */
};

static int
on_line(void *ctx, const struct ledger_line *line, struct error *err)
{
	struct finding *f = ctx;

	if (f->rows == 0 && !f->words.session->options->json)
		find_row_header();
	f->rows++;
	f->found++;
	return find_row_print(&f->words, line, err);
}

static void
print_visit_json(const struct ledger_visit *v, const char *pack, const char *mail)
{
	struct json *line = json_object();
	char stamp[CLOCK_STAMP_SIZE];

	clock_stamp(v->started, stamp);
	json_add_text(line, "type", "customer");
	json_add_text(line, "customer", v->key);
	json_add_text(line, "name", text_or_null(v->name));
	json_add_text(line, "run", v->run);
	json_add_text(line, "state", status_state_word(v->state));
	json_add_text(line, "started", stamp);
	json_add_text(line, "pack", pack);
	json_add_text(line, "mail", mail);
	json_line_print(line);
}

static void
print_visit(const struct finding *f, const struct ledger_visit *v, const char *pack)
{
	char time[SHOWN_SIZE], key[SHOWN_SIZE];

	if (f->visits == 0) {
		text_printable(key, sizeof(key), v->key);
		printf("customer %s\n", key);
		printf(VISIT, "RUN", "STARTED", "STATE", "PACK");
	}
	shown_time(v->started, time);
	printf(VISIT, v->run, time, status_state_word(v->state), pack != NULL ? "" : "-");
	if (pack != NULL)
		shown_text(2, pack);
}

static int
on_visit(void *ctx, const struct ledger_visit *v, struct error *err UNUSED)
{
	struct finding *f = ctx;
	char *pack = find_pack_file(v->out, v->folder, "");
	char *mail = find_pack_file(v->out, v->folder, "mail.txt");

	if (f->words.session->options->json)
		print_visit_json(v, pack, mail);
	else if (f->visits < VISITS_MAX)
		print_visit(f, v, pack);
	free(pack);
	free(mail);
	f->visits++;
	f->found++;
	return 0;
}

static void
print_report_command(const char *customer)
{
	struct buf step;
	char *words, *command;

	buf_init(&step, STEP_MAX);
	buf_str(&step, "report");
	next_step_add_option(&step, "customer", customer);
	words = buf_detach(&step);
	command = next_step_command(words);
	printf("a pack of all that is open: %s\n", command);
	free(command);
	free(words);
}

static int
ignore_customer(void *ctx UNUSED, const struct ledger_customer *customer UNUSED,
                struct error *err UNUSED)
{
	return 0;
}

/* Rejected rows are in no pack. */
static int
has_pack(const struct finding *f, const char *customer, struct error *err)
{
	return ledger_last_customer(f->words.session->ledger, customer, ignore_customer, NULL, err);
}

static int
find_customer(struct finding *f, const char *word, struct error *err)
{
	int rc;

	f->visits = 0;
	if (ledger_each_visit(f->words.session->ledger, word, on_visit, f, err) != 0)
		return -1;
	if (f->visits == 0 || f->words.session->options->json)
		return 0;
	if (f->visits > VISITS_MAX)
		printf("and %zu earlier: --json prints all\n", f->visits - VISITS_MAX);
	rc = has_pack(f, word, err);
	if (rc > 0)
		print_report_command(word);
	return rc < 0 ? -1 : 0;
}

struct near {
	const char *word;
	char *key;                  /* differs in case only; owned */
	struct suggestion mistyped; /* the customer that may be meant */
};

static void
on_key(void *ctx, const char *key)
{
	struct near *near = ctx;

	if (near->key == NULL && text_equal_nocase(key, near->word))
		near->key = xstrdup(key);
	suggest_offer(&near->mistyped, key);
}

static void
hint_print(struct near *near)
{
	char shown[100], other[100];

	text_printable(shown, sizeof(shown), near->word);
	if (near->key != NULL) {
		text_printable(other, sizeof(other), near->key);
		log_warn("no serial number, Product Key ID, ticket or customer is \"%s\": only the "
		         "case differs from \"%s\"",
		         shown, other);
		next_step_set_with("find", near->key);
		return;
	}
	log_warn("no serial number, Product Key ID, ticket or customer is \"%s\"%s", shown,
	         suggest_text(&near->mistyped, ""));
	if (near->mistyped.best[0] != '\0')
		next_step_set_with("find", near->mistyped.best);
}

static int
hint(const struct finding *f, const char *word, struct error *err)
{
	struct ledger *l = f->words.session->ledger;
	struct near near = {.word = word};
	int rc = ledger_find_near(l, word, &near.key, err);

	suggest_start(&near.mistyped, word);
	if (rc == 0)
		rc = ledger_each_customer_key(l, on_key, &near, err);
	if (rc >= 0)
		hint_print(&near);
	free(near.key);
	return rc < 0 ? -1 : 0;
}

static int
find_word(struct finding *f, const char *word, struct error *err)
{
	size_t before = f->found;

	if (ledger_find(f->words.session->ledger, word, on_line, f, err) != 0 ||
	    find_customer(f, word, err) != 0)
		return -1;
	return f->found > before ? 0 : hint(f, word, err);
}

static int
find_words(struct session *session, struct error *err)
{
	const struct config *c = &session->config;
	const struct options *o = session->options;
	struct messages *messages = messages_load(MESSAGES_OPERATOR, c->stylesheets, err);
	struct finding f = {.words = {.session = session, .messages = messages}};
	int rc = messages != NULL ? 0 : -1;

	for (size_t i = 0; rc == 0 && i < o->args; i++)
		if (o->arg[i][0] != '\0')
			rc = find_word(&f, o->arg[i], err);
	messages_free(messages);
	if (rc != 0)
		return exit_code_unusable(err);
	return f.found > 0 ? EXIT_CODE_OK : EXIT_CODE_SOME;
}

/* Serial numbers, tickets and customers of many rows are empty: an empty word names none of them. */
static bool
has_word(const struct options *o)
{
	for (size_t i = 0; i < o->args; i++)
		if (o->arg[i][0] != '\0')
			return true;
	return false;
}

static int
find_main(const struct options *o)
{
	struct session session;
	struct error err;
	int code = session_open(&session, o);

	if (code == EXIT_CODE_OK && !has_word(o)) {
		log_error("find needs a serial number, Product Key ID, ticket or customer: unpilot "
		          "find WORD");
		next_step_set("help find");
		code = EXIT_CODE_UNUSABLE;
	}
	if (code == EXIT_CODE_OK)
		code = session_open_ledger_readonly(&session);
	if (code == EXIT_CODE_OK)
		code = find_words(&session, &err);
	session_close(&session);
	return code;
}

const struct command command_find = {
	.name = "find",
	.args_max = ARGS_ANY,
	.options = FOR_FIND,
	.run = find_main,
	.usage = "find [OPTION...] WORD...",
	.line = "what is known about a device, a ticket or a customer",
	.about =
		"Prints every row of every run whose serial number, Product Key ID or ticket is the\n"
		"word, whole and with its case: run, customer, outcome and date, when it was asked and by\n"
		"which batch, what the service said, pack and mail, the steps that the customer reported,\n"
		"and those that are open. For a customer: its runs with their packs. Ends with 1 if\n"
		"nothing was found.\n\n"
		"Examples:\n"
		"  unpilot find FB-1001\n"
		"  unpilot find contoso --json",
};
