/*
 * What customers still have to do in a run: the steps of every device whose outcome is known, less
 * those that are reported done.
 */
#ifndef PARTNER_HANDOFF_OPEN_STEPS_H
#define PARTNER_HANDOFF_OPEN_STEPS_H

#include "common/base.h"
#include "common/error.h"
#include "partner/ledger/ledger.h"

struct left {
	int64_t devices; /* with a step open */
	int64_t steps;
	int64_t since; /* when the first of these devices' outcomes became known; 0: unknown */
};
typedef void left_fn(void *ctx, const char *customer, const struct left *left);
/* fn (or NULL) is told of each customer who has something open. */
int left_count(struct ledger *l, int64_t run, left_fn *fn, void *ctx, struct left *ret,
               struct error *err) MUST_CHECK;

#endif
