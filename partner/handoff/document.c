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
#include "partner/handoff/steps.h"

#define XML_MAX ((size_t)128 * 1024 * 1024) /* 5000 devices with the longest fields taken */
#define HTML_MAX ((size_t)256 * 1024 * 1024)
#define PIECE_MAX ((size_t)8 * 1024 * 1024) /* one device as JSON or CSV */
#define USED_MAX 64                         /* more than the catalogue has */

struct document {
	const struct ledger_run *run;
	const struct ledger_customer *customer;
	const struct handoff_settings *settings;
	char generated[CLOCK_STAMP_SIZE];
	struct xml_writer *xml;
	struct file_writer json, csv;
	struct buf piece;
	int64_t counts[OUTCOME_COUNT];
	int64_t devices, unlisted; /* unlisted: of the open group */
	struct situation situation;
	const struct step *steps[STEPS_MAX]; /* of the open group */
	size_t step_count;
	const struct step *used[USED_MAX];
	size_t used_count;
	bool in_group;
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
	json_add_text(head, "run", d->run->name);
	json_add_text(head, "customer", text_or_null(d->customer->key));
	json_add_text(head, "partner", text_or_null(d->settings->partner_name));
	json_add_text(head, "generated", d->generated);
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

	for (size_t i = 0; i < d->used_count; i++) {
		struct json *s = json_add_object(steps, d->used[i]->id);

		json_add_text(s, "title", d->used[i]->title);
		json_add_text(s, "text", d->used[i]->text);
		json_add_text(s, "who", d->used[i]->who);
	}
	fputs("\n],\"steps\":", d->json.stream);
	send_json(d, steps);
	fputs("}\n", d->json.stream);
}

static void
open_xml(struct document *d)
{
	xml_open(d->xml, "handoff");
	xml_attr(d->xml, "schema", "unpilot-handoff/1");
	xml_attr(d->xml, "run", d->run->name);
	xml_attr(d->xml, "customer", d->customer->key);
	xml_attr(d->xml, "customer-name", d->customer->name);
	xml_attr(d->xml, "generated", d->generated);
	xml_open(d->xml, "partner");
	xml_attr(d->xml, "name", d->settings->partner_name);
	xml_attr(d->xml, "contact", d->settings->partner_contact);
	xml_attr(d->xml, "support", d->settings->partner_support);
	xml_close(d->xml);
	xml_open(d->xml, "groups");
}

static void
close_group(struct document *d)
{
	if (!d->in_group)
		return;
	if (d->unlisted > 0) {
		xml_open(d->xml, "unlisted");
		xml_attr_int(d->xml, "count", d->unlisted);
		xml_close(d->xml);
	}
	xml_close(d->xml);
	d->in_group = false;
}

static void
close_xml(struct document *d)
{
	close_group(d);
	xml_close(d->xml);
	xml_open(d->xml, "counts");
	for (int o = 0; o < OUTCOME_COUNT; o++)
		xml_attr_int(d->xml, outcome_word((enum outcome)o), d->counts[o]);
	xml_close(d->xml);
	xml_open(d->xml, "catalogue");
	for (size_t i = 0; i < d->used_count; i++) {
		xml_open(d->xml, "step");
		xml_attr(d->xml, "id", d->used[i]->id);
		xml_attr(d->xml, "title", d->used[i]->title);
		xml_attr(d->xml, "who", d->used[i]->who);
		xml_attr(d->xml, "inference", d->used[i]->inference ? "yes" : "no");
		xml_text(d->xml, d->used[i]->text);
		xml_close(d->xml);
	}
	xml_close(d->xml);
	xml_close(d->xml);
}

static void
use_step(struct document *d, const struct step *step)
{
	for (size_t i = 0; i < d->used_count; i++) {
		if (d->used[i] == step)
			return;
	}
	if (d->used_count < USED_MAX)
		d->used[d->used_count++] = step;
}

static void
open_group(struct document *d, const struct situation *s)
{
	close_group(d);
	d->in_group = true;
	d->unlisted = 0;
	d->situation = *s;
	d->step_count = steps_for(s, d->steps);
	xml_open(d->xml, "group");
	xml_attr(d->xml, "outcome", outcome_word(s->outcome));
	xml_attr(d->xml, "join", join_word(s->join));
	xml_attr(d->xml, "mdm", mdm_word(s->mdm));
	xml_attr(d->xml, "registered-via", registrant_word(s->via));
	xml_attr(d->xml, "purpose", purpose_word(s->purpose));
	xml_open(d->xml, "steps");
	for (size_t i = 0; i < d->step_count; i++) {
		use_step(d, d->steps[i]);
		xml_open(d->xml, "step");
		xml_attr(d->xml, "ref", d->steps[i]->id);
		xml_close(d->xml);
	}
	xml_close(d->xml);
}

static bool
same_situation(const struct situation *a, const struct situation *b)
{
	return a->outcome == b->outcome && a->join == b->join && a->mdm == b->mdm &&
	       a->via == b->via && a->purpose == b->purpose;
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

/* The steps reported done, in the order of the list; what it no longer asks for is left out. */
static void
done_xml(struct document *d, const char *done)
{
	char list[STEPS_MAX * 5] = ""; /* ids have at most three characters */
	size_t used = 0;

	for (size_t i = 0; i < d->step_count && used < sizeof(list); i++)
		if (steps_hold(done, d->steps[i]->id))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
			                         used > 0 ? " " : "", d->steps[i]->id);
	xml_attr(d->xml, "done", text_or_null(list));
}

