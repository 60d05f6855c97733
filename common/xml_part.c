/* Marks and fills the parts of what <once> keeps. xml_once.c runs the content. */
#include "common/xml_part.h"

#include <stdlib.h>
#include <string.h>

#include <libxml/tree.h>

#include "common/alloc.h"
#include "common/xml.h"

/* A mark is MARK and a letter for the name, rows are MARK(FORMAT) and the letter. U+FDD0 is no character, so no
 * text has it. */
#define MARK "\xef\xb7\x90"
#define MARK_LEN (sizeof(MARK) - 1)
#define BLANKS " \t\n\r"

void
xml_names_read(struct xml_names *n, xmlNodePtr instruction, const char *attribute)
{
	xmlChar *list = xmlGetNoNsProp(instruction, (const xmlChar *)attribute);
	char *rest = NULL;

	if (list == NULL)
		return;
	for (char *word = strtok_r((char *)list, BLANKS, &rest);
	     word != NULL && n->count < XML_PARTS_MAX; word = strtok_r(NULL, BLANKS, &rest))
		n->name[n->count++] = xstrdup(word);
	xmlFree(list);
}

void
xml_names_release(struct xml_names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->name[i]);
	n->count = 0;
}

/* Where the value of the ith attribute stands, or NULL if there is none. Our documents have no entities, so a
 * value is one text. */
static xmlChar **
place_of(const struct xml_names *n, size_t i, xmlNodePtr at)
{
	xmlAttrPtr a = at->type == XML_ELEMENT_NODE
	                       ? xmlHasNsProp(at, (const xmlChar *)n->name[i], NULL)
	                       : NULL;

	return a != NULL && a->type == XML_ATTRIBUTE_NODE && a->children != NULL
	               ? &a->children->content
	               : NULL;
}

static const char *
value_of(const struct xml_names *n, size_t i, xmlNodePtr at)
{
	xmlChar **place = place_of(n, i, at);

	return place != NULL && *place != NULL ? (const char *)*place : "";
}

void
xml_names_put(struct buf *key, const struct xml_names *n, xmlNodePtr at)
{
	for (size_t i = 0; i < n->count; i++) {
		buf_str(key, value_of(n, i, at));
		buf_char(key, '\n');
	}
}

void
xml_parts_put(struct buf *key, const struct xml_names *n, xmlNodePtr at)
{
	for (size_t i = 0; i < n->count; i++)
		buf_char(key, value_of(n, i, at)[0] != '\0' ? '+' : '-');
}

bool
xml_parts_plain(const struct xml_names *n, xmlNodePtr at)
{
	for (size_t i = 0; i < n->count; i++) {
		const char *value = value_of(n, i, at);

		if (value[strcspn(value, "&<>\"'\t\n\r")] != '\0')
			return false;
	}
	return true;
}

void
xml_parts_mark(struct xml_marked *m, const struct xml_names *n, xmlNodePtr at)
{
	static char marks[XML_PARTS_MAX][MARK_LEN + 2] = {MARK "a", MARK "b", MARK "c", MARK "d",
	                                                  MARK "e", MARK "f", MARK "g", MARK "h"};

	m->count = 0;
	for (size_t i = 0; i < n->count; i++) {
		xmlChar **place = place_of(n, i, at);

		if (place == NULL || value_of(n, i, at)[0] == '\0')
			continue;
		m->place[m->count] = place;
		m->value[m->count++] = *place;
		*place = (xmlChar *)marks[i];
	}
}

void
xml_parts_restore(const struct xml_marked *m)
{
	for (size_t i = 0; i < m->count; i++)
		*m->place[i] = m->value[i];
}

void
xml_part_rows(struct buf *to, const char *format, const char *list, const struct xml_insert *in)
{
	if (strncmp(list, MARK, MARK_LEN) == 0)
		buf_printf(to, MARK "(%s)%c", format, list[MARK_LEN]);
	else if (in->rows != NULL)
		in->rows(in->ctx, format, list, to);
}

/* Fills one mark; returns the bytes after it. */
static const char *
fill(struct buf *to, const char *mark, const struct xml_names *n, xmlNodePtr at,
     const struct xml_insert *in)
{
	const char *letter = mark + MARK_LEN, *end = NULL;
	char *format;
	size_t i;

	if (*letter == '(' && (end = strchr(letter, ')')) != NULL)
		letter = end + 1;
	if (*letter < 'a' || *letter >= 'a' + (char)n->count) {
		buf_add(to, mark, MARK_LEN);
		return mark + MARK_LEN;
	}
	i = (size_t)(*letter - 'a');
	if (end == NULL) {
		buf_str(to, value_of(n, i, at));
		return letter + 1;
	}
	format = xstrndup(mark + MARK_LEN + 1, (size_t)(end - mark) - MARK_LEN - 1);
	xml_part_rows(to, format, value_of(n, i, at), in);
	free(format);
	return letter + 1;
}

void
xml_parts_fill(struct buf *to, const struct buf *kept, const struct xml_names *n, xmlNodePtr at,
               const struct xml_insert *in)
{
	const char *from = kept->data, *end = kept->data + kept->len, *mark;

	while ((mark = memmem(from, (size_t)(end - from), MARK, MARK_LEN)) != NULL) {
		buf_add(to, from, (size_t)(mark - from));
		from = fill(to, mark, n, at, in);
	}
	buf_add(to, from, (size_t)(end - from));
}
