/*
 * The catalogue of clean-up steps (facts, section 5): an id for every step of the rule and its
 * words. Owns nothing; the texts are constant.
 */
#ifndef PARTNER_HANDOFF_STEPS_TEXT_H
#define PARTNER_HANDOFF_STEPS_TEXT_H

#include "common/base.h"
#include "partner/handoff/steps.h"

/* A trailing IF is the catalogue's "?" mark, F1_GONE its "F1*". STEP_NONE ends a list. */
enum step_id {
	STEP_NONE,
	STEP_B1,
	STEP_B2,
	STEP_B3,
	STEP_F1,
	STEP_F1_GONE,
	STEP_F2,
	STEP_F3,
	STEP_D1,
	STEP_W1,
	STEP_W2,
	STEP_R0,
	STEP_R1,
	STEP_Q1,
	STEP_Q2,
	STEP_I0,
	STEP_I1,
	STEP_I2,
	STEP_I3,
	STEP_T1,
	STEP_T1_IF,
	STEP_A1,
	STEP_A2,
	STEP_A2_IF,
	STEP_A3,
	STEP_A4,
	STEP_H1,
	STEP_H1_IF,
	STEP_H2,
	STEP_H2_IF,
	STEP_H3,
	STEP_E1,
	STEP_E2,
	STEP_E3,
	STEP_E4,
	STEP_E5,
	STEP_R2,
	STEP_R3,
	STEP_R4,
	STEP_R5,
	STEP_R6,
	STEP_X1,
	STEP_X2,
	STEP_S1,
	STEP_S2,
	STEP_Z1,
	STEP_COUNT
};

const struct step *step_text(enum step_id id);

#endif
