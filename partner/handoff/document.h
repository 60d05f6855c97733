/*
 * One customer's pack: handoff.json, devices.csv and handoff.xml with its faces (render.h), written
 * in a single pass over the customer's rows; and the customer's letter. Rejected rows are in
 * neither.
 */
#ifndef PARTNER_HANDOFF_DOCUMENT_H
#define PARTNER_HANDOFF_DOCUMENT_H

#include "common/base.h"
#include "common/error.h"
#include "partner/handoff/document_xml.h"
#include "partner/handoff/render.h"
#include "partner/ledger/ledger.h"

/* Into <out>/<run>/<customer>; faces of a pack. run->id 0: what the customer has open over all runs. */
int document_write(struct ledger *l, struct document_head *head, const struct renderer *renderer,
                   struct error *err) MUST_CHECK;
/* The same for a letter: its faces only. */
int document_write_letter(struct ledger *l, struct document_head *head,
                          const struct renderer *renderer, struct error *err) MUST_CHECK;

#endif
