/*
 * What spreadsheets, editors and scripts do to values (list facts, quirks 2, 6 and 7): each kind is
 * a test and a sentence that says what to do. Pure functions over one value.
 */
#ifndef PARTNER_INTAKE_DAMAGE_H
#define PARTNER_INTAKE_DAMAGE_H

#include "common/base.h"

/* The fault of a value as "what it is: what to do", NULL where there is none.
 * Applies to identifiers (serial, PKID) and to names (manufacturer, model). */
const char *damage_of_identifier(const char *text);
const char *damage_of_name(const char *text);
/* Characters that cannot be seen, or a mark that some were lost: U+FFFD, zero widths, C1 ... */
bool damage_invisible(const char *text);
/* A serial that unrelated devices share. */
bool damage_is_placeholder(const char *value);

#endif
