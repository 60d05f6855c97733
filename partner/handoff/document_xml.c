/* Writes the document as a stream and keeps the small frame that the stylesheets read. */
#include "partner/handoff/document_xml.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"
#include "partner/handoff/situation.h"

#define XML_MAX ((size_t)128 * 1024 * 1024) /* 10,000 devices with the longest fields taken */
#define DONE_SIZE (STEPS_MAX * 6)           /* an id has at most three characters, "Q1:n" four */

#define DAY_S ((int64_t)24 * 3600)

/* When the devices of a letter are deregistered: soon, or once all is reported, or at the latest on a
 * day. */
static void
put_promise(struct document_xml *x)
{
	const struct handoff_settings *s = x->head->settings;
	char until[CLOCK_STAMP_SIZE];

	if (x->head->kind != DOCUMENT_LETTER)
		return;
	xml_attr(x->out, "sends", s->letter_required ? "reported" : "soon");
	if (!s->letter_required || s->letter_wait_days == 0)
		return;
	clock_stamp(x->head->run->started + s->letter_wait_days * DAY_S, until);
	until[strlen("2026-11-24")] = '\0';
	xml_attr(x->out, "until", until);
}

void
document_xml_open(struct document_xml *x, const struct document_head *head, FILE *file, bool keep)
{
	static const char *const kinds[] = {[DOCUMENT_PACK] = "pack",
	                                    [DOCUMENT_LETTER] = "letter",
	                                    [DOCUMENT_PRINTOUT] = "printout"};
	const struct handoff_settings *s = head->settings;

	*x = (struct document_xml){
		.head = head, .out = xml_writer_new(XML_MAX), .file = file, .keep = keep};
	document_steps_init(&x->table);
	tables_clear(head->tables);
	xml_open(x->out, "handoff");
	xml_attr(x->out, "schema", "unpilot-handoff/2");
	xml_attr(x->out, "kind", kinds[head->kind]);
	xml_attr(x->out, "language", messages_language(head->messages));
	xml_attr(x->out, "run", head->run->name);
	xml_attr(x->out, "customer", head->customer->key);
	xml_attr(x->out, "customer-name", head->customer->name);
	xml_attr(x->out, "generated", head->generated);
	put_promise(x);
	xml_open(x->out, "partner");
	xml_attr(x->out, "name", s->partner_name);
	xml_attr(x->out, "contact", s->partner_contact);
	xml_attr(x->out, "support", s->partner_support);
	xml_attr(x->out, "logo", head->logo);
	xml_close(x->out);
	xml_open(x->out, "groups");
}

void
document_xml_release(struct document_xml *x)
{
	xml_writer_free(x->out);
	document_steps_release(&x->table);
	free(x->first_ticket);
	free(x->last_ticket);
	x->out = NULL;
	x->first_ticket = x->last_ticket = NULL;
}

/* Writes the new bytes of the frame to the file. */
static void
flush_frame(struct document_xml *x)
{
	size_t len;
	const char *data = xml_since(x->out, x->sent, &len);

	if (x->file != NULL)
		fwrite(data, 1, len, x->file);
	x->sent += len;
}

/* Takes elements out of the frame that the file has. */
static void
rewind_frame(struct document_xml *x, size_t mark)
{
	xml_rewind(x->out, mark);
	x->sent = mark;
}

static void
close_group(struct document_xml *x)
{
	if (!x->in_group)
		return;
	if (x->listed > 0) {
		xml_open(x->out, "listed");
		xml_attr_int(x->out, "count", x->listed);
		xml_attr_int(x->out, "scriptable", x->scriptable);
		xml_attr(x->out, "surface", x->surface ? "yes" : NULL);
		xml_close(x->out);
	}
	if (x->unlisted > 0) {
		xml_open(x->out, "unlisted");
		xml_attr_int(x->out, "count", x->unlisted);
		xml_close(x->out);
	}
	xml_close(x->out);
	document_steps_close(&x->table, x->steps, x->step_count, x->listed, x->unlisted);
	x->in_group = false;
}

static void
choose_steps(struct document_xml *x, const struct situation *s)
{
	x->situation = *s;
	x->after = STEPS_MAX;
	switch (x->head->kind) {
	case DOCUMENT_PACK: x->step_count = steps_for(s, x->steps); break;
	case DOCUMENT_LETTER: x->step_count = steps_of_letter(s, x->steps); break;
	case DOCUMENT_PRINTOUT: x->step_count = steps_for_letter(s, x->steps, &x->after); break;
	}
}

static const char *
outcome_words(const struct document_xml *x, const struct situation *s)
{
	const struct messages *m = x->head->messages;

	if (x->head->kind == DOCUMENT_LETTER)
		return messages_text(m, "letter-state");
	return s->earlier ? messages_text(m, "earlier")
	                  : messages_outcome(m, s->outcome, x->head->run->route);
}

