/*
 * Resuming: collects the results that open runs wait for, and sends their unsent rows. On a shared
 * ledger this is how one machine helps the others. Functions return the exit code.
 */
#ifndef PARTNER_RUN_RESUME_H
#define PARTNER_RUN_RESUME_H

#include "partner/run/send.h"

/* Resumes every open run, one after another. */
int resume_open_runs(struct sender *s) MUST_CHECK;
/* Resumes that run. name NULL: the latest. */
int resume_named(struct sender *s, const char *name) MUST_CHECK;
/* Resumes the open runs of the session's route that wait only for their customers, and of which a device
 * is ready now. Returns true if the command has to end here with *ret_code. */
bool resume_waiting(struct sender *s, int *ret_code) MUST_CHECK;

/* Asks for the results of all open runs of every route that is configured, and sends nothing. */
int resume_collect(struct sender *s) MUST_CHECK;
/* Records that the alarms of the run were understood, by whom and when. */
int resume_clear_alarm(struct session *session, const char *name) MUST_CHECK;

#endif
