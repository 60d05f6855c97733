/* Loads schema and stylesheets and applies them; the rows of tables come from tables.c. */
#include "partner/handoff/render.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "partner/embed.h"
#include "common/file.h"
#include "common/text.h"
#include "partner/handoff/paragraph.h"

#define WIDTH_MAX 1000
#define ID_SIZE 8                       /* of a step: "A2?" */
#define SHEET_MAX ((size_t)1024 * 1024) /* twenty times the longest built-in one */

#define KIND(kind) (1U << (kind))
static const struct {
	unsigned kinds; /* a bit for each kind of document that has the file */
	const char *file, *sheet;
	const unsigned char *built_in;
	enum table_format format;
	bool to_customer; /* not written when the rows have no customer */
} outputs[] = {
	{.kinds = KIND(DOCUMENT_PACK) | KIND(DOCUMENT_LETTER),
         .file = "index.html",
         .sheet = "index.xsl",
         .built_in = embed_index_xsl,
         .format = TABLE_PAGE},
	{.kinds = KIND(DOCUMENT_PACK) | KIND(DOCUMENT_LETTER),
         .file = "mail.txt",
         .sheet = "mail.xsl",
         .built_in = embed_mail_xsl,
         .format = TABLE_NONE,
         .to_customer = true},
	{.kinds = KIND(DOCUMENT_PACK) | KIND(DOCUMENT_LETTER),
         .file = "cleanup.ps1",
         .sheet = "cleanup.xsl",
         .built_in = embed_cleanup_xsl,
         .format = TABLE_SCRIPT},
	{.kinds = KIND(DOCUMENT_PACK),
         .file = "handoff.md",
         .sheet = "markdown.xsl",
         .built_in = embed_markdown_xsl,
         .format = TABLE_MARKDOWN},
	{.kinds = KIND(DOCUMENT_PRINTOUT),
         .file = "letter.html",
         .sheet = "index.xsl",
         .built_in = embed_index_xsl,
         .format = TABLE_PAGE},
	{.kinds = KIND(DOCUMENT_PRINTOUT),
         .file = "letter.txt",
         .sheet = "letter.xsl",
         .built_in = embed_letter_xsl,
         .format = TABLE_TEXT},
};

struct renderer {
	struct xml_schema *schema;
	struct xml_sheet
		*sheet[ARRAY_SIZE(outputs)]; /* NULL: belongs to another kind of document */
	bool is_own[ARRAY_SIZE(outputs)];
	bool own;                      /* any of them */
	bool any, checked[STEP_COUNT]; /* documents so far, and their steps */
};

static struct xml_sheet *
load_own(const char *path, struct error *err)
{
	struct xml_sheet *sheet = NULL;
	struct buf text;

	buf_init(&text, SHEET_MAX);
	if (file_read(path, &text, err) == 0)
		sheet = xml_sheet_parse(text.data, text.len, path, RENDER_NAMESPACE, err);
	buf_release(&text);
	return sheet;
}

/* Loads the partner's own stylesheet, or the built-in one when there is none. */
static struct xml_sheet *
load_sheet(struct renderer *r, size_t i, const char *dir, struct error *err)
{
	char *path = dir != NULL && dir[0] != '\0' ? file_join(dir, outputs[i].sheet) : NULL;
	const char *built_in = (const char *)outputs[i].built_in;
	struct xml_sheet *sheet;

	if (path != NULL && !file_is_missing(path)) {
		sheet = load_own(path, err);
		r->own = r->is_own[i] = true;
	} else {
		sheet = xml_sheet_parse(built_in, strlen(built_in), outputs[i].sheet,
		                        RENDER_NAMESPACE, err);
	}
	free(path);
	return sheet;
}

struct renderer *
render_load(enum document_kind kind, const char *dir, struct error *err)
{
	const char *schema = (const char *)embed_handoff_xsd;
	struct renderer *r = xcalloc(1, sizeof(*r));

	r->schema = xml_schema_parse(schema, strlen(schema), "handoff.xsd", err);
	for (size_t i = 0; i < ARRAY_SIZE(outputs) && r->schema != NULL; i++) {
		if ((outputs[i].kinds & KIND(kind)) == 0)
			continue;
		r->sheet[i] = load_sheet(r, i, dir, err);
		if (r->sheet[i] == NULL) {
			render_free(r);
			return NULL;
		}
	}
	if (r->schema != NULL)
		return r;
	render_free(r);
	return NULL;
}

void
render_free(struct renderer *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(r->sheet); i++)
		xml_sheet_free(r->sheet[i]);
	xml_schema_free(r->schema);
	free(r);
}

bool
render_has_own(const struct renderer *r)
{
	return r->own;
}

static void
call_inert(struct buf *to, const char *const *argument)
{
	tables_inert(to, argument[0]);
}

static void
call_wrap(struct buf *to, const char *const *argument)
{
	long long width = 0;

	(void)text_number(argument[2], 1, WIDTH_MAX,
	                  &width); /* 0 when it is not a number: every word gets a line */
	paragraph_wrap(to, argument[0], argument[1], (size_t)width);
}