/* The file has all steps of a group. The frame has the first, unless a stylesheet reads more than that there are some. */
static void
put_steps(struct document_xml *x, const struct situation *s)
{
	bool all = x->keep || x->head->kind == DOCUMENT_PRINTOUT;

	xml_open(x->out, "steps");
	for (size_t i = 0; i < x->step_count; i++) {
		size_t mark = xml_mark(x->out);

		xml_open(x->out, "step");
		xml_attr(x->out, "ref", x->steps[i]->id);
		xml_attr(x->out, "kind", steps_kind_word(steps_kind(x->steps[i], s)));
		xml_attr(x->out, "after", i >= x->after ? "yes" : NULL);
		xml_close(x->out);
		if (all)
			continue;
		flush_frame(x);
		if (i > 0)
			rewind_frame(x, mark);
	}
	xml_close(x->out);
}

static void
open_group(struct document_xml *x, const struct situation *s)
{
	size_t number;

	close_group(x);
	x->in_group = true;
	x->listed = x->unlisted = x->scriptable = 0;
	x->surface = false;
	choose_steps(x, s);
	number = document_steps_open(&x->table, x->steps, x->step_count, s);
	tables_open(x->head->tables, outcome_words(x, s), x->steps, x->step_count);
	xml_open(x->out, "group");
	xml_attr(x->out, "outcome", outcome_word(s->outcome));
	xml_attr(x->out, "earlier", s->earlier ? "yes" : NULL);
	xml_attr(x->out, "join", join_word(s->join));
	xml_attr(x->out, "mdm", mdm_word(s->mdm));
	xml_attr(x->out, "registered-via", registrant_word(s->via));
	xml_attr(x->out, "purpose", purpose_word(s->purpose));
	if (number > 0)
		xml_attr_int(x->out, "number", (int64_t)number);
	put_steps(x, s);
}

/* Lists the steps that are answered, in print order; skips steps that are not, or no longer, actions. */
static void
list_done(const struct document_xml *x, const char *done, char list[static DONE_SIZE])
{
	size_t used = 0;

	list[0] = '\0';
	if (done[0] == '\0')
		return;
	for (size_t i = 0; i < x->step_count && used < DONE_SIZE; i++)
		if (steps_is_action(x->steps[i]->kind) && steps_hold(done, x->steps[i]->id) &&
		    !steps_hold(list, x->steps[i]->id))
			used += (size_t)snprintf(list + used, DONE_SIZE - used, "%s%s%s",
			                         used > 0 ? " " : "", x->steps[i]->id,
			                         steps_not_applicable(done, x->steps[i]->id) ? ":n"
			                                                                     : "");
}

static void
put_attr(struct xml_writer *w, const char *name, const struct field *f)
{
	if (f->harmless)
		xml_attr_plain(w, name, f->text, f->len);
	else
		xml_attr(w, name, f->text);
}

/* Writes only attributes with a value, because memory may hold ten thousand devices. */
static void
write_device(struct document_xml *x, const struct fields *device)
{
	static const struct {
		const char *name;
		enum field_name field;
	} attrs[] = {
		{"serial", FIELD_SERIAL},      {"manufacturer", FIELD_MANUFACTURER},
		{"model", FIELD_MODEL},        {"product-key-id", FIELD_PKID},
		{"ticket", FIELD_TICKET},      {"reason", FIELD_REASON},
		{"deregistered-at", FIELD_AT}, {"earlier", FIELD_EARLIER},
		{"verified", FIELD_VERIFIED},  {"done", FIELD_DONE},
	};

	xml_open(x->out, "device");
	put_attr(x->out, "id", &device->id);
	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++)
		if (device->of[attrs[i].field].len > 0)
			put_attr(x->out, attrs[i].name, &device->of[attrs[i].field]);
	xml_close(x->out);
}

static void
add_device(struct document_xml *x, const struct ledger_line *line, struct fields *device)
{
	const struct field *serial = &device->of[FIELD_SERIAL];
	char done[DONE_SIZE];
	size_t mark = xml_mark(x->out);

	document_steps_answers(&x->table, x->steps, x->step_count, line->done);
	if (x->devices > DOCUMENT_DEVICES_MAX) {
		x->unlisted++;
		return;
	}
	list_done(x, line->done, done);
	device->of[FIELD_DONE] = field_of(done);
	write_device(x, device);
	tables_add(x->head->tables, device);
	device->of[FIELD_DONE] = field_of(NULL);
	x->scriptable += tables_scriptable(serial);
	x->surface = x->surface || strstr(device->of[FIELD_MODEL].text, "Surface") != NULL;
	flush_frame(x);
	if (x->listed++ > 0 && !x->keep) {
		rewind_frame(x, mark);
	}
}

