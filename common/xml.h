/*
 * XML over libxml2 and libxslt. The only door to both. Writing is streamed with a sticky
 * error, so callers write straight down and check once. Reading refuses DOCTYPE, entities
 * and network.
 */
#ifndef COMMON_XML_H
#define COMMON_XML_H

#include <stdio.h>

#include "common/base.h"
#include "common/error.h"

struct xml_writer;
/* Writes to memory; at most max bytes. */
struct xml_writer *xml_writer_new(size_t max);
void xml_writer_free(struct xml_writer *w); /* accepts NULL */
void xml_open(struct xml_writer *w, const char *name);
void xml_attr(struct xml_writer *w, const char *name, const char *value); /* NULL: left out */
void xml_attr_int(struct xml_writer *w, const char *name, long long value);
void
xml_text(struct xml_writer *w, const char *text); /* characters XML 1.0 forbids become U+FFFD */
void xml_close(struct xml_writer *w);
/* Ends the document; the bytes live as long as w. -1 after any earlier error. */
int xml_finish(struct xml_writer *w, const char **ret_data, size_t *ret_len,
               struct error *err) MUST_CHECK;

/* ---- reading: at most 2 GiB; entities stay as they are, a DOCTYPE is refused ---- */
struct xml_doc;
struct xml_node; /* an element; it and its strings live as long as the document */
/* Blanks between elements are dropped. */
struct xml_doc *
xml_doc_parse(const char *data, size_t len, const char *name, struct error *err) MUST_CHECK;
void xml_doc_free(struct xml_doc *d); /* accepts NULL */
const struct xml_node *xml_doc_root(const struct xml_doc *d);
const struct xml_node *xml_node_first(const struct xml_node *n); /* first child element or NULL */
const struct xml_node *xml_node_next(const struct xml_node *n);  /* next element or NULL */
const char *xml_node_name(const struct xml_node *n);
const char *xml_node_attr(const struct xml_node *n, const char *name); /* NULL: not there */
const char *xml_node_text(const struct xml_node *n);                   /* "" where empty */

struct xml_schema; /* a compiled XML Schema */
struct xml_schema *
xml_schema_parse(const char *data, size_t len, const char *name, struct error *err) MUST_CHECK;
void xml_schema_free(struct xml_schema *s); /* accepts NULL */
int
xml_schema_check(const struct xml_schema *s, const struct xml_doc *d, struct error *err) MUST_CHECK;

struct xml_sheet; /* a compiled stylesheet; may use EXSLT's strings */
struct xml_sheet *
xml_sheet_parse(const char *data, size_t len, const char *name, struct error *err) MUST_CHECK;
void xml_sheet_free(struct xml_sheet *s); /* accepts NULL */
/* Applies s to a document and writes the result to out, whose errors stay in the stream. The
 * stylesheet has no file or network access. */
int xml_sheet_apply(const struct xml_sheet *s, const struct xml_doc *d, FILE *out,
                    struct error *err) MUST_CHECK;

#endif
