/*
 * The inventory: every registration that Partner Center lists for one customer, and which of them a
 * row of a list means (facts, sections 4 and 6, step 5). Pure: devices in, matches out. Owns its
 * texts. A wrong match deletes another device: serials are matched exactly, what contradicts the
 * row is no match, and what is left in doubt is not named.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_INVENTORY_H
#define PARTNER_ROUTE_PARTNER_CENTER_INVENTORY_H

#include "common/base.h"
#include "common/error.h"
#include "partner/route/partner_center/page.h"
#include "partner/route/route.h"
#include "partner/vocabulary.h"

#define INVENTORY_DEVICES_MAX 1000000 /* of one customer: about 200 MB, and an hour of pages */

struct inventory; /* opaque */
struct inventory *inventory_new(void);
void inventory_free(struct inventory *inv); /* accepts NULL */
size_t inventory_count(const struct inventory *inv);
/* Devices are given batch by batch. Texts are copied, outer blanks cut. */
int inventory_add(struct inventory *inv, const char *batch, const struct page_device *d,
                  struct error *err) MUST_CHECK;
/* After the last device; -1 where one registration stands there twice: pages were out of step. */
int inventory_seal(struct inventory *inv, struct error *err) MUST_CHECK;

struct inventory_match {
	bool found;
	enum outcome outcome;          /* where nothing was found */
	char reason[ROUTE_REASON_MAX]; /* found: what stands there; printable */
	char target[ROUTE_ID_MAX];     /* found */
};
/* all_matches: several registrations of one serial, make and model are all meant. */
void inventory_lookup(const struct inventory *inv, const struct device_id *want, bool all_matches,
                      struct inventory_match *ret);

#endif
