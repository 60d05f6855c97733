/*
 * The message catalogues: every text that a customer reads, in one file for each language.
 * messages/en.xml is the model; a translation has the same ids. A partner's own <language>.xml in
 * [handoff] stylesheets replaces the built-in one. struct messages owns all strings.
 */
#ifndef PARTNER_HANDOFF_MESSAGES_H
#define PARTNER_HANDOFF_MESSAGES_H

#include "common/base.h"
#include "common/error.h"
#include "common/xml.h"
#include "partner/handoff/steps.h"

#define MESSAGES_OPERATOR "en" /* the language of texts for the operator */

struct messages;

/* The texts of a step. A field is NULL when the catalogue does not have it; title, who, text and full
 * are never NULL. */
struct step_words {
	const char *title; /* a few words, imperative */
	const char *who;
	const char *condition; /* "Only if ..." */
	const char *text;      /* what to do */
	const char *we;        /* of work that is ours: the end of "We will ..." */
	const char *where;     /* the path behind the link */
	const char *more;      /* how to do it */
	const char *why, *expect, *check;
	char *full; /* condition, text, more and path, joined for handoff.json */
};

/* dir: folder of a partner's own files, or NULL. The error for an incomplete catalogue names the
 * missing text. */
struct messages *messages_load(const char *language, const char *dir, struct error *err) MUST_CHECK;
void messages_free(struct messages *m); /* accepts NULL */
const char *messages_language(const struct messages *m);
const struct step_words *messages_step(const struct messages *m, const struct step *step);
/* One of them by its name in the catalogue: "title", "do", "where"; NULL: it has none. */
const char *messages_step_word(const struct messages *m, const struct step *step, const char *name);
/* The name of an outcome on that route; route may be NULL. */
const char *messages_outcome(const struct messages *m, enum outcome outcome, const char *route);
/* The outcome of a device as a sentence to the customer; NULL for a success. */
const char *messages_reason(const struct messages *m, enum outcome outcome, const char *route);
/* A text outside of the steps; "" when there is none. */
const char *messages_text(const struct messages *m, const char *id);
/* The same on that route; route may be NULL. */
const char *messages_text_on(const struct messages *m, const char *id, const char *route);
/* Every text outside of the steps as <texts>, to be put into documents (xml_put()), which carry their own
 * words. A text for this route replaces the general text of the same id. letter: with the texts of
 * letters. The caller frees it. NULL with *err set: too long. */
char *messages_format(const struct messages *m, const char *route, bool letter,
                      struct error *err) MUST_CHECK;

#endif
