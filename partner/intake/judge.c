/* Small steps that every judgement of a value takes. */
#include "partner/intake/judge.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"

void
judge_reject(struct judge *j, const char *column, const char *format, ...)
{
	va_list args;

	if (j->verdict->reason[0] != '\0')
		return; /* report only the first fault */
	va_start(args, format);
	vsnprintf(j->verdict->reason, sizeof(j->verdict->reason), format, args);
	va_end(args);
	j->verdict->column = column;
}

void
judge_trim(const struct judge *j, enum column c, struct trimmed *t)
{
	const char *text = judge_field(j, c);

	if (text_has_outer_blank(text)) {
		text_copy(t->copy, sizeof(t->copy), text);
		text = text_trim(t->copy);
	}
	t->value = (struct damage_value){.text = text,
	                                 .kinds = words_kinds(j->rule->words, text),
	                                 .plain = j->plain || text_is_visible(text, strlen(text))};
}

void
judge_reject_damage(struct judge *j, enum column c, const char *damage)
{
	judge_reject(j, column_name(c), "\"%s\": %s", judge_field(j, c), damage);
}

void
judge_remark(struct judge *j, enum remark r)
{
	j->verdict->remarks |= 1U << r;
}

/* The N of the rule ^[0-9]{N}$, 0 for any other rule. For a PKID, regexec() takes a thousand instructions, as
 * many as all other judgements of the row; and glibc's regcomp() may crash when memory runs out. */
static size_t
only_digits(const char *pattern)
{
	static const char begin[] = "^[0-9]{";
	char same[64];
	unsigned long n = 0;

	if (strncmp(pattern, begin, sizeof(begin) - 1) == 0)
		n = strtoul(pattern + sizeof(begin) - 1, NULL, 10);
	snprintf(same, sizeof(same), "%s%lu}$", begin, n);
	return n <= VALUES_MAX && strcmp(pattern, same) == 0 ? n : 0;
}

int
values_set_pkid(struct values_rule *rule, const char *pattern, struct error *err)
{
	int rc;

	rule->pkid_digits = only_digits(pattern);
	if (rule->pkid_digits > 0)
		return 0;
	rc = regcomp(&rule->pkid, pattern, REG_EXTENDED | REG_NOSUB);
	if (rc == REG_ESPACE)
		alloc_failed();
	if (rc == 0)
		return 0;
	return error_set(err, "the profile's PKID rule \"%s\" is not a regular expression",
	                 pattern);
}

void
values_release_pkid(struct values_rule *rule)
{
	if (rule->pkid_digits == 0)
		regfree(&rule->pkid);
}

bool
values_is_pkid(const struct values_rule *rule, const char *text)
{
	bool matches;

	if (rule->pkid_digits > 0)
		return strlen(text) == rule->pkid_digits && text_all_of(text, "0123456789");
	errno = 0;
	matches = regexec(&rule->pkid, text, 0, NULL, 0) == 0;
	/* glibc returns REG_NOMATCH when there is no memory */
	if (!matches && errno == ENOMEM)
		alloc_failed();
	return matches;
}
