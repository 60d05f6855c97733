/*
 * The files of a whole run: summary.json, rejects.csv and failed.csv; and the summary as an object.
 * Owns nothing between calls.
 */
#ifndef PARTNER_HANDOFF_RUN_FILES_H
#define PARTNER_HANDOFF_RUN_FILES_H

#include "common/base.h"
#include "common/error.h"
#include "common/json.h"
#include "partner/ledger/runs.h"

/* The caller frees it. NULL with *err set when the ledger fails. */
struct json *
run_files_summary(struct ledger *l, const struct ledger_run *run, struct error *err) MUST_CHECK;
int run_files_write(struct ledger *l, const struct ledger_run *run, struct error *err) MUST_CHECK;

#endif
