/*
 * Writes the files of one customer in a single pass over the rows: handoff.json, devices.csv,
 * handoff.xml and the files rendered from it (render.h); or the
 * printout of a letter.
 */
#ifndef PARTNER_HANDOFF_DOCUMENT_H
#define PARTNER_HANDOFF_DOCUMENT_H

#include "common/base.h"
#include "common/error.h"
#include "partner/handoff/document_xml.h"
#include "partner/handoff/render.h"
#include "partner/ledger/ledger.h"

/* Writes a pack to <out>/<run>/<customer>. run->id 0: the open steps of all runs. */
int document_write(struct ledger *l, struct document_head *head, struct renderer *renderer,
                   struct error *err) MUST_CHECK;
/* Writes a printout, which has rendered files only. */
int document_write_printout(struct ledger *l, struct document_head *head, struct renderer *renderer,
                            struct error *err) MUST_CHECK;

#endif
