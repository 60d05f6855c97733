/* Feeds every row of a customer to the document and the device lists, then renders. */
#include "partner/handoff/document.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/text.h"
#include "partner/handoff/document_xml.h"
#include "partner/handoff/device_lists.h"
#include "partner/handoff/open_steps.h"
#include "partner/handoff/run_page.h"
#include "partner/handoff/situation.h"
#include "partner/handoff/steps.h"
#include "partner/ledger/gate.h"
#include "partner/ledger/report.h"
#include "partner/ledger/rows.h"

struct document {
	const struct document_head *head;
	struct document_xml xml; /* has the steps of the open group */
	struct file_writer file; /* handoff.xml */
	struct device_lists lists;
	int64_t decided; /* the second that stamp shows; the devices of a batch share it */
	char stamp[CLOCK_STAMP_SIZE];
	const char *words[OUTCOME_COUNT]; /* of an outcome, once it is known */
	bool known[OUTCOME_COUNT];
	struct buf reason, verified;
	struct document_before before;
};

#define REASON_MAX ((size_t)4096) /* a sentence of the catalogue */

/* ISO time of a deregistration that the service confirmed, or NULL. */
static const char *
done_at(struct document *d, const struct ledger_row *row)
{
	if (row->outcome != OUTCOME_DEREGISTERED || row->decided == 0)
		return NULL;
	if (row->decided != d->decided)
		clock_stamp(row->decided, d->stamp);
	d->decided = row->decided;
	return text_or_null(d->stamp);
}

/* A pack over all runs (run->id 0) leaves out devices without an open step. */
static bool
nothing_open(const struct document_head *head, const struct ledger_line *line)
{
	return head->run->id == 0 && !open_steps_any(line);
}

/* 1: a row of this document; 0: held or rejected in a letter, or without an open step; -1. */
static int
belongs(const struct document_head *head, const struct ledger_line *line, struct error *err)
{
	const struct ledger_row *row = line->row;

	if (row->outcome >= OUTCOME_HELD && head->kind != DOCUMENT_PACK)
		return 0;
	if (strcmp(line->customer, head->customer->key) != 0)
		return error_set(err, "row %lld belongs to another customer", (long long)row->id);
	return nothing_open(head, line) ? 0 : 1;
}

/* Searches the words of an outcome once. */
static const char *
reason_words(struct document *d, const struct ledger_row *row)
{
	const struct messages *m = d->head->messages;
	enum outcome o = row->outcome;

	if (d->head->kind == DOCUMENT_LETTER)
		return messages_text(m, "letter-state");
	if (ledger_row_waits(row))
		return messages_text(m, "reason-waiting");
	if (!d->known[o])
		d->words[o] = messages_reason(m, o, d->head->run->route);
	d->known[o] = true;
	return d->words[o];
}

/* False: the text has no place for the day. */
static bool
put_day(struct buf *b, const char *text, const char *day)
{
	const char *after = strstr(text, "{a}");

	if (after == NULL)
		return false;
	buf_reset(b);
	buf_printf(b, "%.*s%s%s", (int)(after - text), text, day, after + strlen("{a}"));
	return true;
}

/* Adds the reason in the customer's words. The reason in the ledger is for the operator. */
static void
tell_outcome(struct document *d, const struct ledger_row *row, struct fields *device,
             char day[static SITUATION_DAY_SIZE])
{
	const struct messages *m = d->head->messages;
	const char *at = done_at(d, row);

	situation_earlier_day(row, day);
	device->of[FIELD_AT] = field_of(at);
	device->of[FIELD_EARLIER] = field_of(day);
	device->of[FIELD_REASON] = field_of(reason_words(d, row));
	if (day[0] != '\0' && put_day(&d->reason, messages_text(m, "earlier-on"), day))
		device->of[FIELD_REASON] = field_of(d->reason.data);
}

static void
tell_verified(struct document *d, const struct ledger_line *line, struct fields *device)
{
	int64_t at = steps_verified(line->done);
	char stamp[CLOCK_STAMP_SIZE];

	if (at == 0)
		return;
	clock_stamp(at, stamp);
	stamp[strlen("2026-11-29")] = '\0';
	if (put_day(&d->verified, messages_text(d->head->messages, "verified-on"), stamp))
		device->of[FIELD_VERIFIED] = field_of(d->verified.data);
}

