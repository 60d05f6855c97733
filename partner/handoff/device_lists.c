/* Formats JSON and CSV directly: harmless values are copied without escaping. */
#include "partner/handoff/device_lists.h"

#include <stdlib.h>
#include <string.h>

#include "common/csv.h"
#include "common/json.h"
#include "common/text.h"
#include "partner/handoff/situation.h"

#define PIECE_MAX ((size_t)8 * 1024 * 1024) /* one device as JSON or CSV */
#define ENDS_MAX ((size_t)4096)             /* our words and step ids */

static void
flush_piece(struct device_lists *l, FILE *to)
{
	fwrite(l->piece.data, 1, l->piece.len, to);
	buf_reset(&l->piece);
}

/* Opens the object and its array of devices. */
static void
open_json(struct device_lists *l, const struct document_head *head)
{
	struct buf *b = &l->piece;

	buf_char(b, '{');
	json_put_member(b, "schema", "unpilot-handoff/2");
	json_put_member(b, "run", head->run->name);
	json_put_member(b, "customer", text_or_null(head->customer->key));
	json_put_member(b, "partner", text_or_null(head->settings->partner_name));
	json_put_member(b, "generated", head->generated);
	json_put_key(b, "devices");
	buf_char(b, '[');
	flush_piece(l, l->json.stream);
}

static void
open_csv(struct device_lists *l)
{
	fputs("\xef\xbb\xbf"
	      "Serial Number,Product Key ID,Manufacturer,Model,Ticket,Outcome,Reason,"
	      "Deregistered At,Join Type,MDM,Registered Via,Purpose,Steps,Step Kinds\r\n",
	      l->csv.stream);
}

int
device_lists_open(struct device_lists *l, const char *dir, const struct document_head *head,
                  struct error *err)
{
	*l = (struct device_lists){0};
	buf_init(&l->piece, PIECE_MAX);
	buf_init(&l->json_outcome, ENDS_MAX);
	buf_init(&l->csv_outcome, ENDS_MAX);
	buf_init(&l->json_end, ENDS_MAX);
	buf_init(&l->csv_end, ENDS_MAX);
	if (file_begin_in(&l->json, dir, "handoff.json", err) != 0 ||
	    file_begin_in(&l->csv, dir, "devices.csv", err) != 0)
		return -1;
	open_json(l, head);
	open_csv(l);
	return 0;
}

/* ",B1 do keys; F1 if firmware": the steps again, with kind and phase beside each. */
static void
put_kinds(struct buf *b, const struct ledger_row *row, const struct step *const *step, size_t steps)
{
	const struct situation s = situation_of_row(row);

	buf_char(b, ',');
	for (size_t i = 0; i < steps; i++) {
		buf_str(b, i > 0 ? "; " : "");
		buf_str(b, step[i]->id);
		buf_char(b, ' ');
		buf_str(b, steps_kind_word(steps_kind(step[i], &s)));
		buf_char(b, ' ');
		buf_str(b, steps_phase_word(step[i]->phase));
	}
}

void
device_lists_group(struct device_lists *l, const struct ledger_row *row,
                   const struct step *const *step, size_t steps)
{
	const char *words[] = {join_word(row->join), mdm_word(row->mdm), registrant_word(row->via),
	                       purpose_word(row->purpose)};
	static const char *const keys[ARRAY_SIZE(words)] = {"join", "mdm", "registered_via",
	                                                    "purpose"};

	buf_reset(&l->json_outcome);
	buf_reset(&l->csv_outcome);
	json_put_member(&l->json_outcome, "outcome", outcome_word(row->outcome));
	csv_put(&l->csv_outcome, outcome_word(row->outcome), false);
	buf_reset(&l->json_end);
	buf_reset(&l->csv_end);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		json_put_member(&l->json_end, keys[i], words[i]);
		csv_put(&l->csv_end, words[i], false);
	}
	json_put_key(&l->json_end, "steps");
	buf_char(&l->json_end, '[');
	buf_char(&l->csv_end, ',');
	for (size_t i = 0; i < steps; i++) {
		if (i > 0)
			buf_char(&l->json_end, ',');
		json_put_text(&l->json_end, step[i]->id);
		buf_str(&l->csv_end, i > 0 ? " " : "");
		buf_str(&l->csv_end, step[i]->id);
	}
	buf_str(&l->json_end, "]}");
	put_kinds(&l->csv_end, row, step, steps);
	csv_end(&l->csv_end);
}

