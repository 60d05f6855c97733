/*
 * The spool: lists dropped into DIR/incoming/ are taken by `run` without a list.
 *	incoming/NAME         untouched for `settle`: taken
 *	work/RUN.NAME         belongs to that run (or to none yet: its intake never happened)
 *	done/RUN.CODE.NAME    the run ended with CODE 0 or 1
 *	failed/RUN.CODE.NAME  any other code; moved on when a later command finishes the run
 *	failed/RUN-refused.CODE.NAME  the file could not be taken into the run (2: no list; 4: sent
 *	                      before)
 * A file moves by rename alone, never over another, so two runs never have the same one. The run's id in the name says
 * after a crash whose it is. Files that begin with a dot or end in .part, .tmp or .filepart are
 * still being written by somebody.
 */
#ifndef PARTNER_INTAKE_SPOOL_H
#define PARTNER_INTAKE_SPOOL_H

#include "common/base.h"
#include "common/error.h"
#include "partner/ledger/runs.h"

#define SPOOL_FILES_MAX 10000 /* of one run; the rest is the next run's */

/* Whether the lists of a run that ended with this exit code belong in done/. */
typedef bool spool_is_done_fn(int exit_code);

struct spool_settings {
	const char *dir;   /* the spool; borrowed */
	int64_t settle_ms; /* a file is claimed when nobody has written to it for so long */
	const char *run;   /* the files are claimed for this run */
	spool_is_done_fn *is_done;
};

struct spool {
	const char *dir; /* borrowed */
	spool_is_done_fn *is_done;
	char run[LEDGER_RUN_ID_SIZE]; /* the run the files were claimed for */
	char **path;                  /* work/RUN.NAME of each; owned */
	size_t count;
};

/* Makes the folders, takes over what a run that never was had claimed, claims what has settled. */
int spool_claim(struct spool *s, struct ledger *l, const struct spool_settings *settings,
                struct error *err) MUST_CHECK;
void spool_release(struct spool *s);
/* One file that its run could not take: to failed/ with this code. */
void spool_refuse(const struct spool *s, size_t i, int code);
/* Every file of the run to done/ or failed/, with its exit code. dir "": there is no spool. */
void spool_place(const char *dir, const char *run, int code, bool done);

#endif
