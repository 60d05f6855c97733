/*
 * The gate in a run: devices that wait until their customer has answered the letter. The ledger judges
 * (ledger/gate.h); this tells people.
 */
#ifndef PARTNER_RUN_WAITING_H
#define PARTNER_RUN_WAITING_H

#include "partner/app/session.h"
#include "partner/ledger/runs.h"

/* Holds the devices of the run that are not ready, and releases those that are. Logs how many wait, or are sent all the
 * same: call it after the guards. In a transaction. */
int waiting_judge(const struct session *session, const struct ledger_run *run,
                  struct error *err) MUST_CHECK;
/* The same without a log, before the guards judge the devices that are released. */
int waiting_release(const struct session *session, const struct ledger_run *run,
                    struct error *err) MUST_CHECK;
/* *ret: how many devices wait. */
int waiting_count(const struct session *session, const struct ledger_run *run, int64_t *ret,
                  struct error *err) MUST_CHECK;
/* *ret: devices that wait are ready now, and nothing else of the run is open. */
int waiting_can_go(const struct session *session, const struct ledger_run *run, bool *ret,
                   struct error *err) MUST_CHECK;

#endif
