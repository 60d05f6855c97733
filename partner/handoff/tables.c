/* Writes a row of every format for each device. A stylesheet decides where the rows go. */
#include "partner/handoff/tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/text.h"
#include "common/xml.h"
#include "partner/handoff/paragraph.h"

#define FIELD_MAX ((size_t)8 * 1024 * 1024) /* a row has at most 1 MiB; a byte may become three */
#define BLANKS " \t\n\r"                    /* white space of XML */
#define SERIAL_MAX 200                      /* characters a script takes */
#define NAME_MAX_SHOWN 100                  /* of manufacturer and model in a letter's text */
#define COLUMNS 68                          /* of a letter's text, indented by 3 at most */

typedef size_t starts[TABLE_FORMAT_COUNT];

struct tables {
	enum document_kind kind;
	struct buf text[TABLE_FORMAT_COUNT];
	starts *start; /* where each group begins */
	size_t groups;
	size_t *numbered; /* the places of the groups that have a number: those with steps */
	size_t numbers;
	struct buf clean[FIELD_OF_ROW];
	/* the open group: */
	struct buf outcome_page, outcome_markdown;
	struct buf words;    /* scratch */
	char script[40];     /* steps that a script can do: "I1 I3 A1" */
	size_t actions;      /* steps that the customer answers */
	char of_actions[24]; /* "/14" */
	bool first;          /* no device of the group is written yet */
};

static const char *const html[256] = {['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;"};
static const char *const single_quoted[256] = {['\''] = "''"};
/* Escapes Markdown and HTML markup. An ampersand before a blank begins no entity: see put_inert(). */
static const char *const inert[256] = {
	['&'] = "\\&", ['<'] = "\\<", ['|'] = "\\|",   ['`'] = "\\`", ['*'] = "\\*",
	['_'] = "\\_", ['['] = "\\[", ['\\'] = "\\\\", ['~'] = "\\~",
};
static const char *const nothing[256] = {NULL};

struct tables *
tables_new(enum document_kind kind)
{
	struct tables *r = xcalloc(1, sizeof(*r));

	r->kind = kind;
	for (size_t i = 0; i < TABLE_FORMAT_COUNT; i++)
		buf_init(&r->text[i], TABLES_MAX);
	for (size_t i = 0; i < FIELD_OF_ROW; i++)
		buf_init(&r->clean[i], FIELD_MAX);
	buf_init(&r->outcome_page, FIELD_MAX);
	buf_init(&r->outcome_markdown, FIELD_MAX);
	buf_init(&r->words, FIELD_MAX);
	return r;
}

void
tables_free(struct tables *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < TABLE_FORMAT_COUNT; i++)
		buf_release(&r->text[i]);
	for (size_t i = 0; i < FIELD_OF_ROW; i++)
		buf_release(&r->clean[i]);
	buf_release(&r->outcome_page);
	buf_release(&r->outcome_markdown);
	buf_release(&r->words);
	free(r->start);
	free(r->numbered);
	free(r);
}

void
tables_clear(struct tables *r)
{
	for (size_t i = 0; i < TABLE_FORMAT_COUNT; i++)
		buf_reset(&r->text[i]);
	for (size_t i = 0; i < FIELD_OF_ROW; i++)
		buf_reset(&r->clean[i]);
	r->groups = r->numbers = 0;
}

static bool
has_step(const struct step *const *step, size_t steps, const char *id)
{
	for (size_t i = 0; i < steps; i++)
		if (strcmp(step[i]->id, id) == 0)
			return true;
	return false;
}

/* Lists the steps that the script can do, each once. A situation without any gets no script row. */
static void
set_script(struct tables *r, const struct step *const *step, size_t steps)
{
	static const char *const known[] = {"I0", "I1", "I2", "I3", "A1", "A2", "A2?", "A4"};
	size_t used = 0;

	r->script[0] = '\0';
	for (size_t i = 0; i < steps; i++)
		for (size_t k = 0; k < ARRAY_SIZE(known); k++)
			if (strcmp(step[i]->id, known[k]) == 0 && !has_step(step, i, known[k]))
				used += (size_t)snprintf(r->script + used, sizeof(r->script) - used,
				                         "%s%s", used > 0 ? " " : "", known[k]);
}

/* An unknown state lists A1 twice: it counts once. */
static size_t
count_actions(const struct step *const *step, size_t steps)
{
	size_t n = 0;

	for (size_t i = 0; i < steps; i++)
		n += steps_is_action(step[i]->kind) && !has_step(step, i, step[i]->id);
	return n;
}

void
tables_open(struct tables *r, const char *outcome, const struct step *const *step, size_t steps)
{
	r->start = xreallocarray(r->start, r->groups + 1, sizeof(*r->start));
	for (size_t i = 0; i < TABLE_FORMAT_COUNT; i++)
		r->start[r->groups][i] = r->text[i].len;
	if (steps > 0) {
		r->numbered = xreallocarray(r->numbered, r->numbers + 1, sizeof(*r->numbered));
		r->numbered[r->numbers++] = r->groups;
	}
	r->groups++;
	buf_reset(&r->outcome_page);
	buf_escape(&r->outcome_page, outcome, strlen(outcome), html);
	buf_reset(&r->outcome_markdown);
	buf_str(&r->outcome_markdown, outcome);
	set_script(r, step, steps);
	r->actions = count_actions(step, steps);
	snprintf(r->of_actions, sizeof(r->of_actions), "/%zu", r->actions);
	r->first = true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Writes the words of a text with one blank between them. *first: nothing is written yet. */
static void
put_words(struct buf *b, const char *text, const char *const escape[static 256], bool *first)
{
	for (;;) {
		const char *word;

		while (is_blank(*text))
			text++;
		if (*text == '\0')
			return;
		for (word = text; *text != '\0' && !is_blank(*text);)
			text++;
		if (!*first)
			buf_char(b, ' ');
		*first = false;
		buf_escape(b, word, (size_t)(text - word), escape);
	}
}

/* Escapes a text with single blanks between its words. */
static void
escape_inert(struct buf *b, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '&' && i + 1 < len && text[i + 1] == ' ')
			buf_char(b, '&');
		else
			buf_escape(b, text + i, 1, inert);
	}
}

