/*
 * Guards: what keeps a run from doing harm (design, section 8; peers, section 2). Two kinds:
 *	guards_judge()  before anything is sent: skip list, hold-days, the same list once more,
 *	                max-devices, max-per-customer
 *	guards_failing() while answers come in: max-fail-percent
 * Each message says what was seen, what would have been done and which option lets it through.
 * What a row is told (its reason) names no other customer and no total, for it stands in packs.
 */
#ifndef PARTNER_ENGINE_GUARDS_H
#define PARTNER_ENGINE_GUARDS_H

#include "common/base.h"
#include "common/error.h"
#include "partner/ledger/runs.h"

#define GUARDS_FAILING_FROM 20 /* fewer answers say little about a list */

struct guards_settings {
	int64_t max_devices, max_per_customer; /* 0: no limit */
	int64_t hold_days;                     /* 0: none is held */
	const char *skip_list;                 /* path, or "" */
	bool again;                            /* send what was sent before */
};

enum guards_end {
	GUARDS_PASS,
	GUARDS_STOP,  /* a guard says no: nothing is to be sent */
	GUARDS_FAILED /* a guard could not be asked (err): nothing is to be sent */
};

/* Within the caller's transaction. A plan is told, but its rows are left to `apply`. */
enum guards_end
guards_judge(struct ledger *l, const struct ledger_run *run, const struct guards_settings *settings,
             bool plan, struct error *err) MUST_CHECK;
/* The same list by its bytes (list 0: any of the run's). */
enum guards_end
guards_judge_list(struct ledger *l, const struct ledger_run *run, int64_t list,
                  const struct guards_settings *settings, struct error *err) MUST_CHECK;
/* Those that hold single rows alone (skip list, hold-days), for a run that goes on. */
int guards_hold(struct ledger *l, int64_t run, const struct guards_settings *settings,
                struct error *err) MUST_CHECK;
bool guards_failing(int64_t answered, int64_t failed, int64_t max_percent);

#endif
