#include "common/xml.h"

#include <stdlib.h>

#include <libexslt/exslt.h>
#include <libxslt/security.h>
#include <libxslt/transform.h>
#include <libxslt/xsltInternals.h>
#include <libxslt/xsltutils.h>

#include "common/alloc.h"
#include "common/xml_report.h"

struct xml_sheet {
	xsltStylesheetPtr style;
};

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

struct xml_sheet *
xml_sheet_parse(const char *data, size_t len, const char *name, struct error *err)
{
	xmlDocPtr doc = xml_tree_parse(data, len, name, err);
	xsltStylesheetPtr style = NULL;
	struct xml_sheet *sheet;
	struct xml_report report;

	if (doc == NULL)
		return NULL;
	xml_report_listen(&report);
	if (closed_doors() != NULL)
		style = xsltParseStylesheetDoc(doc);
	xml_report_heard(&report);
	if (style == NULL || style->errors != 0) {
		error_set(err, "%s: no usable stylesheet: %s", name, xml_report_heard(&report));
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
	struct xml_report report;
	xmlDocPtr result;
	bool ok = false;

	xml_report_listen(&report);
	result = apply(s->style, d->tree);
	if (result != NULL) /* a disk that is full is no fault of the stylesheet's */
		ok = xsltSaveResultToFile(out, result, s->style) >= 0 || ferror(out);
	xml_report_heard(&report);
	xmlFreeDoc(result);
	return ok ? 0 : error_set(err, "the stylesheet failed: %s", xml_report_heard(&report));
}
