/*
 * The schedule of a customer: starts its listings and deletions, lets them take turns, and answers
 * the orders when their turn has ended. One listing serves all orders that wait for it.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_SCHEDULE_H
#define PARTNER_ROUTE_PARTNER_CENTER_SCHEDULE_H

#include "partner/route/partner_center/customer.h"

/* Starts what may start now. */
void customer_go(struct customer *c);

#endif