void
tables_inert(struct buf *b, const char *text)
{
	struct buf words;
	bool first = true;

	buf_init(&words, FIELD_MAX);
	put_words(&words, text, nothing, &first);
	escape_inert(b, words.data, words.len);
	buf_release(&words);
}

static void
put_html(struct buf *b, const struct field *f)
{
	field_put(b, f, html);
}

/* A harmless text has single blanks between its words already. */
static void
put_more_words(struct buf *b, const struct field *f, const char *const escape[static 256],
               bool *first)
{
	if (!f->harmless) {
		put_words(b, f->text, escape, first);
		return;
	}
	if (f->len > 0 && !*first)
		buf_char(b, ' ');
	*first = *first && f->len == 0;
	buf_add(b, f->text, f->len);
}

static void
put_inert(struct buf *b, const struct field *f)
{
	if (f->harmless)
		buf_add(b, f->text, f->len);
	else
		tables_inert(b, f->text);
}

static void
put_name(struct buf *b, const struct field *f, const char *const escape[static 256])
{
	bool first = true;

	put_more_words(b, &f[FIELD_MANUFACTURER], escape, &first);
	put_more_words(b, &f[FIELD_MODEL], escape, &first);
}

/* "B1 I1" has two words. */
static size_t
count_words(const char *text)
{
	size_t n = text[0] != '\0';

	for (; *text != '\0'; text++)
		n += *text == ' ';
	return n;
}

/* "2/14": how many steps are reported. Most devices have none, and formatting a number takes a thousand instructions. */
static void
put_progress(const struct tables *r, const char *done, struct buf *b)
{
	if (done[0] == '\0')
		buf_char(b, '0');
	else
		buf_printf(b, "%zu", count_words(done));
	buf_str(b, r->of_actions);
}

