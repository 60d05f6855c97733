/* Counts a customer's registrations by look-ups, which the route answers from memory by then. */
#include "partner/engine/share.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/ledger/batches.h"

struct share {
	struct share *next;
	char *tenant;
	char *reason; /* NULL: allowed */
};

/* Two rows may name one device. Its target tells, of which a hash takes less memory. */
struct found {
	uint64_t target;
	size_t matches;
};

struct count {
	struct engine *engine;
	const char *tenant;
	struct found *found;
	size_t count, room;
};

static void
on_counted(void *ctx, const struct route_result *r)
{
	struct count *c = ctx;

	if (r->end != ROUTE_FOUND)
		return;
	if (c->count == c->room) {
		c->room = c->room > 0 ? c->room * 2 : 64;
		c->found = xreallocarray(c->found, c->room, sizeof(*c->found));
	}
	c->found[c->count++] = (struct found){
		.target = text_hash(TEXT_HASH_START, r->service_id, strlen(r->service_id)),
		.matches = r->matches};
}

static int
compare_found(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return (x->target > y->target) - (x->target < y->target);
}

/* How many registrations were found. */
static int64_t
count_found(struct count *c)
{
	int64_t n = 0;

	if (c->count > 0)
		qsort(c->found, c->count, sizeof(*c->found), compare_found);
	for (size_t i = 0; i < c->count; i++)
		if (i == 0 || c->found[i].target != c->found[i - 1].target)
			n += (int64_t)c->found[i].matches;
	free(c->found);
	return n;
}

static int
count_device(void *ctx, int64_t row UNUSED, const struct device_id *id, struct error *err)
{
	struct count *c = ctx;
	const struct route_batch batch = {
		.reference = "", .customer = c->tenant, .device = id, .count = 1};

	return c->engine->route->ops->lookup(c->engine->route, &batch, on_counted, c, err);
}

/* Registrations that the run has deleted already are no longer listed, but count on both sides. */
static int
share_new(struct job *j, size_t registered, struct share *s)
{
	struct engine *e = j->engine;
	struct count c = {.engine = e, .tenant = j->tenant};
	int64_t done, all, wanted, percent;

	if (ledger_tenant_deregistered(e->ledger, e->run->id, j->tenant, &done, e->err) != 0 ||
	    ledger_tenant_devices(e->ledger, e->run->id, j->tenant, count_device, &c, e->err) !=
	            0) {
		free(c.found);
		return -1;
	}
	all = (int64_t)registered + done;
	wanted = count_found(&c) + done;
	percent = (wanted * 100 + all - 1) / all;
	if (wanted * 100 <= all * e->set.max_inventory_percent)
		return 0;
	s->reason = xasprintf(
		"%lld of the customer's %lld registrations would be deleted (%lld %%), " LEDGER_INVENTORY
		"%lld",
		(long long)wanted, (long long)all, (long long)percent,
		(long long)e->set.max_inventory_percent);
	log_error("guard: customer %s: %s: its devices are held, other customers go on; "
	          "--max-inventory-percent %lld lets them through",
	          j->tenant, s->reason, (long long)percent);
	e->exceeded = true;
	return 0;
}

int
share_judge(struct job *j, const struct route_result *r, const char **ret_reason)
{
	struct engine *e = j->engine;
	struct share *s = e->shares;

	*ret_reason = NULL;
	if (e->set.max_inventory_percent == 0 || e->set.max_inventory_percent >= 100 ||
	    r->registered == 0)
		return 0;
	while (s != NULL && strcmp(s->tenant, j->tenant) != 0)
		s = s->next;
	if (s == NULL) {
		s = xcalloc(1, sizeof(*s));
		s->tenant = xstrdup(j->tenant);
		s->next = e->shares;
		e->shares = s;
		if (share_new(j, r->registered, s) != 0)
			return -1;
	}
	*ret_reason = s->reason;
	return 0;
}

void
share_free(struct engine *e)
{
	while (e->shares != NULL) {
		struct share *s = e->shares;
		e->shares = s->next;
		free(s->tenant);
		free(s->reason);
		free(s);
	}
}
