#include "common/xml.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlwriter.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/text.h"

#define TEXT_MAX ((size_t)16 * 1024 * 1024) /* one text node; a row is at most 1 MiB */

struct xml_writer {
	xmlBufferPtr bytes;
	xmlTextWriterPtr out;
	struct buf clean; /* the text at hand without what XML forbids; reused */
	size_t max;
	bool failed;
};

struct xml_writer *
xml_writer_new(size_t max)
{
	struct xml_writer *w = xcalloc(1, sizeof(*w));

	buf_init(&w->clean, TEXT_MAX);
	w->max = max < INT_MAX ? max : INT_MAX;
	w->bytes = xmlBufferCreate();
	if (w->bytes != NULL)
		w->out = xmlNewTextWriterMemory(w->bytes, 0);
	if (w->out == NULL) {
		w->failed = true;
		return w;
	}
	xmlTextWriterSetIndent(w->out, 1);
	w->failed = xmlTextWriterStartDocument(w->out, NULL, "UTF-8", NULL) < 0;
	return w;
}

void
xml_writer_compact(struct xml_writer *w)
{
	if (w->out != NULL)
		xmlTextWriterSetIndent(w->out, 0);
}

void
xml_writer_free(struct xml_writer *w)
{
	if (w == NULL)
		return;
	xmlFreeTextWriter(w->out);
	xmlBufferFree(w->bytes);
	buf_release(&w->clean);
	free(w);
}

static void
note(struct xml_writer *w, int result)
{
	if (result < 0 || xmlBufferLength(w->bytes) < 0 ||
	    (size_t)xmlBufferLength(w->bytes) > w->max)
		w->failed = true;
}

/* XML 1.0, production [2] Char: no control but tab and line ends, not U+FFFE and U+FFFF. */
static bool
is_xml_char(const char *p, size_t len)
{
	if ((unsigned char)*p < 0x20)
		return *p == '\t' || *p == '\n' || *p == '\r';
	return len != 3 || (memcmp(p, "\xef\xbf\xbe", 3) != 0 && memcmp(p, "\xef\xbf\xbf", 3) != 0);
}

static const xmlChar *
clean(struct xml_writer *w, const char *text)
{
	const char *p = text != NULL ? text : "";
	size_t left = strlen(p);

	buf_reset(&w->clean);
	while (left > 0) {
		size_t len = text_utf8_length(p, left);

		if (len > 0 && is_xml_char(p, len))
			buf_add(&w->clean, p, len);
		else
			buf_str(&w->clean, "\xef\xbf\xbd");
		len = len > 0 ? len : 1;
		p += len;
		left -= len;
	}
	if (w->clean.overflow)
		w->failed = true;
	return (const xmlChar *)w->clean.data;
}

void
xml_open(struct xml_writer *w, const char *name)
{
	if (!w->failed)
		note(w, xmlTextWriterStartElement(w->out, (const xmlChar *)name));
}

void
xml_attr(struct xml_writer *w, const char *name, const char *value)
{
	if (w->failed || value == NULL)
		return;
	note(w, xmlTextWriterWriteAttribute(w->out, (const xmlChar *)name, clean(w, value)));
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
	if (!w->failed)
		note(w, xmlTextWriterWriteString(w->out, clean(w, text)));
}

void
xml_close(struct xml_writer *w)
{
	if (!w->failed)
		note(w, xmlTextWriterEndElement(w->out));
}

int
xml_finish(struct xml_writer *w, const char **ret_data, size_t *ret_len, struct error *err)
{
	if (!w->failed)
		note(w, xmlTextWriterEndDocument(w->out));
	if (!w->failed)
		note(w, xmlTextWriterFlush(w->out));
	if (w->failed)
		return error_set(err, "the document could not be built (more than %zu bytes?)",
		                 w->max);
	*ret_data = (const char *)xmlBufferContent(w->bytes);
	*ret_len = (size_t)xmlBufferLength(w->bytes);
	return 0;
}
