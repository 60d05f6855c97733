#include "partner/handoff/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/csv.h"
#include "common/file.h"
#include "common/json.h"
#include "common/text.h"
#include "partner/handoff/messages.h"
#include "partner/handoff/steps.h"

#define PIECE_MAX ((size_t)8 * 1024 * 1024) /* one device as JSON or CSV */

struct document {
	const struct document_head *head;
	struct document_xml xml; /* knows the steps of the open group */
	struct file_writer json, csv;
	struct buf piece;
};

static void
send_piece(struct document *d, FILE *to)
{
	fwrite(d->piece.data, 1, d->piece.len, to);
}

static void
send_json(struct document *d, struct json *j)
{
	buf_reset(&d->piece);
	json_print(j, &d->piece);
	json_free(j);
	send_piece(d, d->json.stream);
}

/* Prints "key":value members of an object that stays open: the device list comes behind them. */
static void
open_json(struct document *d)
{
	struct json *head = json_object();

	json_add_text(head, "schema", "unpilot-handoff/1");
	json_add_text(head, "run", d->head->run->name);
	json_add_text(head, "customer", text_or_null(d->head->customer->key));
	json_add_text(head, "partner", text_or_null(d->head->settings->partner_name));
	json_add_text(head, "generated", d->head->generated);
	buf_reset(&d->piece);
	json_print(head, &d->piece);
	json_free(head);
	fwrite(d->piece.data, 1, d->piece.len - 1, d->json.stream); /* without its brace */
	fputs(",\"devices\":[", d->json.stream);
}

static void
close_json(struct document *d)
{
	struct json *steps = json_object();

	for (size_t i = STEP_NONE + 1; i < STEP_COUNT; i++) {
		const struct step *step = step_of((enum step_id)i);
		const struct step_words *w = messages_step(d->head->messages, step);
		struct json *s;

		if (!d->xml.used[i])
			continue;
		s = json_add_object(steps, step->id);
		json_add_text(s, "title", w->title);
		json_add_text(s, "text", w->full);
		json_add_text(s, "who", w->who);
	}
	fputs("\n],\"steps\":", d->json.stream);
	send_json(d, steps);
	fputs("}\n", d->json.stream);
}

/* ISO time of a deregistration, or NULL: only what the service confirmed has one. */
static const char *
done_at(const struct ledger_row *row, char stamp[static CLOCK_STAMP_SIZE])
{
	if (row->outcome != OUTCOME_DEREGISTERED || row->decided == 0)
		return NULL;
	clock_stamp(row->decided, stamp);
	return stamp;
}

static void
device_json(struct document *d, const struct ledger_row *row, const char *at)
{
	struct json *j = json_object();
	struct json *steps;

	json_add_text(j, "serial", text_or_null(row->device.serial));
	json_add_text(j, "product_key_id", text_or_null(row->device.pkid));
	json_add_text(j, "manufacturer", text_or_null(row->device.manufacturer));
	json_add_text(j, "model", text_or_null(row->device.model));
	json_add_text(j, "ticket", text_or_null(row->ticket));
	json_add_text(j, "outcome", outcome_word(row->outcome));
	json_add_text(j, "reason", text_or_null(row->reason));
	json_add_text(j, "deregistered_at", at);
	json_add_text(j, "join", join_word(row->join));
	json_add_text(j, "mdm", mdm_word(row->mdm));
	json_add_text(j, "registered_via", registrant_word(row->via));
	json_add_text(j, "purpose", purpose_word(row->purpose));
	steps = json_add_array(j, "steps");
	for (size_t i = 0; i < d->xml.step_count; i++)
		json_append_text(steps, d->xml.steps[i]->id);
	fputs(d->xml.devices > 1 ? ",\n" : "\n", d->json.stream);
	send_json(d, j);
}

static void
open_csv(struct document *d)
{
	fputs("\xef\xbb\xbf"
	      "Serial Number,Product Key ID,Manufacturer,Model,Ticket,Outcome,Reason,"
	      "Deregistered At,Join Type,MDM,Registered Via,Purpose,Steps\r\n",
	      d->csv.stream);
}

static void
device_csv(struct document *d, const struct ledger_row *row, const char *at)
{
	const char *fields[] = {
		row->device.serial,
		row->device.pkid,
		row->device.manufacturer,
		row->device.model,
		row->ticket,
		outcome_word(row->outcome),
		row->reason,
		at,
		join_word(row->join),
		mdm_word(row->mdm),
		registrant_word(row->via),
		purpose_word(row->purpose),
	};
	char steps[STEPS_MAX * 5] = ""; /* ids have at most three characters */
	size_t used = 0;

	for (size_t i = 0; i < d->xml.step_count && used < sizeof(steps); i++)
		used += (size_t)snprintf(steps + used, sizeof(steps) - used, "%s%s",
		                         i > 0 ? " " : "", d->xml.steps[i]->id);
	buf_reset(&d->piece);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		csv_put_safe(&d->piece, fields[i] != NULL ? fields[i] : "", i == 0);
	csv_put_safe(&d->piece, steps, false);
	csv_end(&d->piece);
	send_piece(d, d->csv.stream);
}

