/* The kinds of damage, one function and one sentence each. dates.c knows dates. */
#include "partner/intake/damage.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "common/unicode.h"
#include "partner/intake/dates.h"

#define DIGITS "0123456789"
#define TWIN_MIN 5      /* bytes of each of two serials in one cell */
#define TWIN_PREFIX 2   /* bytes at the start that they share */
#define RUN_MIN 3       /* this many equal characters are not a serial */
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

/* #N/A, #REF!, #NAME?, ######## and the like in any language */
static bool
is_error_mark(const struct damage_value *v)
{
	const char *text = v->text;
	size_t len = strlen(text), slashes = 0;

	if ((v->kinds & WORD_ERROR_MARK) != 0)
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
	return text[0] == '#' || text[0] == ';' || strncmp(text, "//", 2) == 0;
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

/* FX0001/FX0002: two halves of one kind. */
static bool
is_twin(const char *text, char separator)
{
	const char *second = strchr(text, separator);
	size_t first_len = second != NULL ? (size_t)(second - text) : 0;

	return first_len >= TWIN_MIN && strlen(++second) == first_len &&
	       strncmp(text, second, TWIN_PREFIX) == 0 && strchr(second, separator) == NULL &&
	       strpbrk(text, DIGITS) != NULL;
}

static bool
is_several(const char *text)
{
	return strpbrk(text, ",;|") != NULL || strstr(text, " / ") != NULL ||
	       strstr(text, " & ") != NULL || strstr(text, " + ") != NULL || is_twin(text, '/') ||
	       is_twin(text, ' ');
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

static const struct {
	uint32_t code;
	const char *name;
} names[] = {
	{0xa0, "a no-break space"},
	{0xad, "a soft hyphen"},
	{0x61c, "an Arabic letter mark"},
	{0x180e, "a Mongolian vowel separator"},
	{0x200b, "a zero-width space"},
	{0x200c, "a zero-width non-joiner"},
	{0x200d, "a zero-width joiner"},
	{0x200e, "a left-to-right mark"},
	{0x200f, "a right-to-left mark"},
	{0x202a, "a left-to-right embedding"},
	{0x202c, "the end of a direction mark"},
	{0x202f, "a narrow no-break space"},
	{0x2060, "a word joiner"},
	{0x2066, "a left-to-right isolate"},
	{0x2069, "the end of a direction isolate"},
	{0x3164, "a Hangul filler"},
	{0xfe0f, "a variation selector"},
	{0xfeff, "a byte order mark"},
	{0xfffd, "the mark of a lost character"},
};

static const char *
kind_name(enum unicode_kind kind)
{
	switch (kind) {
	case UNICODE_BLANK: return "an unusual blank";
	case UNICODE_INVISIBLE: return "an invisible character";
	case UNICODE_QUOTE: return "a typographic quotation mark";
	case UNICODE_DASH: return "a typographic dash";
	case UNICODE_WIDE: return "a typographic form of another character";
	case UNICODE_ORDINARY:
	case UNICODE_KIND_COUNT: break;
	}
	return "not in ASCII";
}

/* "character 4 is U+200B (a zero-width space): type the value again" */
static bool
say_character(char out[static DAMAGE_SIZE], const char *at, size_t position, struct unicode_char c)
{
	const char *name = kind_name(c.kind);
	bool visible = c.kind != UNICODE_INVISIBLE && c.kind != UNICODE_BLANK;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].code == c.code)
			name = names[i].name;
	snprintf(out, DAMAGE_SIZE, "character %zu is %s%.*s%sU+%04X (%s): type the value again",
	         position, visible ? "\"" : "", visible ? (int)c.len : 0, at, visible ? "\", " : "",
	         (unsigned)c.code, name);
	return true;
}

/* The first character whose kind is among the bits of `bad`. */
static bool
find_character(const char *text, unsigned bad, char out[static DAMAGE_SIZE])
{
	size_t position = 1;

	for (struct unicode_char c; *text != '\0'; text += c.len, position++) {
		c = unicode_at(text);
		if (c.len == 0) /* not UTF-8: the record is rejected for that */
			return false;
		if ((bad & 1U << c.kind) != 0 && (c.code >= 0x80 || c.kind != UNICODE_ORDINARY))
			return say_character(out, text, position, c);
	}
	return false;
}

