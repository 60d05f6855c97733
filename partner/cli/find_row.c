/* Collects the history of a row, and prints it. */
#include "partner/cli/find_row.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/json.h"
#include "common/text.h"
#include "partner/app/json_line.h"
#include "partner/app/shown.h"
#include "partner/cli/find_life.h"
#include "partner/handoff/situation.h"
#include "partner/handoff/steps.h"
#include "partner/ledger/history.h"
#include "partner/ledger/letters.h"

#define ROW "%-21s %-17s %-14s %s\n"
#define TEXT_MAX ((size_t)8 * 1024) /* of one line */

/* The answer of a customer in words. */
static const char *const answers[] = {[LEDGER_ANSWER_DONE] = "done",
                                      [LEDGER_ANSWER_NOT_APPLICABLE] = "not-applicable",
                                      [LEDGER_ANSWER_GONE] = "gone"};
_Static_assert(ARRAY_SIZE(answers) == LEDGER_ANSWER_COUNT, "every answer has its word");

struct row {
	const struct find_words *words;
	const struct ledger_line *line;
	int64_t batch, first_sent, requests;
	char *pack, *mail;                  /* owned; NULL: there is none */
	const struct step *open[STEPS_MAX]; /* actions that the customer has not answered */
	size_t open_count;
	struct json *array; /* that attempts or reports are appended to */
	struct buf text;    /* the same for text */
};

char *
find_pack_file(const char *out, const char *folder, const char *name)
{
	char *dir, *path;

	if (out[0] == '\0' || folder[0] == '\0')
		return NULL;
	dir = file_join(out, folder);
	path = name[0] != '\0' ? file_join(dir, name) : xstrdup(dir);
	free(dir);
	if (!file_is_missing(path))
		return path;
	free(path);
	return NULL;
}

static int
on_history(void *ctx, const struct ledger_history *history, struct error *err UNUSED)
{
	struct row *r = ctx;

	r->batch = history->batch;
	r->first_sent = history->first_sent;
	r->requests = history->requests;
	r->pack = find_pack_file(history->out, history->folder, "");
	r->mail = find_pack_file(history->out, history->folder, "mail.txt");
	return 0;
}

/* The open actions of the row, each once. */
static void
collect_open(struct row *r)
{
	const struct step *list[STEPS_MAX];
	const struct situation s = situation_of_row(r->line->row);
	const char *done = text_or_null(r->line->done) != NULL ? r->line->done : "";
	size_t count = steps_for(&s, list);

	for (size_t i = 0; i < count; i++) {
		bool known = !steps_is_action(list[i]->kind) || steps_hold(done, list[i]->id);

		for (size_t j = 0; !known && j < r->open_count; j++)
			known = strcmp(r->open[j]->id, list[i]->id) == 0;
		if (!known)
			r->open[r->open_count++] = list[i];
	}
}

static const char *
title_of(const struct row *r, const char *id)
{
	const struct step *step = step_find(id);

	return step != NULL ? messages_step(r->words->messages, step)->title : id;
}

/* ---- JSON ---- */

/* 0 becomes null. */
static void
add_time(struct json *object, const char *key, int64_t seconds)
{
	char stamp[CLOCK_STAMP_SIZE];

	clock_stamp(seconds, stamp);
	json_add_text(object, key, seconds != 0 ? stamp : NULL);
}

static void
add_attempt(void *ctx, const struct ledger_attempt *attempt)
{
	const struct row *r = ctx;
	struct json *object = json_append_object(r->array);

	add_time(object, "at", attempt->at);
	json_add_text(object, "what", attempt->what);
	json_add_text(object, "note", text_or_null(attempt->note));
}

static void
add_report(void *ctx, const struct ledger_report *report)
{
	const struct row *r = ctx;
	struct json *object = json_append_object(r->array);

	json_add_text(object, "step", report->step);
	json_add_text(object, "title", title_of(r, report->step));
	add_time(object, "at", report->at);
	json_add_text(object, "state", answers[report->answer]);
	json_add_text(object, "by", text_or_null(report->by));
	json_add_text(object, "record", text_or_null(report->record));
}

