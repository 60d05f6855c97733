/*
 * From a run in the ledger to its end: the engine, the packs, the summary. Packs first, then the
 * state: a run whose packs are not all written is open, and `resume` completes it.
 */
#ifndef PARTNER_RUN_SEND_H
#define PARTNER_RUN_SEND_H

#include "partner/app/session.h"
#include "partner/engine/engine.h"
#include "partner/ledger/runs.h"

struct engine_settings send_settings(const struct session *d);
/* Drives the engine over the run, writes packs, prints the summary. The exit code. */
int send_run(struct session *d, struct ledger_run *run) MUST_CHECK;
/* Writes packs, records how the run stands, prints. code is the exit code so far. */
int
send_finish(struct session *d, struct ledger_run *run, enum run_state state, int code) MUST_CHECK;
/* Prints what a run came to and changes nothing. */
int send_print(struct session *d, const struct ledger_run *run, int code) MUST_CHECK;
/* Asks once for the results that runs other than this one (0: none) still wait for, and completes
 * those that are answered. EXIT_CODE_OK, or what stops every run: refused credentials, an alarm. */
int send_collect(struct session *d, int64_t except_run) MUST_CHECK;

#endif
