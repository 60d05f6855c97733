/*
 * The message catalogues: every text a customer reads, one file a language (messages/en.xml is
 * complete and the model; a translation has the same ids). Owns its strings. A partner's own
 * <language>.xml in [handoff] stylesheets stands before a built-in one.
 */
#ifndef PARTNER_HANDOFF_MESSAGES_H
#define PARTNER_HANDOFF_MESSAGES_H

#include "common/base.h"
#include "common/error.h"
#include "common/xml.h"
#include "partner/handoff/steps.h"

struct messages;

/* What a step says; fields a catalogue leaves out are NULL, but title, who, text and full. */
struct step_words {
	const char *title; /* a few words, imperative */
	const char *who;
	const char *condition; /* "Only if ..." */
	const char *text;      /* what to do */
	const char *where;     /* the portal path */
	const char *why, *expect, *check;
	char *full; /* condition, text and path in one: for handoff.json */
};

/* dir: a partner's own files, or NULL. An incomplete catalogue is an error that names what lacks. */
struct messages *messages_load(const char *language, const char *dir, struct error *err) MUST_CHECK;
void messages_free(struct messages *m); /* accepts NULL */
const char *messages_language(const struct messages *m);
const struct step_words *messages_step(const struct messages *m, const struct step *step);
/* What the outcome of a device is called, on that route (or NULL). */
const char *messages_outcome(const struct messages *m, enum outcome outcome, const char *route);
/* Every text that is no step's, as <texts>: a document carries its own words. A text that names
 * the route stands for the plain one of its id. */
void messages_write(const struct messages *m, const char *route, struct xml_writer *xml);

#endif
