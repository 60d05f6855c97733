/* Cuts a text into numbers and words, and compares their order with that of dates. */
#include "partner/intake/dates.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

#define DIGITS "0123456789"
#define SEPARATORS "-./, "
#define DATE_MAX 40 /* a longer text is not a date */
#define PARTS_MAX 3

/* The kinds of parts as letters: d a day, month or short year; y a year; m the name of a month. */
static char
part_kind(const struct words *w, const char *part)
{
	size_t len = strlen(part), digits = strspn(part, DIGITS);
	long value;

	if (digits == 0)
		return (words_kinds(w, part) & WORD_MONTH) != 0 ? 'm' : '?';
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

static bool
is_order(const char *kinds, char *const part[static PARTS_MAX])
{
	static const char *const with_month[] = {"dm",  "md",  "my",  "ym",
	                                         "dmd", "dmy", "mdy", "ymd"};

	for (size_t i = 0; i < ARRAY_SIZE(with_month); i++)
		if (strcmp(kinds, with_month[i]) == 0)
			return true;
	if (strcmp(kinds, "ddy") == 0 || strcmp(kinds, "ddd") == 0)
		return can_be_day_and_month(part[0], part[1]);
	return strcmp(kinds, "ydd") == 0 && can_be_day_and_month(part[1], part[2]);
}

bool
date_is_one(const struct words *w, const char *text)
{
	char copy[DATE_MAX], kinds[PARTS_MAX + 1] = "", *part[PARTS_MAX] = {NULL}, *p = copy;
	size_t n = 0;

	if (strpbrk(text, SEPARATORS) == NULL || !text_copy(copy, sizeof(copy), text))
		return false;
	cut_time(copy);
	while (*p != '\0' && n < PARTS_MAX) {
		size_t len = strcspn(p, SEPARATORS);
		char *next = p + len + strspn(p + len, SEPARATORS);
		p[len] = '\0';
		part[n] = p;
		kinds[n++] = part_kind(w, p);
		p = next;
	}
	return *p == '\0' && n >= 2 && is_order(kinds, part);
}
