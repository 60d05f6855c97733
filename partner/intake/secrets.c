/* Patterns of product keys and hardware hashes. */
#include "partner/intake/secrets.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/text.h"

#define KEY_CHARS SECRET_MIN
#define KEY_GROUP 5
#define HASH_PIECE 100 /* longer than any serial; a hash has 4,000 */
#define WITHHELD "(a secret)"

/* The alphabet of keys has no vowels and no similar letters, so words and serials rarely match. */
static const char key_alphabet[] = "BCDFGHJKMNPQRTVWXY2346789bcdfghjkmnpqrtvwxy";

/* The hyphens between the groups of a key. The typographic ones come from text processors. */
static const char *const hyphens[] = {"-",
                                      "\xe2\x80\x90",
                                      "\xe2\x80\x91",
                                      "\xe2\x80\x92",
                                      "\xe2\x80\x93",
                                      "\xe2\x80\x94",
                                      "\xe2\x80\x95",
                                      "\xe2\x88\x92",
                                      "\xef\xbc\x8d",
                                      NULL};
static const char *const blanks[] = {" ", "\xc2\xa0", "\xe2\x80\xaf", NULL};
static const char *const nothing[] = {"", NULL};

static const struct {
	const char *const *separators;
	const char *alphabet; /* NULL: all letters and digits */
} key_forms[] = {{hyphens, NULL}, {blanks, key_alphabet}, {nothing, key_alphabet}};

/* The bytes of the separator that the text begins with. false: it begins with none. */
static bool
separator_at(const char *text, const char *const *separators, size_t *ret)
{
	for (; *separators != NULL; separators++) {
		*ret = strlen(*separators);
		if (strncmp(text, *separators, *ret) == 0)
			return true;
	}
	return false;
}

/* The length of the key that begins at text; 0: none. */
static size_t
key_at(const char *text, const char *const *separators, const char *alphabet)
{
	size_t n = 0, separator;

	for (size_t i = 0; i < KEY_CHARS; i++) {
		if (i > 0 && i % KEY_GROUP == 0) {
			if (!separator_at(text + n, separators, &separator))
				return 0;
			n += separator;
		}
		if (text[n] == '\0' || !isalnum((unsigned char)text[n]) ||
		    (alphabet != NULL && strchr(alphabet, text[n]) == NULL))
			return 0;
		n++;
	}
	return isalnum((unsigned char)text[n]) ? 0 : n;
}

static size_t
product_key_at(const char *text)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(key_forms) && n == 0; i++)
		n = key_at(text, key_forms[i].separators, key_forms[i].alphabet);
	return n;
}

static size_t
hash_at(const char *text)
{
	static const char base64[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
	size_t n = strncmp(text, "T0", 2) == 0 ? strspn(text, base64) : 0;

	return n >= HASH_PIECE ? n : 0;
}

/* Secrets begin where no letter or digit stands before. */
static bool
may_begin(const char *text, size_t i)
{
	return isalnum((unsigned char)text[i]) && (i == 0 || !isalnum((unsigned char)text[i - 1]));
}

static bool
has(const char *text, size_t (*at)(const char *))
{
	size_t len = strlen(text);

	for (size_t i = 0; i + SECRET_MIN <= len; i++)
		if (may_begin(text, i) && at(text + i) != 0)
			return true;
	return false;
}

bool
secret_has_product_key(const char *text)
{
	return has(text, product_key_at);
}

bool
secret_has_hash(const char *text)
{
	return has(text, hash_at);
}

char *
secret_withheld(const char *text)
{
	size_t len = strlen(text);
	struct buf to;

	buf_init(&to, (len + 1) * sizeof(WITHHELD));
	for (size_t i = 0, n; i < len; i += n) {
		n = may_begin(text, i) ? product_key_at(text + i) : 0;
		if (n == 0 && may_begin(text, i))
			n = hash_at(text + i);
		if (n > 0)
			buf_str(&to, WITHHELD);
		else
			buf_add(&to, text + i, n = 1);
	}
	return buf_detach(&to);
}

void
secret_printable(char *dst, size_t size, const char *text)
{
	char *shown = secret_withheld(text);

	text_printable(dst, size, shown);
	free(shown);
}
