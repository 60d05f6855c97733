/*
 * The words of lists in eight languages: names of columns, and words in values such as placeholders
 * and error marks. They come from headers.tsv and values.tsv, which are compiled in, and from a file
 * of the user ([lists] words) in the same form. Owns all texts. Limit: WORDS_MAX words.
 */
#ifndef PARTNER_INTAKE_WORDS_H
#define PARTNER_INTAKE_WORDS_H

#include "common/base.h"
#include "common/error.h"

#define WORDS_MAX 6000 /* the tables have about 900 */

enum column {
	COLUMN_SERIAL,
	COLUMN_PKID,
	COLUMN_MANUFACTURER,
	COLUMN_MODEL,
	COLUMN_CUSTOMER,
	COLUMN_CUSTOMER_NAME,
	COLUMN_JOIN,
	COLUMN_MDM,
	COLUMN_VIA,
	COLUMN_PURPOSE,
	COLUMN_TICKET,
	COLUMN_SOLD_TO,
	COLUMN_RECEIVED_FROM,
	COLUMN_TENANT,      /* only for routes whose URL names the customer */
	COLUMN_HASH,        /* ignored: no hash is stored */
	COLUMN_PRODUCT_KEY, /* ignored: a secret */
	COLUMN_DIGITS,      /* numbers that a spreadsheet may have changed (digits.h) */
	COLUMN_COUNT
};
/* The name for messages: "Serial Number". */
const char *column_name(enum column c);

/* Bits: a text may be several. values.tsv says how each kind is compared. */
enum word_kind {
	WORD_PLACEHOLDER = 1 << 0,
	WORD_NO_VALUE = 1 << 1,
	WORD_DEFAULT = 1 << 2,
	WORD_ERROR_MARK = 1 << 3,
	WORD_MONTH = 1 << 4,
	WORD_COMPANY_END = 1 << 5,
	WORD_CUSTOMER = 1 << 6,
	WORD_COLUMN = 1 << 7, /* the name of a column */
	WORD_QUALIFIER = 1 << 8,
};

struct words; /* opaque; never changes, so one can serve many lists */

/* The compiled-in tables and, unless path is NULL or "", a file of the user. */
struct words *words_new(const char *path, struct error *err) MUST_CHECK;
void words_free(struct words *w); /* accepts NULL */

/* The kinds of words that the whole text is: bits of enum word_kind. */
unsigned words_kinds(const struct words *w, const char *text);
/* The same for kinds that are compared without letter case only (values.tsv). */
unsigned words_text_kinds(const struct words *w, const char *text);
/* A customer word is part of the text. */
bool words_speak_of_customer(const struct words *w, const char *text);
/* The column that the name means, or COLUMN_COUNT. *ret_sure: false for a name that counts only if
 * no other column has a sure one. */
enum column words_column(const struct words *w, const char *name, bool *ret_sure);

#endif
