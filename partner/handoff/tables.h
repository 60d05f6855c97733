/*
 * The rows of the device tables, one text for each output format. C writes them because a customer
 * may have ten thousand devices and a stylesheet takes ten times as long. A stylesheet places them
 * with u:rows (render.h). Values of a list are escaped for their format: escaped in HTML, without
 * markup in Markdown, quoted ASCII in PowerShell.
 *
 * struct tables holds the rows of one document; tables_check() reports more than TABLES_MAX bytes.
 */
#ifndef PARTNER_HANDOFF_TABLES_H
#define PARTNER_HANDOFF_TABLES_H

#include "common/base.h"
#include "common/error.h"
#include "partner/handoff/fields.h"
#include "partner/handoff/steps.h"

#define TABLES_MAX ((size_t)128 * 1024 * 1024) /* holds 10,000 devices with the longest fields */

enum document_kind {
	DOCUMENT_PACK,
	DOCUMENT_LETTER,  /* a pack of the steps before the deregistration */
	DOCUMENT_PRINTOUT /* a letter that nothing records: to be read only */
};
enum table_format {
	TABLE_NONE,    /* a file without a table */
	TABLE_PAGE,    /* HTML, for a pack or a letter */
	TABLE_SERIALS, /* HTML text: "SN1, SN2" */
	TABLE_SHORT,   /* HTML, for devices that were not processed */
	TABLE_MARKDOWN,
	TABLE_SCRIPT, /* PowerShell */
	TABLE_TEXT,   /* plain text of a printout */
	TABLE_FORMAT_COUNT
};

struct tables;

struct tables *tables_new(enum document_kind kind);
void tables_free(struct tables *r);  /* accepts NULL */
void tables_clear(struct tables *r); /* starts the next document; keeps the memory */
/* Starts the next group. outcome: the words for its outcome. A group without steps has short rows. */
void
tables_open(struct tables *r, const char *outcome, const struct step *const *step, size_t steps);
void tables_add(struct tables *r, const struct fields *device);
int tables_check(const struct tables *r, struct error *err) MUST_CHECK;
/* The rows of a group, counted from 0; "" when there is no such group. They live as long as r. */
const char *
tables_of(const struct tables *r, enum table_format format, size_t group, size_t *ret_len);
/* Writes the rows of several groups with commas between them. numbers: "1, 3", where only groups with steps count. */
void
tables_join(const struct tables *r, enum table_format format, const char *numbers, struct buf *b);
/* Writes the text with one blank between words and without Markdown or HTML markup. */
void tables_inert(struct buf *b, const char *text);
/* Whether a script can name the device: its serial number is ASCII and not too long. */
bool tables_scriptable(const struct field *serial);

#endif
