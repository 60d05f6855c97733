/*
 * Recognises values that must never be stored, shown or logged, in whatever column: product keys of
 * 25 characters (a secret) and hardware hashes (they identify a machine); doc/lists.md, section 2,
 * quirks 4 and 5, and doc/wire.md, section 5.2. Pure functions.
 */
#ifndef PARTNER_INTAKE_SECRETS_H
#define PARTNER_INTAKE_SECRETS_H

#include "common/base.h"

#define SECRET_MIN 25 /* bytes; a shorter text contains no secret */

/* The text contains five groups of five letters or digits with hyphens. With blanks or without
 * separators only the letters of a key's alphabet count. */
bool secret_has_product_key(const char *text);
/* The text contains "T0" and base64: a whole or a cut hash. */
bool secret_has_hash(const char *text);
/* A copy in which "(a secret)" stands for each of them. */
char *secret_withheld(const char *text);
/* The same as text_printable() writes it. Every piece of a list that is shown or logged comes from here, and
 * nobody cuts it before: half a secret is not recognised. */
void secret_printable(char *dst, size_t size, const char *text);

#endif