static void
add_row(struct json *object, const struct ledger_line *line)
{
	const struct ledger_row *row = line->row;

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
	add_time(object, "decided_at", row->decided);
	json_add_text(object, "batch", text_or_null(line->service_id));
}

static int64_t
verified_at(const struct ledger_line *line)
{
	return line->done != NULL ? steps_verified(line->done) : 0;
}

static void
add_open(struct json *object, const struct row *r)
{
	struct json *ids = json_add_array(object, "open_steps");
	struct json *open = json_add_array(object, "open");

	for (size_t i = 0; i < r->open_count; i++) {
		struct json *step = json_append_object(open);

		json_append_text(ids, r->open[i]->id);
		json_add_text(step, "step", r->open[i]->id);
		json_add_text(step, "title", title_of(r, r->open[i]->id));
	}
}

/* The letter under which the device was sent, or null. */
static int
add_letter(struct json *object, const struct row *r, struct error *err)
{
	struct ledger_life life;
	int rc = ledger_letter_life(r->words->session->ledger, r->line->row->id, &life, err);
	struct json *letter;

	if (rc != 1) {
		json_add_text(object, "letter", NULL);
		return rc;
	}
	letter = json_add_object(object, "letter");
	add_time(letter, "at", life.started);
	json_add_number(letter, "steps", life.steps);
	json_add_number(letter, "answered", life.answered);
	add_time(letter, "answered_at", life.answered_at);
	return 0;
}

static int
print_json(struct row *r, struct error *err)
{
	struct ledger *l = r->words->session->ledger;
	struct json *object = json_object();
	int rc;

	add_row(object, r->line);
	add_open(object, r);
	rc = add_letter(object, r, err);
	add_time(object, "asked_at", r->first_sent);
	json_add_number(object, "requests", r->requests);
	json_add_text(object, "pack", r->pack);
	json_add_text(object, "mail", r->mail);
	r->array = json_add_array(object, "attempts");
	if (rc == 0)
		rc = ledger_each_attempt(l, r->batch, add_attempt, r, err);
	add_time(object, "verified_at", verified_at(r->line));
	r->array = json_add_array(object, "reported");
	if (rc == 0)
		rc = ledger_each_report(l, r->line->row->id, add_report, r, err);
	if (rc == 0)
		json_line_print(object);
	else
		json_free(object);
	return rc;
}

/* ---- text ---- */

static void print_part(const char *label, const char *format, ...) PRINTFLIKE(2, 3);
static void
print_part(const char *label, const char *format, ...)
{
	char text[TEXT_MAX];
	size_t len = (size_t)snprintf(text, sizeof(text), "%s: ", label);
	va_list args;

	va_start(args, format);
	vsnprintf(text + len, sizeof(text) - len, format, args);
	va_end(args);
	shown_text(2, text);
}

static void
print_names(const struct ledger_line *line)
{
	const struct device_id *d = &line->row->device;

	if (d->serial[0] != '\0')
		print_part("serial", "%s", d->serial);
	if (d->pkid[0] != '\0')
		print_part("Product Key ID", "%s", d->pkid);
	if (d->manufacturer[0] != '\0' || d->model[0] != '\0')
		print_part("model", "%s %s", d->manufacturer, d->model);
	if (line->row->ticket[0] != '\0')
		print_part("ticket", "%s", line->row->ticket);
	print_part("list", "%s, line %ld", line->list, line->row->line);
}

/* Appends the note of a request. Leaves out the BatchId, because the line prints it already. */
static void
append_attempt(void *ctx, const struct ledger_attempt *attempt)
{
	struct row *r = ctx;
	const char *id = text_or_null(r->line->service_id);
	bool noted = attempt->note[0] != '\0' && (id == NULL || strcmp(attempt->note, id) != 0);
	char time[SHOWN_SIZE];

	shown_time(attempt->at, time);
	buf_printf(&r->text, "%s%s %s%s%s%s", r->text.len > 0 ? ", " : "", attempt->what, time,
	           noted ? " (" : "", noted ? attempt->note : "", noted ? ")" : "");
}

