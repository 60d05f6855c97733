/* Adds up the open steps of groups of equal devices, customer by customer. */
#include "partner/handoff/open_steps.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "partner/handoff/steps.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/receipts.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/transaction.h"

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

bool
open_steps_any(const struct ledger_line *line)
{
	const struct situation s = situation_of_row(line->row);

	return steps_open(&s, line->done) > 0;
}

void
open_steps_add(struct open_steps_sum *sum, const struct ledger_line *line)
{
	const struct situation s = situation_of_row(line->row);
	int64_t open;

	if (line->row->outcome >= OUTCOME_NOT_SENT)
		return; /* this run has not asked for the device */
	if (!sum->any || !situation_equal(&s, &sum->situation)) {
		sum->any = true;
		sum->situation = s;
		sum->actions = (int64_t)steps_open(&s, "");
	}
	open = line->done[0] == '\0' ? sum->actions : (int64_t)steps_open(&s, line->done);
	if (open > 0)
		add(&sum->all,
		    &(struct open_steps){.devices = 1, .steps = open, .since = line->row->decided});
	else if (sum->actions > 0)
		sum->all.closed++;
}

static int
count_all(struct ledger *l, int64_t run, open_steps_fn *fn, void *ctx, struct open_steps *ret,
          struct error *err)
{
	struct counting c = {.fn = fn, .ctx = ctx};
	int rc = ledger_each_work(l, run, on_work, &c, err);

	if (rc == 0)
		end_customer(&c);
	*ret = c.all;
	free(c.customer);
	return rc;
}

int
open_steps_count(struct ledger *l, int64_t run, open_steps_fn *fn, void *ctx,
                 struct open_steps *ret, struct error *err)
{
	struct ledger_tally tally;
	int kept = fn == NULL ? ledger_tally_read(l, run, &tally, err) : 0;

	if (kept <= 0)
		return kept < 0 ? -1 : count_all(l, run, fn, ctx, ret, err);
	*ret = (struct open_steps){.devices = tally.devices,
	                           .steps = tally.steps,
	                           .closed = tally.closed,
	                           .since = tally.since};
	return 0;
}

struct ledger_tally
open_steps_tally(const int64_t counts[static OUTCOME_COUNT], const struct open_steps *open)
{
	struct ledger_tally t = {.devices = open->devices,
	                         .steps = open->steps,
	                         .closed = open->closed,
	                         .since = open->since};

	memcpy(t.counts, counts, sizeof(t.counts));
	return t;
}

static int
keep_one(struct ledger *l, int64_t run, struct error *err)
{
	int64_t counts[OUTCOME_COUNT];
	struct ledger_tally tally;
	struct open_steps open;

	if (ledger_counts(l, run, counts, err) != 0 ||
	    count_all(l, run, NULL, NULL, &open, err) != 0)
		return -1;
	tally = open_steps_tally(counts, &open);
	return ledger_tally_write(l, run, &tally, err);
}

struct keeping {
	size_t most;
};

static int
keep_all(struct ledger *l, void *ctx, struct error *err)
{
	const struct keeping *k = ctx;
	int64_t run = INT64_MAX;
	int rc;

	for (size_t i = 0; i < k->most; i++) {
		rc = ledger_tally_missing(l, run, &run, err);
		if (rc <= 0)
			return rc;
		if (keep_one(l, run, err) != 0)
			return -1;
	}
	return 0;
}

int
open_steps_keep(struct ledger *l, size_t most, struct error *err)
{
	struct keeping k = {.most = most};

	return ledger_transact(l, keep_all, &k, err);
}
