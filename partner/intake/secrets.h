/*
 * What must never be kept, shown or logged, wherever in a row it stands: 25-character product keys
 * (a secret) and hardware hashes (they identify a machine). List facts, quirks 4 and 5; wire facts,
 * section 5.2. Pure functions.
 */
#ifndef PARTNER_INTAKE_SECRETS_H
#define PARTNER_INTAKE_SECRETS_H

#include "common/base.h"

#define SECRET_MIN 25 /* bytes: a shorter text holds none */

/* Is, or holds, 5 groups of 5 letters or digits; bare and with blanks only in the key's alphabet. */
bool secret_has_product_key(const char *text);
/* "T0" and base64: a hash in full or cut short, in whatever column. */
bool secret_is_hash(const char *text);

#endif
