/*
 * handoff.xml, written down row by row (schema: stylesheets/handoff.xsd): who and when, devices in
 * groups of one situation, the steps of each group, and every word the faces need. Rows come
 * ordered by situation. Lists at most DOCUMENT_DEVICES_MAX devices and counts the rest.
 *
 * The file gets all of it at once as it comes. What stays in memory for the faces is the frame: the
 * same without devices, but for the first of each group, so that the schema sees every shape that
 * there is. The rows of the faces' tables go to tables.h meanwhile.
 */
#ifndef PARTNER_HANDOFF_DOCUMENT_XML_H
#define PARTNER_HANDOFF_DOCUMENT_XML_H

#include <stdio.h>

#include "common/base.h"
#include "common/clock.h"
#include "common/xml.h"
#include "partner/handoff/fields.h"
#include "partner/handoff/handoff.h"
#include "partner/handoff/messages.h"
#include "partner/handoff/tables.h"
#include "partner/handoff/steps.h"
#include "partner/ledger/report.h"
#include "partner/ledger/rows.h"
#include "partner/ledger/runs.h"

/* A page longer than this helps nobody, and its rows are held in memory: further devices are
 * counted in handoff.xml and listed in handoff.json and devices.csv only. */
#define DOCUMENT_DEVICES_MAX 10000

struct document_head {
	enum document_kind kind;
	const struct ledger_run *run;
	const struct ledger_customer *customer;
	const struct handoff_settings *settings;
	const struct messages *messages;
	const char *logo;           /* a data URI, or NULL */
	struct tables *tables;      /* cleared for each document */
	struct ledger_lines *lines; /* of the run; NULL: what is open over all runs */
	char generated[CLOCK_STAMP_SIZE];
};

struct document_xml {
	const struct document_head *head;
	struct xml_writer *out; /* the frame; with all devices where they are to be kept */
	FILE *file;             /* handoff.xml; NULL: none is kept */
	size_t sent;            /* how much of the frame the file has */
	bool keep;
	int64_t counts[OUTCOME_COUNT];
	int64_t devices;
	/* of the open group */
	bool in_group;
	struct situation situation;
	const struct step *steps[STEPS_MAX];
	size_t step_count, after; /* a letter's steps from after on wait for us */
	int64_t listed, unlisted, scriptable;
	bool surface;
	bool used[STEP_COUNT];
};

/* file is borrowed, or NULL. keep: a stylesheet wants every device in the frame. */
void
document_xml_open(struct document_xml *x, const struct document_head *head, FILE *file, bool keep);
void document_xml_release(struct document_xml *x); /* accepts a zeroed one, or one released */
/* device: the fields of that row. True: it begins a group. */
bool
document_xml_row(struct document_xml *x, const struct ledger_line *line, struct fields *device);
struct situation situation_of(const struct ledger_row *row);
/* Ends the document; the frame's bytes live until release. */
int document_xml_finish(struct document_xml *x, const char **ret_data, size_t *ret_len,
                        struct error *err) MUST_CHECK;

#endif