static void
keep_span(char **first, char **last, const char *text)
{
	if (*first == NULL || strcmp(text, *first) < 0) {
		free(*first);
		*first = xstrdup(text);
	}
	if (*last == NULL || strcmp(text, *last) > 0) {
		free(*last);
		*last = xstrdup(text);
	}
}

/* Remembers the first and last time and ticket for the head of the page. */
static void
note_span(struct document_xml *x, const struct fields *device)
{
	const char *at = device->of[FIELD_AT].text;

	if (device->of[FIELD_TICKET].len > 0)
		keep_span(&x->first_ticket, &x->last_ticket, device->of[FIELD_TICKET].text);
	if (at[0] == '\0')
		return;
	if (x->first_at[0] == '\0' || strcmp(at, x->first_at) < 0)
		text_copy(x->first_at, sizeof(x->first_at), at);
	if (strcmp(at, x->last_at) > 0)
		text_copy(x->last_at, sizeof(x->last_at), at);
}

bool
document_xml_row(struct document_xml *x, const struct ledger_line *line, struct fields *device)
{
	struct situation s = situation_of_row(line->row);
	bool turn = !x->in_group || !situation_equal(&s, &x->situation);

	if (turn)
		open_group(x, &s);
	x->devices++;
	x->counts[line->row->outcome]++;
	if (x->step_count > 0)
		note_span(x, device);
	add_device(x, line, device);
	return turn;
}

/* words: also those that the built-in stylesheets of packs ask the messages for. */
static void
write_step(struct document_xml *x, const struct step *step, bool words)
{
	static const struct step_words none = {.text = ""};
	const struct step_words *all = messages_step(x->head->messages, step);
	const struct step_words *w = words ? all : &none;

	xml_open(x->out, "step");
	xml_attr(x->out, "id", step->id);
	xml_attr(x->out, "title", w->title);
	xml_attr(x->out, "who", w->who);
	xml_attr(x->out, "kind", steps_kind_word(document_steps_kind(&x->table, step)));
	xml_attr(x->out, "phase", steps_phase_word(step->phase));
	xml_attr(x->out, "url", step->url);
	xml_attr(x->out, "inference", step->inference ? "yes" : "no");
	document_steps_put(&x->table, step, x->out);
	xml_attr(x->out, "if", w->condition);
	xml_attr(x->out, "we", all->we);
	xml_attr(x->out, "where", w->where);
	xml_attr(x->out, "more", w->more);
	xml_attr(x->out, "why", w->why);
	xml_attr(x->out, "expect", w->expect);
	xml_attr(x->out, "check", w->check);
	xml_text(x->out, w->text);
	xml_close(x->out);
}

/* The file has all words of a step. The frame has those that a stylesheet reads. The first step keeps its words, because
 * rewinding would also remove the end of the tag before it. */
static void
put_step(struct document_xml *x, const struct step *step, bool first)
{
	size_t mark;

	if (first || x->keep || x->texts || x->head->kind == DOCUMENT_PRINTOUT) {
		write_step(x, step, true);
		return;
	}
	flush_frame(x);
	mark = xml_mark(x->out);
	write_step(x, step, true);
	flush_frame(x);
	rewind_frame(x, mark);
	write_step(x, step, false);
	x->sent = xml_mark(x->out);
}

/* The texts take most of the frame, and the built-in stylesheets do not read them. */
static void
put_texts(struct document_xml *x)
{
	if (x->keep || x->texts) {
		xml_put(x->out, x->head->texts);
		return;
	}
	flush_frame(x);
	if (x->file != NULL)
		fputs(x->head->texts, x->file);
}

int
document_xml_finish(struct document_xml *x, const char **ret_data, size_t *ret_len,
                    struct error *err)
{
	bool first = true;

	close_group(x);
	xml_close(x->out);
	xml_open(x->out, "counts");
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		xml_attr_int(x->out, outcome_word(o), x->counts[o]);
	xml_close(x->out);
	xml_open(x->out, "span");
	xml_attr(x->out, "first", text_or_null(x->first_at));
	xml_attr(x->out, "last", text_or_null(x->last_at));
	xml_attr(x->out, "first-ticket", x->first_ticket);
	xml_attr(x->out, "last-ticket", x->last_ticket);
	xml_close(x->out);
	if (x->before != NULL)
		document_before_put(x->before, x->out);
	document_steps_put_phases(&x->table, x->out);
	xml_open(x->out, "catalogue");
	for (size_t i = STEP_NONE + 1; i < STEP_COUNT; i++) {
		if (!x->table.used[i])
			continue;
		put_step(x, step_of((enum step_id)i), first);
		first = false;
	}
	xml_close(x->out);
	put_texts(x);
	xml_close(x->out);
	if (xml_finish(x->out, ret_data, ret_len, err) != 0 ||
	    tables_check(x->head->tables, err) != 0)
		return -1;
	flush_frame(x);
	return 0;
}
