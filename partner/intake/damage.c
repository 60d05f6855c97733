/* The kinds of damage, one function and one sentence each. dates.c knows dates, characters.c
 * characters. */
#include "partner/intake/damage.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"
#include "common/unicode.h"
#include "partner/intake/cell.h"
#include "partner/intake/characters.h"
#include "partner/intake/dates.h"

#define DIGITS "0123456789"
#define RUN_MIN 3       /* this many equal characters are not a serial */
#define STAIRS_MIN 9    /* this many rising or falling digits are not a serial */
#define ROUNDED_ZEROS 6 /* at the end of a PKID: a spreadsheet kept seven digits or fewer */

static bool
say(char out[static DAMAGE_SIZE], const char *sentence)
{
	return text_copy(out, DAMAGE_SIZE, sentence);
}

/* 1.23E+11: digits are lost. Without a sign it may be a Dell tag such as 5E12345. */
static bool
is_exponent(const char *text)
{
	const char *p = text;

	if (!isdigit((unsigned char)*p++))
		return false;
	if (*p == '.' || *p == ',') {
		size_t n = strspn(p + 1, DIGITS);
		if (n == 0)
			return false;
		p += 1 + n;
	}
	if ((*p != 'E' && *p != 'e') || (p[1] != '+' && p[1] != '-'))
		return false;
	size_t n = strspn(p + 2, DIGITS);
	return n >= 1 && n <= 3 && p[2 + n] == '\0';
}

static bool
is_wrapped(const char *text)
{
	return text[0] == '=' || text[0] == '\'' || text[0] == '"';
}

static bool
ends_in_point_zero(const char *text)
{
	size_t n = strspn(text, DIGITS);

	return n > 0 && (strcmp(text + n, ".0") == 0 || strcmp(text + n, ",0") == 0);
}

/* Err:502, Fehler:502, Erreur :508 */
static bool
is_error_number(const char *text)
{
	size_t n = 0;

	while (isalpha((unsigned char)text[n]) || (unsigned char)text[n] >= 0x80)
		n++;
	if (n < 3)
		return false;
	text += n + (text[n] == ' ' ? 1 : 0);
	return text[0] == ':' && text[1] == '5' && strspn(text + 1, DIGITS) == 3 && text[4] == '\0';
}

/* #N/A, #REF!, #NAME?, ######## and the like in any language */
static bool
is_error_mark(const struct damage_value *v)
{
	const char *text = v->text;
	size_t len = strlen(text), slashes = 0;

	if ((v->kinds & WORD_ERROR_MARK) != 0 || is_error_number(text))
		return true;
	if (text[0] != '#' || len < 2)
		return false;
	if (strspn(text, "#") == len)
		return true;
	for (size_t i = 1; i + 1 < len; i++) {
		slashes += text[i] == '/' ? 1 : 0;
		if (!isalnum((unsigned char)text[i]) && (unsigned char)text[i] < 0x80 &&
		    text[i] != '/' && text[i] != '_')
			return false;
	}
	return text[len - 1] == '!' || text[len - 1] == '?' ||
	       (slashes == 1 && len <= 5 && strpbrk(text, DIGITS) == NULL);
}

bool
damage_is_comment(const char *text)
{
	static const char *const signs[] = {"#", ";", "//", "/*", "<!--"};

	if (text_is_alnum(text[0]) && text_lower(text[0]) != 'r') /* nearly all rows */
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
		if (strncmp(text, signs[i], strlen(signs[i])) == 0)
			return true;
	if (strncasecmp(text, "rem ", 4) == 0)
		return true;
	return text[0] == '-' && text[1] == '-' && text[2 + strspn(text + 2, "- ")] != '\0';
}

/* &amp; &#160; */
static bool
has_entity(const char *text)
{
	for (const char *p = strchr(text, '&'); p != NULL; p = strchr(p + 1, '&')) {
		const char *name = p[1] == '#' ? p + 2 : p + 1;
		size_t n = 0;
		while (isalnum((unsigned char)name[n]))
			n++;
		if (n >= 2 && n <= 8 && name[n] == ';')
			return true;
	}
	return false;
}

/* <b> </b> */
static bool
has_tag(const char *text)
{
	const char *p = strchr(text, '<');

	return p != NULL && (isalpha((unsigned char)p[1]) || p[1] == '/') && strchr(p, '>') != NULL;
}

/* %20 */
static bool
has_url_escape(const char *text)
{
	const char *p = strchr(text, '%');

	while (p != NULL &&
	       !(strchr("234567", p[1]) != NULL && p[1] != '\0' && isxdigit((unsigned char)p[2])))
		p = strchr(p + 1, '%');
	return p != NULL;
}

static bool
is_markup(const char *text)
{
	return has_entity(text) || has_tag(text);
}

