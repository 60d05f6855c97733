/*
 * The error messages of libxml2 and libxslt as one line, and the tree behind a struct xml_doc. Only
 * common/xml*.c use it. Both libraries report through callbacks of the current thread: libxml2 once
 * for each error, libxslt in pieces, the place first. The first report names the cause, so later
 * ones are dropped. Nothing reaches standard error.
 */
#ifndef COMMON_XML_REPORT_H
#define COMMON_XML_REPORT_H

#include "common/error.h"

#define XML_REPORT_MAX 400 /* libxml2 quotes whole lines; their start is enough */

struct _xmlDoc; /* libxml2's */

struct xml_doc {
	struct _xmlDoc *tree;
};

struct xml_report {
	char text[XML_REPORT_MAX];
};

void xml_report_begin(struct xml_report *r); /* collects messages from now on */
/* Restores the default callbacks; returns one line that is never empty. */
const char *xml_report_end(struct xml_report *r);
/* Parses a tree, or returns NULL with *err set. No network; a DOCTYPE is refused. The caller
 * frees it with xmlFreeDoc(). */
struct _xmlDoc *xml_tree_parse(const char *data, size_t len, const char *name, struct error *err);

#endif
