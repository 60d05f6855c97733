/*
 * Which clean-up steps a device gets: the rule of the clean-up facts, section 6.2, and the
 * failure classes of section 5.1, as tables; and the text of every step (section 5).
 * Pure: no input or output. A condition mark ("A2?") makes a step of its own here.
 */
#ifndef PARTNER_HANDOFF_STEPS_H
#define PARTNER_HANDOFF_STEPS_H

#include "common/base.h"
#include "partner/words.h"

#define STEPS_MAX 40 /* the longest list of the rule has 25, state unknown adds one */

struct situation {
	enum outcome outcome;
	enum join_type join;
	enum mdm_state mdm;
	enum registrant via;
	enum purpose purpose;
};

struct step {
	const char *id;    /* "B1", "F1*", "A2?" */
	const char *title; /* a few words, imperative */
	const char *text;  /* the sentence(s) with portal path */
	const char *who;   /* "customer", "partner", "facility", ... */
	bool inference;    /* our advice, not a documented fact: worded and marked so */
};

/* Fills list with at most STEPS_MAX steps in print order; returns how many (0: nothing to print).
 */
size_t steps_for(const struct situation *s, const struct step *list[static STEPS_MAX]);
/* Whether a list of ids with blanks between them ("B1 I1") holds this one. */
bool steps_hold(const char *list, const char *id);
/* How many of a situation's steps are not in such a list. */
size_t steps_left(const struct situation *s, const char *done);

#endif
