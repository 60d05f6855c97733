/*
 * Retention ([handoff] keep-days). At its end, `run` removes the packs and then the rows of runs
 * that finished more than keep-days ago. Open runs and plans stay, and so do runs with a row that
 * is pending, unknown or not sent. Open clean-up steps do not keep a run. If a pack cannot be
 * removed, the rows stay, and the next run tries again. Files that this program did not write stay.
 * hold-days is never longer than keep-days (config.c), so the ledger still knows every device that
 * it has to hold.
 */
#ifndef PARTNER_RUN_RETENTION_H
#define PARTNER_RUN_RETENTION_H

#include "partner/app/session.h"

/* The caller holds the lock. Logs what it removes; a failure is a warning and does not change the
 * exit code. */
void retention_remove_old_runs(struct session *session);
/* Moves the lists of a finished run to their last folder in the spool. false: one stays in work/, and the log says so. */
bool retention_place_lists(const struct session *session, const struct ledger_run *run);
/* Removes one customer's pack of a run. false: that failed, and the log says why. */
bool retention_remove_pack(const char *run_dir, const char *folder);

#endif
