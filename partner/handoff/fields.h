/*
 * The values of a device that the packs print, classified once for all files of a pack. Most values
 * are letters and digits, which no file format escapes: writers copy them. Every other value is
 * escaped by the writer of each file. Owns nothing: the texts belong to the row.
 */
#ifndef PARTNER_HANDOFF_FIELDS_H
#define PARTNER_HANDOFF_FIELDS_H

#include <string.h>

#include "common/base.h"
#include "common/buf.h"
#include "partner/ledger/rows.h"

struct field {
	const char *text; /* "" when the row has no value */
	size_t len;
	bool harmless; /* see field_of() */
};

enum field_name {
	FIELD_SERIAL,
	FIELD_PKID,
	FIELD_MANUFACTURER,
	FIELD_MODEL,
	FIELD_TICKET,
	FIELD_REASON,   /* the outcome in the customer's words */
	FIELD_AT,       /* ISO time of the deregistration */
	FIELD_VERIFIED, /* "verified by your Graph on 2026-11-29" */
	FIELD_EARLIER,  /* day on which an earlier run deregistered the device */
	FIELD_DONE,     /* ids of the steps that are reported done: "B1 I1" */
	FIELD_COUNT,
	FIELD_OF_ROW = FIELD_REASON /* the fields before this one come from the list */
};

struct fields {
	struct field of[FIELD_COUNT];
	struct field id;
	char digits[24]; /* the text of id */
};

/* A harmless text is empty, or begins with an ASCII letter or digit, has only ASCII letters, digits,
 * dots, hyphens, colons and slashes, and single blanks between its words. No file of a pack gives
 * any of these a special meaning. */
struct field field_of(const char *text);
/* Sets the fields of the list. A rejected row shows only serial number and ticket, because its values may
 * belong into other columns. The other fields stay empty. */
void fields_set(struct fields *f, const struct ledger_row *row);

/* Copies a harmless text; escapes any other. */
static inline void
field_put(struct buf *b, const struct field *f, const char *const escape[static 256])
{
	if (f->harmless)
		buf_add(b, f->text, f->len);
	else
		buf_escape(b, f->text, f->len, escape);
}

#endif
