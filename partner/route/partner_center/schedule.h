/*
 * The schedule of a customer: starts its listings and deletions one after the other, and answers the
 * orders when a turn ends. One listing answers all orders that wait for it.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_SCHEDULE_H
#define PARTNER_ROUTE_PARTNER_CENTER_SCHEDULE_H

#include "partner/route/partner_center/customer.h"

/* Starts the next turn if none is under way. To be called after an order was added. */
void schedule_advance(struct customer *c);
/* The run has stopped: answers the submits that wait for a turn. */
void schedule_stop(struct customer *c);

#endif
