/*
 * Renders a document: checks the frame of handoff.xml (document_xml.h) against its schema, then
 * applies a stylesheet for each file. A partner's own stylesheet of the same name in [handoff]
 * stylesheets replaces the built-in one. struct renderer owns the compiled schema and stylesheets.
 *
 * The extension element <u:rows/> of the namespace RENDER_NAMESPACE inserts the rows of a group's
 * table (tables.h). A partner's own stylesheet may use it or render the devices itself, so with an
 * own stylesheet the document holds all devices. format="serials" and format="short" select other rows of
 * HTML; format="serials" groups="1, 3" inserts the serial numbers of these groups. u:inert(TEXT) is tables_inert() and
 * u:wrap(TEXT, INDENT, WIDTH) is paragraph_wrap().
 */
#ifndef PARTNER_HANDOFF_RENDER_H
#define PARTNER_HANDOFF_RENDER_H

#include "common/base.h"
#include "common/error.h"
#include "common/file_set.h"
#include "common/xml.h"
#include "partner/handoff/messages.h"
#include "partner/handoff/tables.h"

#define RENDER_NAMESPACE "urn:unpilot:handoff"

struct renderer;

/* Borrowed. All documents of a renderer have the same messages and route, because the built-in stylesheets
 * keep what they made of them (xml_once.h). */
struct render_source {
	const struct tables *tables;
	const struct messages *messages;
	const char *route;      /* or NULL */
	struct file_set *files; /* gets the rendered files */
	bool check;             /* as render_checks() said */
};

/* dir: folder of a partner's own stylesheets, or NULL. */
struct renderer *
render_load(enum document_kind kind, const char *dir, struct error *err) MUST_CHECK;
void render_free(struct renderer *r); /* accepts NULL */
/* Whether any stylesheet is a partner's own. */
bool render_has_own(const struct renderer *r);
/* Whether the next document, which has these steps, must be checked against the schema. So are the first
 * document, the first one with each step, and every document that an own stylesheet reads. The others
 * are made of the same parts. */
bool render_checks(struct renderer *r, const bool used[static STEP_COUNT]);
/* Writes every file of the document for the folder. */
int render_write(const struct renderer *r, const char *folder, const struct xml_doc *doc,
                 const struct render_source *source, struct error *err) MUST_CHECK;

#endif
