/* The files of a whole run: rejects.csv, failed.csv and summary.json. Owns nothing between calls. */
#ifndef PARTNER_HANDOFF_RUN_FILES_H
#define PARTNER_HANDOFF_RUN_FILES_H

#include "common/base.h"
#include "common/error.h"
#include "partner/ledger/runs.h"

int run_files_write(struct ledger *l, const struct ledger_run *run, struct error *err) MUST_CHECK;

#endif
