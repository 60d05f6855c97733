/* Parses documents with libxml2, strictly if they come from the network, and validates them.
 * xml_writer.c writes documents, xml_sheet.c applies stylesheets. */
#include "common/xml.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/uri.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>

#include "common/alloc.h"
#include "common/text.h"
#include "common/xml_report.h"

struct xml_schema {
	xmlDocPtr doc; /* the schema points into it */
	xmlSchemaPtr schema;
};

/* The state of a strict parse. */
struct reading {
	const char *refused; /* why, or NULL */
	size_t depth, nodes;
};

void
xml_init(void)
{
	(void)xmlMemSetup(free, xmalloc, xrealloc, xstrdup); /* it cannot fail */
}

static void
refuse(void *ctx, const char *why)
{
	xmlParserCtxtPtr parser = ctx;
	struct reading *r = parser->_private;

	if (r->refused == NULL)
		r->refused = why;
	xmlStopParser(parser);
}

static void
on_doctype(void *ctx, const xmlChar *name UNUSED, const xmlChar *public_id UNUSED,
           const xmlChar *system_id UNUSED)
{
	refuse(ctx, "a DOCTYPE is not accepted");
}

static void
on_comment(void *ctx, const xmlChar *text UNUSED)
{
	refuse(ctx, "a comment is not accepted");
}

static void
on_cdata(void *ctx, const xmlChar *text UNUSED, int len UNUSED)
{
	refuse(ctx, "a CDATA section is not accepted");
}

static void
on_instruction(void *ctx, const xmlChar *target UNUSED, const xmlChar *text UNUSED)
{
	refuse(ctx, "a processing instruction is not accepted");
}

static void
on_reference(void *ctx, const xmlChar *name UNUSED)
{
	refuse(ctx, "an entity is not accepted");
}

static void
on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int declared,
         const xmlChar **namespaces, int attributes, int defaulted, const xmlChar **attribute)
{
	xmlParserCtxtPtr parser = ctx;
	struct reading *r = parser->_private;

	r->depth++;
	r->nodes += 1 + (size_t)declared + (size_t)attributes;
	if (r->depth > XML_STRICT_DEPTH_MAX)
		refuse(ctx, "it is nested too deeply");
	else if (r->nodes > XML_STRICT_NODES_MAX)
		refuse(ctx, "it has too many elements");
	else
		xmlSAX2StartElementNs(ctx, name, prefix, uri, declared, namespaces, attributes,
		                      defaulted, attribute);
}

static void
on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	xmlParserCtxtPtr parser = ctx;
	struct reading *r = parser->_private;

	r->depth--;
	xmlSAX2EndElementNs(ctx, name, prefix, uri);
}

static void
be_strict(xmlSAXHandler *sax)
{
	sax->comment = on_comment;
	sax->cdataBlock = on_cdata;
	sax->processingInstruction = on_instruction;
	sax->reference = on_reference;
	sax->startElementNs = on_start;
	sax->endElementNs = on_end;
}

static xmlDocPtr
parse(const char *data, size_t len, const char *name, bool strict, int options, struct error *err)
{
	struct reading reading = {0};
	xmlParserCtxtPtr parser;
	struct xml_report report;
	const char *report_text;
	xmlDocPtr doc;

	if (len > INT_MAX) {
		error_set(err, "%s: larger than %d bytes", name, INT_MAX);
		return NULL;
	}
	xml_report_begin(&report);
	parser = xmlNewParserCtxt();
	if (parser == NULL) {
		error_set(err, "%s: %s", name, xml_report_end(&report));
		return NULL;
	}
	parser->_private = &reading;
	parser->sax->internalSubset = on_doctype;
	if (strict)
		be_strict(parser->sax);
	doc = xmlCtxtReadMemory(parser, data, (int)len, name, NULL, XML_PARSE_NONET | options);
	report_text = xml_report_end(&report);
	xmlFreeParserCtxt(parser);
	if (doc != NULL && reading.refused == NULL)
		return doc;
	xmlFreeDoc(doc);
	error_set(err, "%s: %s", name, reading.refused != NULL ? reading.refused : report_text);
	return NULL;
}

xmlDocPtr
xml_tree_parse(const char *data, size_t len, const char *name, struct error *err)
{
	return parse(data, len, name, false, 0, err);
}

static struct xml_doc *
doc_of(xmlDocPtr tree)
{
	struct xml_doc *d = xmalloc(sizeof(*d));

	d->tree = tree;
	return d;
}

