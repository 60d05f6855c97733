/*
 * Import: lists into the ledger as a new run. Everything happens in the caller's transaction.
 * Prints or logs a line a list, and every error. The exit code 0 means that the run may go on.
 */
#ifndef PARTNER_RUN_IMPORT_H
#define PARTNER_RUN_IMPORT_H

#include "partner/app/session.h"
#include "partner/intake/intake.h"
#include "partner/intake/spool.h"
#include "partner/ledger/runs.h"

struct import {
	struct session *session;
	const char *const *path; /* the lists; borrowed */
	size_t count;
	struct spool spool;
	bool spooled; /* the lists come from the spool: a bad one does not stop the others */
	bool plan;
	/* results */
	struct ledger_run run; /* released by the caller */
	size_t imported;       /* lists of the spool that are in the run */
	int refused;           /* the worst exit code of a list that was left out */
	/* internal */
	struct intake_settings settings;
};

/* How the session's lists are read. -1 and err: the configuration names an unknown purpose. */
int import_settings(const struct session *d, bool by_customer, struct intake_settings *ret,
                    struct error *err) MUST_CHECK;
/* Creates the run `name` and imports the lists. Returns the exit code so far. */
int import_create_run(struct import *import, const char *name) MUST_CHECK;

#endif
