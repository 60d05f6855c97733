/* Collects library messages while a document is parsed, validated or transformed. */
#include "common/xml_report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libxml/xmlerror.h>
#include <libxslt/xsltutils.h>

static void on_message(void *ctx, const char *format, ...) PRINTFLIKE(2, 3);
static void
on_message(void *ctx, const char *format, ...)
{
	struct xml_report *r = ctx;
	size_t used = strlen(r->text);
	va_list args;

	va_start(args, format);
	vsnprintf(r->text + used, sizeof(r->text) - used, format, args);
	va_end(args);
}

static void
on_xml_error(void *ctx, xmlErrorPtr error)
{
	struct xml_report *r = ctx;

	if (r->text[0] == '\0' && error != NULL && error->message != NULL)
		snprintf(r->text, sizeof(r->text), "line %d: %s", error->line, error->message);
}

void
xml_report_begin(struct xml_report *r)
{
	r->text[0] = '\0';
	xmlSetStructuredErrorFunc(r, on_xml_error);
	xsltSetGenericErrorFunc(r, on_message);
}

const char *
xml_report_end(struct xml_report *r)
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
