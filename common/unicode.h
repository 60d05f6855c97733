/*
 * Unicode, over utf8proc: characters and their kinds, and forms of a text for comparison. Texts are
 * valid UTF-8. Only unicode.c includes utf8proc's header. Pure functions.
 */
#ifndef COMMON_UNICODE_H
#define COMMON_UNICODE_H

#include "common/base.h"
#include "common/buf.h"

enum unicode_kind {
	UNICODE_ORDINARY,
	UNICODE_BLANK,     /* a blank other than the ASCII space: U+00A0, U+3000 ... */
	UNICODE_INVISIBLE, /* control, format, filler, unassigned, private, or U+FFFD for a lost one */
	UNICODE_QUOTE,     /* an opening or closing quotation mark outside ASCII */
	UNICODE_DASH,      /* a dash outside ASCII: U+2010, U+2013 ... */
	UNICODE_WIDE,      /* a full-width letter, or one in a mathematical font */
	UNICODE_KIND_COUNT
};

struct unicode_char {
	uint32_t code;
	size_t len; /* bytes; 0: invalid UTF-8 */
	enum unicode_kind kind;
};

/* The character at text, which has at least one byte before its NUL. */
struct unicode_char unicode_at(const char *text);

/* Columns of a terminal that the character takes: 0, 1 or 2. */
size_t unicode_columns(uint32_t code);
/* Appends the text for comparison: without letter case, diacritics and compatibility forms; letters
 * and digits only. "N° de Série" becomes "ndeserie". */
void unicode_fold(struct buf *to, const char *text);
/* Appends the text without letter case, otherwise unchanged. */
void unicode_lower(struct buf *to, const char *text);
/* Appends the text with composed characters (NFC); every run of blanks of any kind becomes one space,
 * and blanks at the ends are dropped. */
void unicode_tidy(struct buf *to, const char *text);
/* true: the text is in that form already. May be false for some texts that are. Cheap. */
bool unicode_is_tidy(const char *text);
/* A word of the text mixes letters of ASCII with similar ones of Greek or Cyrillic. */
bool unicode_mixes_scripts(const char *text);

#endif
