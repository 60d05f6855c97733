/* Reads a catalogue and checks that it is complete. */
#include "partner/handoff/messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "partner/embed.h"
#include "common/file.h"
#include "common/text.h"

#define CATALOGUE_MAX ((size_t)1024 * 1024) /* thirty times the longest built-in one */
#define TEXTS_MAX (8 * CATALOGUE_MAX)       /* a byte may become six */
#define LANGUAGE_MAX 8                      /* "en", "pt-br" */

struct text {
	const char *id;
	const char *route; /* NULL: for all routes */
	const char *words;
};

struct messages {
	struct xml_doc *doc; /* the other strings point into it */
	struct step_words steps[STEP_COUNT];
	struct text *text; /* in the order of the catalogue */
	const struct text **sorted;
	size_t texts;
};

static const struct {
	const char *language;
	const unsigned char *text;
} built_in[] = {{"en", embed_en_xml}, {"de", embed_de_xml}};

static struct xml_doc *
parse_built_in(size_t i, struct error *err)
{
	const char *text = (const char *)built_in[i].text;

	return xml_doc_parse(text, strlen(text), built_in[i].language, err);
}

static struct xml_doc *
read_own(const char *path, struct error *err)
{
	struct xml_doc *doc = NULL;
	struct buf text;

	buf_init(&text, CATALOGUE_MAX);
	if (file_read(path, &text, err) == 0)
		doc = xml_doc_parse(text.data, text.len, path, err);
	buf_release(&text);
	return doc;
}

/* A mistyped folder would quietly give customers the built-in pages. */
static int
check_own_folder(const char *dir, struct error *err)
{
	struct stat st;

	if (dir == NULL || dir[0] == '\0')
		return 0;
	if (stat(dir, &st) != 0)
		error_errno(err, "%s: cannot open", dir);
	else if (!S_ISDIR(st.st_mode))
		error_set(err, "%s: not a folder", dir);
	else
		return 0;
	return error_prefix(err, "[handoff] stylesheets");
}

static struct xml_doc *
open_catalogue(const char *language, const char *dir, struct error *err)
{
	char *name = xasprintf("%s.xml", language);
	char *path = dir != NULL && dir[0] != '\0' ? file_join(dir, name) : NULL;
	struct xml_doc *doc = NULL;

	if (path != NULL && !file_is_missing(path)) {
		doc = read_own(path, err);
	} else {
		error_set(err, "[handoff] language = %s: there is no catalogue %s", language, name);
		for (size_t i = 0; i < ARRAY_SIZE(built_in); i++)
			if (strcmp(built_in[i].language, language) == 0)
				doc = parse_built_in(i, err);
	}
	free(name);
	free(path);
	return doc;
}

