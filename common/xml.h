/*
 * XML over libxml2 and libxslt. The only door to both. Writing is streamed with a sticky
 * error, so callers write straight down and check once. Reading refuses DOCTYPE, entities
 * and network.
 */
#ifndef COMMON_XML_H
#define COMMON_XML_H

#include "common/base.h"
#include "common/buf.h"
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

struct xml_sheet; /* a compiled stylesheet */
struct xml_sheet *
xml_sheet_parse(const char *data, size_t len, const char *name, struct error *err) MUST_CHECK;
void xml_sheet_free(struct xml_sheet *s); /* accepts NULL */
/* Applies s to a document in memory and appends the result to out. No file or network access. */
int xml_transform(const struct xml_sheet *s, const char *data, size_t len, struct buf *out,
                  struct error *err) MUST_CHECK;

#endif