/* "S/N: FX0001": the length of the prefix, 0 for none. */
static size_t
prefix_length(const struct words *w, const char *text)
{
	char head[DAMAGE_SIZE];

	for (size_t i = strcspn(text, ": #="); i < sizeof(head) && text[i] != '\0';
	     i += 1 + strcspn(text + i + 1, ": #=")) {
		bool sure;
		enum column c;
		memcpy(head, text, i);
		head[i] = '\0';
		c = words_column(w, head, &sure);
		if ((c == COLUMN_SERIAL || c == COLUMN_PKID) &&
		    text[i + strspn(text + i, ": #=")] != '\0')
			return i;
	}
	return 0;
}

#define ANY_KIND (~0U)
#define INVISIBLE (1U << UNICODE_INVISIBLE)
#define TYPOGRAPHIC \
	(1U << UNICODE_BLANK | 1U << UNICODE_QUOTE | 1U << UNICODE_DASH | 1U << UNICODE_WIDE)

static bool
says_exponent(char out[static DAMAGE_SIZE])
{
	return say(out, "a spreadsheet turned it into a number and digits are lost: copy the value "
	                "from the source again, as text");
}

static bool
says_date(char out[static DAMAGE_SIZE])
{
	return say(out,
	           "a spreadsheet turned it into a date: copy the value from the source again, "
	           "as text");
}

/* "FX-14;": a delimiter is not the end of a name. */
static bool
ends_in_delimiter(const char *text)
{
	return strchr(";,|", text[strlen(text) - 1]) != NULL;
}

/* Damage of a name that has to be exact. */
static bool
is_changed(const struct words *w, const char *text, char out[static DAMAGE_SIZE])
{
	if (is_exponent(text))
		return says_exponent(out);
	if (date_is_one(w, text) == DATE_SURE)
		return says_date(out);
	return ends_in_delimiter(text) && say(out, "a delimiter ends the value: remove it");
}

/* Damage that manufacturers and models share with identifiers. */
static bool
is_damaged(const struct damage_value *v, char out[static DAMAGE_SIZE])
{
	if (is_wrapped(v->text))
		return say(out, "a spreadsheet's wrapper or a stray quotation mark surrounds the "
		                "value: remove it");
	if (is_error_mark(v))
		return say(out,
		           "this is a spreadsheet's error mark, the value is lost: copy it from "
		           "the source again");
	if (is_markup(v->text))
		return say(out, "it contains HTML: copy the value from the source again, as text");
	if ((v->kinds & WORD_COMPANY_END) != 0)
		return say(out,
		           "this is the end of a company's name, a comma has shifted the columns: "
		           "put a value with a comma in quotation marks");
	return false;
}

static bool
says_prefix(const struct words *w, const char *text, char out[static DAMAGE_SIZE])
{
	size_t n = strpbrk(text, ": #=") != NULL ? prefix_length(w, text) : 0;

	if (n == 0)
		return false;
	snprintf(out, DAMAGE_SIZE, "it begins with \"%.*s\": give the value without this prefix",
	         (int)n, text);
	return true;
}

/* Most identifiers are letters and digits only. Of all damage to an identifier, only words can be such a
 * text. */
static bool
is_sound_word(const struct damage_value *v)
{
	const char *text = v->text;

	while (text_is_alnum(*text))
		text++;
	return *text == '\0' &&
	       (v->kinds & (WORD_ERROR_MARK | WORD_COMPANY_END | WORD_COLUMN)) == 0;
}

bool
damage_of_identifier(const struct words *w, const struct damage_value *v,
                     char out[static DAMAGE_SIZE])
{
	const char *text = v->text;

	if (text[0] == '\0' || is_sound_word(v))
		return false;
	if (is_exponent(text))
		return says_exponent(out);
	if (is_damaged(v, out))
		return true;
	if (ends_in_point_zero(text))
		return say(out, "a spreadsheet appended .0: give the value as text");
	if (damage_is_comment(text))
		return say(out,
		           "this row looks commented out: remove the comment sign, or the row");
	if (date_is_one(w, text) != DATE_NONE)
		return says_date(out);
	if ((v->kinds & WORD_COLUMN) != 0)
		return say(out, "this is the name of a column: give the device's own value");
	if (says_prefix(w, text, out))
		return true;
	if (cell_has_several(text))
		return say(out,
		           "this looks like several values in one cell: give each device its own "
		           "row");
	if (cell_has_remark(text))
		return say(out, "a remark or a sign stands beside the value: remove it");
	if (strchr(text, '"') != NULL)
		return say(out, "a quotation mark stands inside the value: type the value again");
	if (has_url_escape(text))
		return say(out, "it contains an escape of a web address: copy the value from the "
		                "source again, as text");
	return !v->plain && characters_find(text, ANY_KIND, out);
}

