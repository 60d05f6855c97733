/* Keeps the results of parts of a stylesheet. xml_sheet.c applies the stylesheet. */
#include "common/xml_once.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/HTMLtree.h>
#include <libxml/hash.h>
#include <libxml/parserInternals.h> /* xmlStringTextNoenc */
#include <libxslt/extensions.h>
#include <libxslt/preproc.h>
#include <libxslt/templates.h>
#include <libxslt/transform.h>
#include <libxslt/xsltInternals.h>
#include <libxslt/xsltutils.h>

#include "common/alloc.h"
#include "common/buf.h"

#define NAME "once"

/* The output of the content: attributes of the element around it, and text. */
struct kept {
	xmlNodePtr attributes; /* an element that has them, or NULL */
	struct buf text;
};

struct once {
	xsltElemPreComp common; /* libxslt's part comes first */
	xmlXPathCompExprPtr key;
	xmlNodePtr content;
	xmlHashTablePtr kept; /* struct kept, by key */
	size_t used;
};

static void
kept_free(struct kept *k)
{
	xmlFreeNode(k->attributes);
	buf_release(&k->text);
	free(k);
}

static void
on_kept(void *kept, const xmlChar *key UNUSED)
{
	kept_free(kept);
}

static void
once_free(xsltElemPreCompPtr compiled)
{
	struct once *o = (void *)compiled;

	xmlHashFree(o->kept, on_kept);
	xmlXPathFreeCompExpr(o->key);
	free(o);
}

static xmlNodePtr
fallback_of(xmlNodePtr instruction)
{
	for (xmlNodePtr n = instruction->children; n != NULL; n = n->next)
		if (n->type == XML_ELEMENT_NODE && n->ns != NULL &&
		    xmlStrEqual(n->ns->href, XSLT_NAMESPACE) &&
		    strcmp((const char *)n->name, "fallback") == 0)
			return n->children;
	return NULL;
}

static xsltElemPreCompPtr
on_compile(xsltStylesheetPtr style, xmlNodePtr instruction, xsltTransformFunction function)
{
	struct once *o = xcalloc(1, sizeof(*o));
	xmlChar *key = xmlGetNoNsProp(instruction, (const xmlChar *)"key");

	xsltInitElemPreComp(&o->common, style, instruction, function, once_free);
	o->content = fallback_of(instruction);
	o->kept = xmlHashCreate(0);
	o->key = key != NULL ? xsltXPathCompile(style, key) : NULL;
	if (o->key == NULL) {
		xsltTransformError(NULL, style, instruction, NAME ": no usable key\n");
		style->errors++;
	}
	xmlFree(key);
	return &o->common;
}

bool
xml_once_insert(xmlNodePtr parent, const char *text, size_t len)
{
	xmlNodePtr node = len < INT_MAX ? xmlNewTextLen((const xmlChar *)text, (int)len) : NULL;

	if (node == NULL)
		return false;
	node->name = xmlStringTextNoenc; /* how libxslt marks disable-output-escaping */
	/* xmlAddChild() would copy the text before it, because it joins texts */
	node->parent = parent;
	node->doc = parent->doc;
	node->prev = parent->last;
	if (parent->last != NULL)
		parent->last->next = node;
	else
		parent->children = node;
	parent->last = node;
	return true;
}

static bool
copy_attributes(xmlNodePtr to, const xmlNode *from)
{
	for (xmlAttrPtr a = from->properties; a != NULL; a = a->next) {
		xmlChar *value = xmlNodeGetContent((xmlNodePtr)a);
		bool ok = value != NULL && xmlSetProp(to, a->name, value) != NULL;

		xmlFree(value);
		if (!ok)
			return false;
	}
	return true;
}

/* The children of an element as libxslt writes them at the end. */
static bool
write_html(xmlNodePtr from, struct buf *to)
{
	xmlOutputBufferPtr out = xmlAllocOutputBuffer(NULL);

	if (out == NULL)
		return false;
	for (xmlNodePtr n = from->children; n != NULL; n = n->next)
		htmlNodeDumpFormatOutput(out, from->doc, n, "UTF-8", 0);
	buf_add(to, (const char *)xmlOutputBufferGetContent(out), xmlOutputBufferGetSize(out));
	return xmlOutputBufferClose(out) >= 0;
}

