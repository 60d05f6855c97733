/*
 * One customer's pack: handoff.xml, handoff.json, devices.csv and index.html, written in a single
 * pass over the customer's rows. Rejected rows are not in it.
 */
#ifndef PARTNER_HANDOFF_DOCUMENT_H
#define PARTNER_HANDOFF_DOCUMENT_H

#include "common/base.h"
#include "common/error.h"
#include "common/xml.h"
#include "partner/handoff/handoff.h"
#include "partner/ledger/ledger.h"

/* A page longer than this helps nobody, and the document is rendered in memory: further devices
 * are counted in handoff.xml and listed in handoff.json and devices.csv only. */
#define DOCUMENT_DEVICES_MAX 5000

/* run->id 0: what the customer has open over all runs. */
int document_write(struct ledger *l, const struct ledger_run *run,
                   const struct ledger_customer *customer, const struct handoff_settings *settings,
                   const struct xml_sheet *sheet, struct error *err) MUST_CHECK;

#endif
