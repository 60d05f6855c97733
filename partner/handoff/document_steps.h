/*
 * The steps of a document: which groups of devices have each of them, and how many devices. A
 * stylesheet would need most of its time to count them.
 */
#ifndef PARTNER_HANDOFF_DOCUMENT_STEPS_H
#define PARTNER_HANDOFF_DOCUMENT_STEPS_H

#include "common/base.h"
#include "common/buf.h"
#include "common/xml.h"
#include "partner/handoff/steps.h"

/* use[STEP_NONE] is the check of the Autopilot list that comes before all other steps. */
struct document_steps {
	bool used[STEP_COUNT];
	bool must[STEP_COUNT]; /* some device must do it */
	struct step_use {
		struct buf groups; /* "1, 3": groups that have the step */
		struct buf may;    /* those of them where it may not apply */
		int64_t devices;
		int64_t unlisted; /* those of them that only devices.csv and handoff.json list */
		int64_t answered; /* those of them for which the customer answered the step */
	} use[STEP_COUNT];
	size_t groups;   /* groups that have steps */
	int64_t devices; /* in those groups */
	bool answers;    /* some device has an answer */
	int64_t saved;   /* devices whose keys are saved */
	int64_t closed;  /* devices without an open action */
};

void document_steps_init(struct document_steps *t);
void document_steps_release(struct document_steps *t); /* accepts a zeroed one */
/* A group begins. Returns its number, 0 if it has no step. */
size_t document_steps_open(struct document_steps *t, const struct step *const *step, size_t steps,
                           const struct situation *s);
/* The group ends. */
void document_steps_close(struct document_steps *t, const struct step *const *step, size_t steps,
                          int64_t listed, int64_t unlisted);
/* A device of the open group has these answers (steps.h). */
void document_steps_answers(struct document_steps *t, const struct step *const *step, size_t steps,
                            const char *done);
/* The kind of a step for the whole document: do, when some device must do it. */
enum step_kind document_steps_kind(const struct document_steps *t, const struct step *step);
/* Writes groups and devices of a step as attributes. */
void
document_steps_put(const struct document_steps *t, const struct step *step, struct xml_writer *x);
/* Writes the phases that have something to show, in their order. */
void document_steps_put_phases(const struct document_steps *t, struct xml_writer *x);

#endif
