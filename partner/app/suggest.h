/*
 * Suggests the known word that is nearest to a mistyped one. Offer every known word, then print
 * suggest_text(). ASCII case never counts as a difference. Copies what it keeps.
 */
#ifndef PARTNER_APP_SUGGEST_H
#define PARTNER_APP_SUGGEST_H

#include "common/base.h"

#define SUGGEST_WORD_SIZE 128 /* longer words are never suggested */

struct suggestion {
	const char *word;             /* mistyped; borrowed */
	char best[SUGGEST_WORD_SIZE]; /* "": none is near enough */
	size_t distance;              /* of best */
	char text[SUGGEST_WORD_SIZE + 32];
};
void suggest_start(struct suggestion *s, const char *word);
void suggest_offer(struct suggestion *s, const char *known);
/* `: did you mean "run"?`, or "". prefix: what stands before the word, such as "--". */
const char *suggest_text(struct suggestion *s, const char *prefix);

#endif
