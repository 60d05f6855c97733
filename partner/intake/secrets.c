/* Patterns of product keys and hardware hashes. */
#include "partner/intake/secrets.h"

#include <ctype.h>
#include <string.h>

#include "common/text.h"

#define KEY_CHARS SECRET_MIN
#define KEY_GROUP 5
#define HASH_PIECE 100 /* longer than any serial; a hash has 4,000 */

/* The alphabet of keys has no vowels and no similar letters, so words and serials rarely match. */
static const char key_alphabet[] = "BCDFGHJKMNPQRTVWXY2346789bcdfghjkmnpqrtvwxy";

/* The length of the key that begins at text; 0: none. */
static size_t
key_at(const char *text, char separator, const char *alphabet)
{
	size_t n = 0;

	for (size_t i = 0; i < KEY_CHARS; i++) {
		if (separator != '\0' && i > 0 && i % KEY_GROUP == 0 && text[n++] != separator)
			return 0;
		if (text[n] == '\0' || !isalnum((unsigned char)text[n]) ||
		    (alphabet != NULL && strchr(alphabet, text[n]) == NULL))
			return 0;
		n++;
	}
	return isalnum((unsigned char)text[n]) ? 0 : n;
}

bool
secret_has_product_key(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i + KEY_CHARS <= len; i++) {
		if (i > 0 && isalnum((unsigned char)text[i - 1]))
			continue;
		if (key_at(text + i, '-', NULL) != 0 || key_at(text + i, ' ', key_alphabet) != 0 ||
		    key_at(text + i, '\0', key_alphabet) != 0)
			return true;
	}
	return false;
}

bool
secret_is_hash(const char *text)
{
	static const char base64[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

	return strncmp(text, "T0", 2) == 0 && strlen(text) >= HASH_PIECE &&
	       strspn(text, base64) >= HASH_PIECE;
}
