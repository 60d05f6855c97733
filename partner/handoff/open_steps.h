/*
 * Counts the actions that customers still have to answer: the do, if and check steps of all devices whose
 * outcome is known, without those that are answered. A device without an open action is closed. Owns
 * nothing.
 */
#ifndef PARTNER_HANDOFF_OPEN_STEPS_H
#define PARTNER_HANDOFF_OPEN_STEPS_H

#include "common/base.h"
#include "common/error.h"
#include "partner/handoff/situation.h"
#include "partner/ledger/ledger.h"
#include "partner/ledger/report.h"
#include "partner/ledger/tally.h"

struct open_steps {
	int64_t devices;     /* devices with an open action */
	int64_t steps;       /* open actions */
	int64_t closed;      /* devices that had actions and have none open */
	int64_t verified;    /* devices that the customer's Graph no longer shows */
	int64_t verified_at; /* when it last said so; 0: never */
	int64_t since;       /* when the first outcome of these devices became known; 0: unknown */
};
typedef void open_steps_fn(void *ctx, const char *customer, const struct open_steps *open);
/* Adds up rows that come sorted by situation, each device once. Zero at first. */
struct open_steps_sum {
	struct open_steps all;
	bool any;
	struct situation situation; /* of the row before */
	int64_t actions;            /* that follow from it */
};
void open_steps_add(struct open_steps_sum *sum, const struct ledger_line *line);
/* Whether the device of this row has an open action. */
bool open_steps_any(const struct ledger_line *line);
/* The figures of a run as the ledger keeps them. */
struct ledger_tally
open_steps_tally(const int64_t counts[static OUTCOME_COUNT], const struct open_steps *open);
/* Counts the figures of finished runs that are not kept, the newest `most` ones, and keeps them. */
int open_steps_keep(struct ledger *l, size_t most, struct error *err) MUST_CHECK;
/* Calls fn (may be NULL) for each customer who has an action, open or not. */
int open_steps_count(struct ledger *l, int64_t run, open_steps_fn *fn, void *ctx,
                     struct open_steps *ret, struct error *err) MUST_CHECK;

#endif