bool
damage_of_name(const struct words *w, const struct damage_value *v, bool exact,
               char out[static DAMAGE_SIZE])
{
	if (v->text[0] == '\0')
		return false;
	if (is_damaged(v, out) || (exact && is_changed(w, v->text, out)))
		return true;
	if (exact && (v->kinds & WORD_NO_VALUE) != 0 && (v->kinds & WORD_DEFAULT) == 0)
		return say(out, "this stands for a missing value: give what the device's firmware "
		                "reports, or the Product Key ID");
	if (exact && text_all_of(v->text, ".-_?/ "))
		return say(out,
		           "this is not a name: give what the device's firmware reports, or the "
		           "Product Key ID");
	if (v->plain)
		return false;
	if (exact && unicode_mixes_scripts(v->text))
		return say(out,
		           "letters of two alphabets that look alike are mixed in one word: type "
		           "the value again");
	return characters_find(v->text, exact ? INVISIBLE | TYPOGRAPHIC : INVISIBLE, out);
}

static bool
has_outer_quote(const char *text)
{
	struct unicode_char c;
	bool first = false, last = false;

	for (const char *at = text; *at != '\0'; at += c.len) {
		c = unicode_at(at);
		if (c.len == 0)
			break;
		last = c.kind == UNICODE_QUOTE;
		first = first || (last && at == text);
	}
	return first || last;
}

bool
damage_is_no_name(const char *text)
{
	struct unicode_char c;

	if (text[0] == '\0' || text_all_of(text, "-_?/ "))
		return text[0] != '\0';
	for (; *text != '\0'; text += c.len) {
		c = unicode_at(text);
		if (c.len == 0 || (c.kind != UNICODE_DASH && c.code != ' '))
			return false;
	}
	return true;
}

bool
damage_of_customer(const struct words *w, const struct damage_value *v,
                   char out[static DAMAGE_SIZE])
{
	if (v->text[0] == '\0')
		return false;
	if ((v->kinds & WORD_NO_VALUE) != 0 || damage_is_no_name(v->text) ||
	    text_all_of(v->text, "0"))
		return say(out,
		           "this is not a customer: give the customer's key, or leave it empty");
	if (is_error_mark(v))
		return say(out,
		           "this is a spreadsheet's error mark, the value is lost: copy it from "
		           "the source again");
	if (has_entity(v->text) || strstr(v->text, "</") != NULL)
		return say(out, "it contains HTML: copy the value from the source again, as text");
	if (is_changed(w, v->text, out))
		return true;
	if (v->plain)
		return false;
	if (has_outer_quote(v->text))
		return say(out, "a typographic quotation mark stands at one end: remove it");
	if (unicode_mixes_scripts(v->text))
		return say(out,
		           "letters of two alphabets that look alike are mixed in one word: type "
		           "the value again");
	return characters_find(v->text, INVISIBLE | 1U << UNICODE_WIDE, out);
}

/* Letters and digits that are all the same character. */
static bool
is_run(const char *text)
{
	char letter = '\0';
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if ((unsigned char)*text >= 0x80)
			return false;
		if (!text_is_alnum(*text))
			continue;
		if (letter != '\0' && text_lower(*text) != letter)
			return false;
		letter = text_lower(*text);
		n++;
	}
	return n == 0 || n >= RUN_MIN || letter == '0';
}

/* 1234567890123 or 9876543210987 */
static bool
is_stairs(const char *digits)
{
	int step = digits[1] - digits[0];

	if (strlen(digits) < STAIRS_MIN || !text_all_of(digits, DIGITS) || abs(step) != 1)
		return false;
	while (digits[1] != '\0' && (digits[0] - '0' + step + 10) % 10 == digits[1] - '0')
		digits++;
	return digits[1] == '\0';
}

/* "see label": a serial number of several words has digits. */
static bool
is_sentence(const char *text)
{
	return strchr(text, ' ') != NULL && strpbrk(text, DIGITS) == NULL;
}

bool
damage_is_placeholder(const struct damage_value *v)
{
	return (v->kinds & (WORD_PLACEHOLDER | WORD_NO_VALUE)) != 0 || is_run(v->text) ||
	       is_stairs(v->text) || is_sentence(v->text);
}

bool
damage_of_digits(const char *digits, char out[static DAMAGE_SIZE])
{
	size_t zeros = 0, len = strlen(digits);

	if (is_run(digits) || is_stairs(digits))
		return say(out,
		           "this is a placeholder that many devices share: give the device's own "
		           "13 digits, or serial number, manufacturer and model");
	while (zeros < len && digits[len - 1 - zeros] == '0')
		zeros++;
	if (zeros >= ROUNDED_ZEROS)
		return say(out,
		           "a spreadsheet rounded it and digits are lost: copy the value from the "
		           "source again, as text");
	return false;
}

static bool
is_quote(struct unicode_char c)
{
	return c.code == '"' || c.kind == UNICODE_QUOTE;
}

bool
damage_is_quoted(const char *text, size_t len, size_t *ret_open, size_t *ret_close)
{
	struct unicode_char first = unicode_at(text), last;
	size_t at = len;

	if (len < 2 || first.len == 0 || !is_quote(first))
		return false;
	for (at--; at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80; at--)
		;
	last = unicode_at(text + at);
	*ret_open = first.len;
	*ret_close = last.len;
	return at >= first.len && last.len > 0 && at + last.len == len && is_quote(last);
}
