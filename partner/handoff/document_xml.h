/*
 * Writes handoff.xml row by row (schema: stylesheets/handoff.xsd): who and when, the devices in
 * groups of one situation, the steps of each group, and all texts that the rendered files need. Rows
 * come sorted by situation. Lists at most DOCUMENT_DEVICES_MAX devices and counts the others.
 *
 * The file gets every device at once. Memory keeps the frame for rendering: the same document with
 * only the first device of each group, so that the schema check sees every shape. The rows of the
 * tables go to tables.h meanwhile.
 */
#ifndef PARTNER_HANDOFF_DOCUMENT_XML_H
#define PARTNER_HANDOFF_DOCUMENT_XML_H

#include <stdio.h>

#include "common/base.h"
#include "common/clock.h"
#include "common/file_set.h"
#include "common/xml.h"
#include "partner/handoff/document_steps.h"
#include "partner/handoff/document_before.h"
#include "partner/handoff/fields.h"
#include "partner/handoff/handoff.h"
#include "partner/handoff/messages.h"
#include "partner/handoff/tables.h"
#include "partner/handoff/steps.h"
#include "partner/ledger/report.h"
#include "partner/ledger/rows.h"
#include "partner/ledger/runs.h"

/* Limits the page and its rows in memory. Further devices are counted in handoff.xml and listed in
 * handoff.json and devices.csv only. */
#define DOCUMENT_DEVICES_MAX 10000

struct run_page;
struct open_steps_sum;

struct document_head {
	enum document_kind kind;
	const struct ledger_run *run;
	const struct ledger_customer *customer;
	const struct handoff_settings *settings;
	const struct messages *messages;
	const char *texts;            /* of messages_format() */
	const char *logo;             /* a data URI, or NULL */
	struct tables *tables;        /* cleared for each document */
	struct file_set *files;       /* gets the files of the document */
	struct run_page *page;        /* the operator's page, or NULL */
	struct open_steps_sum *open;  /* of all rows so far, or NULL */
	struct ledger_lines *lines;   /* lines of the run; NULL: open steps of all runs */
	struct ledger_before *before; /* of the run, or NULL */
	char generated[CLOCK_STAMP_SIZE];
};

struct document_xml {
	const struct document_head *head;
	struct xml_writer *out; /* the frame */
	FILE *file;             /* handoff.xml; NULL: none is written */
	size_t sent;            /* bytes of the frame that the file has */
	bool keep;              /* keep all devices in the frame */
	bool texts;             /* put the texts into the frame, too; set before finish */
	int64_t counts[OUTCOME_COUNT];
	int64_t devices;
	/* the open group: */
	bool in_group;
	struct situation situation;
	const struct step *steps[STEPS_MAX];
	size_t step_count, after; /* steps from after on follow the deregistration */
	int64_t listed, unlisted, scriptable;
	bool surface;
	const struct document_before *before; /* borrowed; NULL: nothing */
	struct document_steps table;          /* the steps of the document */
	/* first and last of the deregistrations and of the tickets; "" or NULL: none */
	char first_at[CLOCK_STAMP_SIZE], last_at[CLOCK_STAMP_SIZE];
	char *first_ticket, *last_ticket;
};

/* file is borrowed, or NULL. keep: a stylesheet needs every device in the frame. */
void
document_xml_open(struct document_xml *x, const struct document_head *head, FILE *file, bool keep);
void document_xml_release(struct document_xml *x); /* accepts a zeroed or released one */
/* device: the fields of the row. Returns true when the row begins a group. */
bool
document_xml_row(struct document_xml *x, const struct ledger_line *line, struct fields *device);
/* Ends the document. The bytes of the frame live until release. */
int document_xml_finish(struct document_xml *x, const char **ret_data, size_t *ret_len,
                        struct error *err) MUST_CHECK;

#endif
