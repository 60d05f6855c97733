/*
 * The faces of a document: handoff.xml is checked against its schema, then rendered by a
 * stylesheet for each file. A partner's own stylesheet of the same name in [handoff] stylesheets
 * stands before the built-in one. Owns the compiled schema and stylesheets.
 */
#ifndef PARTNER_HANDOFF_FACES_H
#define PARTNER_HANDOFF_FACES_H

#include "common/base.h"
#include "common/error.h"
#include "common/xml.h"

enum document_kind { DOCUMENT_PACK, DOCUMENT_LETTER };

struct faces;

/* dir: a partner's own stylesheets, or NULL. */
struct faces *faces_load(enum document_kind kind, const char *dir, struct error *err) MUST_CHECK;
void faces_free(struct faces *f); /* accepts NULL */
/* Writes every face of handoff.xml into the folder. */
int faces_write(const struct faces *f, const char *folder, const struct xml_doc *doc,
                struct error *err) MUST_CHECK;

#endif
