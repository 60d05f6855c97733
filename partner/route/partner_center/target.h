/*
 * A target: the registrations that a look-up named, as one printable text for the ledger: a JSON array
 * of [batch id, device id, uploaded date]. Ledgers of version 0.1 have no dates. Pure. Owns its ids. Text from the ledger is read as hostile.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_TARGET_H
#define PARTNER_ROUTE_PARTNER_CENTER_TARGET_H

#include "common/base.h"
#include "common/error.h"
#include "partner/route/route.h"

#define TARGET_PAIRS_MAX 16 /* of one device; ROUTE_ID_MAX has room for about twelve */

struct target {
	size_t count;
	struct target_pair {
		char *batch, *device; /* owned */
		char *uploaded;       /* owned; "": not known */
	} pair[TARGET_PAIRS_MAX];
};

/* false: it does not fit, or an id is not plain text. */
bool target_encode(const struct target *t, char dst[static ROUTE_ID_MAX]) MUST_CHECK;
/* -1: this route did not write that text. */
int target_decode(struct target *t, const char *text, struct error *err) MUST_CHECK;
bool target_add(struct target *t, const char *batch, const char *device,
                const char *uploaded) MUST_CHECK; /* copies; false: full */
void target_release(struct target *t);

#endif
