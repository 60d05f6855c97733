/*
 * Inside the XML door only (xml.c, xml_*.c): the tree behind a struct xml_doc, and what the
 * libraries have to say. They report through callbacks, libxml2 once an error, libxslt the place,
 * then the cause, in pieces: the first lines say what is wrong, the rest follows from it. Nothing
 * of it reaches standard error. The callbacks are the thread's, not the program's.
 */
#ifndef COMMON_XML_REPORT_H
#define COMMON_XML_REPORT_H

#include "common/error.h"

#define XML_REPORT_MAX 400 /* libxml2 quotes whole lines; the start says enough */

struct _xmlDoc; /* libxml2's */

struct xml_doc {
	struct _xmlDoc *tree;
};

struct xml_report {
	char text[XML_REPORT_MAX];
};

void xml_report_begin(struct xml_report *r);
/* Stops listening; the text is one line, and never empty. */
const char *xml_report_end(struct xml_report *r);
/* A tree, or NULL with err set. No network; a DOCTYPE is refused. xmlFreeDoc() frees it. */
struct _xmlDoc *xml_tree_parse(const char *data, size_t len, const char *name, struct error *err);

#endif
