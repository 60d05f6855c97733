/*
 * handoff.xml, written down row by row (schema: stylesheets/handoff.xsd): who and when, devices in
 * groups of one situation, the steps of each group, and every word the faces need. Rows come
 * ordered by situation. Lists at most DOCUMENT_DEVICES_MAX devices and counts the rest.
 */
#ifndef PARTNER_HANDOFF_DOCUMENT_XML_H
#define PARTNER_HANDOFF_DOCUMENT_XML_H

#include "common/base.h"
#include "common/clock.h"
#include "common/xml.h"
#include "partner/handoff/faces.h"
#include "partner/handoff/handoff.h"
#include "partner/handoff/messages.h"
#include "partner/handoff/steps.h"
#include "partner/ledger/ledger.h"

/* A page longer than this helps nobody, and the document is rendered in memory (1,000 devices take
 * 31 MiB, 10,000 take 63): further devices are counted in handoff.xml and listed in handoff.json
 * and devices.csv only. */
#define DOCUMENT_DEVICES_MAX 10000

struct document_head {
	enum document_kind kind;
	const struct ledger_run *run;
	const struct ledger_customer *customer;
	const struct handoff_settings *settings;
	const struct messages *messages;
	const char *logo; /* a data URI, or NULL */
	char generated[CLOCK_STAMP_SIZE];
};

struct document_xml {
	const struct document_head *head;
	struct xml_writer *out;
	int64_t counts[OUTCOME_COUNT];
	int64_t devices, unlisted; /* unlisted: of the open group */
	/* of the open group */
	bool in_group;
	struct situation situation;
	const struct step *steps[STEPS_MAX];
	size_t step_count, after; /* a letter's steps from after on wait for us */
	bool used[STEP_COUNT];
};

void document_xml_open(struct document_xml *x, const struct document_head *head);
void document_xml_release(struct document_xml *x); /* accepts a zeroed one */
struct situation situation_of(const struct ledger_row *row);
/* at: ISO time of the deregistration, or NULL. */
void document_xml_row(struct document_xml *x, const struct ledger_line *line, const char *at);
/* Ends the document; the bytes live until release. */
int document_xml_finish(struct document_xml *x, const char **ret_data, size_t *ret_len,
                        struct error *err) MUST_CHECK;

#endif
