/*
 * Answers the orders of a customer when a turn ends (schedule.c). Each order is unlinked before its
 * callback, which may add new orders.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_ANSWERS_H
#define PARTNER_ROUTE_PARTNER_CENTER_ANSWERS_H

#include "partner/route/partner_center/customer.h"

/* The orders that wait for the listing that has just ended without success. */
void answers_readers(struct customer *c, enum turn ended, const struct route_result *result);
/* All waiting orders. */
void answers_paused(struct customer *c, const struct route_result *result);
/* The inventory is complete, or will never be. */
void answers_lookups(struct customer *c);
/* The listing of a deletion check is complete. */
void answers_polls(struct customer *c);

#endif
