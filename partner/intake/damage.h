/*
 * Recognises the damage that spreadsheets, editors and scripts do to values (doc/lists.md, section
 * 2, quirks 2, 6 and 7, and section 5). Each kind is a test and a sentence that says what to do.
 * Pure functions over one value.
 */
#ifndef PARTNER_INTAKE_DAMAGE_H
#define PARTNER_INTAKE_DAMAGE_H

#include "common/base.h"

/* The damage as "what it is: what to do"; NULL: none. One function for identifiers (serial number,
 * PKID), one for names (manufacturer, model). */
const char *damage_of_identifier(const char *text);
const char *damage_of_name(const char *text);
/* The text has invisible characters (zero width, C1) or U+FFFD, the mark of a lost one. */
bool damage_invisible(const char *text);
/* The serial number is one that unrelated devices share. */
bool damage_is_placeholder(const char *value);

#endif
