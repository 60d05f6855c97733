/*
 * Shows how far a run is. A person gets one line that is overwritten on a terminal, or else a line
 * of the log from time to time; a program gets the status file. The caller passes the time
 * (monotonic milliseconds), so that tests need not wait.
 */
#ifndef PARTNER_RUN_PROGRESS_H
#define PARTNER_RUN_PROGRESS_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"
#include "partner/engine/engine.h"
#include "partner/ledger/runs.h"

#define PROGRESS_LINE_MS 250    /* minimum time between two updates of the line */
#define PROGRESS_STATUS_MS 1000 /* the same for the status file */
#define PROGRESS_TEXT_MAX ((size_t)512)

/* What the command does now. While the engine runs, its counters tell which of the three it is. */
enum progress_stage {
	PROGRESS_READING,
	PROGRESS_CANARY,
	PROGRESS_SENDING,
	PROGRESS_WAITING,
	PROGRESS_PACKS,
	PROGRESS_STAGE_COUNT
};

struct progress {
	/* set by the caller */
	bool line;               /* show the line on standard error */
	int64_t stats_ms;        /* time between two lines of the log; 0: no lines */
	const char *status_file; /* NULL: none; borrowed */
	int64_t command_started; /* seconds UTC */
	/* of the current run */
	char run[LEDGER_RUN_ID_SIZE]; /* "": no run yet */
	int64_t total; /* devices without a final outcome when the run began; more while they are counted */
	int64_t read; /* rows of the lists so far, while READING */
	int64_t began_ms, line_ms, log_ms, status_ms;
	bool status_failed;          /* the status file could not be written, and the log says so */
	enum progress_stage stage;   /* READING, PACKS, or SENDING while the engine runs */
	struct engine_counters last; /* as of the last update */
};

void progress_begin(struct progress *p, const char *run, int64_t total, int64_t now_ms);
/* Updates whichever of line, log and status file is due. */
void progress_update(struct progress *p, const struct engine_counters *c, int64_t now_ms);
void progress_end(struct progress *p); /* wipes the line */
/* Before or after the engine: READING or PACKS. Shows it at once. */
void progress_enter(struct progress *p, enum progress_stage stage);
/* While READING: so many rows were read. Updates the line only. */
void progress_read(struct progress *p, int64_t rows, int64_t now_ms);

/* "120/500 devices, 24 %, throttled, 12 s left, waiting for answers, next poll in 43 s, 4 batches in
 * flight, 380 unanswered, 90 a minute, ETA ..., 118 deregistered" */
void progress_text(const struct progress *p, const struct engine_counters *c, int64_t now_ms,
                   struct buf *b);

enum progress_state { PROGRESS_RUNNING, PROGRESS_FINISHED, PROGRESS_FAILED, PROGRESS_STATE_COUNT };
/* Returns the status file's object, schema unpilot-status/1. exit_code is not used while
 * RUNNING. */
struct json *progress_status(const struct progress *p, const struct engine_counters *c,
                             enum progress_state state, int exit_code, int64_t now_ms);
/* Replaces the status file. false: that failed. Logs only the first failure. */
bool progress_write_status(struct progress *p, const struct engine_counters *c,
                           enum progress_state state, int exit_code, int64_t now_ms);

#endif
