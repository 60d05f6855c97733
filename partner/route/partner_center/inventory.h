/*
 * The inventory: every registration that Partner Center lists for one customer, and the search for
 * the registration of a row (doc/partner-center.md, sections 4 and 6). Pure: devices in, matches
 * out. Owns its texts.
 *
 * A wrong match would delete another device. So serials match exactly, a registration that
 * contradicts the row does not match, and a doubtful match is not returned.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_INVENTORY_H
#define PARTNER_ROUTE_PARTNER_CENTER_INVENTORY_H

#include "common/base.h"
#include "common/crypto.h"
#include "common/error.h"
#include "partner/route/partner_center/page.h"
#include "partner/route/partner_center/target.h"
#include "partner/route/route.h"
#include "partner/vocabulary.h"

#define INVENTORY_DEVICES_MAX 1000000 /* of one customer: about 200 MB, and an hour of requests */

struct inventory; /* opaque */
struct inventory *inventory_new(void);
void inventory_free(struct inventory *inv); /* accepts NULL */
/* Adds a device; one batch after the other. Serials are copied with their blanks. */
int inventory_add(struct inventory *inv, const char *batch, const struct page_device *d,
                  struct error *err) MUST_CHECK;
size_t inventory_count(const struct inventory *inv);
/* To be called after the last device. -1: one registration is listed twice, so pages have shifted. */
int inventory_seal(struct inventory *inv, struct error *err) MUST_CHECK;

/* After inventory_seal(): marks the registrations that a device may mean. */
void inventory_mark(struct inventory *inv, const struct device_id *device);
/* All registrations in their order, or (unmarked) only those that are not marked. */
int inventory_each(const struct inventory *inv, bool unmarked, route_registration_fn *fn, void *ctx,
                   struct error *err) MUST_CHECK;

#define INVENTORY_IDENTITIES_MAX 16384 /* bytes; a registration has about 60 */

struct inventory_match {
	bool found;
	enum outcome outcome;          /* not found: the verdict */
	char reason[ROUTE_REASON_MAX]; /* found: what is registered; else why not; printable */
	char target[ROUTE_ID_MAX];     /* found */
	size_t matches;                /* found: registrations */
	char identities[INVENTORY_IDENTITIES_MAX]; /* found: see route.h */
	char digest[CRYPTO_HEX_SIZE];              /* found: of the contents of the registrations */
};
/* After inventory_seal(). all_matches: if several registrations of one make and model match, take all. */
void inventory_lookup(const struct inventory *inv, const struct device_id *want, bool all_matches,
                      struct inventory_match *ret);
/* After a lost answer: which registrations of the target are left (found), or why not: DEREGISTERED if
 * neither they nor others of the device are listed, UNKNOWN if it was registered again since. */
void inventory_recheck(const struct inventory *inv, const struct device_id *want,
                       const struct target *target, struct inventory_match *ret);

#endif
