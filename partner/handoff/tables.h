/*
 * The rows of the device tables, written device by device as the stylesheets would write them:
 * there may be ten thousand, and a stylesheet takes ten times as long. A face's stylesheet says
 * where they stand (u:rows, faces.h). What comes from a list is made harmless for where it goes:
 * escaped in HTML, inert in Markdown, quoted ASCII in PowerShell.
 *
 * A struct rows holds all of one document at a time; at most ROWS_MAX bytes a face, which rows_check() tells.
 */
#ifndef PARTNER_HANDOFF_TABLES_H
#define PARTNER_HANDOFF_TABLES_H

#include "common/base.h"
#include "common/error.h"
#include "partner/handoff/fields.h"
#include "partner/handoff/steps.h"

#define ROWS_MAX ((size_t)128 * 1024 * 1024) /* 10,000 devices with the longest fields taken */

enum document_kind { DOCUMENT_PACK, DOCUMENT_LETTER };
enum rows_face {
	ROWS_NONE, /* a face without a table */
	ROWS_PAGE, /* HTML, of a pack or a letter */
	ROWS_MARKDOWN,
	ROWS_SCRIPT, /* PowerShell */
	ROWS_TEXT,   /* of a letter */
	ROWS_FACE_COUNT
};

struct rows;

struct rows *rows_new(enum document_kind kind);
void rows_free(struct rows *r);  /* accepts NULL */
void rows_clear(struct rows *r); /* for the next document; keeps the memory */
/* From here on devices are of the next group. outcome: what its words say of one. */
void rows_open(struct rows *r, const char *outcome, const struct step *const *step, size_t steps);
void rows_add(struct rows *r, const struct fields *device);
int rows_check(const struct rows *r, struct error *err) MUST_CHECK;
/* Those of a group, from 0; "" where there is no such group. They live as long as r. */
const char *rows_of(const struct rows *r, enum rows_face face, size_t group, size_t *ret_len);
/* The text with one blank between its words and no markup of Markdown or HTML in it. */
void rows_inert(struct buf *b, const char *text);
/* A paragraph of lines of so many characters; each but the first begins with the indent. */
void rows_wrap(struct buf *b, const char *text, const char *indent, size_t width);
/* Whether a script can name the device: a serial number of ASCII, and not too long. */
bool rows_scriptable(const struct field *serial);

#endif
