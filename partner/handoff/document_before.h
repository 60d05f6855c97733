/*
 * What the hand-off says about the letter before it: who reported what and when, and the devices that
 * were deregistered although nobody had confirmed that their keys are saved.
 */
#ifndef PARTNER_HANDOFF_DOCUMENT_BEFORE_H
#define PARTNER_HANDOFF_DOCUMENT_BEFORE_H

#include "common/buf.h"
#include "common/error.h"
#include "common/xml.h"
#include "partner/ledger/ledger.h"
#include "partner/ledger/letters.h"
#include "partner/ledger/report.h"
#include "partner/ledger/runs.h"

struct document_before { /* zero: nothing */
	struct before_report {
		char *by;
		int64_t at, steps, devices;
	} * report;
	size_t reports;
	char **key;        /* serial number or PKID of a device whose keys should be looked for */
	size_t keys, more; /* more: those beyond the longest list */
};

int document_before_read(struct document_before *b, struct ledger_before *before,
                         const struct ledger_customer *customer, struct error *err) MUST_CHECK;
void document_before_put(const struct document_before *b, struct xml_writer *out);
void document_before_release(struct document_before *b);

#endif
