/* Judges error fields, and finds alarms in bodies that hold no list of devices. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "partner/route/oem_direct/answer.h"

#define BODY_SCANNED ((size_t)64 * 1024) /* at each end; the middle of a long body is a list */
#define GAP_MAX 16                       /* bytes such as `": [ "` between a word and its number */

static bool
code_is_alarm(const struct profile *p, long code)
{
	const struct profile_error *e = profile_error_by_code(p, code);

	return e != NULL && e->outcome == OUTCOME_ALARM;
}

/* true for the same letter in either case, and for a few other pairs: a full comparison follows. */
static bool
may_be_letter(char c, char letter)
{
	return ((c ^ letter) & ~0x20) == 0;
}

/* Every answer is searched, and the first letter rules out almost every place. */
static bool
has_name(const char *text, size_t len, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i + n <= len; i++)
		if (may_be_letter(text[i], name[0]) && strncasecmp(text + i, name, n) == 0)
			return true;
	return false;
}

static bool
names_alarm(const struct profile *p, const char *text, size_t len)
{
	for (size_t i = 0; i < p->errors; i++)
		if (p->error[i].outcome == OUTCOME_ALARM && has_name(text, len, p->error[i].name))
			return true;
	return false;
}

/* The run of digits at text[i] as a number, 0 if it is none or too long. *ret_end: the index after
 * it. */
static long
number_at(const char *text, size_t len, size_t i, size_t *ret_end)
{
	long n = 0;

	for (*ret_end = i; *ret_end < len && isdigit((unsigned char)text[*ret_end]); ++*ret_end)
		n = n > ANSWER_CODE_MAX ? n : n * 10 + (text[*ret_end] - '0');
	return n;
}

/* Finds an alarm's number anywhere in the text, also in hexadecimal. */
static bool
has_alarm_number(const struct profile *p, const char *text)
{
	size_t len = strlen(text), end;
	char *rest;
	long n;

	for (size_t i = 0; i<len; i = end> i ? end : i + 1) {
		n = number_at(text, len, i, &end);
		if (n > 0 && code_is_alarm(p, n))
			return true;
	}
	n = strtol(text, &rest, 0);
	return *rest == '\0' && code_is_alarm(p, n);
}

void
answer_error_add_other(const struct profile *p, struct answer_error *e, const char *text)
{
	e->unreadable = true;
	if (text != NULL && (names_alarm(p, text, strlen(text)) || has_alarm_number(p, text)))
		e->alarm = true;
}

void
answer_error_add_code(const struct profile *p, struct answer_error *e, const char *text)
{
	long long n;

	if (strcmp(text, "0") == 0)
		return;
	if (text_number(text, 1, ANSWER_CODE_MAX, &n))
		e->code = (long)n;
	else
		answer_error_add_other(p, e, text);
}

/* An alarm may be a part of a longer name, such as "ZtdDeviceAlreadyAssigned (806)". */
void
answer_error_add_name(const struct profile *p, struct answer_error *e, const char *text)
{
	e->name = text;
	if (text[0] != '\0' && profile_error_by_name(p, text) == NULL &&
	    (names_alarm(p, text, strlen(text)) || has_alarm_number(p, text)))
		e->alarm = true;
}

/* text[0..i] ends in "code" or "error". */
static bool
ends_in_error_word(const char *text, size_t i)
{
	if (i < 4 || (!may_be_letter(text[i - 1], 'e') && !may_be_letter(text[i - 1], 'r')))
		return false;
	return (strncasecmp(text + i - 4, "code", 4) == 0) ||
	       (i >= 5 && strncasecmp(text + i - 5, "error", 5) == 0);
}

/* An alarm's number follows text[i], after at most GAP_MAX bytes that are neither letters nor
 * digits. */
static bool
number_follows(const struct profile *p, const char *text, size_t len, size_t i)
{
	size_t end, last = i + GAP_MAX < len ? i + GAP_MAX : len;
	long n;

	while (i < last && !isalnum((unsigned char)text[i]))
		i++;
	n = number_at(text, len, i, &end);
	return end > i && code_is_alarm(p, n);
}

static bool
part_is_alarm(const struct profile *p, const char *body, size_t len)
{
	if (names_alarm(p, body, len))
		return true;
	for (size_t i = 4; i < len; i++)
		if (ends_in_error_word(body, i) && number_follows(p, body, len, i))
			return true;
	return false;
}

bool
answer_field_is_alarm(const struct profile *p, const char *field, const char *text)
{
	return part_is_alarm(p, text, strlen(text)) ||
	       (ends_in_error_word(field, strlen(field)) && has_alarm_number(p, text));
}

bool
answer_number_is_alarm(const struct profile *p, const char *field, double number)
{
	char text[32];

	if (!ends_in_error_word(field, strlen(field)))
		return false;
	snprintf(text, sizeof(text), "%.17g", number);
	return has_alarm_number(p, text);
}

bool
answer_body_is_alarm(const struct profile *p, const char *body, size_t len)
{
	size_t part = len < BODY_SCANNED ? len : BODY_SCANNED;

	if (body == NULL)
		return false;
	return part_is_alarm(p, body, part) ||
	       (len > part && part_is_alarm(p, body + len - part, part));
}