static int
on_line(void *ctx, const struct ledger_line *line, struct error *err)
{
	struct document *d = ctx;
	const struct ledger_row *row = line->row;
	int result = belongs(d->head, line, err);
	char day[SITUATION_DAY_SIZE];
	struct fields device;

	if (d->head->page != NULL && result >= 0)
		run_page_line(d->head->page, line);
	if (d->head->open != NULL && result >= 0)
		open_steps_add(d->head->open, line);
	if (result <= 0)
		return result;
	fields_set(&device, row);
	tell_outcome(d, row, &device, day);
	tell_verified(d, line, &device);
	if (document_xml_row(&d->xml, line, &device))
		device_lists_group(&d->lists, row, d->xml.steps, d->xml.step_count);
	return device_lists_row(&d->lists, &device, err);
}

static int
on_printout_line(void *ctx, const struct ledger_line *line, struct error *err)
{
	struct document_xml *x = ctx;
	int result = belongs(x->head, line, err);
	struct fields device;

	if (result <= 0)
		return result;
	fields_set(&device, line->row);
	(void)document_xml_row(x, line, &device);
	return 0;
}

static int
each_row(struct ledger *l, const struct document_head *head, ledger_line_fn *fn, void *ctx,
         struct error *err)
{
	return head->lines == NULL ? ledger_each_open_line(l, head->customer->key, fn, ctx, err)
	                           : ledger_lines_of(head->lines, head->customer->id, fn, ctx, err);
}

/* Adds handoff.xml to the files, then renders. Frees the bytes of the document before rendering. */
static int
render(struct document_xml *x, struct file_writer *file, const char *dir, struct renderer *renderer,
       struct error *err)
{
	struct xml_doc *doc = NULL;
	const char *data;
	size_t len;
	const struct render_source source = {.tables = x->head->tables,
	                                     .messages = x->head->messages,
	                                     .route = x->head->run->route,
	                                     .files = x->head->files,
	                                     .check = render_checks(renderer, x->table.used)};
	int result;

	x->texts = source.check;
	result = document_xml_finish(x, &data, &len, err);

	if (result == 0 && file != NULL)
		result = file_set_add(x->head->files, file, err);
	if (result == 0)
		doc = xml_doc_parse(data, len, "handoff.xml", err);
	document_xml_release(x);
	if (doc == NULL)
		return -1;
	result = render_write(renderer, dir, doc, &source, err);
	xml_doc_free(doc);
	return result;
}

static int
build(struct document *d, struct ledger *l, const char *dir, struct renderer *renderer,
      struct error *err)
{
	if (file_begin_in(&d->file, dir, "handoff.xml", err) != 0 ||
	    device_lists_open(&d->lists, dir, d->head, err) != 0)
		return -1;
	document_xml_open(&d->xml, d->head, d->file.stream, render_has_own(renderer));
	d->xml.before = &d->before;
	if ((d->head->before != NULL &&
	     document_before_read(&d->before, d->head->before, d->head->customer, err) != 0) ||
	    each_row(l, d->head, on_line, d, err) != 0 ||
	    device_lists_commit(&d->lists, d->head->messages, &d->xml.table, d->head->files, err) !=
	            0)
		return -1;
	return render(&d->xml, &d->file, dir, renderer, err);
}

/* Creates the customer's folder and removes left-over temporary files; NULL with *err. */
static char *
open_folder(struct document_head *head, struct error *err)
{
	char *dir = file_join(head->run->out, head->customer->folder);

	clock_stamp(clock_now(), head->generated);
	if (file_mkdirs_own(dir, err) == 0) {
		file_reap(dir);
		return dir;
	}
	free(dir);
	return NULL;
}

int
document_write(struct ledger *l, struct document_head *head, struct renderer *renderer,
               struct error *err)
{
	struct document d = {.head = head};
	char *dir = open_folder(head, err);
	int result;

	if (dir == NULL)
		return -1;
	buf_init(&d.reason, REASON_MAX);
	buf_init(&d.verified, REASON_MAX);
	result = build(&d, l, dir, renderer, err);
	buf_release(&d.reason);
	buf_release(&d.verified);
	document_before_release(&d.before);
	file_abandon(&d.file);
	device_lists_release(&d.lists);
	document_xml_release(&d.xml);
	free(dir);
	return result;
}

int
document_write_printout(struct ledger *l, struct document_head *head, struct renderer *renderer,
                        struct error *err)
{
	char *dir = open_folder(head, err);
	struct document_xml x;
	int result;

	if (dir == NULL)
		return -1;
	document_xml_open(&x, head, NULL, render_has_own(renderer));
	result = each_row(l, head, on_printout_line, &x, err);
	if (result == 0)
		result = render(&x, NULL, dir, renderer, err);
	document_xml_release(&x);
	free(dir);
	return result;
}
