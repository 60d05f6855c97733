/*
 * Decides which clean-up steps a device gets, from tables of the rule (doc/cleanup.md, section 6.2),
 * the failure classes (section 5.1) and the letter (section 6.4). The texts of the steps are in the
 * message catalogues (messages.h). Pure. A step with a condition mark, such as "A2?", is a separate
 * step here.
 */
#ifndef PARTNER_HANDOFF_STEPS_H
#define PARTNER_HANDOFF_STEPS_H

#include "common/base.h"
#include "partner/vocabulary.h"

struct situation {
	enum outcome outcome;
	enum join_type join;
	enum mdm_state mdm;
	enum registrant via;
	enum purpose purpose;
	bool not_dell; /* the list names a manufacturer, and it is not Dell */
	bool earlier;  /* held, because an earlier run deregistered the device */
};

/* How a step is shown, ticked and counted (doc/cleanup.md, section 11). */
enum step_kind {
	KIND_DO,    /* must be done */
	KIND_IF,    /* only if its condition holds; "does not apply" is an answer */
	KIND_CHECK, /* look whether something is gone or right */
	KIND_KNOW,  /* information; never ticked or counted */
	KIND_OURS,  /* work of the partner or the repair facility; never counted */
	KIND_COUNT
};
enum step_phase {
	PHASE_FIND,
	PHASE_KEYS,
	PHASE_FIRMWARE,
	PHASE_DATA,
	PHASE_INTUNE,
	PHASE_AUTOPILOT,
	PHASE_AD,
	PHASE_AFTER,
	PHASE_COUNT
};

/* STEP_..._IF is the step with the mark "?", STEP_F1_GONE is "F1*". STEP_NONE ends a list.
 * The order is that of the page: phase by phase. */
enum step_id {
	STEP_NONE,
	STEP_Q1,
	STEP_Q2,
	STEP_B1,
	STEP_B2,
	STEP_B3,
	STEP_F1,
	STEP_F1_GONE,
	STEP_F2,
	STEP_F3,
	STEP_R1,
	STEP_D1,
	STEP_W1,
	STEP_W2,
	STEP_I1,
	STEP_I2,
	STEP_T1,
	STEP_T1_IF,
	STEP_I3,
	STEP_I0,
	STEP_A2,
	STEP_A4,
	STEP_A1,
	STEP_A2_IF,
	STEP_A3,
	STEP_H3,
	STEP_H1,
	STEP_H1_IF,
	STEP_H2,
	STEP_H2_IF,
	STEP_R5,
	STEP_X1,
	STEP_S1,
	STEP_E1,
	STEP_E2,
	STEP_E3,
	STEP_E4,
	STEP_E5,
	STEP_R6,
	STEP_X2,
	STEP_S2,
	STEP_Z1,
	STEP_R0,
	STEP_R2,
	STEP_R3,
	STEP_R4,
	STEP_COUNT
};
/* No list has a step twice, except that an unknown state lists A1 first, too. */
#define STEPS_MAX (STEP_COUNT + 1)

struct step {
	const char *id; /* "B1", "F1*", "A2?" */
	enum step_id number;
	enum step_kind kind; /* KIND_IF if it depends on the device: see steps_kind() */
	enum step_phase phase;
	const char *url; /* the portal where it begins, or NULL */
	bool inference;  /* our advice, not a documented fact */
};

const struct step *step_of(enum step_id number);
const struct step *step_find(const char *id); /* NULL: no such step */
/* Whether such a list says that the step does not apply. */
bool steps_not_applicable(const char *list, const char *id);
/* When the customer's Graph confirmed that the device is gone from Intune and Autopilot; 0: it did not. */
int64_t steps_verified(const char *list);
/* Fills list with the steps of a situation in print order; returns how many there are. */
size_t steps_for(const struct situation *s, const struct step *list[static STEPS_MAX]);
/* Whether a list of ids, separated by blanks, has this id. "B2:n" is B2 that does not apply, "A1@9" is A1 that
 * the customer's Graph confirmed at that time. */
bool steps_hold(const char *list, const char *id);
/* Counts the do, if and check steps of a situation that are not in such a list. */
size_t steps_open(const struct situation *s, const char *answered);
/* The kind of a step for a device in this situation. */
enum step_kind steps_kind(const struct step *step, const struct situation *s);
bool steps_is_action(enum step_kind kind);           /* do, if or check: the customer answers it */
const char *steps_kind_word(enum step_kind kind);    /* "do" */
const char *steps_phase_word(enum step_phase phase); /* "keys" */
/* The steps of the letter, which comes before the deregistration and ignores the outcome. The steps
 * from *ret_after on follow the deregistration. */
size_t steps_for_letter(const struct situation *s, const struct step *list[static STEPS_MAX],
                        size_t *ret_after);
/* Only those before the deregistration, which a recorded letter asks for. */
size_t steps_of_letter(const struct situation *s, const struct step *list[static STEPS_MAX]);
/* How many do, if and check steps these are. */
size_t steps_letter_actions(const struct situation *s);

#endif
