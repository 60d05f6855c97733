/* Kinds of characters, folding and composition. ASCII takes a short way past the library. */
#include "common/unicode.h"

#include <ctype.h>
#include <stdlib.h>
#include <utf8proc.h>

#include "common/alloc.h"
#include "common/text.h"

#define LOST 0xfffd /* the replacement character */
#define ALL (-1)    /* utf8proc: up to the NUL */

size_t
unicode_columns(uint32_t code)
{
	int columns = utf8proc_charwidth((utf8proc_int32_t)code);

	return columns > 0 ? (size_t)columns : 0;
}

/* The library marks these as other punctuation or opening brackets. */
static bool
is_low_quote(uint32_t code)
{
	return code == 0x201a || code == 0x201e || code == 0x301d || code == 0x301e ||
	       code == 0x301f;
}

static bool
is_invisible(const utf8proc_property_t *p, uint32_t code)
{
	switch (p->category) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_CO:
	case UTF8PROC_CATEGORY_CN:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP: return true;
	default: return p->ignorable || code == LOST;
	}
}

/* A full-width letter, or one in a mathematical font. */
static bool
is_wide(const utf8proc_property_t *p)
{
	return p->decomp_type == UTF8PROC_DECOMP_TYPE_WIDE ||
	       p->decomp_type == UTF8PROC_DECOMP_TYPE_FONT;
}

static enum unicode_kind
kind_of(uint32_t code)
{
	const utf8proc_property_t *p = utf8proc_get_property((utf8proc_int32_t)code);

	if (is_invisible(p, code))
		return UNICODE_INVISIBLE;
	if (code < 0x80)
		return UNICODE_ORDINARY;
	if (p->category == UTF8PROC_CATEGORY_ZS)
		return UNICODE_BLANK;
	if (p->category == UTF8PROC_CATEGORY_PI || p->category == UTF8PROC_CATEGORY_PF ||
	    is_low_quote(code))
		return UNICODE_QUOTE;
	if (p->category == UTF8PROC_CATEGORY_PD)
		return UNICODE_DASH;
	return is_wide(p) ? UNICODE_WIDE : UNICODE_ORDINARY;
}

struct unicode_char
unicode_at(const char *text)
{
	utf8proc_int32_t code;
	utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text, ALL, &code);

	if (n <= 0)
		return (struct unicode_char){.kind = UNICODE_INVISIBLE};
	return (struct unicode_char){
		.code = (uint32_t)code, .len = (size_t)n, .kind = kind_of((uint32_t)code)};
}

/* The caller frees it. NULL: the text is not UTF-8. */
static utf8proc_uint8_t *
map(const char *text, int options)
{
	utf8proc_uint8_t *to = NULL;
	utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text, 0, &to,
	                                  (utf8proc_option_t)(options | UTF8PROC_NULLTERM));

	if (n == UTF8PROC_ERROR_NOMEM)
		alloc_failed();
	return n < 0 ? NULL : to;
}

static void
keep_letters(struct buf *to, const char *text)
{
	for (struct unicode_char c; *text != '\0'; text += c.len) {
		utf8proc_category_t category;

		c = unicode_at(text);
		if (c.len == 0)
			return;
		category = utf8proc_category((utf8proc_int32_t)c.code);
		if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO)
			buf_add(to, text, c.len);
	}
}

static void
fold_ascii(struct buf *to, const char *text)
{
	for (; *text != '\0'; text++)
		if (isalnum((unsigned char)*text))
			buf_char(to, text_lower(*text));
}

void
unicode_fold(struct buf *to, const char *text)
{
	utf8proc_uint8_t *mapped;

	if (text_is_plain(text, strlen(text))) {
		fold_ascii(to, text);
		return;
	}
	mapped = map(text, UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
	                           UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
	if (mapped != NULL)
		keep_letters(to, (const char *)mapped);
	free(mapped);
}

void
unicode_lower(struct buf *to, const char *text)
{
	utf8proc_uint8_t *mapped = map(text,
	                               UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);

	if (mapped != NULL)
		buf_str(to, (const char *)mapped);
	free(mapped);
}

/* One space for each run of blanks, none at the ends. */
static void
add_words(struct buf *to, const char *text)
{
	size_t start = to->len;
	bool gap = false;

	for (struct unicode_char c; *text != '\0'; text += c.len) {
		c = unicode_at(text);
		if (c.len == 0)
			return;
		if (*text == ' ' || *text == '\t' || c.kind == UNICODE_BLANK) {
			gap = to->len > start;
			continue;
		}
		if (gap)
			buf_char(to, ' ');
		gap = false;
		buf_add(to, text, c.len);
	}
}

void
unicode_tidy(struct buf *to, const char *text)
{
	utf8proc_uint8_t *mapped;

	if (text_is_plain(text, strlen(text))) {
		add_words(to, text);
		return;
	}
	mapped = map(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	add_words(to, mapped != NULL ? (const char *)mapped : text);
	free(mapped);
}

/* Every character below U+0300 is its own composed form. In UTF-8 these begin with a byte below 0xcc;
 * C2 A0 is the no-break space. */
bool
unicode_is_tidy(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	for (; *s != '\0'; s++) {
		bool blank;
		if (*s > ' ' && *s < 0x80)
			continue;
		blank = *s == ' ' &&
		        (s == (const unsigned char *)text || s[1] == ' ' || s[1] == '\0');
		if (*s >= 0xcc || *s == '\t' || blank || (*s == 0xc2 && s[1] == 0xa0))
			return false;
	}
	return true;
}

enum script { SCRIPT_NONE, SCRIPT_ASCII, SCRIPT_SIMILAR };

/* Greek, Cyrillic and their supplements have letters that look like ASCII. */
static enum script
script_of(struct unicode_char c)
{
	utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c.code);

	if (category < UTF8PROC_CATEGORY_LU || category > UTF8PROC_CATEGORY_LO)
		return SCRIPT_NONE;
	if (c.code < 0x80)
		return SCRIPT_ASCII;
	return c.code >= 0x370 && c.code <= 0x52f ? SCRIPT_SIMILAR : SCRIPT_NONE;
}

bool
unicode_mixes_scripts(const char *text)
{
	bool ascii = false, similar = false;

	for (struct unicode_char c; *text != '\0'; text += c.len) {
		c = unicode_at(text);
		if (c.len == 0)
			return false;
		if (*text == ' ' || c.kind == UNICODE_BLANK)
			ascii = similar = false;
		ascii = ascii || script_of(c) == SCRIPT_ASCII;
		similar = similar || script_of(c) == SCRIPT_SIMILAR;
		if (ascii && similar)
			return true;
	}
	return false;
}
