/*
 * Guards keep a run from doing harm. Two kinds:
 *	guards_judge()   before anything is sent: skip list, hold-days, moved devices, max-devices, max-per-customer;
 *	                 guards_judge_list(): a list that was sent before
 *	guards_failing() while answers come in: max-fail-percent
 * Messages say what the guard found, what it prevented, and which option lets the run pass. A row's
 * reason names no other customer and no total, because packs show it. Owns nothing.
 */
#ifndef PARTNER_ENGINE_GUARDS_H
#define PARTNER_ENGINE_GUARDS_H

#include "common/base.h"
#include "common/error.h"
#include "partner/ledger/runs.h"

#define GUARDS_FAILING_FROM 20 /* fewer answers say too little about a list */

struct guards_settings {
	int64_t max_devices, max_per_customer; /* 0: no limit */
	int64_t hold_days;                     /* 0: nothing is held */
	const char *skip_list;                 /* path, or "" */
	bool again;                            /* send devices and lists that were sent before */
	bool moved;                            /* send devices that were another customer's */
};

enum guards_end {
	GUARDS_PASS,
	GUARDS_STOP,  /* a guard refuses: send nothing */
	GUARDS_FAILED /* a guard could not judge (err): send nothing */
};

/* Runs in the caller's transaction. If the run must not be sent, its rows become held; a plan
 * leaves them to `apply`. */
enum guards_end
guards_judge(struct ledger *l, const struct ledger_run *run, const struct guards_settings *settings,
             bool plan, struct error *err) MUST_CHECK;
/* Stops if another run, *ret_earlier, sent a list of the same bytes; the caller releases that run then.
 * list 0: any list of the run. */
enum guards_end guards_judge_list(struct ledger *l, const struct ledger_run *run, int64_t list,
                                  const struct guards_settings *settings,
                                  struct ledger_run *ret_earlier, struct error *err) MUST_CHECK;
/* Only the guards that hold single rows (skip list, hold-days), for a run that is resumed. */
int guards_hold(struct ledger *l, int64_t run, const struct guards_settings *settings,
                struct error *err) MUST_CHECK;
/* Too many of the answered devices failed. */
bool guards_failing(int64_t answered, int64_t failed, int64_t max_percent);

#endif
