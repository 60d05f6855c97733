/*
 * What others see of a command that sends: progress, the status file, the metrics file. Written on
 * failure as well, as far as is known then; a dry run writes neither file.
 */
#ifndef PARTNER_RUN_MONITOR_H
#define PARTNER_RUN_MONITOR_H

#include "partner/app/session.h"
#include "partner/engine/engine.h"
#include "partner/ledger/runs.h"

/* Right after session_open(), whatever that returned. A plan has no monitor. */
void monitor_open(struct session *d);
/* Around the engine: who observes it, and what it came to. */
void
monitor_begin(struct session *d, const struct ledger_run *run, struct engine_settings *settings);
void monitor_end(struct session *d, const struct engine_result *result);
/* How the rows of a run stand at its end. */
void monitor_rows(struct session *d, const int64_t counts[static OUTCOME_COUNT]);
/* The last thing before session_close(): writes the files and frees the monitor. The exit code. */
int monitor_close(struct session *d, int code) MUST_CHECK;

#endif
