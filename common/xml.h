/*
 * XML over libxml2 and libxslt. Only common/xml*.c include their headers. The writer is our own,
 * because libxml2's is slow; its error is sticky, so a caller writes without checks and tests the
 * result of xml_finish(). The parser refuses DOCTYPE and entities, and never uses the network.
 */
#ifndef COMMON_XML_H
#define COMMON_XML_H

#include <stdio.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"

/* Before the first use: the libraries end the program when there is no memory (alloc.h). */
void xml_init(void);

struct xml_writer;
/* Writes at most max bytes to memory. Characters that XML 1.0 forbids become U+FFFD. */
struct xml_writer *xml_writer_new(size_t max);
void xml_writer_compact(struct xml_writer *w); /* before the first element: no line breaks */
void xml_writer_free(struct xml_writer *w);    /* accepts NULL */
void xml_open(struct xml_writer *w, const char *name); /* name must live until xml_close() */
void xml_attr(struct xml_writer *w, const char *name, const char *value); /* NULL: none */
/* The same for a value that needs no escapes. */
void xml_attr_plain(struct xml_writer *w, const char *name, const char *value, size_t len);
void xml_attr_int(struct xml_writer *w, const char *name, long long value);
void xml_text(struct xml_writer *w, const char *text);
void xml_close(struct xml_writer *w);
/* The position between two elements, and the bytes written since then. They live until the next
 * write. */
size_t xml_mark(const struct xml_writer *w);
const char *xml_since(const struct xml_writer *w, size_t mark, size_t *ret_len);
/* Adds elements that another writer wrote at the same depth, after an element. */
void xml_put(struct xml_writer *w, const char *elements);
/* Removes the elements that were written since the mark. */
void xml_rewind(struct xml_writer *w, size_t mark);
/* Ends the document; the bytes live as long as w. -1 if any call failed. */
int xml_finish(struct xml_writer *w, const char **ret_data, size_t *ret_len,
               struct error *err) MUST_CHECK;
/* The text with U+FFFD for each character that XML forbids; in b if any was replaced. */
const char *xml_clean(struct buf *b, const char *text);

/* ---- reading: at most 2 GiB; entities are not expanded, a DOCTYPE is refused ---- */
struct xml_doc;
struct xml_node; /* an element; it and its strings live as long as the document */
/* Drops blanks between elements. */
struct xml_doc *
xml_doc_parse(const char *data, size_t len, const char *name, struct error *err) MUST_CHECK;
/*
 * The same for a document from the network: UTF-8 only, and only elements, attributes and text (no
 * comment, CDATA section, processing instruction or entity), so that every parser reads the same
 * text. The limits below apply.
 */
#define XML_STRICT_SIZE_MAX ((size_t)16 * 1024 * 1024) /* twice HTTP_BODY_MAX */
#define XML_STRICT_DEPTH_MAX 16                        /* our documents use 4 */
#define XML_STRICT_NODES_MAX 200000 /* elements and attributes; 1000 devices have about 10,000 */
struct xml_doc *
xml_doc_parse_strict(const char *data, size_t len, const char *name, struct error *err) MUST_CHECK;
void xml_doc_free(struct xml_doc *d); /* accepts NULL */
const struct xml_node *xml_doc_root(const struct xml_doc *d);
const struct xml_node *xml_node_first(const struct xml_node *n); /* first child element or NULL */
const struct xml_node *xml_node_next(const struct xml_node *n);  /* next element or NULL */
const char *xml_node_name(const struct xml_node *n);
const char *xml_node_attr(const struct xml_node *n, const char *name); /* NULL: none */
const char *xml_node_text(const struct xml_node *n);                   /* "": empty */
/* The content if it is only text ("" if empty); NULL if there is anything else. */
const char *xml_node_leaf(const struct xml_node *n);
bool xml_node_has_text(const struct xml_node *n);   /* a child that is text, other than blanks */
const char *xml_node_ns(const struct xml_node *n);  /* the namespace's URI; "": none */
size_t xml_node_attrs(const struct xml_node *n);    /* how many attributes */
size_t xml_node_declared(const struct xml_node *n); /* how many namespaces it declares */
const char *xml_node_attr_ns(const struct xml_node *n, const char *ns, const char *name);
bool xml_is_uri(const char *text);
bool xml_is_name(const char *text); /* a name without a colon (NCName) */

struct xml_schema; /* a compiled XML Schema */
struct xml_schema *
xml_schema_parse(const char *data, size_t len, const char *name, struct error *err) MUST_CHECK;
void xml_schema_free(struct xml_schema *s); /* accepts NULL */
int
xml_schema_check(const struct xml_schema *s, const struct xml_doc *d, struct error *err) MUST_CHECK;

struct xml_sheet; /* a compiled stylesheet; it may use EXSLT's string functions and our own: */
struct xml_function {
	const char *name;
	int arguments; /* how many; at most XML_ARGUMENTS_MAX */
	void (*make)(struct buf *to, const char *const *argument);
};
#define XML_ARGUMENTS_MAX 4
/* Answers key(name, VALUE) with the elements /ROOT/parent/element whose attribute has the value. */
struct xml_index {
	const char *name, *parent, *element, *attribute;
};
/* An extension element <name/> in namespace ns. Within the nth element `of` among its siblings
 * (from 0) it inserts text(ctx, format, n), without escaping; elsewhere it inserts nothing.
 * format: the value of its attribute of that name, or NULL. If it also has an attribute `groups`, it calls
 * rows(ctx, format, list, to) instead (NULL: nothing): list is the value of that template. The
 * functions are in the same namespace. word: answers key(KEY, ID) with a text; it returns NULL for
 * another key of the stylesheet. */
struct xml_insert {
	const char *ns, *name, *of;
	const char *(*text)(const void *ctx, const char *format, size_t n, size_t *ret_len);
	void (*rows)(const void *ctx, const char *format, const char *list, struct buf *to);
	const char *(*word)(const void *ctx, const char *key, const char *id); /* or NULL */
	const struct xml_index *index; /* with word; or NULL */
	const void *ctx;
	const struct xml_function *function;
	size_t functions;
};
/* ns: the namespace of our own element <once key="XPATH"> (xml_once.h). */
struct xml_sheet *xml_sheet_parse(const char *data, size_t len, const char *name, const char *ns,
                                  struct error *err) MUST_CHECK;
void xml_sheet_free(struct xml_sheet *s); /* accepts NULL */
/* Applies s to a document and writes the result to out; write errors stay in the stream. A
 * stylesheet can access neither files nor the network. */
int xml_sheet_apply(const struct xml_sheet *s, const struct xml_doc *d, const struct xml_insert *in,
                    FILE *out, struct error *err) MUST_CHECK;

#endif
