/*
 * Import: reads lists into the ledger as a new run, within the caller's transaction. Prints or logs
 * a line for each list, and prints every error.
 */
#ifndef PARTNER_RUN_IMPORT_H
#define PARTNER_RUN_IMPORT_H

#include "partner/app/session.h"
#include "partner/intake/intake.h"
#include "partner/intake/spool.h"
#include "partner/ledger/runs.h"
#include "partner/run/monitor.h"

struct import {
	struct session *session;
	struct monitor *monitor; /* shows how many rows were read; borrowed */
	const char *const *path; /* the lists; borrowed */
	size_t count;
	struct spool spool; /* released by the caller if `spooled` */
	bool spooled;       /* the lists come from the spool: leave a bad one out and go on */
	bool plan;
	/* results */
	struct ledger_run run; /* released by the caller */
	size_t imported;       /* lists of the spool that are in the run */
	int refused;           /* the worst exit code of a list that was left out */
	/* internal */
	int64_t read;             /* rows of the lists before the current one */
	struct import_list *list; /* those that are in the run, in the order of their ids; owned */
	size_t lists;
	struct intake_settings settings;
};

/* Takes the settings of an intake from the configuration. -1: it names an unknown purpose. */
int import_settings(const struct session *session, bool by_customer, struct intake_settings *ret,
                    struct error *err) MUST_CHECK;
/* Sets the next step after a list that cannot be used: a command that shows why, or `plan` for a list that
 * can be read and must be corrected. */
void import_set_next_step(const struct options *o, const char *path);
/* Sets the next step: `plan` reads the list in the same way, and says what is wrong. */
void import_propose_plan(const struct options *o, const char *path);
/* Sets the next step after a list that another run sent, and releases that run. */
void import_name_earlier(struct ledger_run *earlier);
/* Creates the run `name` and imports its lists. Returns an exit code; EXIT_CODE_OK means go on. */
int import_create_run(struct import *import, const char *name) MUST_CHECK;

#endif
