/* Compiles and applies stylesheets with libxslt, without access to files or the network. */
#include "common/xml.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <libexslt/exslt.h>
#include <libxml/xpathInternals.h>
#include <libxslt/extensions.h>
#include <libxslt/functions.h>
#include <libxslt/security.h>
#include <libxslt/templates.h>
#include <libxslt/transform.h>
#include <libxslt/xsltInternals.h>
#include <libxslt/xsltutils.h>

#include "common/alloc.h"
#include "common/xml_once.h"
#include "common/xml_part.h"
#include "common/xml_report.h"

#define MADE_MAX ((size_t)16 * 1024 * 1024) /* the result of one function */

struct xml_sheet {
	xsltStylesheetPtr style;
};

/* Forbids every access. Created once and never freed, because libxslt keeps it as the default. */
static xsltSecurityPrefsPtr
no_access(void)
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

struct xml_sheet *
xml_sheet_parse(const char *data, size_t len, const char *name, const char *ns, struct error *err)
{
	xmlDocPtr doc = xml_tree_parse(data, len, name, err);
	xsltStylesheetPtr style = NULL;
	struct xml_sheet *sheet;
	struct xml_report report;

	if (doc == NULL)
		return NULL;
	xml_report_begin(&report);
	if (no_access() != NULL && xml_once_register(ns))
		style = xsltParseStylesheetDoc(doc);
	xml_report_end(&report);
	if (style == NULL || style->errors != 0) {
		error_set(err, "%s: not a usable stylesheet: %s", name, xml_report_end(&report));
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

/* The index of an element among its siblings of the same name. */
static size_t
place_of(const xmlNode *element)
{
	size_t n = 0;

	for (const xmlNode *e = element->prev; e != NULL; e = e->prev)
		n += e->type == XML_ELEMENT_NODE && xmlStrEqual(e->name, element->name);
	return n;
}

/* The rows of the groups that the attribute lists. */
static void
insert_groups(xsltTransformContextPtr ctx, xmlNodePtr instruction, const char *format)
{
	xmlChar *list = xsltEvalAttrValueTemplate(ctx, instruction, (const xmlChar *)"groups",
	                                          NULL);
	struct buf text;

	buf_init(&text, INT_MAX);
	if (list != NULL)
		xml_part_rows(&text, format, (const char *)list, ctx->_private);
	if (text.overflow || (text.len > 0 && !xml_once_insert(ctx->insert, text.data, text.len)))
		ctx->state = XSLT_STATE_ERROR;
	buf_release(&text);
	xmlFree(list);
}

/* Inserts the text as one node. An XPath value would be copied several times, and a table may have
 * megabytes. */
static void
insert_group(xsltTransformContextPtr ctx, xmlNodePtr at, const char *format)
{
	const struct xml_insert *in = ctx->_private;
	const char *text;
	size_t len = 0;

	if (at->type != XML_ELEMENT_NODE || strcmp((const char *)at->name, in->of) != 0)
		return;
	text = in->text(in->ctx, format, place_of(at), &len);
	if (len > 0 && !xml_once_insert(ctx->insert, text, len))
		ctx->state = XSLT_STATE_ERROR;
}

static void
on_insert(xsltTransformContextPtr ctx, xmlNodePtr at, xmlNodePtr instruction,
          xsltElemPreCompPtr compiled UNUSED)
{
	xmlChar *format = xmlGetNoNsProp(instruction, (const xmlChar *)"format");

	if (format != NULL && xmlHasProp(instruction, (const xmlChar *)"groups") != NULL)
		insert_groups(ctx, instruction, (const char *)format);
	else
		insert_group(ctx, at, (const char *)format);
	xmlFree(format);
}

static const struct xml_function *
called(const struct xml_insert *in, const xmlChar *name)
{
	size_t i = 0;

	while (i + 1 < in->functions && strcmp(in->function[i].name, (const char *)name) != 0)
		i++;
	return &in->function[i]; /* only these names are registered, so the last one is it */
}

static void
on_function(xmlXPathParserContextPtr at, int arguments)
{
	xsltTransformContextPtr ctx = xsltXPathGetTransformContext(at);
	const struct xml_function *f = called(ctx->_private, at->context->function);
	const char *argument[XML_ARGUMENTS_MAX] = {NULL};
	struct buf to;

	if (arguments != f->arguments) {
		xmlXPathSetArityError(at);
		return;
	}
	for (int i = arguments; i-- > 0;)
		argument[i] = (const char *)xmlXPathPopString(at);
	buf_init(&to, MADE_MAX);
	if (!xmlXPathCheckError(at))
		f->make(&to, argument);
	for (int i = 0; i < arguments; i++)
		xmlFree((void *)(uintptr_t)argument[i]);
	if (to.overflow)
		ctx->state = XSLT_STATE_ERROR;
	valuePush(at, xmlXPathNewCString(to.data));
	buf_release(&to);
}

/* The elements of the index whose attribute has the value. */
static xmlXPathObjectPtr
look_up(xmlDocPtr doc, const struct xml_index *index, const xmlChar *value)
{
	xmlNodeSetPtr found = xmlXPathNodeSetCreate(NULL);
	xmlNodePtr parent = xmlFirstElementChild(xmlDocGetRootElement(doc));

	while (parent != NULL && strcmp((const char *)parent->name, index->parent) != 0)
		parent = xmlNextElementSibling(parent);
	for (xmlNodePtr n = parent != NULL ? xmlFirstElementChild(parent) : NULL; n != NULL;
	     n = xmlNextElementSibling(n)) {
		const xmlAttr *a = xmlHasProp(n, (const xmlChar *)index->attribute);

		if (a != NULL && a->children != NULL && xmlStrEqual(a->children->content, value) &&
		    strcmp((const char *)n->name, index->element) == 0)
			(void)xmlXPathNodeSetAddUnique(found, n);
	}
	return xmlXPathWrapNodeSet(found);
}

/* The value of key(NAME, VALUE), or NULL if the caller does not answer this key. */
static xmlXPathObjectPtr
answer(const struct xml_insert *in, xmlDocPtr doc, const char *name, const char *value)
{
	const char *word = in->word(in->ctx, name, value);

	if (word != NULL)
		return xmlXPathNewCString(word);
	return in->index != NULL && strcmp(name, in->index->name) == 0
	               ? look_up(doc, in->index, (const xmlChar *)value)
	               : NULL;
}

/* The caller knows words that the document lacks then, and its index saves a table over the whole document. Other
 * keys are libxslt's. */
static void
on_key(xmlXPathParserContextPtr at, int arguments)
{
	xsltTransformContextPtr ctx = xsltXPathGetTransformContext(at);
	const xmlXPathObject *name = arguments == 2 ? at->valueTab[at->valueNr - 2] : NULL;
	const xmlXPathObject *value = arguments == 2 ? at->valueTab[at->valueNr - 1] : NULL;
	xmlXPathObjectPtr found = NULL;
	xmlChar *text;

	if (name != NULL && name->type == XPATH_STRING && value->type != XPATH_XSLT_TREE) {
		text = xmlXPathCastToString((xmlXPathObjectPtr)(uintptr_t)value);
		found = answer(ctx->_private, at->context->doc, (const char *)name->stringval,
		               (const char *)text);
		xmlFree(text);
	}
	if (found == NULL) {
		xsltKeyFunction(at, arguments);
		return;
	}
	xmlXPathFreeObject(valuePop(at));
	xmlXPathFreeObject(valuePop(at));
	valuePush(at, found);
}

/* str:replace(TEXT, SEARCH, REPLACEMENT) for strings. That of EXSLT makes a tree of each result, which takes ten times
 * as long. */
static void
on_replace(xmlXPathParserContextPtr at, int arguments)
{
	xsltTransformContextPtr ctx = xsltXPathGetTransformContext(at);
	xmlChar *text, *search, *replacement;
	const char *from, *found;
	struct buf to;

	if (arguments != 3) {
		xmlXPathSetArityError(at);
		return;
	}
	replacement = xmlXPathPopString(at);
	search = xmlXPathPopString(at);
	text = xmlXPathPopString(at);
	buf_init(&to, MADE_MAX);
	if (!xmlXPathCheckError(at)) {
		from = (const char *)text;
		while (search[0] != '\0' && (found = strstr(from, (const char *)search)) != NULL) {
			buf_add(&to, from, (size_t)(found - from));
			buf_str(&to, (const char *)replacement);
			from = found + strlen((const char *)search);
		}
		buf_str(&to, from);
	}
	if (to.overflow)
		ctx->state = XSLT_STATE_ERROR;
	valuePush(at, xmlXPathNewCString(to.data));
	buf_release(&to);
	xmlFree(text);
	xmlFree(search);
	xmlFree(replacement);
}

/* Only for stylesheets that are ours, because they use less of what these functions can do. */
static bool
add_words(xsltTransformContextPtr ctx, const struct xml_insert *in)
{
	static const xmlChar key[] = "key";

	return in->word == NULL ||
	       (xmlXPathRegisterFunc(ctx->xpathCtxt, key, NULL) == 0 &&
	        xmlXPathRegisterFunc(ctx->xpathCtxt, key, on_key) == 0 &&
	        xsltRegisterExtFunction(ctx, (const xmlChar *)"replace", EXSLT_STRINGS_NAMESPACE,
	                                on_replace) == 0);
}

static bool
add_functions(xsltTransformContextPtr ctx, const struct xml_insert *in)
{
	for (size_t i = 0; i < in->functions; i++)
		if (xsltRegisterExtFunction(ctx, (const xmlChar *)in->function[i].name,
		                            (const xmlChar *)in->ns, on_function) != 0)
			return false;
	return true;
}

static bool
prepare(xsltTransformContextPtr ctx, const struct xml_insert *in)
{
	xsltSecurityPrefsPtr prefs = no_access();

	ctx->_private = (void *)(uintptr_t)in;
	return prefs != NULL && xsltSetCtxtSecurityPrefs(prefs, ctx) == 0 &&
	       xsltRegisterExtElement(ctx, (const xmlChar *)in->name, (const xmlChar *)in->ns,
	                              on_insert) == 0 &&
	       add_functions(ctx, in) && add_words(ctx, in);
}

/* The result tree, or NULL if the stylesheet failed or tried to access a file or the network. */
static xmlDocPtr
apply(xsltStylesheetPtr style, xmlDocPtr doc, const struct xml_insert *in)
{
	xsltTransformContextPtr ctx = xsltNewTransformContext(style, doc);
	xmlDocPtr result = NULL;

	if (ctx == NULL)
		return NULL;
	if (prepare(ctx, in))
		result = xsltApplyStylesheetUser(style, doc, NULL, NULL, NULL, ctx);
	if (ctx->state != XSLT_STATE_OK) {
		xmlFreeDoc(result);
		result = NULL;
	}
	xsltFreeTransformContext(ctx);
	return result;
}

int
xml_sheet_apply(const struct xml_sheet *s, const struct xml_doc *d, const struct xml_insert *in,
                FILE *out, struct error *err)
{
	struct xml_report report;
	xmlDocPtr result;
	bool ok = false;

	xml_report_begin(&report);
	result = apply(s->style, d->tree, in);
	if (result != NULL) /* a write error, such as a full disk, stays in the stream */
		ok = xsltSaveResultToFile(out, result, s->style) >= 0 || ferror(out);
	xml_report_end(&report);
	xmlFreeDoc(result);
	return ok ? 0 : error_set(err, "the stylesheet failed: %s", xml_report_end(&report));
}
