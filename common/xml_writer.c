/* Writes documents into a buffer. */
#include "common/xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/text.h"

#define TEXT_MAX ((size_t)16 * 1024 * 1024) /* one text node; a row is at most 1 MiB */
#define DEPTH_MAX 32                        /* our documents use 6 */

struct xml_writer {
	struct buf bytes;
	struct buf clean;            /* for xml_clean() */
	const char *name[DEPTH_MAX]; /* the open elements; the caller's strings */
	size_t depth;
	bool compact;
	bool in_tag;   /* the last start tag is still open for attributes */
	bool in_lines; /* an element came last, so the end tag gets its own line */
	bool failed;
};

/* The escapes that XML requires, and in attributes those for bytes that a parser turns into
 * blanks. */
static const char *const text_escape[256] = {
	['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\r'] = "&#13;",
};
static const char *const attr_escape[256] = {
	['&'] = "&amp;", ['<'] = "&lt;",   ['>'] = "&gt;",   ['"'] = "&quot;",
	['\t'] = "&#9;", ['\n'] = "&#10;", ['\r'] = "&#13;",
};

struct xml_writer *
xml_writer_new(size_t max)
{
	struct xml_writer *w = xcalloc(1, sizeof(*w));

	buf_init(&w->bytes, max);
	buf_init(&w->clean, TEXT_MAX);
	buf_str(&w->bytes, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	return w;
}

void
xml_writer_compact(struct xml_writer *w)
{
	w->compact = true;
}

void
xml_writer_free(struct xml_writer *w)
{
	if (w == NULL)
		return;
	buf_release(&w->bytes);
	buf_release(&w->clean);
	free(w);
}

/* XML 1.0, production [2] Char: of the control characters only tab and line ends; no U+FFFE,
 * U+FFFF. */
static bool
is_xml_char(const char *p, size_t len)
{
	if ((unsigned char)*p < 0x20)
		return *p == '\t' || *p == '\n' || *p == '\r';
	return len != 3 || (memcmp(p, "\xef\xbf\xbe", 3) != 0 && memcmp(p, "\xef\xbf\xbf", 3) != 0);
}

const char *
xml_clean(struct buf *b, const char *text)
{
	const char *p = text != NULL ? text : "";
	size_t left = strlen(p);

	if (text_is_plain(p, left))
		return p;
	buf_reset(b);
	while (left > 0) {
		size_t len = text_utf8_length(p, left);

		if (len > 0 && is_xml_char(p, len))
			buf_add(b, p, len);
		else
			buf_str(b, "\xef\xbf\xbd");
		len = len > 0 ? len : 1;
		p += len;
		left -= len;
	}
	return b->data;
}

static const char *
clean(struct xml_writer *w, const char *text)
{
	const char *p = xml_clean(&w->clean, text);

	if (w->clean.overflow)
		w->failed = true;
	return p;
}

static void
put(struct xml_writer *w, const char *text, const char *const escape[static 256])
{
	const char *p = clean(w, text);

	buf_escape(&w->bytes, p, strlen(p), escape);
}

static void
indent(struct xml_writer *w)
{
	for (size_t i = 1; i < w->depth; i++)
		buf_char(&w->bytes, ' ');
}

static void
end_line(struct xml_writer *w)
{
	if (!w->compact)
		buf_char(&w->bytes, '\n');
}

void
xml_open(struct xml_writer *w, const char *name)
{
	if (w->depth == DEPTH_MAX)
		w->failed = true;
	if (w->failed)
		return;
	if (w->in_tag) {
		buf_char(&w->bytes, '>');
		end_line(w);
	}
	w->name[w->depth++] = name;
	if (!w->compact)
		indent(w);
	buf_char(&w->bytes, '<');
	buf_str(&w->bytes, name);
	w->in_tag = true;
}

void
xml_attr(struct xml_writer *w, const char *name, const char *value)
{
	if (w->failed || value == NULL)
		return;
	buf_char(&w->bytes, ' ');
	buf_str(&w->bytes, name);
	buf_add(&w->bytes, "=\"", 2);
	put(w, value, attr_escape);
	buf_char(&w->bytes, '"');
}

void
xml_attr_plain(struct xml_writer *w, const char *name, const char *value, size_t len)
{
	if (w->failed)
		return;
	buf_char(&w->bytes, ' ');
	buf_str(&w->bytes, name);
	buf_add(&w->bytes, "=\"", 2);
	buf_add(&w->bytes, value, len);
	buf_char(&w->bytes, '"');
}

void
xml_attr_int(struct xml_writer *w, const char *name, long long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", value);
	xml_attr(w, name, text);
}

void
xml_text(struct xml_writer *w, const char *text)
{
	if (w->failed)
		return;
	if (w->in_tag)
		buf_char(&w->bytes, '>');
	w->in_tag = false;
	w->in_lines = false;
	put(w, text, text_escape);
}

void
xml_close(struct xml_writer *w)
{
	if (w->depth == 0)
		w->failed = true;
	if (w->failed)
		return;
	if (w->in_tag) {
		buf_add(&w->bytes, "/>", 2);
	} else {
		if (!w->compact && w->in_lines)
			indent(w);
		buf_add(&w->bytes, "</", 2);
		buf_str(&w->bytes, w->name[w->depth - 1]);
		buf_char(&w->bytes, '>');
	}
	end_line(w);
	w->depth--;
	w->in_tag = false;
	w->in_lines = true;
}

void
xml_put(struct xml_writer *w, const char *elements)
{
	if (!w->failed)
		buf_str(&w->bytes, elements);
}

size_t
xml_mark(const struct xml_writer *w)
{
	return w->bytes.len;
}

const char *
xml_since(const struct xml_writer *w, size_t mark, size_t *ret_len)
{
	*ret_len = w->bytes.len - mark;
	return w->bytes.data + mark;
}

void
xml_rewind(struct xml_writer *w, size_t mark)
{
	if (w->bytes.overflow)
		return;
	w->bytes.len = mark;
	w->bytes.data[mark] = '\0';
}

int
xml_finish(struct xml_writer *w, const char **ret_data, size_t *ret_len, struct error *err)
{
	while (w->depth > 0 && !w->failed)
		xml_close(w);
	if (w->compact)
		buf_char(&w->bytes, '\n');
	if (w->failed || w->bytes.overflow)
		return error_set(err, "cannot build the document (more than %zu bytes?)",
		                 w->bytes.max);
	*ret_data = w->bytes.data;
	*ret_len = w->bytes.len;
	return 0;
}
