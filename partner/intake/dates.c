/* Cuts a text into numbers and words, and compares their order with that of dates. */
#include "partner/intake/dates.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

#define DIGITS "0123456789"
#define SEPARATORS "-./, "
#define DATE_MAX 40 /* a longer text is not a date */
#define PARTS_MAX 6
#define YEAR 4      /* digits */
#define TIME_MAX 11 /* "12:30:00 PM" */

/* "1er" and "1st" are days like "1". */
static size_t
ordinal_length(const char *part)
{
	static const char *const ends[] = {"er", "re", "st",       "nd",
	                                   "rd", "th", "\302\272", "\302\252"};
	size_t digits = strspn(part, DIGITS);

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (digits > 0 && digits <= 2 && text_equal_nocase(part + digits, ends[i]))
			return digits;
	return strlen(part);
}

/* The kinds of parts as letters: d a day, month or short year; y a year; m the name of a month; w
 * another word. */
static char
part_kind(const struct words *w, const char *part)
{
	size_t len = ordinal_length(part), digits = strspn(part, DIGITS);
	long value;

	if (digits == 0)
		return (words_kinds(w, part) & WORD_MONTH) != 0 ? 'm'
		       : strpbrk(part, DIGITS) == NULL          ? 'w'
		                                                : '?';
	if (digits != len)
		return '?';
	value = strtol(part, NULL, 10);
	if (len <= 2)
		return value <= 31 || value >= 70 ? 'd' : '?';
	return len == 4 && value >= 1900 && value < 2200 ? 'y' : '?';
}

/* Cuts " 00:00:00", "T00:00" and " 9:15 PM" from the end. */
static void
cut_time(char *text)
{
	char *colon = strchr(text, ':');

	if (colon == NULL)
		return;
	while (colon > text && isdigit((unsigned char)colon[-1]))
		colon--;
	if (colon > text && (colon[-1] == ' ' || colon[-1] == 'T'))
		colon[-1] = '\0';
}

/* Of two or three numbers: the first two can be a day and a month. */
static bool
can_be_day_and_month(const char *a, const char *b)
{
	long x = strtol(a, NULL, 10), y = strtol(b, NULL, 10);

	return x >= 1 && y >= 1 && x <= 31 && y <= 31 && (x <= 12 || y <= 12);
}

static enum date
date_of_order(const char *kinds, char *const part[static PARTS_MAX])
{
	static const char *const with_month[] = {"dm",  "md",  "my",  "ym",
	                                         "dmd", "dmy", "mdy", "ymd"};

	for (size_t i = 0; i < ARRAY_SIZE(with_month); i++)
		if (strcmp(kinds, with_month[i]) == 0)
			return DATE_SURE;
	if (strcmp(kinds, "ddy") == 0 && can_be_day_and_month(part[0], part[1]))
		return DATE_SURE;
	if (strcmp(kinds, "ydd") == 0 && can_be_day_and_month(part[1], part[2]))
		return DATE_SURE;
	return strcmp(kinds, "ddd") == 0 && can_be_day_and_month(part[0], part[1]) ? DATE_PERHAPS
	                                                                           : DATE_NONE;
}

/* "9:15", "12:30:00 PM" */
static bool
is_time(const char *text)
{
	size_t hour = strspn(text, DIGITS);

	return hour >= 1 && hour <= 2 && text[hour] == ':' &&
	       strspn(text + hour + 1, DIGITS) == 2 && text_all_of(text, DIGITS ": APMapm") &&
	       strlen(text) <= TIME_MAX;
}

/* Drops other words of a long date: "Montag, 3. März 2026", "12 de marzo de 2026". */
static void
drop_words(char *kinds, char *part[static PARTS_MAX])
{
	bool has_year = strchr(kinds, 'y') != NULL;
	size_t to = 0;

	if (strchr(kinds, 'm') == NULL || !has_year)
		return;
	for (size_t i = 0; kinds[i] != '\0'; i++)
		if (kinds[i] != 'w') {
			part[to] = part[i];
			kinds[to++] = kinds[i];
		}
	kinds[to] = '\0';
}

/* Most names of models are no dates, as their first and last bytes show. */
static bool
may_be_date(const char *text)
{
	const char *rest = text + strcspn(text, SEPARATORS);
	size_t len = strlen(text);

	return isdigit((unsigned char)text[0]) || text_all_of(rest, DIGITS SEPARATORS ":T") ||
	       (len > YEAR && strspn(text + len - YEAR, DIGITS) == YEAR);
}

/* 2026年3月1日, 3月1日 */
static bool
is_eastern(const char *text)
{
	return isdigit((unsigned char)text[0]) && strstr(text, "月") != NULL &&
	       text_all_of(text, DIGITS " 年月日");
}

enum date
date_is_one(const struct words *w, const char *text)
{
	char copy[DATE_MAX], kinds[PARTS_MAX + 1] = "", *part[PARTS_MAX] = {NULL}, *p = copy;
	size_t n = 0;

	if (is_time(text))
		return DATE_PERHAPS;
	if (is_eastern(text))
		return DATE_SURE;
	if (strpbrk(text, SEPARATORS) == NULL || !may_be_date(text) ||
	    !text_copy(copy, sizeof(copy), text))
		return DATE_NONE;
	cut_time(copy);
	while (*p != '\0' && n < PARTS_MAX) {
		size_t len = strcspn(p, SEPARATORS);
		char *next = p + len + strspn(p + len, SEPARATORS);
		p[len] = '\0';
		part[n] = p;
		kinds[n] = part_kind(w, p);
		if (kinds[n++] == '?')
			return DATE_NONE;
		p = next;
	}
	if (*p != '\0' || n < 2)
		return DATE_NONE;
	drop_words(kinds, part);
	return date_of_order(kinds, part);
}
