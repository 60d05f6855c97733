#include "common/xml.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libexslt/exslt.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlwriter.h>
#include <libxslt/security.h>
#include <libxslt/transform.h>
#include <libxslt/xsltInternals.h>
#include <libxslt/xsltutils.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/text.h"

#define TEXT_MAX ((size_t)16 * 1024 * 1024) /* one text node; a row is at most 1 MiB */
#define MESSAGE_MAX 400                     /* libxml2 quotes whole lines; the start says enough */

struct xml_writer {
	xmlBufferPtr bytes;
	xmlTextWriterPtr out;
	struct buf clean; /* the text at hand without what XML forbids; reused */
	size_t max;
	bool failed;
};

struct xml_doc {
	xmlDocPtr tree;
};

struct xml_schema {
	xmlDocPtr doc; /* the schema points into it */
	xmlSchemaPtr schema;
};

struct xml_sheet {
	xsltStylesheetPtr style;
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

/* The libraries report through callbacks: libxml2 once an error, libxslt the place, then the cause,
 * in pieces. The first lines say what is wrong, the rest follows from it. */
struct report {
	char text[MESSAGE_MAX];
};

static void on_message(void *ctx, const char *format, ...) PRINTFLIKE(2, 3);
static void
on_message(void *ctx, const char *format, ...)
{
	struct report *r = ctx;
	size_t used = strlen(r->text);
	va_list args;

	va_start(args, format);
	vsnprintf(r->text + used, sizeof(r->text) - used, format, args);
	va_end(args);
}

static void
on_xml_error(void *ctx, xmlErrorPtr error)
{
	struct report *r = ctx;

	if (r->text[0] == '\0' && error != NULL && error->message != NULL)
		snprintf(r->text, sizeof(r->text), "line %d: %s", error->line, error->message);
}

static void
listen(struct report *r)
{
	r->text[0] = '\0';
	xmlSetStructuredErrorFunc(r, on_xml_error);
	xsltSetGenericErrorFunc(r, on_message);
}

static const char *
heard(struct report *r)
{
	xmlSetStructuredErrorFunc(NULL, NULL);
	xsltSetGenericErrorFunc(NULL, NULL);
	for (size_t len = strlen(r->text); len > 0 && r->text[len - 1] == '\n'; len--)
		r->text[len - 1] = '\0';
	for (char *p = r->text; *p != '\0'; p++) {
		if (*p == '\n' || *p == '\r')
			*p = ' ';
	}
	return r->text[0] != '\0' ? r->text : "no reason given";
}

/* Made once and kept: libxslt looks at its default when a stylesheet imports or includes. */
static xsltSecurityPrefsPtr
closed_doors(void)
{
	static const xsltSecurityOption options[] = {
		XSLT_SECPREF_READ_FILE,        XSLT_SECPREF_WRITE_FILE,
		XSLT_SECPREF_CREATE_DIRECTORY, XSLT_SECPREF_READ_NETWORK,
		XSLT_SECPREF_WRITE_NETWORK,
	};
	static xsltSecurityPrefsPtr prefs;

	if (prefs != NULL)
		return prefs;
	prefs = xsltNewSecurityPrefs();
	if (prefs == NULL)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (xsltSetSecurityPrefs(prefs, options[i], xsltSecurityForbid) != 0) {
			xsltFreeSecurityPrefs(prefs);
			prefs = NULL;
			return NULL;
		}
	}
	xsltSetDefaultSecurityPrefs(prefs);
	exsltStrRegister();
	return prefs;
}

static void
refuse_doctype(void *ctx, const xmlChar *name UNUSED, const xmlChar *public_id UNUSED,
               const xmlChar *system_id UNUSED)
{
	xmlParserCtxtPtr parser = ctx;
	bool *refused = parser->_private;

	*refused = true;
	xmlStopParser(parser);
}

static xmlDocPtr
parse(const char *data, size_t len, const char *name, int options, struct error *err)
{
	xmlParserCtxtPtr parser;
	struct report report;
	bool refused = false;
	xmlDocPtr doc;

	if (len > INT_MAX) {
		error_set(err, "%s: larger than %d bytes", name, INT_MAX);
		return NULL;
	}
	listen(&report);
	parser = xmlNewParserCtxt();
	if (parser == NULL) {
		error_set(err, "%s: %s", name, heard(&report));
		return NULL;
	}
	parser->_private = &refused;
	parser->sax->internalSubset = refuse_doctype;
	doc = xmlCtxtReadMemory(parser, data, (int)len, name, NULL, XML_PARSE_NONET | options);
	heard(&report);
	xmlFreeParserCtxt(parser);
	if (doc != NULL && !refused)
		return doc;
	xmlFreeDoc(doc);
	error_set(err, "%s: %s", name, refused ? "a DOCTYPE is not accepted" : heard(&report));
	return NULL;
}

struct xml_doc *
xml_doc_parse(const char *data, size_t len, const char *name, struct error *err)
{
	xmlDocPtr tree = parse(data, len, name, XML_PARSE_NOBLANKS | XML_PARSE_COMPACT, err);
	struct xml_doc *d;

	if (tree == NULL)
		return NULL;
	d = xmalloc(sizeof(*d));
	d->tree = tree;
	return d;
}

void
xml_doc_free(struct xml_doc *d)
{
	if (d == NULL)
		return;
	xmlFreeDoc(d->tree);
	free(d);
}

