/* How the inventory stores its devices: for inventory.c, which fills it, and match.c, which searches. */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_INVENTORY_INTERNAL_H
#define PARTNER_ROUTE_PARTNER_CENTER_INVENTORY_INTERNAL_H

#include "partner/route/partner_center/inventory.h"

struct device {
	const char *batch, *id, *serial, *pkid, *make, *model, *uploaded; /* in the chunks */
	bool deletable;
	bool marked;
	bool odd; /* damaged: a match may be another device */
};

struct inventory {
	struct chunk *chunks;
	struct device *device;
	size_t count, room;
	struct device **by_id;                /* sorted */
	struct device **by_serial, **by_pkid; /* sorted; serials without case and blanks */
	size_t nameless;                      /* without a serial */
	size_t odd;                           /* damaged */
};

int inventory_compare_serials(const void *a, const void *b); /* without case and outer blanks */
int inventory_compare_pkids(const void *a, const void *b);
int inventory_compare_ids(const void *a, const void *b);
/* Index of the first element of a sorted array that is not less than key. */
size_t inventory_lower_bound(const struct inventory *inv, struct device **all,
                             const struct device *key, int (*compare)(const void *, const void *));

#endif