/* The last two cells: the outcome and the reported steps. A printout has neither. */
static void
add_page_end(const struct tables *r, const struct field *f, struct buf *b)
{
	const char *at = f[FIELD_AT].text;

	buf_str(b, "</td><td>");
	buf_add(b, r->outcome_page.data, r->outcome_page.len);
	if (f[FIELD_EARLIER].len > 0) {
		buf_str(b, ", ");
		put_html(b, &f[FIELD_EARLIER]);
	}
	if (f[FIELD_AT].len > 0) { /* to the minute */
		buf_str(b, ", ");
		buf_add(b, at, strlen("2026-11-24"));
		buf_char(b, ' ');
		buf_add(b, at + strlen("2026-11-24T"), strlen("03:15"));
		buf_str(b, " UTC");
	}
	if (f[FIELD_VERIFIED].len > 0) {
		buf_str(b, ", ");
		put_html(b, &f[FIELD_VERIFIED]);
	}
	buf_str(b, "</td><td data-done=\"");
	buf_add(b, f[FIELD_DONE].text, f[FIELD_DONE].len);
	buf_str(b, "\">");
	put_progress(r, f[FIELD_DONE].text, b);
}

/* The page's name for a device outside of the table: its serial number, else its PKID. */
static const struct field *
name_of(const struct field *f)
{
	return &f[f[FIELD_SERIAL].len > 0 ? FIELD_SERIAL : FIELD_PKID];
}

static void
add_serial(struct tables *r, const struct field *f)
{
	struct buf *b = &r->text[TABLE_SERIALS];

	if (!r->first)
		buf_str(b, ", ");
	put_html(b, name_of(f));
}

static void
add_short(struct tables *r, const struct field *f)
{
	struct buf *b = &r->text[TABLE_SHORT];

	buf_str(b, "<tr><td>");
	put_html(b, name_of(f));
	buf_str(b, "</td><td>");
	put_html(b, &f[FIELD_TICKET]);
	buf_str(b, "</td><td>");
	put_html(b, &f[FIELD_REASON]);
	buf_str(b, "</td></tr>");
}

static void
add_page(struct tables *r, const struct field *id, const struct field *f)
{
	struct buf *b = &r->text[TABLE_PAGE];

	buf_str(b, "<tr data-id=\"");
	buf_add(b, id->text, id->len);
	buf_str(b, "\"><td>");
	put_html(b, &f[FIELD_SERIAL]);
	buf_str(b, "</td><td>");
	put_name(b, f, html);
	buf_str(b, "</td><td>");
	put_html(b, &f[FIELD_PKID]);
	buf_str(b, "</td><td>");
	put_html(b, &f[FIELD_TICKET]);
	if (r->kind != DOCUMENT_PRINTOUT)
		add_page_end(r, f, b);
	buf_str(b, "</td></tr>");
}

static void
add_markdown(struct tables *r, const struct field *f)
{
	struct buf *b = &r->text[TABLE_MARKDOWN];

	buf_str(b, "| ");
	put_inert(b, &f[FIELD_SERIAL]);
	buf_str(b, " | ");
	buf_reset(&r->words);
	put_name(&r->words, f, nothing);
	escape_inert(b, r->words.data, r->words.len);
	buf_str(b, " | ");
	put_inert(b, &f[FIELD_PKID]);
	buf_str(b, " | ");
	put_inert(b, &f[FIELD_TICKET]);
	buf_str(b, " | ");
	buf_add(b, r->outcome_markdown.data, r->outcome_markdown.len);
	buf_char(b, ' ');
	buf_add(b, f[FIELD_AT].text, f[FIELD_AT].len);
	put_inert(b, &f[FIELD_EARLIER]);
	buf_str(b, " | ");
	put_progress(r, f[FIELD_DONE].text, b);
	buf_str(b, " |\n");
}

bool
tables_scriptable(const struct field *serial)
{
	size_t len = serial->len;

	return len > 0 && len <= SERIAL_MAX &&
	       (serial->harmless || text_is_visible(serial->text, len));
}

