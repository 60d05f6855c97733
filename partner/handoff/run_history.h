/*
 * The figures of earlier runs, from their summary.json beside this run's folder: reading those costs the
 * same however many runs the ledger holds. A folder that cannot be read is left out.
 */
#ifndef PARTNER_HANDOFF_RUN_HISTORY_H
#define PARTNER_HANDOFF_RUN_HISTORY_H

#include "common/base.h"
#include "partner/ledger/runs.h"

struct run_figures {
	const char *run; /* name */
	int64_t good;    /* rows that need nobody */
	int64_t other;
};
typedef void run_figures_fn(void *ctx, const struct run_figures *f);

#define RUN_HISTORY_MAX 30
/* Calls fn for at most `most` runs before this one, oldest first; most <= RUN_HISTORY_MAX. */
void run_history_each(const struct ledger_run *run, size_t most, run_figures_fn *fn, void *ctx);

#endif
