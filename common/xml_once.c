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
#include "common/xml_part.h"

#define NAME "once"
#define KEY_MAX ((size_t)64 * 1024) /* a few attributes */

/* The output of the content: attributes of the element around it, and text. */
struct kept {
	xmlNodePtr attributes; /* an element that has them, or NULL */
	struct buf text;
};

struct once {
	xsltElemPreComp common; /* libxslt's part comes first */
	struct xml_names of, parts;
	xmlXPathCompExprPtr key; /* or NULL */
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
	xml_names_release(&o->of);
	xml_names_release(&o->parts);
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
	xml_names_read(&o->of, instruction, "of");
	xml_names_read(&o->parts, instruction, "parts");
	if (key != NULL ? o->key == NULL : o->of.count == 0) {
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
	struct xml_marked marked;
	bool ok = into != NULL;

	buf_init(&k->text, INT_MAX);
	if (ok) {
		xml_parts_mark(&marked, &o->parts, at);
		run_content(ctx, at, o, into);
		xml_parts_restore(&marked);
		ok = ctx->output->type == XML_HTML_DOCUMENT_NODE ? write_html(into, &k->text)
		                                                 : write_text(into, &k->text);
	}
	if (ok && into->properties != NULL) { /* they have no parts, because nothing fills them */
		k->attributes = xmlNewNode(NULL, (const xmlChar *)NAME);
		ok = o->parts.count == 0 && k->attributes != NULL &&
		     copy_attributes(k->attributes, into);
	}
	xmlFreeNode(into);
	if (ok && ctx->state == XSLT_STATE_OK)
		return k;
	ctx->state = XSLT_STATE_ERROR;
	kept_free(k);
	return NULL;
}

/* Inserts the text with the parts of this node. */
static bool
insert_filled(xsltTransformContextPtr ctx, xmlNodePtr at, const struct once *o,
              const struct buf *kept)
{
	struct buf text;
	bool ok;

	buf_init(&text, INT_MAX);
	xml_parts_fill(&text, kept, &o->parts, at, ctx->_private);
	ok = !text.overflow && xml_once_insert(ctx->insert, text.data, text.len);
	buf_release(&text);
	return ok;
}

static bool
insert(xsltTransformContextPtr ctx, xmlNodePtr at, const struct once *o, const struct kept *k)
{
	ctx->lasttext = NULL;
	if (k->attributes != NULL && !copy_attributes(ctx->insert, k->attributes))
		return false;
	if (o->parts.count > 0)
		return insert_filled(ctx, at, o, &k->text);
	return k->text.len == 0 || xml_once_insert(ctx->insert, k->text.data, k->text.len);
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
	ok = insert(ctx, at, o, k);
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

/* The values of the attributes, which parts there are, then the value of the expression. */
static bool
put_key(struct buf *b, xsltTransformContextPtr ctx, xmlNodePtr at, const struct once *o)
{
	xmlChar *key;

	xml_names_put(b, &o->of, at);
	xml_parts_put(b, &o->parts, at);
	if (o->key == NULL)
		return true;
	key = xsltEvalXPathString(ctx, o->key);
	if (key == NULL)
		return false;
	buf_str(b, (const char *)key);
	xmlFree(key);
	return true;
}

static void
on_once(xsltTransformContextPtr ctx, xmlNodePtr at, xmlNodePtr instruction UNUSED,
        xsltElemPreCompPtr compiled)
{
	struct once *o = (void *)compiled;
	struct buf key;

	if (!keeps(ctx) || !xml_parts_plain(&o->parts, at)) {
		xsltApplyOneTemplate(ctx, at, o->content, NULL, NULL);
		return;
	}
	buf_init(&key, KEY_MAX);
	if (!put_key(&key, ctx, at, o))
		ctx->state = XSLT_STATE_ERROR;
	else if (key.overflow)
		xsltApplyOneTemplate(ctx, at, o->content, NULL, NULL);
	else
		write_kept(ctx, at, o, (const xmlChar *)key.data);
	buf_release(&key);
}

bool
xml_once_register(const char *ns)
{
	return xsltRegisterExtModuleElement((const xmlChar *)NAME, (const xmlChar *)ns, on_compile,
	                                    on_once) == 0;
}