static void
put_unit(struct buf *b, uint32_t unit)
{
	bool plain = unit < 0x7f && unit >= ' ' && strchr("'\"\\`$", (int)unit) == NULL;

	if (plain)
		buf_char(b, (char)unit);
	else
		buf_printf(b, "\\u%04x", (unsigned)unit);
}

/* For a script in ASCII: any character with a meaning becomes \uXXXX, two of them beyond U+FFFF. */
static void
put_ascii(struct buf *b, const char *text)
{
	while (*text != '\0') {
		size_t n = text_utf8_length(text, 4);
		uint32_t c = n > 1 ? (unsigned char)*text & (0x7fU >> n) : (unsigned char)*text;

		for (size_t i = 1; i < n; i++)
			c = c << 6 | ((unsigned char)text[i] & 0x3f);
		text += n > 0 ? n : 1;
		if (c <= 0xffff) {
			put_unit(b, c);
			continue;
		}
		put_unit(b, 0xd800 + ((c - 0x10000) >> 10));
		put_unit(b, 0xdc00 + ((c - 0x10000) & 0x3ff));
	}
}

static void
call_ascii(struct buf *to, const char *const *argument)
{
	put_ascii(to, argument[0]);
}

static const struct xml_function functions[] = {
	{"inert", 1, call_inert}, {"wrap", 3, call_wrap}, {"ascii", 1, call_ascii}};

/* The key `in` of the built-in stylesheets. */
static const struct xml_index steps_of_phase = {"in", "catalogue", "step", "phase"};

struct table_source {
	const struct render_source *source;
	enum table_format format;
};

/* "B1 title": a word of a step. "": the catalogue has none. */
static const char *
word_of_step(const struct messages *m, const char *name)
{
	const char *blank = strchr(name, ' ');
	char id[ID_SIZE] = "";
	const struct step *step;
	const char *word;

	if (blank == NULL || (size_t)(blank - name) >= sizeof(id))
		return "";
	memcpy(id, name, (size_t)(blank - name));
	step = step_find(id);
	word = step != NULL ? messages_step_word(m, step, blank + 1) : NULL;
	return word != NULL ? word : "";
}

static const char *
word_of(const void *ctx, const char *key, const char *id)
{
	const struct render_source *s = ((const struct table_source *)ctx)->source;

	if (strcmp(key, "t") == 0)
		return messages_text_on(s->messages, id, s->route);
	return strcmp(key, "s") == 0 ? word_of_step(s->messages, id) : NULL;
}

static const char *
table_text(const void *ctx, const char *format, size_t group, size_t *ret_len)
{
	const struct table_source *r = ctx;

	enum table_format which = r->format;

	if (format != NULL && strcmp(format, "serials") == 0)
		which = TABLE_SERIALS;
	else if (format != NULL && strcmp(format, "short") == 0)
		which = TABLE_SHORT;
	return tables_of(r->source->tables, which, group, ret_len);
}

/* Only the serial numbers have commas between them. */
static void
table_rows(const void *ctx, const char *format, const char *list, struct buf *to)
{
	const struct table_source *r = ctx;

	if (strcmp(format, "serials") == 0)
		tables_join(r->source->tables, TABLE_SERIALS, list, to);
}

static int
render_one(const struct renderer *r, size_t i, const char *folder, const struct xml_doc *doc,
           const struct render_source *source, struct error *err)
{
	struct table_source of = {.source = source, .format = outputs[i].format};
	struct xml_insert insert = {
		.ns = RENDER_NAMESPACE,
		.name = "rows",
		.of = "group",
		.text = table_text,
		.rows = table_rows,
		.word = r->is_own[i] ? NULL : word_of,
		.index = &steps_of_phase,
		.ctx = &of,
		.function = functions,
		.functions = ARRAY_SIZE(functions),
	};
	struct file_writer out;

	if (file_begin_in(&out, folder, outputs[i].file, err) != 0)
		return -1;
	if (xml_sheet_apply(r->sheet[i], doc, &insert, out.stream, err) == 0)
		return file_set_add(source->files, &out, err);
	file_abandon(&out);
	return -1;
}

bool
render_checks(struct renderer *r, const bool used[static STEP_COUNT])
{
	bool check = r->own || !r->any;

	r->any = true;
	for (size_t i = 0; i < STEP_COUNT; i++) {
		check = check || (used[i] && !r->checked[i]);
		r->checked[i] = r->checked[i] || used[i];
	}
	return check;
}

int
render_write(const struct renderer *r, const char *folder, const struct xml_doc *doc,
             const struct render_source *source, struct error *err)
{
	const char *customer = xml_node_attr(xml_doc_root(doc), "customer");
	bool anybody = customer != NULL && customer[0] != '\0';
	int result = source->check ? xml_schema_check(r->schema, doc, err) : 0;

	for (size_t i = 0; i < ARRAY_SIZE(outputs) && result == 0; i++) {
		if (r->sheet[i] == NULL)
			continue;
		/* rows without a customer have nobody to write to */
		if (outputs[i].to_customer && !anybody)
			file_set_remove(source->files, folder, outputs[i].file);
		else
			result = render_one(r, i, folder, doc, source, err);
	}
	return result;
}