static void
device_xml(struct document *d, const struct ledger_line *line, const char *at)
{
	const struct ledger_row *row = line->row;

	if (d->devices > DOCUMENT_DEVICES_MAX) {
		d->unlisted++;
		return;
	}
	xml_open(d->xml, "device");
	xml_attr_int(d->xml, "id", row->id);
	xml_attr(d->xml, "serial", row->device.serial);
	xml_attr(d->xml, "manufacturer", row->device.manufacturer);
	xml_attr(d->xml, "model", row->device.model);
	xml_attr(d->xml, "product-key-id", row->device.pkid);
	xml_attr(d->xml, "ticket", row->ticket);
	xml_attr(d->xml, "outcome", outcome_word(row->outcome));
	xml_attr(d->xml, "reason", row->reason);
	xml_attr(d->xml, "deregistered-at", at);
	done_xml(d, line->done);
	xml_close(d->xml);
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
	for (size_t i = 0; i < d->step_count; i++)
		json_append_text(steps, d->steps[i]->id);
	fputs(d->devices > 1 ? ",\n" : "\n", d->json.stream);
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

	for (size_t i = 0; i < d->step_count && used < sizeof(steps); i++)
		used += (size_t)snprintf(steps + used, sizeof(steps) - used, "%s%s",
		                         i > 0 ? " " : "", d->steps[i]->id);
	buf_reset(&d->piece);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		csv_put_safe(&d->piece, fields[i] != NULL ? fields[i] : "", i == 0);
	csv_put_safe(&d->piece, steps, false);
	csv_end(&d->piece);
	send_piece(d, d->csv.stream);
}

static int
on_line(void *ctx, const struct ledger_line *line, struct error *err)
{
	struct document *d = ctx;
	const struct ledger_row *row = line->row;
	struct situation s = {
		.outcome = row->outcome,
		.join = row->join,
		.mdm = row->mdm,
		.via = row->via,
		.purpose = row->purpose,
	};
	char stamp[CLOCK_STAMP_SIZE];
	const char *at = done_at(row, stamp);

	if (row->outcome == OUTCOME_REJECTED)
		return 0;
	if (strcmp(line->customer, d->customer->key) != 0)
		return error_set(err, "row %lld belongs to another customer", (long long)row->id);
	if (d->run->id == 0 && steps_left(&s, line->done) == 0)
		return 0; /* a pack of what is open, and nothing is */
	if (!d->in_group || !same_situation(&s, &d->situation))
		open_group(d, &s);
	d->devices++;
	d->counts[row->outcome]++;
	device_xml(d, line, at);
	device_json(d, row, at);
	device_csv(d, row, at);
	return d->piece.overflow ? error_set(err, "a row is too long for the report") : 0;
}

static int
save(const char *dir, const char *name, const char *data, size_t len, struct error *err)
{
	char *path = file_join(dir, name);
	int result = file_write(path, FILE_MODE_PUBLIC, data, len, err);

	free(path);
	return result;
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
save_document(struct document *d, const char *dir, const struct xml_sheet *sheet, struct error *err)
{
	const char *data;
	struct buf html;
	size_t len;
	int result;

	if (xml_finish(d->xml, &data, &len, err) != 0)
		return -1;
	if (save(dir, "handoff.xml", data, len, err) != 0)
		return -1;
	buf_init(&html, HTML_MAX);
	result = xml_transform(sheet, data, len, &html, err);
	if (result == 0)
		result = save(dir, "index.html", html.data, html.len, err);
	buf_release(&html);
	return result;
}

static int
build(struct document *d, struct ledger *l, const char *dir, const struct xml_sheet *sheet,
      struct error *err)
{
	if (file_mkdirs(dir, err) != 0)
		return -1;
	file_sweep(dir);
	if (begin(&d->json, dir, "handoff.json", err) != 0 ||
	    begin(&d->csv, dir, "devices.csv", err) != 0)
		return -1;
	open_xml(d);
	open_json(d);
	open_csv(d);
	if ((d->run->id == 0 ? ledger_each_open_line(l, d->customer->key, on_line, d, err)
	                     : ledger_each_line(l, d->run->id, d->customer->id, OUTCOME_COUNT,
	                                        LEDGER_BY_SITUATION, on_line, d, err)) != 0)
		return -1;
	close_xml(d);
	close_json(d);
	if (file_commit(&d->json, err) != 0 || file_commit(&d->csv, err) != 0)
		return -1;
	return save_document(d, dir, sheet, err);
}

int
document_write(struct ledger *l, const struct ledger_run *run,
               const struct ledger_customer *customer, const struct handoff_settings *settings,
               const struct xml_sheet *sheet, struct error *err)
{
	struct document d = {.run = run, .customer = customer, .settings = settings};
	char *dir = file_join(run->out, customer->folder);
	int result;

	clock_stamp(clock_now(), d.generated);
	buf_init(&d.piece, PIECE_MAX);
	d.xml = xml_writer_new(XML_MAX);
	result = build(&d, l, dir, sheet, err);
	if (result != 0) {
		file_abandon(&d.json);
		file_abandon(&d.csv);
	}
	xml_writer_free(d.xml);
	buf_release(&d.piece);
	free(dir);
	return result;
}
