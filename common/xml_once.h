/*
 * The extension element <once key="XPATH" of="NAME..." parts="NAME..."> of a stylesheet: what it writes is kept for
 * the life of the stylesheet and written again whenever the key is the same. The key is the values of the
 * attributes `of` of the current node, and of the expression: one of both may be missing. It must name
 * everything that the content depends on, except the values of the attributes `parts`: the content may copy
 * them to its output, also as the groups of <rows>, and each output gets the values of its node. The
 * content stands in <xsl:fallback>, so another XSLT processor writes the same. Within a variable, the content
 * may not have elements. Only common/xml*.c use this file.
 *
 * Keeps at most XML_ONCE_MAX bytes for each element; what exceeds it is written without being kept.
 */
#ifndef COMMON_XML_ONCE_H
#define COMMON_XML_ONCE_H

#include "common/base.h"

#define XML_ONCE_MAX ((size_t)256 * 1024)

struct _xmlNode; /* libxml2's */

/* Makes the element known to stylesheets that are compiled from now on. False: out of memory. */
bool xml_once_register(const char *ns);
/* Adds a text at the end of a parent's children, to be written as it is. False: out of memory. */
bool xml_once_insert(struct _xmlNode *parent, const char *text, size_t len);

#endif