static bool
write_text(const xmlNode *from, struct buf *to)
{
	for (const xmlNode *n = from->children; n != NULL; n = n->next)
		if (n->type == XML_TEXT_NODE)
			buf_str(to, (const char *)n->content);
	return true;
}

static void
run_content(xsltTransformContextPtr ctx, xmlNodePtr at, const struct once *o, xmlNodePtr into)
{
	xmlNodePtr insert = ctx->insert;

	ctx->insert = into;
	ctx->lasttext = NULL; /* libxslt joins texts of one parent */
	xsltApplyOneTemplate(ctx, at, o->content, NULL, NULL);
	ctx->lasttext = NULL;
	ctx->insert = insert;
}

static struct kept *
make(xsltTransformContextPtr ctx, xmlNodePtr at, const struct once *o)
{
	xmlNodePtr into = xmlNewDocNode(ctx->output, NULL, (const xmlChar *)NAME, NULL);
	struct kept *k = xcalloc(1, sizeof(*k));
	bool ok = into != NULL;

	buf_init(&k->text, INT_MAX);
	if (ok) {
		run_content(ctx, at, o, into);
		ok = ctx->output->type == XML_HTML_DOCUMENT_NODE ? write_html(into, &k->text)
		                                                 : write_text(into, &k->text);
	}
	if (ok && into->properties != NULL) {
		k->attributes = xmlNewNode(NULL, (const xmlChar *)NAME);
		ok = k->attributes != NULL && copy_attributes(k->attributes, into);
	}
	xmlFreeNode(into);
	if (ok && ctx->state == XSLT_STATE_OK)
		return k;
	ctx->state = XSLT_STATE_ERROR;
	kept_free(k);
	return NULL;
}

static bool
insert(xsltTransformContextPtr ctx, const struct kept *k)
{
	ctx->lasttext = NULL;
	return (k->attributes == NULL || copy_attributes(ctx->insert, k->attributes)) &&
	       (k->text.len == 0 || xml_once_insert(ctx->insert, k->text.data, k->text.len));
}

/* An XML document has other ways to write an element, so nothing is kept. */
static bool
keeps(const xsltTransformContext *ctx)
{
	return ctx->output->type == XML_HTML_DOCUMENT_NODE ||
	       (ctx->style->method != NULL &&
	        strcmp((const char *)ctx->style->method, "text") == 0);
}

static void
write_kept(xsltTransformContextPtr ctx, xmlNodePtr at, struct once *o, const xmlChar *key)
{
	struct kept *k = xmlHashLookup(o->kept, key);
	size_t size = strlen((const char *)key);
	bool found = k != NULL, ok;

	if (!found && (k = make(ctx, at, o)) == NULL)
		return;
	ok = insert(ctx, k);
	if (!ok)
		ctx->state = XSLT_STATE_ERROR;
	if (found)
		return;
	size += sizeof(*k) + k->text.len;
	if (ok && o->used + size <= XML_ONCE_MAX && xmlHashAddEntry(o->kept, key, k) == 0)
		o->used += size;
	else
		kept_free(k);
}

static void
on_once(xsltTransformContextPtr ctx, xmlNodePtr at, xmlNodePtr instruction UNUSED,
        xsltElemPreCompPtr compiled)
{
	struct once *o = (void *)compiled;
	xmlChar *key;

	if (!keeps(ctx)) {
		xsltApplyOneTemplate(ctx, at, o->content, NULL, NULL);
		return;
	}
	key = xsltEvalXPathString(ctx, o->key);
	if (key == NULL)
		ctx->state = XSLT_STATE_ERROR;
	else
		write_kept(ctx, at, o, key);
	xmlFree(key);
}

bool
xml_once_register(const char *ns)
{
	return xsltRegisterExtModuleElement((const xmlChar *)NAME, (const xmlChar *)ns, on_compile,
	                                    on_once) == 0;
}
