/*
 * The rows of the device tables, written device by device as the stylesheets would write them:
 * there may be ten thousand, and a stylesheet takes ten times as long. A face's stylesheet says
 * where they stand (u:rows, render.h). What comes from a list is made harmless for where it goes:
 * escaped in HTML, inert in Markdown, quoted ASCII in PowerShell.
 *
 * A struct tables holds all of one document at a time; at most TABLES_MAX bytes a face, which tables_check() tells.
 */
#ifndef PARTNER_HANDOFF_TABLES_H
#define PARTNER_HANDOFF_TABLES_H

#include "common/base.h"
#include "common/error.h"
#include "partner/handoff/fields.h"
#include "partner/handoff/steps.h"

#define TABLES_MAX ((size_t)128 * 1024 * 1024) /* 10,000 devices with the longest fields taken */

enum document_kind { DOCUMENT_PACK, DOCUMENT_LETTER };
enum table_format {
	TABLE_NONE, /* a face without a table */
	TABLE_PAGE, /* HTML, of a pack or a letter */
	TABLE_MARKDOWN,
	TABLE_SCRIPT, /* PowerShell */
	TABLE_TEXT,   /* of a letter */
	TABLE_FORMAT_COUNT
};

struct tables;

struct tables *tables_new(enum document_kind kind);
void tables_free(struct tables *r);  /* accepts NULL */
void tables_clear(struct tables *r); /* for the next document; keeps the memory */
/* From here on devices are of the next group. outcome: what its words say of one. */
void
tables_open(struct tables *r, const char *outcome, const struct step *const *step, size_t steps);
void tables_add(struct tables *r, const struct fields *device);
int tables_check(const struct tables *r, struct error *err) MUST_CHECK;
/* Those of a group, from 0; "" where there is no such group. They live as long as r. */
const char *
tables_of(const struct tables *r, enum table_format format, size_t group, size_t *ret_len);
/* The text with one blank between its words and no markup of Markdown or HTML in it. */
void tables_inert(struct buf *b, const char *text);
/* A paragraph of lines of so many characters; each but the first begins with the indent. */
void tables_wrap(struct buf *b, const char *text, const char *indent, size_t width);
/* Whether a script can name the device: a serial number of ASCII, and not too long. */
bool tables_scriptable(const struct field *serial);

#endif
