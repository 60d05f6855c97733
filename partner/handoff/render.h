/*
 * The faces of a document: the frame of handoff.xml (document_xml.h) is checked against its schema,
 * then rendered by a stylesheet for each file. A partner's own stylesheet of the same name in
 * [handoff] stylesheets stands before the built-in one. Owns the compiled schema and stylesheets.
 *
 * A stylesheet puts the rows of a group's table (tables.h) in with <u:rows/> of the namespace
 * RENDER_NAMESPACE, an extension element. A partner's own may do so as well or render the devices
 * itself: once one is there, the document has to have them all. u:inert(TEXT)
 * and u:wrap(TEXT, INDENT, WIDTH) are tables_inert() and tables_wrap().
 */
#ifndef PARTNER_HANDOFF_RENDER_H
#define PARTNER_HANDOFF_RENDER_H

#include "common/base.h"
#include "common/error.h"
#include "common/xml.h"
#include "partner/handoff/tables.h"

#define RENDER_NAMESPACE "urn:unpilot:handoff"

struct renderer;

/* dir: a partner's own stylesheets, or NULL. */
struct renderer *
render_load(enum document_kind kind, const char *dir, struct error *err) MUST_CHECK;
void render_free(struct renderer *r); /* accepts NULL */
/* Whether a stylesheet is a partner's own. */
bool render_has_own(const struct renderer *r);
/* Writes every face of the document into the folder, which is left to be synced. */
int render_write(const struct renderer *r, const char *folder, const struct xml_doc *doc,
                 const struct tables *tables, struct error *err) MUST_CHECK;

#endif