static void
add_script(struct tables *r, const struct field *id, const struct field *serial)
{
	struct buf *b = &r->text[TABLE_SCRIPT];

	if (r->script[0] == '\0' || !tables_scriptable(serial))
		return;
	buf_str(b, "    [pscustomobject]@{ Id = '");
	buf_add(b, id->text, id->len);
	buf_str(b, "'; Serial = '");
	field_put(b, serial, single_quoted);
	buf_str(b, "'; Steps = '");
	buf_str(b, r->script);
	buf_str(b, "' }\n");
}

/* Counts the bytes of the first characters; the text is valid UTF-8. */
static size_t
prefix(const char *text, size_t characters)
{
	const char *p = text;

	for (; *p != '\0' && characters > 0; characters--)
		p += text_utf8_length(p, 4);
	return (size_t)(p - text);
}

static void
add_text(struct tables *r, const struct field *f)
{
	struct buf *b = &r->text[TABLE_TEXT];
	struct paragraph p = {.indent = "  ", .width = COLUMNS, .column = 1};

	buf_char(b, '-');
	for (size_t i = 0; i <= FIELD_TICKET; i++) {
		bool name = i == FIELD_MANUFACTURER || i == FIELD_MODEL;

		paragraph_add(&p, b, f[i].text,
		              name ? prefix(f[i].text, NAME_MAX_SHOWN) : f[i].len);
	}
	buf_char(b, '\n');
}

/* Replaces characters that XML forbids. */
static struct field
cleaned(struct tables *r, const struct fields *device, size_t i)
{
	const struct field *f = &device->of[i];
	const char *text = f->harmless ? f->text : xml_clean(&r->clean[i], f->text);

	return text == f->text ? *f : (struct field){text, strlen(text), false};
}

void
tables_add(struct tables *r, const struct fields *device)
{
	struct field f[FIELD_COUNT];

	for (size_t i = 0; i < FIELD_COUNT; i++)
		f[i] = i < FIELD_OF_ROW ? cleaned(r, device, i) : device->of[i];
	add_page(r, &device->id, f);
	add_serial(r, f);
	if (r->actions == 0)
		add_short(r, f);
	r->first = false;
	if (r->kind == DOCUMENT_PRINTOUT) {
		add_text(r, f);
	} else {
		add_markdown(r, f);
		add_script(r, &device->id, &f[FIELD_SERIAL]);
	}
}

int
tables_check(const struct tables *r, struct error *err)
{
	for (size_t i = 0; i < TABLE_FORMAT_COUNT; i++)
		if (r->text[i].overflow)
			return error_set(err, "the rows of a table take more than %zu bytes",
			                 TABLES_MAX);
	for (size_t i = 0; i < FIELD_OF_ROW; i++)
		if (r->clean[i].overflow)
			return error_set(err, "a value is longer than %zu bytes", FIELD_MAX);
	return 0;
}

const char *
tables_of(const struct tables *r, enum table_format format, size_t group, size_t *ret_len)
{
	size_t end = r->text[format].len, start = end;

	if (group < r->groups)
		start = r->start[group][format];
	if (group + 1 < r->groups)
		end = r->start[group + 1][format];
	*ret_len = end - start;
	return r->text[format].data + start;
}

void
tables_join(const struct tables *r, enum table_format format, const char *numbers, struct buf *b)
{
	const char *between = "", *text;
	char *end;
	size_t len;

	for (; *numbers != '\0'; numbers = end + strspn(end, ", ")) {
		unsigned long n = strtoul(numbers, &end, 10);

		if (end == numbers)
			return;
		if (n == 0 || n > r->numbers)
			continue;
		(void)tables_of(r, TABLE_PAGE, r->numbered[n - 1], &len);
		if (len == 0) /* it lists no device */
			continue;
		text = tables_of(r, format, r->numbered[n - 1], &len);
		buf_str(b, between);
		buf_add(b, text, len);
		between = ", ";
	}
}
