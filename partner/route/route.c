/* The parts that all routes share: whether a request may leave, and how a result is delivered. */
#include "partner/route/route.h"

#include "common/text.h"

bool
route_may_deregister(const struct route *r)
{
	return r->may_deregister == NULL || r->may_deregister(r->may_ctx);
}

void
route_deliver(route_done_fn *done, void *ctx, struct route_result *result)
{
	char line[ROUTE_REASON_MAX * 2];

	text_printable(line, sizeof(line), result->reason != NULL ? result->reason : "");
	result->reason = line;
	done(ctx, result);
}
