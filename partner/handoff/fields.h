/*
 * What the packs print of a device, looked at once for all of their files. Most values are letters
 * and digits, which mean the same in each: they go out as they are. Everything else takes the way of
 * each file's own escapes. Owns nothing: the texts are the row's.
 */
#ifndef PARTNER_HANDOFF_FIELDS_H
#define PARTNER_HANDOFF_FIELDS_H

#include <string.h>

#include "common/base.h"
#include "common/buf.h"
#include "partner/ledger/rows.h"

struct field {
	const char *text; /* "" where there is none */
	size_t len;
	bool harmless; /* see field_of() */
};

enum field_name {
	FIELD_SERIAL,
	FIELD_PKID,
	FIELD_MANUFACTURER,
	FIELD_MODEL,
	FIELD_TICKET,
	FIELD_REASON,
	FIELD_AT,               /* ISO time of the deregistration */
	FIELD_DONE,             /* the steps reported done: "B1 I1" */
	FIELD_COUNT,            /* of those */
	FIELD_OF_ROW = FIELD_AT /* the ones before it are the list's and the service's words */
};

struct fields {
	struct field of[FIELD_COUNT];
	struct field id;
	char digits[24]; /* of the id */
};

/* Harmless: ASCII letters, digits, dots, hyphens, colons and slashes, a letter or digit first, with
 * single blanks between words; or nothing at all. No file of a pack gives one of these a meaning. */
struct field field_of(const char *text);
/* at: ISO time of the deregistration, or NULL. Nothing is done yet. */
void fields_set(struct fields *f, const struct ledger_row *row, const char *at);

/* As it is, where it is harmless; otherwise with what stands for its bytes. */
static inline void
field_put(struct buf *b, const struct field *f, const char *const escape[static 256])
{
	if (f->harmless)
		buf_add(b, f->text, f->len);
	else
		buf_escape(b, f->text, f->len, escape);
}

#endif
