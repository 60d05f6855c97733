/* Finds near words by edit distance, in which a swap of two neighbouring letters is one edit. */
#include "partner/app/suggest.h"

#include <stdio.h>
#include <string.h>

#include "common/text.h"

#define LETTERS_AN_EDIT 3 /* one edit is allowed for so many letters of the mistyped word */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Fills one row of the table: d[i][j] is the distance of the first i letters of a and the first j of
 * b. */
static void
fill_row(size_t d[][SUGGEST_WORD_SIZE], const char *a, const char *b, size_t i)
{
	d[i][0] = i;
	for (size_t j = 1; b[j - 1] != '\0'; j++) {
		char x = text_lower(a[i - 1]), y = text_lower(b[j - 1]);
		size_t edit = least(d[i - 1][j], d[i][j - 1]) + 1;

		d[i][j] = least(edit, d[i - 1][j - 1] + (x != y));
		if (i > 1 && j > 1 && x == text_lower(b[j - 2]) && text_lower(a[i - 2]) == y)
			d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
	}
}

/* Both are shorter than SUGGEST_WORD_SIZE. */
static size_t
distance(const char *a, const char *b)
{
	static size_t d[SUGGEST_WORD_SIZE][SUGGEST_WORD_SIZE];
	size_t len = strlen(a), other = strlen(b);

	for (size_t j = 0; j <= other; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= len; i++)
		fill_row(d, a, b, i);
	return d[len][other];
}

void
suggest_start(struct suggestion *s, const char *word)
{
	*s = (struct suggestion){.word = word, .distance = strlen(word) / LETTERS_AN_EDIT + 1};
}

void
suggest_offer(struct suggestion *s, const char *known)
{
	size_t edits;

	if (strlen(s->word) >= SUGGEST_WORD_SIZE || strlen(known) >= SUGGEST_WORD_SIZE ||
	    known[0] == '\0')
		return;
	edits = distance(s->word, known);
	if (edits >= s->distance)
		return;
	s->distance = edits;
	text_printable(s->best, sizeof(s->best), known);
}

const char *
suggest_text(struct suggestion *s, const char *prefix)
{
	s->text[0] = '\0';
	if (s->best[0] != '\0')
		snprintf(s->text, sizeof(s->text), ": did you mean \"%s%s\"?", prefix, s->best);
	return s->text;
}
