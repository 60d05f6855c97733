/*
 * A target: the registrations that `lookup` named, as one printable text for the ledger: a JSON array
 * of pairs [batch id, device id]. Pure. What comes back from the ledger is read as if it were hostile.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_TARGET_H
#define PARTNER_ROUTE_PARTNER_CENTER_TARGET_H

#include "common/base.h"
#include "common/error.h"
#include "partner/route/route.h"

#define TARGET_PAIRS_MAX 16 /* registrations of one device; ROUTE_ID_MAX holds about twelve */

struct target {
	size_t count;
	struct target_pair {
		char *batch, *device; /* owned */
	} pair[TARGET_PAIRS_MAX];
};

/* false: does not fit. */
bool target_encode(const struct target *t, char dst[static ROUTE_ID_MAX]) MUST_CHECK;
int target_decode(struct target *t, const char *text, struct error *err) MUST_CHECK;
bool target_add(struct target *t, const char *batch, const char *device) MUST_CHECK; /* copies */
void target_release(struct target *t);

#endif
