/* Small steps that every judgement of a value takes. */
#include "partner/intake/judge.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
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

const char *
judge_field(const struct judge *j, enum column c)
{
	return column_field(j->map, j->record, c);
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

bool
values_is_pkid(const struct values_rule *rule, const char *text)
{
	bool matches;

	errno = 0;
	matches = regexec(&rule->pkid, text, 0, NULL, 0) == 0;
	/* glibc returns REG_NOMATCH when there is no memory */
	if (!matches && errno == ENOMEM)
		alloc_failed();
	return matches;
}
