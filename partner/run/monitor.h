/*
 * Shows the progress and the end of a sending command: progress line, status file, metrics file,
 * notices. A command that fails also writes the files, with the values known by then. A dry run writes
 * and sends none.
 */
#ifndef PARTNER_RUN_MONITOR_H
#define PARTNER_RUN_MONITOR_H

#include "partner/app/session.h"
#include "partner/engine/engine.h"
#include "partner/ledger/runs.h"
#include "partner/run/metrics.h"
#include "partner/run/notices.h"
#include "partner/run/progress.h"

/* Of one command; all zero at first. monitor_close() releases it. */
struct monitor {
	struct progress progress;
	struct metrics metrics;
	struct notices notices;
	/* The rows of the run whose devices are not counted yet. `ledger` is borrowed while the engine runs. */
	struct ledger *ledger;
	int64_t next_row, last_row;
	int64_t open;   /* devices of the rows that are counted */
	bool unwritten; /* a report of a run could not be written: the exit code is at least 7 */
};

/* Call these two before and after the engine runs. monitor_begin() sets settings->observe. */
void monitor_begin(struct monitor *m, struct session *session, const struct ledger_run *run,
                   struct engine_settings *settings);
void monitor_end(struct monitor *m, const struct engine_result *result);
/* The command reads lists or writes packs. Call monitor_leave() before anything is printed. */
void monitor_enter(struct monitor *m, const struct session *session, enum progress_stage stage);
void monitor_leave(struct monitor *m);
void monitor_read(struct monitor *m, int64_t rows); /* between the two: rows of the lists so far */
/* Adds the rows of a run that is over. */
void monitor_add_rows(struct monitor *m, const struct session *session,
                      const int64_t counts[static OUTCOME_COUNT]);
/* Flushes standard output, writes the files, closes the ledger, and sends the notices. Call it right
 * before session_close(). Returns the exit code, at least 7 if a report, the log or a file could not be
 * written. */
int monitor_close(struct monitor *m, struct session *session, int code) MUST_CHECK;

#endif
