/*
 * The spool: a user drops lists into DIR/incoming/, and `run` without a list claims them.
 *	incoming/NAME         waits; claimed once nobody has written to it for `settle`
 *	work/RUN.NAME         claimed for that run; if the ledger does not know RUN, its import never
 *	                      happened, and the next run claims the file
 *	done/RUN.CODE.NAME    the run ended with CODE 0 or 1
 *	failed/RUN.CODE.NAME  the run ended with another CODE; moved to done/ when a later command
 *	                      finishes the run
 *	failed/RUN-refused.CODE.NAME  the run left the file out (2: not a list; 4: sent before)
 * Files move by rename alone and never replace a file, so two runs never claim the same one. The
 * spool ignores names that begin with a dot or end in .part, .tmp or .filepart: somebody is still
 * writing those.
 */
#ifndef PARTNER_INTAKE_SPOOL_H
#define PARTNER_INTAKE_SPOOL_H

#include "common/base.h"
#include "common/error.h"
#include "partner/ledger/runs.h"

#define SPOOL_FOLDERS 4
extern const char *const spool_folder[SPOOL_FOLDERS]; /* the names of the folders */
#define SPOOL_FILES_MAX 10000 /* claimed by one run; the next run claims the rest */

/* Returns whether the lists of a run that ended with this exit code belong in done/. */
typedef bool spool_is_done_fn(int exit_code);

struct spool_settings {
	const char *dir;   /* the spool; borrowed */
	int64_t settle_ms; /* claim a file once nobody has written to it for so long */
	const char *run;   /* claim for this run */
	spool_is_done_fn *is_done;
};

struct spool {
	const char *dir; /* borrowed */
	spool_is_done_fn *is_done;
	char run[LEDGER_RUN_ID_SIZE];
	char **path; /* the claimed files, work/RUN.NAME; owned */
	size_t count;
};

/* Creates the folders, claims again the files of runs that the ledger does not know, and claims the
 * settled files of incoming/. */
int spool_claim(struct spool *s, struct ledger *l, const struct spool_settings *settings,
                struct error *err) MUST_CHECK;
void spool_release(struct spool *s);
/* Moves file i to failed/, because its run leaves it out with this exit code. Durable before the run is: a file that
 * came back to work/ would count as done with its run. */
int spool_refuse(const struct spool *s, size_t i, int code, struct error *err) MUST_CHECK;
/* Moves every file of the run to done/ or failed/, its exit code in the name. dir "": no spool. */
void spool_place(const char *dir, const char *run, int code, bool done);
/* Whether work/ has no list of the run any more, for certain. Ask before the run is erased: the next one would take
 * such a list for a new one. dir "": no spool. */
bool spool_has_left(const char *dir, const char *run);

#endif
