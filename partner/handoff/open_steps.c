/* Adds up the open steps of groups of equal devices, customer by customer. */
#include "partner/handoff/open_steps.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "partner/handoff/situation.h"
#include "partner/handoff/steps.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/receipts.h"

struct counting {
	open_steps_fn *fn;
	void *ctx;
	char *customer; /* customer of the groups that are being read; NULL: none yet */
	struct open_steps own, all;
};

static void
add(struct open_steps *to, const struct open_steps *part)
{
	if (part->since != 0 && (to->since == 0 || part->since < to->since))
		to->since = part->since;
	to->devices += part->devices;
	to->steps += part->steps;
	to->closed += part->closed;
	to->verified += part->verified;
	if (part->verified_at > to->verified_at)
		to->verified_at = part->verified_at;
}

static void
end_customer(struct counting *c)
{
	if (c->own.devices + c->own.closed > 0 && c->fn != NULL)
		c->fn(c->ctx, c->customer, &c->own);
	add(&c->all, &c->own);
	c->own = (struct open_steps){0};
}

static int
on_work(void *ctx, const struct ledger_work *work, struct error *err UNUSED)
{
	const struct situation s = situation_of_device(&work->device);
	struct counting *c = ctx;
	int64_t steps = (int64_t)steps_open(&s, work->done);
	int64_t verified_at = steps_verified(work->done);

	if (c->customer == NULL || strcmp(c->customer, work->customer) != 0) {
		end_customer(c);
		free(c->customer);
		c->customer = xstrdup(work->customer);
	}
	if (steps > 0)
		add(&c->own, &(struct open_steps){.devices = work->rows,
		                                  .steps = work->rows * steps,
		                                  .since = work->since});
	else if (steps_open(&s, "") > 0)
		c->own.closed += work->rows;
	if (verified_at > 0)
		add(&c->own,
		    &(struct open_steps){.verified = work->rows, .verified_at = verified_at});
	return 0;
}

int
open_steps_count(struct ledger *l, int64_t run, open_steps_fn *fn, void *ctx,
                 struct open_steps *ret, struct error *err)
{
	struct counting c = {.fn = fn, .ctx = ctx};
	int rc = ledger_each_work(l, run, on_work, &c, err);

	if (rc == 0)
		end_customer(&c);
	*ret = c.all;
	free(c.customer);
	return rc;
}
