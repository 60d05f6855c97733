/*
 * Sorts the values of a row into harmless ones, which every file takes unchanged, and others, which
 * each writer escapes in its own way.
 */
#include "partner/handoff/fields.h"

#include <inttypes.h>
#include <stdio.h>

enum kind { OTHER = 0, LETTER = 1, SIGN = 2, BLANK = 4 };

static const unsigned char kinds[256] = {
	['0'] = LETTER, ['1'] = LETTER, ['2'] = LETTER, ['3'] = LETTER, ['4'] = LETTER,
	['5'] = LETTER, ['6'] = LETTER, ['7'] = LETTER, ['8'] = LETTER, ['9'] = LETTER,
	['A'] = LETTER, ['B'] = LETTER, ['C'] = LETTER, ['D'] = LETTER, ['E'] = LETTER,
	['F'] = LETTER, ['G'] = LETTER, ['H'] = LETTER, ['I'] = LETTER, ['J'] = LETTER,
	['K'] = LETTER, ['L'] = LETTER, ['M'] = LETTER, ['N'] = LETTER, ['O'] = LETTER,
	['P'] = LETTER, ['Q'] = LETTER, ['R'] = LETTER, ['S'] = LETTER, ['T'] = LETTER,
	['U'] = LETTER, ['V'] = LETTER, ['W'] = LETTER, ['X'] = LETTER, ['Y'] = LETTER,
	['Z'] = LETTER, ['a'] = LETTER, ['b'] = LETTER, ['c'] = LETTER, ['d'] = LETTER,
	['e'] = LETTER, ['f'] = LETTER, ['g'] = LETTER, ['h'] = LETTER, ['i'] = LETTER,
	['j'] = LETTER, ['k'] = LETTER, ['l'] = LETTER, ['m'] = LETTER, ['n'] = LETTER,
	['o'] = LETTER, ['p'] = LETTER, ['q'] = LETTER, ['r'] = LETTER, ['s'] = LETTER,
	['t'] = LETTER, ['u'] = LETTER, ['v'] = LETTER, ['w'] = LETTER, ['x'] = LETTER,
	['y'] = LETTER, ['z'] = LETTER, ['.'] = SIGN,   ['-'] = SIGN,   [':'] = SIGN,
	['/'] = SIGN,   [' '] = BLANK,
};

struct field
field_of(const char *text)
{
	const unsigned char *p = (const unsigned char *)(text != NULL ? text : "");
	unsigned first = kinds[*p], last = BLANK, doubled = 0, kind;
	size_t len = 0;
	bool harmless;

	for (; (kind = kinds[p[len]]) != OTHER; len++) {
		doubled |= kind & last;
		last = kind;
	}
	/* a spreadsheet reads a leading hyphen as a formula */
	harmless = p[len] == '\0' &&
	           (len == 0 || (first == LETTER && last != BLANK && (doubled & BLANK) == 0));
	if (p[len] != '\0')
		len += strlen((const char *)p + len);
	return (struct field){.text = (const char *)p, .len = len, .harmless = harmless};
}

static void
set_id(struct fields *f, int64_t id)
{
	int len = snprintf(f->digits, sizeof(f->digits), "%" PRId64, id);

	f->id = (struct field){.text = f->digits, .len = (size_t)len, .harmless = true};
}

void
fields_set(struct fields *f, const struct ledger_row *row)
{
	bool sound = row->outcome != OUTCOME_REJECTED;

	for (size_t i = 0; i < FIELD_COUNT; i++)
		f->of[i] = field_of(NULL);
	set_id(f, row->id);
	f->of[FIELD_SERIAL] = field_of(row->device.serial);
	f->of[FIELD_TICKET] = field_of(row->ticket);
	if (!sound)
		return;
	f->of[FIELD_PKID] = field_of(row->device.pkid);
	f->of[FIELD_MANUFACTURER] = field_of(row->device.manufacturer);
	f->of[FIELD_MODEL] = field_of(row->device.model);
}
