/*
 * The first look at a file: is it a list at all, and if not, what does it look like and what is to
 * be done? And the first line of one that is: "sep=", and which delimiter its columns are parted by.
 * Pure functions.
 */
#ifndef PARTNER_INTAKE_SNIFF_H
#define PARTNER_INTAKE_SNIFF_H

#include "common/base.h"
#include "common/error.h"

/* -1 where the bytes are those of another kind of file. */
int sniff_check_bytes(const char *data, size_t len, struct error *err) MUST_CHECK;
/* The same for the first record, in UTF-8. */
int sniff_check_text(const char *text, size_t len, struct error *err) MUST_CHECK;
/* "sep=;", Excel's own: 1 and the delimiter, 0 where it is none, -1 for one we do not read. */
int sniff_sep(const char *text, size_t len, char *ret_delimiter, struct error *err) MUST_CHECK;
/* Comma, semicolon or tab: the one that yields most known column names, then most columns. */
char sniff_delimiter(const char *text, size_t len);
const char *sniff_delimiter_name(char delimiter);

#endif
