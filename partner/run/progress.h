/*
 * How a run stands while it goes, for a person: one line that is written over on a terminal, or a
 * line of the log every so often where there is none. And for a program: the status file.
 * The caller names the time (monotonic milliseconds), so that tests need not wait.
 */
#ifndef PARTNER_RUN_PROGRESS_H
#define PARTNER_RUN_PROGRESS_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"
#include "partner/engine/engine.h"
#include "partner/ledger/runs.h"

#define PROGRESS_LINE_MS 250    /* the line is written over at most so often */
#define PROGRESS_STATUS_MS 1000 /* the same of the status file */
#define PROGRESS_TEXT_MAX ((size_t)512)

struct progress {
	bool line;               /* wanted on standard error */
	int64_t stats_ms;        /* a line of the log every so often; 0: never */
	const char *status_file; /* or NULL; borrowed */
	int64_t command_started; /* seconds UTC */
	/* of the run that goes */
	char run[LEDGER_RUN_ID_SIZE]; /* "": none yet */
	int64_t total;                /* devices to be decided, the best that is known */
	int64_t began_ms, line_ms, log_ms, status_ms;
	bool status_failed; /* said once */
};

void progress_begin(struct progress *p, const char *run, int64_t total, int64_t now_ms);
void progress_tell(struct progress *p, const struct engine_counters *c, int64_t now_ms);
void progress_end(struct progress *p); /* wipes the line */

/* "120/500 devices, 24 %, throttled, 12 s left, 4 batches in flight, 90 a minute, ETA ..., 118 deregistered" */
void progress_text(const struct progress *p, const struct engine_counters *c, int64_t now_ms,
                   struct buf *b);

enum progress_state { PROGRESS_RUNNING, PROGRESS_FINISHED, PROGRESS_FAILED, PROGRESS_STATE_COUNT };
/* The status file's object, schema unpilot-status/1. exit_code is heeded where it is over. */
struct json *progress_status(const struct progress *p, const struct engine_counters *c,
                             enum progress_state state, int exit_code, int64_t now_ms);
/* Replaces the status file. The first failure is an error of the log, later ones are not told. */
void progress_write_status(struct progress *p, const struct engine_counters *c,
                           enum progress_state state, int exit_code, int64_t now_ms);

#endif
