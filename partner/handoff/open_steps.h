/*
 * What customers still have to do in a run: the steps of every device whose outcome is known, less
 * those that are reported done.
 */
#ifndef PARTNER_HANDOFF_OPEN_STEPS_H
#define PARTNER_HANDOFF_OPEN_STEPS_H

#include "common/base.h"
#include "common/error.h"
#include "partner/ledger/ledger.h"

struct open_steps {
	int64_t devices; /* with a step open */
	int64_t steps;
	int64_t since; /* when the first of these devices' outcomes became known; 0: unknown */
};
typedef void open_steps_fn(void *ctx, const char *customer, const struct open_steps *left);
/* fn (or NULL) is told of each customer who has something open. */
int open_steps_count(struct ledger *l, int64_t run, open_steps_fn *fn, void *ctx,
                     struct open_steps *ret, struct error *err) MUST_CHECK;

#endif