static void
put_text(struct buf *b, const struct field *f)
{
	if (!f->harmless || f->len == 0) {
		json_put_text(b, text_or_null(f->text));
		return;
	}
	buf_char(b, '"');
	buf_add(b, f->text, f->len);
	buf_char(b, '"');
}

static void
put_json(struct device_lists *l, const struct field *f)
{
	struct buf *b = &l->piece;

	buf_str(b, l->devices > 0 ? ",\n" : "\n");
	buf_str(b, "{\"serial\":");
	put_text(b, &f[FIELD_SERIAL]);
	buf_str(b, ",\"product_key_id\":");
	put_text(b, &f[FIELD_PKID]);
	buf_str(b, ",\"manufacturer\":");
	put_text(b, &f[FIELD_MANUFACTURER]);
	buf_str(b, ",\"model\":");
	put_text(b, &f[FIELD_MODEL]);
	buf_str(b, ",\"ticket\":");
	put_text(b, &f[FIELD_TICKET]);
	buf_add(b, l->json_outcome.data, l->json_outcome.len);
	buf_str(b, ",\"reason\":");
	put_text(b, &f[FIELD_REASON]);
	buf_str(b, ",\"deregistered_at\":");
	put_text(b, &f[FIELD_AT]);
	buf_add(b, l->json_end.data, l->json_end.len);
}

static void
put_value(struct buf *b, const struct field *f, bool first)
{
	if (!f->harmless) {
		csv_put_safe(b, f->text, first);
		return;
	}
	if (!first)
		buf_char(b, ',');
	buf_add(b, f->text, f->len);
}

static void
put_csv(struct device_lists *l, const struct field *f)
{
	struct buf *b = &l->piece;

	put_value(b, &f[FIELD_SERIAL], true);
	put_value(b, &f[FIELD_PKID], false);
	put_value(b, &f[FIELD_MANUFACTURER], false);
	put_value(b, &f[FIELD_MODEL], false);
	put_value(b, &f[FIELD_TICKET], false);
	buf_add(b, l->csv_outcome.data, l->csv_outcome.len);
	put_value(b, &f[FIELD_REASON], false);
	put_value(b, &f[FIELD_AT], false);
	buf_add(b, l->csv_end.data, l->csv_end.len);
}

int
device_lists_row(struct device_lists *l, const struct fields *device, struct error *err)
{
	bool overflow;

	put_json(l, device->of);
	overflow = l->piece.overflow;
	flush_piece(l, l->json.stream);
	put_csv(l, device->of);
	overflow = overflow || l->piece.overflow;
	flush_piece(l, l->csv.stream);
	l->devices++;
	return overflow ? error_set(err, "a row is too long for the report") : 0;
}

/* "B1":{...}: what the step says, for programs. */
static void
put_step(struct buf *b, const struct step *step, const struct step_words *w, enum step_kind kind)
{
	json_put_key(b, step->id);
	buf_char(b, '{');
	json_put_member(b, "title", w->title);
	json_put_member(b, "text", w->full);
	json_put_member(b, "who", w->who);
	json_put_member(b, "kind", steps_kind_word(kind));
	json_put_member(b, "phase", steps_phase_word(step->phase));
	json_put_member(b, "url", step->url);
	buf_char(b, '}');
}

static void
close_json(struct device_lists *l, const struct messages *m, const struct document_steps *table)
{
	buf_str(&l->piece, "\n],\"steps\":{");
	for (size_t i = STEP_NONE + 1; i < STEP_COUNT; i++) {
		const struct step *step = step_of((enum step_id)i);

		if (table->used[i])
			put_step(&l->piece, step, messages_step(m, step),
			         document_steps_kind(table, step));
	}
	buf_str(&l->piece, "}}\n");
	flush_piece(l, l->json.stream);
}

int
device_lists_commit(struct device_lists *l, const struct messages *m,
                    const struct document_steps *table, struct file_set *files, struct error *err)
{
	close_json(l, m, table);
	return file_set_add(files, &l->json, err) == 0 ? file_set_add(files, &l->csv, err) : -1;
}

void
device_lists_release(struct device_lists *l)
{
	file_abandon(&l->json);
	file_abandon(&l->csv);
	buf_release(&l->piece);
	buf_release(&l->json_outcome);
	buf_release(&l->csv_outcome);
	buf_release(&l->json_end);
	buf_release(&l->csv_end);
}
