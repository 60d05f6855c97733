/*
 * XML over libxml2 and libxslt. The only door to both. Writing is our own, for it has to be quick;
 * its error is sticky, so callers write straight down and check once. Reading refuses DOCTYPE,
 * entities and network.
 */
#ifndef COMMON_XML_H
#define COMMON_XML_H

#include <stdio.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"

struct xml_writer;
/* Writes to memory; at most max bytes. Characters that XML 1.0 forbids become U+FFFD. */
struct xml_writer *xml_writer_new(size_t max);
void xml_writer_compact(struct xml_writer *w); /* before the first element: no line breaks */
void xml_writer_free(struct xml_writer *w);    /* accepts NULL */
void xml_open(struct xml_writer *w, const char *name); /* the name has to live until xml_close() */
void xml_attr(struct xml_writer *w, const char *name, const char *value); /* NULL: left out */
/* The same of text without anything that is escaped or replaced. */
void xml_attr_plain(struct xml_writer *w, const char *name, const char *value, size_t len);
void xml_attr_int(struct xml_writer *w, const char *name, long long value);
void xml_text(struct xml_writer *w, const char *text);
void xml_close(struct xml_writer *w);
/* Between two elements: the place that has been reached, and what was written from there on. It
 * lives until more is written. */
size_t xml_mark(const struct xml_writer *w);
const char *xml_since(const struct xml_writer *w, size_t mark, size_t *ret_len);
/* Forgets the elements that were opened and closed from the place on. */
void xml_rewind(struct xml_writer *w, size_t mark);
/* Ends the document; the bytes live as long as w. -1 after any earlier error. */
int xml_finish(struct xml_writer *w, const char **ret_data, size_t *ret_len,
               struct error *err) MUST_CHECK;
/* The text as a document holds it, forbidden characters replaced; in b, where anything was. */
const char *xml_clean(struct buf *b, const char *text);

/* ---- reading: at most 2 GiB; entities stay as they are, a DOCTYPE is refused ---- */
struct xml_doc;
struct xml_node; /* an element; it and its strings live as long as the document */
/* Blanks between elements are dropped. */
struct xml_doc *
xml_doc_parse(const char *data, size_t len, const char *name, struct error *err) MUST_CHECK;
/*
 * The same for bytes of a peer: UTF-8 only, and nothing but elements, attributes and text (no
 * comment, CDATA, processing instruction or entity of its own), so that no two readers can see
 * two texts in them. Within the limits below.
 */
#define XML_STRICT_SIZE_MAX ((size_t)16 * 1024 * 1024) /* twice what HTTP lets in */
#define XML_STRICT_DEPTH_MAX 16                        /* our documents use 4 */
#define XML_STRICT_NODES_MAX 200000 /* elements and attributes; 1000 devices have about 10,000 */
struct xml_doc *
xml_doc_parse_strict(const char *data, size_t len, const char *name, struct error *err) MUST_CHECK;
void xml_doc_free(struct xml_doc *d); /* accepts NULL */
const struct xml_node *xml_doc_root(const struct xml_doc *d);
const struct xml_node *xml_node_first(const struct xml_node *n); /* first child element or NULL */
const struct xml_node *xml_node_next(const struct xml_node *n);  /* next element or NULL */
const char *xml_node_name(const struct xml_node *n);
const char *xml_node_attr(const struct xml_node *n, const char *name); /* NULL: not there */
const char *xml_node_text(const struct xml_node *n);                   /* "" where empty */
/* The whole content where it is text alone, "" where empty; NULL where there is anything else. */
const char *xml_node_leaf(const struct xml_node *n);
bool xml_node_has_text(const struct xml_node *n);   /* text other than blanks, as a child */
const char *xml_node_ns(const struct xml_node *n);  /* the namespace's URI, "" for none */
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

struct xml_sheet; /* a compiled stylesheet; may use EXSLT's strings, and of ours: */
/* Functions of texts: each has this many arguments. */
struct xml_function {
	const char *name;
	int arguments; /* at most XML_ARGUMENTS_MAX */
	void (*make)(struct buf *to, const char *const *argument);
};
#define XML_ARGUMENTS_MAX 4
/* Where a stylesheet has <name/> of namespace ns while it is at an element "of", the text of that
 * element is put in as it is, unescaped: of the nth of that name among its siblings, from 0. At any
 * other place there is none. The functions are of that namespace, too. */
struct xml_insert {
	const char *ns, *name, *of;
	const char *(*text)(const void *ctx, size_t n, size_t *ret_len);
	const void *ctx;
	const struct xml_function *function;
	size_t functions;
};
struct xml_sheet *
xml_sheet_parse(const char *data, size_t len, const char *name, struct error *err) MUST_CHECK;
void xml_sheet_free(struct xml_sheet *s); /* accepts NULL */
/* Applies s to a document and writes the result to out, whose errors stay in the stream. The
 * stylesheet has no file or network access. */
int xml_sheet_apply(const struct xml_sheet *s, const struct xml_doc *d, const struct xml_insert *in,
                    FILE *out, struct error *err) MUST_CHECK;

#endif
