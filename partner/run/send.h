/*
 * Sending: takes a run from the ledger to its end with the engine, the packs and the summary. Packs
 * are written before the run is FINISHED: a run whose packs are not all written stays open, and
 * `resume` completes it. Functions print their errors and return the exit code.
 */
#ifndef PARTNER_RUN_SEND_H
#define PARTNER_RUN_SEND_H

#include "partner/app/session.h"
#include "partner/engine/engine.h"
#include "partner/run/monitor.h"

/* A command that sends, with the state that it keeps across its runs. */
struct sender {
	struct session *session; /* borrowed */
	struct monitor monitor;
	int least_code; /* the exit code is at least this one, because a list was left out */
	size_t late; /* earlier runs of which it sent devices that had waited for their customers */
	bool collected;     /* this command has collected the results of earlier runs */
	int collected_code; /* the exit code of those runs and of their polls */
	int finished_code;  /* of those runs that are finished now */
	const char *apply;  /* of a plan: the step that sends it; borrowed */
	bool broken;        /* the ledger or the disk failed during a run: begin no other run */
	bool began;         /* a run has begun to send */
};

struct engine_settings send_settings(struct session *session);
/* Drives the engine over the run, then does the same as send_finish(). The command has collected the results of
 * earlier runs before. */
int send_run(struct sender *s, struct ledger_run *run) MUST_CHECK;
/* The same without the engine, for a run whose rows all have their outcome: needs no service. */
int send_packs(struct sender *s, struct ledger_run *run,
               const int64_t counts[static OUTCOME_COUNT]) MUST_CHECK;
/* Writes the packs (unless PLANNED), records the state, prints. code: the exit code so far. */
int
send_finish(struct sender *s, struct ledger_run *run, enum run_state state, int code) MUST_CHECK;
/* Prints the outcomes of a run and changes nothing. Returns code. */
int send_print(struct sender *s, const struct ledger_run *run, int code) MUST_CHECK;
/* Asks once for the results that other runs still wait for, and completes each run that has all of
 * them. except_run: the id of a run to leave out, or 0. Returns EXIT_CODE_OK, or a code that stops
 * this command as well: credentials refused, an alarm, a signal. */
int send_collect(struct sender *s, int64_t except_run) MUST_CHECK;

/* EXIT_CODE_GUARD if an alarm holds the ledger. */
int send_check_alarms(const struct session *session) MUST_CHECK;
/* Before a command imports lists: collects what earlier runs left, then looks for an alarm. Any
 * code other than EXIT_CODE_OK ends the command. */
int send_prepare(struct sender *s) MUST_CHECK;

#endif