static void
print_report(void *ctx, const struct ledger_report *report)
{
	static const char *const shown[LEDGER_ANSWER_COUNT] = {"done", "does not apply",
	                                                       "was gone already"};
	char time[SHOWN_SIZE];

	shown_time(report->at, time);
	print_part("reported", "%s %s (%s): %s%s%s", time, title_of(ctx, report->step),
	           report->step, shown[report->answer], report->by[0] != '\0' ? ", by " : "",
	           report->by);
}

static void
print_verified(const struct ledger_line *line)
{
	char stamp[CLOCK_STAMP_SIZE];

	if (verified_at(line) == 0)
		return;
	clock_stamp(verified_at(line), stamp);
	printf("  verified by the customer's Graph on %.10s\n", stamp);
}

static void
print_open(const struct row *r)
{
	struct buf b;

	if (r->open_count == 0)
		return;
	buf_init(&b, TEXT_MAX);
	for (size_t i = 0; i < r->open_count; i++)
		buf_printf(&b, "%s%s (%s)", i > 0 ? "; " : "", title_of(r, r->open[i]->id),
		           r->open[i]->id);
	print_part("open steps", "%s", b.data);
	buf_release(&b);
}

static int
print_asked(struct row *r, struct error *err)
{
	const char *id = text_or_null(r->line->service_id);
	char time[SHOWN_SIZE];
	int rc;

	if (r->first_sent == 0) {
		print_part("asked", "never");
		return 0;
	}
	shown_time(r->first_sent, time);
	print_part("asked", "%s, %lld request%s", time, (long long)r->requests,
	           text_s(r->requests));
	print_part("batch", "%lld%s%s", (long long)r->batch, id != NULL ? ", BatchId " : "",
	           id != NULL ? id : "");
	buf_init(&r->text, TEXT_MAX);
	rc = ledger_each_attempt(r->words->session->ledger, r->batch, append_attempt, r, err);
	if (r->text.len > 0)
		shown_text(4, r->text.data);
	buf_release(&r->text);
	return rc;
}

static bool
is_letter(const struct ledger_line *line)
{
	return ledger_letter_prefix(line->run) > 0;
}

static int
print_life(struct row *r, struct error *err)
{
	int rc;

	buf_init(&r->text, TEXT_MAX);
	rc = find_life(r->words->session->ledger, r->line, r->pack != NULL, &r->text, err);
	if (r->text.len > 0)
		print_part("life", "%s", r->text.data);
	buf_release(&r->text);
	return rc;
}

static int
print_text(struct row *r, struct error *err)
{
	const struct ledger_row *row = r->line->row;
	char time[SHOWN_SIZE], customer[SHOWN_SIZE];

	shown_time(row->decided, time);
	text_printable(customer, sizeof(customer), r->line->customer);
	printf(ROW, r->line->run, time, is_letter(r->line) ? "letter" : outcome_word(row->outcome),
	       customer[0] != '\0' ? customer : "(none)");
	print_names(r->line);
	if (print_life(r, err) != 0 || (!is_letter(r->line) && print_asked(r, err) != 0))
		return -1;
	if (row->outcome < OUTCOME_PENDING)
		print_part("service said", "%s",
		           row->reason[0] != '\0' ? row->reason : outcome_word(row->outcome));
	else if (row->reason[0] != '\0')
		print_part("reason", "%s", row->reason);
	if (r->pack != NULL)
		print_part("pack", "%s", r->pack);
	if (r->mail != NULL)
		print_part("mail", "%s", r->mail);
	if (ledger_each_report(r->words->session->ledger, row->id, print_report, r, err) != 0)
		return -1;
	print_verified(r->line);
	print_open(r);
	return 0;
}

void
find_row_header(void)
{
	printf(ROW, "RUN", "DECIDED", "OUTCOME", "CUSTOMER");
}

int
find_row_print(const struct find_words *words, const struct ledger_line *line, struct error *err)
{
	struct row r = {.words = words, .line = line};
	int rc = ledger_history_of(words->session->ledger, line->row->id, on_history, &r, err);

	collect_open(&r);
	if (rc == 0)
		rc = words->session->options->json ? print_json(&r, err) : print_text(&r, err);
	free(r.pack);
	free(r.mail);
	return rc;
}
