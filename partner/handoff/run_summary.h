/* The summary of a run: as an object, and as the file summary.json. */
#ifndef PARTNER_HANDOFF_RUN_SUMMARY_H
#define PARTNER_HANDOFF_RUN_SUMMARY_H

#include "common/base.h"
#include "common/error.h"
#include "common/json.h"
#include "partner/ledger/runs.h"

/* The caller frees it. NULL with *err set when the ledger fails. */
struct json *
run_summary(struct ledger *l, const struct ledger_run *run, struct error *err) MUST_CHECK;
int run_summary_write(struct ledger *l, const struct ledger_run *run, struct error *err) MUST_CHECK;

#endif
