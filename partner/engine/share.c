/* Counts a customer's registrations by look-ups, which the route answers from memory by then. */
#include "partner/engine/share.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/log.h"
#include "partner/ledger/batches.h"

struct share {
	struct share *next;
	char *tenant;
	char *reason; /* NULL: allowed */
};

struct count {
	struct engine *engine;
	const char *tenant;
	size_t found;
};

static void
on_counted(void *ctx, const struct route_result *r)
{
	struct count *c = ctx;

	c->found += r->end == ROUTE_FOUND ? r->matches : 0;
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
	    ledger_tenant_devices(e->ledger, e->run->id, j->tenant, count_device, &c, e->err) != 0)
		return -1;
	all = (int64_t)registered + done;
	wanted = (int64_t)c.found + done;
	percent = (wanted * 100 + all - 1) / all;
	if (wanted * 100 <= all * e->set.max_inventory_percent)
		return 0;
	s->reason = xasprintf(
		"%lld of the customer's %lld registrations would be deleted (%lld %%), "
		"max-inventory-percent is %lld",
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
