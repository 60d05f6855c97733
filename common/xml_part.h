/*
 * Parts of what <once> keeps (xml_once.h): the values of some attributes of the current node. While the
 * content runs, a mark stands in place of each value; the marks in its output are filled with the values of
 * another node later. Only common/xml*.c use this file.
 */
#ifndef COMMON_XML_PART_H
#define COMMON_XML_PART_H

#include "common/base.h"
#include "common/buf.h"

#define XML_PARTS_MAX 8 /* names in one list */

struct _xmlNode; /* libxml2's */
struct xml_insert;

struct xml_names { /* of attributes */
	char *name[XML_PARTS_MAX];
	size_t count;
};
struct xml_marked { /* the values that marks replace now, and where they stood */
	unsigned char **place[XML_PARTS_MAX], *value[XML_PARTS_MAX];
	size_t count;
};

/* Reads a list of names from an attribute of the instruction, as many as there is room for. */
void xml_names_read(struct xml_names *n, struct _xmlNode *instruction, const char *attribute);
void xml_names_release(struct xml_names *n);
/* Adds each value to a key. */
void xml_names_put(struct buf *key, const struct xml_names *n, struct _xmlNode *at);
/* Adds to a key which parts the node has. */
void xml_parts_put(struct buf *key, const struct xml_names *n, struct _xmlNode *at);
/* Whether each value means the same in text, HTML and an attribute of HTML. */
bool xml_parts_plain(const struct xml_names *n, struct _xmlNode *at);
void xml_parts_mark(struct xml_marked *m, const struct xml_names *n, struct _xmlNode *at);
void xml_parts_restore(const struct xml_marked *m);
/* Copies what was kept, with values in place of marks. */
void xml_parts_fill(struct buf *to, const struct buf *kept, const struct xml_names *n,
                    struct _xmlNode *at, const struct xml_insert *in);
/* Adds the rows of the groups in the list; a mark if the list is one. */
void
xml_part_rows(struct buf *to, const char *format, const char *list, const struct xml_insert *in);

#endif
