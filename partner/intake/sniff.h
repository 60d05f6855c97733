/*
 * Inspects the beginning of a file: whether it is a list or another kind of file, and which
 * delimiter it uses. Pure functions.
 */
#ifndef PARTNER_INTAKE_SNIFF_H
#define PARTNER_INTAKE_SNIFF_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"
#include "partner/intake/words.h"

/* -1 if the bytes are another kind of file; err names it and says what to do. */
int sniff_check_bytes(const char *data, size_t len, struct error *err) MUST_CHECK;
/* The same for the first record, in UTF-8. */
int sniff_check_text(const char *text, size_t len, struct error *err) MUST_CHECK;
/* Excel's line "sep=;": 1 and the delimiter; 0: another line; -1: a delimiter that is not
 * supported. */
int sniff_sep(const char *text, size_t len, char *ret_delimiter, struct error *err) MUST_CHECK;
/* Chooses the delimiter by one line without a fault: comma, semicolon or tab, whichever gives the
 * most known column names, then the most values. */
struct sniffed {
	char delimiter;
	size_t known, filled; /* known names and values that are not empty */
	bool header;          /* the line is a header */
	bool maybe;           /* it names an identifier */
	bool wrapped;         /* the whole line is one value in quotation marks */
};
struct sniffed sniff_line(const struct words *w, const char *text, size_t len, char delimiter);
/* true: the whole line is one value in quotation marks. Appends the value to `to`. */
bool sniff_unwrap(const char *text, size_t len, struct buf *to);
const char *sniff_delimiter_name(char delimiter);

#endif
