/* Writes and reads the note, and knows what spreadsheets do to numbers. */
#include "partner/digits.h"

#include <string.h>

#define DIGITS "0123456789"
#define EXACT 15 /* digits that a spreadsheet keeps */

/* The value without outer blanks. false: it is not a number, or too long for the note. */
static bool
read_number(const char *value, char number[static DIGITS_SIZE])
{
	const char *from = value + strspn(value, " ");
	size_t len = strspn(from, DIGITS);

	if (len == 0 || len >= DIGITS_SIZE || from[len + strspn(from + len, " ")] != '\0')
		return false;
	memcpy(number, from, len);
	number[len] = '\0';
	return true;
}

bool
digits_at_risk(const char *value)
{
	char number[DIGITS_SIZE];

	return read_number(value, number) &&
	       ((number[0] == '0' && number[1] != '\0') || strlen(number) > EXACT);
}

void
digits_add(struct buf *note, const char *column, const char *value)
{
	char number[DIGITS_SIZE];

	if (read_number(value, number))
		buf_printf(note, "%s%s=%s", note->len > 0 ? ", " : "", column, number);
}

bool
digits_noted(const char *note, const char *column, char was[static DIGITS_SIZE])
{
	size_t name = strlen(column);

	for (const char *at = note; at != NULL; at = strchr(at, ',')) {
		size_t len;

		at += strspn(at, ", ");
		if (strncmp(at, column, name) != 0 || at[name] != '=')
			continue;
		len = strspn(at + name + 1, DIGITS);
		if (len == 0 || len >= DIGITS_SIZE || strchr(", ", at[name + 1 + len]) == NULL)
			return false;
		memcpy(was, at + name + 1, len);
		was[len] = '\0';
		return true;
	}
	return false;
}

bool
digits_lost(const char *was, const char *value)
{
	char now[DIGITS_SIZE];
	size_t len;

	if (!read_number(value, now) || strcmp(was, now) == 0)
		return false;
	was += strspn(was, "0");
	len = strlen(was);
	if (strcmp(was, now) == 0 || (len == 0 && strcmp(now, "0") == 0))
		return true;
	return len > EXACT && strlen(now) == len && strncmp(was, now, EXACT - 1) == 0 &&
	       now[EXACT + strspn(now + EXACT, "0")] == '\0';
}
