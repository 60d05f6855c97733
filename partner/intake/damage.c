/* The kinds of damage, one function and one sentence each. */
#include "partner/intake/damage.h"

#include <ctype.h>
#include <string.h>

#include "common/text.h"

#define DIGITS "0123456789"
#define TRIM_MAX 300 /* longer than any accepted value */

/* Serials that unrelated devices share (doc/lists.md, section 2, quirk 6). */
static const char *const placeholders[] = {
	"to be filled by o.e.m.",
	"to be filled by oem",
	"default string",
	"system serial number",
	"serial number",
	"none",
	"null",
	"empty",
	"n/a",
	"na",
	"unknown",
	"not specified",
	"not available",
	"not applicable",
	"invalid",
	"oem",
	"123456789",
	"0123456789",
	"1234567890",
	"serial",
};

/* The rest of "Micro-Star International Co., Ltd." after its comma (doc/lists.md, section 2,
 * quirk 2). */
static const char *const company_ends[] = {
	"ltd",         "ltd.", "co. ltd", "co. ltd.", "inc",  "inc.",   "corp", "corp.",
	"corporation", "llc",  "limited", "gmbh",     "s.a.", "s.p.a.", "b.v.", "co.",
};

static bool
is_one_of(const char *text, const char *const *table, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal_nocase(text, table[i]))
			return true;
	return false;
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

/* #N/A, #REF!, #NAME?, ######## */
static bool
is_cell_error(const char *text)
{
	static const char *const errors[] = {"#n/a",    "#ref!",  "#name?", "#value!",
	                                     "#div/0!", "#null!", "#num!"};

	return text[0] == '#' &&
	       (is_one_of(text, errors, ARRAY_SIZE(errors)) || strspn(text, "#") == strlen(text));
}

/* 1-Mar, Mar-01: a spreadsheet turned MAR1 into a date. */
static bool
is_date(const char *text)
{
	static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	size_t before = strspn(text, DIGITS);
	const char *month = before > 0 ? text + before + 1 : text;
	char name[4] = "";
	size_t n = 0;

	if (before > 2 || (before > 0 && text[before] != '-'))
		return false;
	while (n < 3 && month[n] != '\0') {
		name[n] = text_lower(month[n]);
		n++;
	}
	const char *found = n == 3 ? strstr(months, name) : NULL;
	if (found == NULL || (found - months) % 3 != 0)
		return false;
	if (before > 0)
		return month[3] == '\0';
	return month[3] == '-' && strspn(month + 4, DIGITS) == 2 && month[6] == '\0';
}

/* It looks like a blank; texts pasted from web pages contain it. */
static bool
has_no_break_space(const char *text)
{
	return strstr(text, "\302\240") != NULL;
}

static bool
is_company_end(const char *text)
{
	return is_one_of(text, company_ends, ARRAY_SIZE(company_ends));
}

struct kind {
	bool (*is)(const char *text);
	bool name; /* also of a manufacturer or model */
	const char *sentence;
};

static const struct kind kinds[] = {
	{is_exponent, false,
         "a spreadsheet turned it into a number and digits are lost: copy the value from the "
         "source again, as text"},
	{is_wrapped, true,
         "a spreadsheet's wrapper or a stray quotation mark surrounds the value: remove it"},
	{ends_in_point_zero, false, "a spreadsheet appended .0: give the value as text"},
	{is_cell_error, true,
         "this is a spreadsheet's error mark, the value is lost: copy it from the source again"},
	{is_date, false,
         "a spreadsheet turned it into a date: copy the value from the source again, as text"},
	{has_no_break_space, false, "it contains a no-break space: type a plain blank, or none"},
	{is_company_end, true,
         "this is the end of a company's name, a comma has shifted the columns: put a value with "
         "a comma in quotation marks"},
};

/* Blanks around a value must not hide the damage. A longer value is rejected for its length. */
static const char *
trimmed(char *copy, size_t size, const char *text)
{
	if (!text_has_outer_blank(text))
		return text;
	text_copy(copy, size, text);
	return text_trim(copy);
}

static const char *
damage_of(const char *value, bool name)
{
	char copy[TRIM_MAX];
	const char *text = trimmed(copy, sizeof(copy), value);

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if ((!name || kinds[i].name) && kinds[i].is(text))
			return kinds[i].sentence;
	return NULL;
}

const char *
damage_of_identifier(const char *text)
{
	return damage_of(text, false);
}

const char *
damage_of_name(const char *text)
{
	return damage_of(text, true);
}

/* Two and three byte sequences (RFC 3629); text is UTF-8. */
static bool
is_invisible(const unsigned char *s)
{
	if (s[0] == 0xc2)
		return s[1] < 0xa0 || s[1] == 0xad; /* C1 controls, soft hyphen */
	if (s[0] == 0xe2 && s[1] == 0x80)
		return (s[2] >= 0x8b && s[2] <= 0x8f) || (s[2] >= 0xa8 && s[2] <= 0xae);
	if (s[0] == 0xe2 && s[1] == 0x81)
		return s[2] >= 0xa0 && s[2] <= 0xaf;
	return s[0] == 0xef && ((s[1] == 0xbb && s[2] == 0xbf) || (s[1] == 0xbf && s[2] >= 0xb9));
}

bool
damage_invisible(const char *text)
{
	for (const unsigned char *s = (const unsigned char *)text; *s != '\0'; s++)
		if (*s >= 0xc2 && is_invisible(s))
			return true;
	return false;
}

bool
damage_is_placeholder(const char *value)
{
	char copy[TRIM_MAX];
	const char *serial = trimmed(copy, sizeof(copy), value);

	/* also only zeros, dots, dashes, crosses or question marks */
	return is_one_of(serial, placeholders, ARRAY_SIZE(placeholders)) ||
	       strspn(serial, "0") == strlen(serial) || strspn(serial, ".-xX ?") == strlen(serial);
}
