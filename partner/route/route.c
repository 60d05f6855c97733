/* The parts that all routes share: how a result is delivered. */
#include "partner/route/route.h"

#include "common/text.h"

void
route_deliver(route_done_fn *done, void *ctx, struct route_result *result)
{
	char line[ROUTE_REASON_MAX * 2];

	text_printable(line, sizeof(line), result->reason != NULL ? result->reason : "");
	result->reason = line;
	done(ctx, result);
}