/* An opaque element is libxml2's own node. */
static const xmlNode *
node(const struct xml_node *n)
{
	return (const void *)n;
}

const struct xml_node *
xml_doc_root(const struct xml_doc *d)
{
	return (const void *)xmlDocGetRootElement(d->tree);
}

static const struct xml_node *
element(const xmlNode *n)
{
	while (n != NULL && n->type != XML_ELEMENT_NODE)
		n = n->next;
	return (const void *)n;
}

const struct xml_node *
xml_node_first(const struct xml_node *n)
{
	return element(node(n)->children);
}

const struct xml_node *
xml_node_next(const struct xml_node *n)
{
	return element(node(n)->next);
}

const char *
xml_node_name(const struct xml_node *n)
{
	return (const char *)node(n)->name;
}

const char *
xml_node_attr(const struct xml_node *n, const char *name)
{
	for (const xmlAttr *a = node(n)->properties; a != NULL; a = a->next)
		if (strcmp((const char *)a->name, name) == 0)
			return a->children != NULL ? (const char *)a->children->content : "";
	return NULL;
}

const char *
xml_node_text(const struct xml_node *n)
{
	const xmlNode *text = node(n)->children;

	return text != NULL && text->type == XML_TEXT_NODE ? (const char *)text->content : "";
}

struct xml_schema *
xml_schema_parse(const char *data, size_t len, const char *name, struct error *err)
{
	xmlDocPtr doc = parse(data, len, name, 0, err);
	xmlSchemaParserCtxtPtr parser;
	xmlSchemaPtr schema = NULL;
	struct report report;
	struct xml_schema *s;

	if (doc == NULL)
		return NULL;
	listen(&report);
	parser = xmlSchemaNewDocParserCtxt(doc);
	if (parser != NULL)
		schema = xmlSchemaParse(parser);
	xmlSchemaFreeParserCtxt(parser);
	heard(&report);
	if (schema == NULL) {
		xmlFreeDoc(doc);
		error_set(err, "%s: no usable schema: %s", name, report.text);
		return NULL;
	}
	s = xmalloc(sizeof(*s));
	*s = (struct xml_schema){doc, schema};
	return s;
}

void
xml_schema_free(struct xml_schema *s)
{
	if (s == NULL)
		return;
	xmlSchemaFree(s->schema);
	xmlFreeDoc(s->doc);
	free(s);
}

int
xml_schema_check(const struct xml_schema *s, const struct xml_doc *d, struct error *err)
{
	xmlSchemaValidCtxtPtr ctx = xmlSchemaNewValidCtxt(s->schema);
	struct report report;
	int result = -1;

	listen(&report);
	if (ctx != NULL)
		result = xmlSchemaValidateDoc(ctx, d->tree);
	xmlSchemaFreeValidCtxt(ctx);
	heard(&report);
	return result == 0 ? 0 : error_set(err, "the document breaks its schema: %s", report.text);
}

struct xml_sheet *
xml_sheet_parse(const char *data, size_t len, const char *name, struct error *err)
{
	xmlDocPtr doc = parse(data, len, name, 0, err);
	xsltStylesheetPtr style = NULL;
	struct xml_sheet *sheet;
	struct report report;

	if (doc == NULL)
		return NULL;
	listen(&report);
	if (closed_doors() != NULL)
		style = xsltParseStylesheetDoc(doc);
	heard(&report);
	if (style == NULL || style->errors != 0) {
		error_set(err, "%s: no usable stylesheet: %s", name, heard(&report));
		if (style != NULL)
			xsltFreeStylesheet(style); /* owns doc */
		else
			xmlFreeDoc(doc);
		return NULL;
	}
	sheet = xmalloc(sizeof(*sheet));
	sheet->style = style;
	return sheet;
}

void
xml_sheet_free(struct xml_sheet *s)
{
	if (s == NULL)
		return;
	xsltFreeStylesheet(s->style);
	free(s);
}

/* The result tree, or NULL where the stylesheet failed or tried a closed door. */
static xmlDocPtr
apply(xsltStylesheetPtr style, xmlDocPtr doc)
{
	xsltSecurityPrefsPtr prefs = closed_doors();
	xsltTransformContextPtr ctx = xsltNewTransformContext(style, doc);
	xmlDocPtr result = NULL;

	if (ctx == NULL)
		return NULL;
	if (prefs != NULL && xsltSetCtxtSecurityPrefs(prefs, ctx) == 0)
		result = xsltApplyStylesheetUser(style, doc, NULL, NULL, NULL, ctx);
	if (ctx->state != XSLT_STATE_OK) {
		xmlFreeDoc(result);
		result = NULL;
	}
	xsltFreeTransformContext(ctx);
	return result;
}

int
xml_sheet_apply(const struct xml_sheet *s, const struct xml_doc *d, FILE *out, struct error *err)
{
	struct report report;
	xmlDocPtr result;
	int failed = -1;

	listen(&report);
	result = apply(s->style, d->tree);
	if (result != NULL)
		failed = xsltSaveResultToFile(out, result, s->style) < 0 ? -1 : 0;
	heard(&report);
	xmlFreeDoc(result);
	return failed == 0 ? 0 : error_set(err, "the stylesheet failed: %s", heard(&report));
}