/* A pack of what is open over all runs (run->id 0) leaves out what has nothing open. */
static bool
nothing_open(const struct document_head *head, const struct ledger_line *line)
{
	struct situation s = situation_of(line->row);

	return head->run->id == 0 && steps_left(&s, line->done) == 0;
}

/* 1 for a row of this customer, 0 for one that was rejected or has nothing to tell. */
static int
belongs(const struct document_head *head, const struct ledger_line *line, struct error *err)
{
	const struct ledger_row *row = line->row;

	if (row->outcome == OUTCOME_REJECTED)
		return 0;
	if (strcmp(line->customer, head->customer->key) != 0)
		return error_set(err, "row %lld belongs to another customer", (long long)row->id);
	return nothing_open(head, line) ? 0 : 1;
}

static int
on_line(void *ctx, const struct ledger_line *line, struct error *err)
{
	struct document *d = ctx;
	const struct ledger_row *row = line->row;
	char stamp[CLOCK_STAMP_SIZE];
	const char *at = done_at(row, stamp);
	int result = belongs(d->head, line, err);

	if (result <= 0)
		return result;
	document_xml_row(&d->xml, line, at);
	device_json(d, row, at);
	device_csv(d, row, at);
	return d->piece.overflow ? error_set(err, "a row is too long for the report") : 0;
}

static int
on_letter_line(void *ctx, const struct ledger_line *line, struct error *err)
{
	struct document_xml *x = ctx;
	int result = belongs(x->head, line, err);

	if (result > 0)
		document_xml_row(x, line, NULL);
	return result < 0 ? -1 : 0;
}

static int
each_row(struct ledger *l, const struct document_head *head, ledger_line_fn *fn, void *ctx,
         struct error *err)
{
	if (head->run->id == 0)
		return ledger_each_open_line(l, head->customer->key, fn, ctx, err);
	return ledger_each_customer_line(l, head->customer->id, fn, ctx, err);
}

static int
begin(struct file_writer *w, const char *dir, const char *name, struct error *err)
{
	char *path = file_join(dir, name);
	int result = file_begin(w, path, FILE_MODE_PUBLIC, err);

	free(path);
	return result;
}

static int
save_xml(const char *dir, const char *data, size_t len, struct error *err)
{
	char *path = file_join(dir, "handoff.xml");
	int result = file_write(path, FILE_MODE_PUBLIC, data, len, err);

	free(path);
	return result;
}

/* handoff.xml, which a letter does not keep, and its faces. Its bytes go before they are made. */
static int
render(struct document_xml *x, const char *dir, const struct faces *faces, struct error *err)
{
	struct xml_doc *doc = NULL;
	const char *data;
	size_t len;
	int result = document_xml_finish(x, &data, &len, err);

	if (result == 0 && x->head->kind == DOCUMENT_PACK)
		result = save_xml(dir, data, len, err);
	if (result == 0)
		doc = xml_doc_parse(data, len, "handoff.xml", err);
	document_xml_release(x);
	if (doc == NULL)
		return -1;
	result = faces_write(faces, dir, doc, err);
	xml_doc_free(doc);
	return result;
}

static int
build(struct document *d, struct ledger *l, const char *dir, const struct faces *faces,
      struct error *err)
{
	if (begin(&d->json, dir, "handoff.json", err) != 0 ||
	    begin(&d->csv, dir, "devices.csv", err) != 0)
		return -1;
	open_json(d);
	open_csv(d);
	if (each_row(l, d->head, on_line, d, err) != 0)
		return -1;
	close_json(d);
	if (file_commit(&d->json, err) != 0 || file_commit(&d->csv, err) != 0)
		return -1;
	ledger_drop_cache(
		l); /* the rows have been read: rendering takes more memory than all before */
	return render(&d->xml, dir, faces, err);
}

/* The customer's folder, made and swept; NULL with *err. */
static char *
open_folder(struct document_head *head, struct error *err)
{
	char *dir = file_join(head->run->out, head->customer->folder);

	clock_stamp(clock_now(), head->generated);
	if (file_mkdirs(dir, err) == 0) {
		file_sweep(dir);
		return dir;
	}
	free(dir);
	return NULL;
}

int
document_write(struct ledger *l, struct document_head *head, const struct faces *faces,
               struct error *err)
{
	struct document d = {.head = head};
	char *dir = open_folder(head, err);
	int result;

	if (dir == NULL)
		return -1;
	buf_init(&d.piece, PIECE_MAX);
	document_xml_open(&d.xml, head);
	result = build(&d, l, dir, faces, err);
	if (result != 0) {
		file_abandon(&d.json);
		file_abandon(&d.csv);
	}
	document_xml_release(&d.xml);
	buf_release(&d.piece);
	free(dir);
	return result;
}

int
document_write_letter(struct ledger *l, struct document_head *head, const struct faces *faces,
                      struct error *err)
{
	char *dir = open_folder(head, err);
	struct document_xml x;
	int result;

	if (dir == NULL)
		return -1;
	document_xml_open(&x, head);
	result = each_row(l, head, on_letter_line, &x, err);
	if (result == 0)
		result = render(&x, dir, faces, err);
	document_xml_release(&x);
	free(dir);
	return result;
}
