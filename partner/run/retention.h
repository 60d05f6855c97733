/*
 * Retention ([handoff] keep-days): at the end of `run`, runs that finished longer ago lose their
 * packs and then their rows. Never those that are open or planned, nor any with a row that is
 * pending, unknown or not sent; whether customers have reported their steps done keeps nothing. A
 * run whose packs cannot be removed keeps its rows and is tried again the next time; files that are
 * not ours stay where they are. hold-days is never longer (config.c), so what is held is known.
 */
#ifndef PARTNER_RUN_RETENTION_H
#define PARTNER_RUN_RETENTION_H

#include "partner/app/session.h"

/* With the lock held. Says what it removed; a failure is a warning and never the run's. */
void retention_remove_old_runs(struct session *d);
/* One customer's pack of a run; a warning where it stays. false: it could not be removed. */
bool retention_remove_pack(const char *run_dir, const char *folder);

#endif
