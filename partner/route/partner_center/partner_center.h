/*
 * The Partner Center route: finds the registrations of a device in the customer's inventory, deletes
 * them one at a time, and proves by a new listing that they are gone (facts on Partner Center,
 * section 6). Owns the inventories, which live as long as the route, and the paces of customers.
 *
 * Per customer: listings and deletions take turns, for pages shift under a deletion; one listing
 * serves all that ask; a 429 pauses this customer alone; three 403 in a row end it (ROUTE_SKIPPED).
 * find and poll answer from memory where they can: done is called before they return then.
 * A token answered late counts as nothing sent to the service.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_PARTNER_CENTER_H
#define PARTNER_ROUTE_PARTNER_CENTER_PARTNER_CENTER_H

#include "common/base.h"
#include "common/error.h"
#include "common/http.h"
#include "partner/route/route.h"
#include "partner/route/partner_center/token.h"

struct partner_center_settings {
	const char *url; /* https://host */
	struct token_settings token;
	bool all_matches;  /* several registrations of one serial, make and model: all are meant */
	int64_t relist_ms; /* a batch is listed again at most that often */
	struct http_settings http; /* no certificate: that one is for the token */
};

struct route *
partner_center_new(const struct partner_center_settings *settings, struct error *err) MUST_CHECK;

#endif