/* Where the word of that name stands, or NULL. */
static const char **
place_of(struct step_words *w, const char *name)
{
	const struct {
		const char *name, **field;
	} fields[] = {
		{"title", &w->title},   {"if", &w->condition}, {"do", &w->text},
		{"we", &w->we},         {"where", &w->where},  {"why", &w->why},
		{"expect", &w->expect}, {"check", &w->check},  {"more", &w->more},
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (strcmp(fields[i].name, name) == 0)
			return fields[i].field;
	return NULL;
}

static void
set_word(struct step_words *w, const char *name, const char *text)
{
	const char **place = place_of(w, name);

	if (place != NULL)
		*place = text;
}

static char *
join_words(const struct step_words *w)
{
	struct buf b;

	buf_init(&b, CATALOGUE_MAX);
	if (w->condition != NULL)
		buf_printf(&b, "%s ", w->condition);
	buf_str(&b, w->text);
	if (w->more != NULL)
		buf_printf(&b, " %s", w->more);
	if (w->where != NULL)
		buf_printf(&b, " (%s)", w->where);
	return buf_detach(&b);
}

static int
read_step(struct messages *m, const struct xml_node *node, struct error *err)
{
	const char *id = xml_node_attr(node, "id");
	const struct step *step = step_find(id != NULL ? id : "");
	struct step_words *w;

	if (step == NULL)
		return error_set(err, "unknown step \"%s\"", id != NULL ? id : "");
	w = &m->steps[step->number];
	if (w->full != NULL)
		return error_set(err, "step %s comes twice", id);
	w->who = xml_node_attr(node, "who");
	for (const struct xml_node *n = xml_node_first(node); n != NULL; n = xml_node_next(n))
		set_word(w, xml_node_name(n), xml_node_text(n));
	if (w->title == NULL || w->text == NULL || w->who == NULL)
		return error_set(err, "step %s lacks its title, who or do", id);
	if (step->kind == KIND_OURS && w->we == NULL)
		return error_set(err, "step %s lacks its we", id);
	w->full = join_words(w);
	return 0;
}

static void
read_text(struct messages *m, const struct xml_node *node)
{
	const char *id = xml_node_attr(node, "id");

	if (id == NULL)
		return;
	m->text = xreallocarray(m->text, m->texts + 1, sizeof(*m->text));
	m->text[m->texts++] = (struct text){
		.id = id, .route = xml_node_attr(node, "route"), .words = xml_node_text(node)};
}

/* By id, then by route; the text for all routes first. */
static int
compare_texts(const struct text *a, const struct text *b)
{
	int order = strcmp(a->id, b->id);

	if (order != 0 || a->route == b->route)
		return order;
	if (a->route == NULL || b->route == NULL)
		return a->route == NULL ? -1 : 1;
	return strcmp(a->route, b->route);
}

/* Of two texts with the same id and route, the first of the catalogue comes first. */
static int
by_id(const void *a, const void *b)
{
	const struct text *const *x = a, *const *y = b;
	int order = compare_texts(*x, *y);

	return order != 0 ? order : (*x > *y) - (*x < *y);
}

static void
sort_texts(struct messages *m)
{
	m->sorted = xreallocarray(NULL, m->texts + 1, sizeof(struct text *));
	for (size_t i = 0; i < m->texts; i++)
		m->sorted[i] = &m->text[i];
	if (m->texts > 0)
		qsort(m->sorted, m->texts, sizeof(struct text *), by_id);
}

/* route NULL: the text for all of them. */
static const char *
find_text(const struct messages *m, const char *id, const char *route)
{
	const struct text wanted = {.id = id, .route = route};
	size_t from = 0, to = m->texts;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (compare_texts(m->sorted[middle], &wanted) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from < m->texts && compare_texts(m->sorted[from], &wanted) == 0
	               ? m->sorted[from]->words
	               : NULL;
}

/* The English catalogue says which texts there are. */
static int
check_texts(const struct messages *m, struct error *err)
{
	struct xml_doc *model = parse_built_in(0, err);
	int result = 0;

	if (model == NULL)
		return -1;
	for (const struct xml_node *n = xml_node_first(xml_doc_root(model)); n != NULL;
	     n = xml_node_next(n)) {
		const char *id = xml_node_attr(n, "id");

		if (strcmp(xml_node_name(n), "text") == 0 &&
		    find_text(m, id, xml_node_attr(n, "route")) == NULL)
			result = error_set(err, "text \"%s\" is missing", id);
	}
	xml_doc_free(model);
	return result;
}

static int
read_catalogue(struct messages *m, struct error *err)
{
	for (const struct xml_node *n = xml_node_first(xml_doc_root(m->doc)); n != NULL;
	     n = xml_node_next(n)) {
		if (strcmp(xml_node_name(n), "text") == 0)
			read_text(m, n);
		else if (strcmp(xml_node_name(n), "step") == 0 && read_step(m, n, err) != 0)
			return -1;
	}
	for (size_t i = STEP_NONE + 1; i < STEP_COUNT; i++)
		if (m->steps[i].full == NULL)
			return error_set(err, "step %s is missing", step_of((enum step_id)i)->id);
	sort_texts(m);
	return check_texts(m, err);
}

struct messages *
messages_load(const char *language, const char *dir, struct error *err)
{
	struct messages *m;

	if (strlen(language) > LANGUAGE_MAX ||
	    !text_all_of(language, "abcdefghijklmnopqrstuvwxyz-")) {
		error_set(err, "[handoff] language = %s: expected a language such as en or de",
		          language);
		return NULL;
	}
	m = xcalloc(1, sizeof(*m));
	if (check_own_folder(dir, err) == 0)
		m->doc = open_catalogue(language, dir, err);
	if (m->doc != NULL && read_catalogue(m, err) == 0)
		return m;
	if (m->doc != NULL)
		error_prefix(err, "%s", language);
	messages_free(m);
	return NULL;
}

void
messages_free(struct messages *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(m->steps); i++)
		free(m->steps[i].full);
	free(m->sorted);
	free(m->text);
	xml_doc_free(m->doc);
	free(m);
}

const char *
messages_language(const struct messages *m)
{
	const char *language = xml_node_attr(xml_doc_root(m->doc), "language");

	return language != NULL ? language : "en";
}

const struct step_words *
messages_step(const struct messages *m, const struct step *step)
{
	return &m->steps[step->number];
}

const char *
messages_step_word(const struct messages *m, const struct step *step, const char *name)
{
	struct step_words words = m->steps[step->number];
	const char **place = place_of(&words, name);

	return place != NULL ? *place : NULL;
}

/* The text "<what>-<outcome>" on that route (or NULL), or NULL. */
static const char *
of_outcome(const struct messages *m, const char *what, enum outcome outcome, const char *route)
{
	char id[64];
	const char *text;

	snprintf(id, sizeof(id), "%s-%s", what, outcome_word(outcome));
	text = route != NULL ? find_text(m, id, route) : NULL;
	return text != NULL ? text : find_text(m, id, NULL);
}

const char *
messages_outcome(const struct messages *m, enum outcome outcome, const char *route)
{
	const char *text = of_outcome(m, "outcome", outcome, route);

	return text != NULL ? text : "";
}

const char *
messages_reason(const struct messages *m, enum outcome outcome, const char *route)
{
	return of_outcome(m, "reason", outcome, route);
}

const char *
messages_text(const struct messages *m, const char *id)
{
	const char *text = find_text(m, id, NULL);

	return text != NULL ? text : "";
}

static bool
is_of_letter(const char *id)
{
	return strncmp(id, "letter-", 7) == 0 || strncmp(id, "mail-letter-", 12) == 0;
}

const char *
messages_text_on(const struct messages *m, const char *id, const char *route)
{
	const char *own = route != NULL ? find_text(m, id, route) : NULL;

	return own != NULL ? own : messages_text(m, id);
}

static void
write_texts(const struct messages *m, const char *route, bool letter, struct xml_writer *xml)
{
	xml_open(xml, "texts");
	for (size_t i = 0; i < m->texts; i++) {
		const struct text *t = &m->text[i];

		if (t->route != NULL || (!letter && is_of_letter(t->id)))
			continue;
		xml_open(xml, "text");
		xml_attr(xml, "id", t->id);
		xml_text(xml, messages_text_on(m, t->id, route));
		xml_close(xml);
	}
	xml_close(xml);
}

char *
messages_format(const struct messages *m, const char *route, bool letter, struct error *err)
{
	struct xml_writer *xml = xml_writer_new(TEXTS_MAX);
	const char *data;
	char *texts = NULL;
	size_t mark, len;

	xml_open(xml, "handoff");
	xml_open(xml, "before");
	xml_close(xml);
	mark = xml_mark(xml);
	write_texts(m, route, letter, xml);
	texts = xstrdup(xml_since(xml, mark, &len));
	if (xml_finish(xml, &data, &len, err) != 0) {
		free(texts);
		texts = NULL;
	}
	xml_writer_free(xml);
	return texts;
}
