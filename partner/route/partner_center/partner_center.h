/*
 * The Partner Center route: finds the registrations of a device in the customer's inventory,
 * deletes them one at a time, and proves by a new listing that they are gone
 * (doc/partner-center.md, section 6). Owns the inventories and pauses of its customers, which live
 * as long as the route.
 *
 * For each customer, listings and deletions take turns (schedule.h); a 429 pauses only this
 * customer; after three 403 in a row the route gives up on the customer (ROUTE_SKIPPED). Look-ups
 * and polls are answered from memory if possible: done is then called before they return. If the
 * token's end point does not answer in time, the result is ROUTE_NOT_SENT, because the service
 * itself was not asked.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_PARTNER_CENTER_H
#define PARTNER_ROUTE_PARTNER_CENTER_PARTNER_CENTER_H

#include "common/base.h"
#include "common/error.h"
#include "common/http.h"
#include "partner/route/partner_center/token.h"
#include "partner/route/route.h"

struct partner_center_settings {
	const char *url; /* https://host */
	struct token_settings token;
	bool all_matches;  /* if several registrations of one device match: delete them all */
	int64_t relist_ms; /* a batch is listed again at most once in this time */
	struct http_settings http; /* without a certificate: that belongs to the token */
};

struct route *
partner_center_new(const struct partner_center_settings *settings, struct error *err) MUST_CHECK;

#endif
