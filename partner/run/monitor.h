/*
 * What others see of a command that sends: progress, the status file, the metrics file. Written on
 * failure as well, as far as is known then; a dry run writes neither file.
 */
#ifndef PARTNER_RUN_MONITOR_H
#define PARTNER_RUN_MONITOR_H

#include "partner/app/session.h"
#include "partner/engine/engine.h"
#include "partner/run/metrics.h"
#include "partner/run/progress.h"
#include "partner/ledger/runs.h"

struct monitor {
	struct progress progress;
	struct metrics metrics;
};

/* Around the engine: who observes it, and what it came to. */
void monitor_begin(struct monitor *m, struct session *d, const struct ledger_run *run,
                   struct engine_settings *settings);
void monitor_end(struct monitor *m, const struct engine_result *result);
/* How the rows of a run stand at its end. */
void monitor_rows(struct monitor *m, const struct session *d,
                  const int64_t counts[static OUTCOME_COUNT]);
/* The last thing before session_close(): writes the files. The exit code. */
int monitor_close(struct monitor *m, struct session *d, int code) MUST_CHECK;

#endif
