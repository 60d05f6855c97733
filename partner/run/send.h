/*
 * From a run in the ledger to its end: the engine, the packs, the summary. Packs first, then the
 * state: a run whose packs are not all written is open, and `resume` completes it.
 */
#ifndef PARTNER_RUN_SEND_H
#define PARTNER_RUN_SEND_H

#include "partner/app/session.h"
#include "partner/engine/engine.h"
#include "partner/run/monitor.h"

/* A command that sends, and the state that it keeps over the runs it works on. */
struct sender {
	struct session *session;
	struct monitor monitor;
	int least_code; /* the exit code is at least this one: a list of the spool was left out */
	bool broken;    /* ledger or disk failed under a run: no other one is begun */
};
#include "partner/ledger/runs.h"

struct engine_settings send_settings(const struct session *d);
/* Drives the engine over the run, writes packs, prints the summary. The exit code. */
int send_run(struct sender *s, struct ledger_run *run) MUST_CHECK;
/* Writes packs, records how the run stands, prints. code is the exit code so far. */
int
send_finish(struct sender *s, struct ledger_run *run, enum run_state state, int code) MUST_CHECK;
/* Prints what a run came to and changes nothing. */
int send_print(struct sender *s, const struct ledger_run *run, int code) MUST_CHECK;
/* Asks once for the results that runs other than this one (0: none) still wait for, and completes
 * those that are answered. EXIT_CODE_OK, or what stops every run: refused credentials, an alarm. */
int send_collect(struct sender *s, int64_t except_run) MUST_CHECK;

#endif
