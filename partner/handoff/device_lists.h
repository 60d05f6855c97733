/*
 * Writes handoff.json and devices.csv: a line for every device of a customer. The parts that all
 * devices of a group share are formatted once.
 */
#ifndef PARTNER_HANDOFF_DEVICE_LISTS_H
#define PARTNER_HANDOFF_DEVICE_LISTS_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"
#include "common/file.h"
#include "partner/handoff/document_xml.h"
#include "partner/ledger/rows.h"

struct device_lists {
	struct file_writer json, csv;
	struct buf piece; /* the line that is being written */
	/* parts of each line of the open group: the outcome and the end */
	struct buf json_outcome, csv_outcome, json_end, csv_end;
	int64_t devices;
};

int device_lists_open(struct device_lists *l, const char *dir, const struct document_head *head,
                      struct error *err) MUST_CHECK;
/* Begins a group with these steps; row is its first row. */
void device_lists_group(struct device_lists *l, const struct ledger_row *row,
                        const struct step *const *step, size_t steps);
int
device_lists_row(struct device_lists *l, const struct fields *device, struct error *err) MUST_CHECK;
/* table: the steps of the document. The caller syncs the folder. */
int device_lists_commit(struct device_lists *l, const struct messages *m,
                        const struct document_steps *table, struct file_set *files,
                        struct error *err) MUST_CHECK;
void device_lists_release(
	struct device_lists *l); /* drops files that are not committed; accepts a zeroed one */

#endif
