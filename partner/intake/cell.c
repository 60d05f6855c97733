/* Cuts a text into runs of letters and digits, and compares the runs. */
#include "partner/intake/cell.h"

#include <ctype.h>
#include <string.h>

#define TWIN_MIN 5    /* bytes of each of two serials in one cell */
#define TWIN_PREFIX 2 /* bytes at the start that they share */
#define JOINED_MIN 6  /* bytes of each if no blank separates them */
#define REMARK_MIN 3  /* letters of a word behind a serial */
#define DIGITS "0123456789"

struct run {
	const char *text;
	size_t len;
	bool letters, digits;
};

/* The first run at or behind `at`; len 0: none. */
static struct run
run_at(const char *at)
{
	struct run run = {0};

	while (*at != '\0' && !isalnum((unsigned char)*at))
		at++;
	run.text = at;
	for (; isalnum((unsigned char)*at); at++) {
		run.letters = run.letters || isalpha((unsigned char)*at);
		run.digits = run.digits || isdigit((unsigned char)*at);
	}
	run.len = (size_t)(at - run.text);
	return run;
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

/* FX0001-FX0002, FX0001..FX0009 */
static bool
are_joined(const struct run *a, const struct run *b)
{
	return a->len >= JOINED_MIN && a->len == b->len && a->letters && a->digits && b->letters &&
	       b->digits && strncmp(a->text, b->text, TWIN_PREFIX) == 0;
}

/* FX0001 and FX0002, FX0001 FX0002 FX0003; not the groups of "VMware-56 4d 1a". */
static bool
are_apart(const struct run *a, const struct run *b)
{
	return a->len >= TWIN_MIN && b->len >= TWIN_MIN && a->digits && b->digits &&
	       memchr(a->text, ' ', (size_t)(b->text - a->text)) != NULL;
}

bool
cell_has_several(const char *text)
{
	struct run run, last = {0};

	if (strpbrk(text, ",;|") != NULL || strstr(text, " / ") != NULL ||
	    strstr(text, " & ") != NULL || strstr(text, " + ") != NULL || is_twin(text, '/') ||
	    is_twin(text, ' '))
		return true;
	for (run = run_at(text); run.len > 0; run = run_at(run.text + run.len)) {
		if (last.len > 0 && (are_joined(&last, &run) || are_apart(&last, &run)))
			return true;
		if (run.digits)
			last = run;
	}
	return false;
}

bool
cell_has_remark(const char *text)
{
	struct run run;

	if (strpbrk(text, "?*~()[]{}<>`!$^@\\") != NULL)
		return true;
	if (strchr(text, ' ') == NULL || strpbrk(text, DIGITS) == NULL)
		return false;
	for (run = run_at(strpbrk(text, DIGITS)); run.len > 0; run = run_at(run.text + run.len))
		if (!run.digits && run.len >= REMARK_MIN && run.text[-1] == ' ')
			return true;
	return false;
}
