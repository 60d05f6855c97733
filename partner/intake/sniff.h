/*
 * Inspects the beginning of a file: whether it is a list or another kind of file, and which
 * delimiter it uses. Pure functions.
 */
#ifndef PARTNER_INTAKE_SNIFF_H
#define PARTNER_INTAKE_SNIFF_H

#include "common/base.h"
#include "common/error.h"

/* -1 if the bytes are another kind of file; err names it and says what to do. */
int sniff_check_bytes(const char *data, size_t len, struct error *err) MUST_CHECK;
/* The same for the first record, in UTF-8. */
int sniff_check_text(const char *text, size_t len, struct error *err) MUST_CHECK;
/* Excel's line "sep=;": 1 and the delimiter; 0: another line; -1: a delimiter that is not
 * supported. */
int sniff_sep(const char *text, size_t len, char *ret_delimiter, struct error *err) MUST_CHECK;
/* Comma, semicolon or tab: whichever gives the most known column names, then the most columns. */
char sniff_delimiter(const char *text, size_t len);
const char *sniff_delimiter_name(char delimiter);

#endif