struct xml_doc *
xml_doc_parse(const char *data, size_t len, const char *name, struct error *err)
{
	xmlDocPtr tree = parse(data, len, name, false, XML_PARSE_NOBLANKS | XML_PARSE_COMPACT, err);

	return tree != NULL ? doc_of(tree) : NULL;
}

/* A parser that trusts another declared encoding would read another text. */
static bool
declares_utf8(xmlDocPtr tree)
{
	return tree->encoding == NULL || text_equal_nocase((const char *)tree->encoding, "UTF-8");
}

struct xml_doc *
xml_doc_parse_strict(const char *data, size_t len, const char *name, struct error *err)
{
	xmlDocPtr tree;

	if (len > XML_STRICT_SIZE_MAX) {
		error_set(err, "%s: larger than %zu bytes", name, XML_STRICT_SIZE_MAX);
		return NULL;
	}
	if (len == 0 || !text_is_utf8(data, len) || memchr(data, '\0', len) != NULL) {
		error_set(err, "%s: %s", name, len == 0 ? "it is empty" : "it is not UTF-8");
		return NULL;
	}
	tree = parse(data, len, name, true, 0, err);
	if (tree == NULL || declares_utf8(tree))
		return tree != NULL ? doc_of(tree) : NULL;
	xmlFreeDoc(tree);
	error_set(err, "%s: it declares an encoding other than UTF-8", name);
	return NULL;
}

void
xml_doc_free(struct xml_doc *d)
{
	if (d == NULL)
		return;
	xmlFreeDoc(d->tree);
	free(d);
}

/* struct xml_node is an xmlNode in disguise. */
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

const char *
xml_node_leaf(const struct xml_node *n)
{
	const xmlNode *text = node(n)->children;

	if (text == NULL)
		return "";
	return text->type == XML_TEXT_NODE && text->next == NULL ? (const char *)text->content
	                                                         : NULL;
}

bool
xml_node_has_text(const struct xml_node *n)
{
	for (const xmlNode *c = node(n)->children; c != NULL; c = c->next)
		if (c->type != XML_ELEMENT_NODE && xmlIsBlankNode(c) == 0)
			return true;
	return false;
}

const char *
xml_node_ns(const struct xml_node *n)
{
	const xmlNs *ns = node(n)->ns;

	return ns != NULL && ns->href != NULL ? (const char *)ns->href : "";
}

size_t
xml_node_attrs(const struct xml_node *n)
{
	size_t count = 0;

	for (const xmlAttr *a = node(n)->properties; a != NULL; a = a->next)
		count++;
	return count;
}

size_t
xml_node_declared(const struct xml_node *n)
{
	size_t count = 0;

	for (const xmlNs *ns = node(n)->nsDef; ns != NULL; ns = ns->next)
		count++;
	return count;
}

const char *
xml_node_attr_ns(const struct xml_node *n, const char *ns, const char *name)
{
	for (const xmlAttr *a = node(n)->properties; a != NULL; a = a->next)
		if (a->ns != NULL && strcmp((const char *)a->ns->href, ns) == 0 &&
		    strcmp((const char *)a->name, name) == 0)
			return a->children != NULL ? (const char *)a->children->content : "";
	return NULL;
}

bool
xml_is_uri(const char *text)
{
	xmlURIPtr uri = xmlParseURI(text);

	xmlFreeURI(uri);
	return uri != NULL;
}

bool
xml_is_name(const char *text)
{
	return xmlValidateNCName((const xmlChar *)text, 0) == 0;
}

struct xml_schema *
xml_schema_parse(const char *data, size_t len, const char *name, struct error *err)
{
	xmlDocPtr doc = xml_tree_parse(data, len, name, err);
	xmlSchemaParserCtxtPtr parser;
	xmlSchemaPtr schema = NULL;
	struct xml_report report;
	struct xml_schema *s;

	if (doc == NULL)
		return NULL;
	xml_report_begin(&report);
	parser = xmlSchemaNewDocParserCtxt(doc);
	if (parser != NULL)
		schema = xmlSchemaParse(parser);
	xmlSchemaFreeParserCtxt(parser);
	xml_report_end(&report);
	if (schema == NULL) {
		xmlFreeDoc(doc);
		error_set(err, "%s: not a usable schema: %s", name, report.text);
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
	struct xml_report report;
	int result = -1;

	xml_report_begin(&report);
	if (ctx != NULL)
		result = xmlSchemaValidateDoc(ctx, d->tree);
	xmlSchemaFreeValidCtxt(ctx);
	xml_report_end(&report);
	return result == 0
	               ? 0
	               : error_set(err, "the document does not match its schema: %s", report.text);
}