#define ANY_KIND (~0U)
#define INVISIBLE (1U << UNICODE_INVISIBLE)
#define TYPOGRAPHIC \
	(1U << UNICODE_BLANK | 1U << UNICODE_QUOTE | 1U << UNICODE_DASH | 1U << UNICODE_WIDE)

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

bool
damage_of_identifier(const struct words *w, const struct damage_value *v,
                     char out[static DAMAGE_SIZE])
{
	const char *text = v->text;

	if (text[0] == '\0')
		return false;
	if (is_exponent(text))
		return say(out,
		           "a spreadsheet turned it into a number and digits are lost: copy the "
		           "value from the source again, as text");
	if (is_damaged(v, out))
		return true;
	if (ends_in_point_zero(text))
		return say(out, "a spreadsheet appended .0: give the value as text");
	if (damage_is_comment(text))
		return say(out,
		           "this row looks commented out: remove the comment sign, or the row");
	if (date_is_one(w, text))
		return say(out,
		           "a spreadsheet turned it into a date: copy the value from the source "
		           "again, as text");
	if ((v->kinds & WORD_COLUMN) != 0)
		return say(out, "this is the name of a column: give the device's own value");
	if (says_prefix(w, text, out))
		return true;
	if (is_several(text))
		return say(out,
		           "this looks like several values in one cell: give each device its own "
		           "row");
	if (strchr(text, '"') != NULL)
		return say(out, "a quotation mark stands inside the value: type the value again");
	if (has_url_escape(text))
		return say(out, "it contains an escape of a web address: copy the value from the "
		                "source again, as text");
	return !v->plain && find_character(text, ANY_KIND, out);
}

bool
damage_of_name(const struct damage_value *v, bool exact, char out[static DAMAGE_SIZE])
{
	if (v->text[0] == '\0')
		return false;
	if (is_damaged(v, out))
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
	return find_character(v->text, exact ? INVISIBLE | TYPOGRAPHIC : INVISIBLE, out);
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
damage_of_customer(const struct damage_value *v, char out[static DAMAGE_SIZE])
{
	if (v->text[0] == '\0')
		return false;
	if ((v->kinds & WORD_NO_VALUE) != 0 || text_all_of(v->text, "-_?/ "))
		return say(out,
		           "this is not a customer: give the customer's key, or leave it empty");
	if (is_error_mark(v))
		return say(out,
		           "this is a spreadsheet's error mark, the value is lost: copy it from "
		           "the source again");
	if (has_entity(v->text) || strstr(v->text, "</") != NULL)
		return say(out, "it contains HTML: copy the value from the source again, as text");
	if (v->plain)
		return false;
	if (has_outer_quote(v->text))
		return say(out, "a typographic quotation mark stands at one end: remove it");
	if (unicode_mixes_scripts(v->text))
		return say(out,
		           "letters of two alphabets that look alike are mixed in one word: type "
		           "the value again");
	return find_character(v->text, INVISIBLE | 1U << UNICODE_WIDE, out);
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
		if (!isalnum((unsigned char)*text))
			continue;
		if (letter != '\0' && text_lower(*text) != letter)
			return false;
		letter = text_lower(*text);
		n++;
	}
	return n == 0 || n >= RUN_MIN || letter == '0';
}

bool
damage_is_placeholder(const struct damage_value *v)
{
	return (v->kinds & (WORD_PLACEHOLDER | WORD_NO_VALUE)) != 0 || is_run(v->text);
}

static bool
is_rising(const char *digits)
{
	while (digits[1] != '\0' && (digits[0] - '0' + 1) % 10 == digits[1] - '0')
		digits++;
	return digits[1] == '\0';
}

bool
damage_of_digits(const char *digits, char out[static DAMAGE_SIZE])
{
	size_t zeros = 0, len = strlen(digits);

	if (is_run(digits) || is_rising(digits))
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
