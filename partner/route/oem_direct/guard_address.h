/*
 * The outbound guard of everything around the body: address, path, query, and content type
 * (doc/ARCHITECTURE.md, "Promises"). A path segment or parameter that is named like a tenant field,
 * or a GUID, could name a tenant there: neither is needed to deregister. Percent-encoding does not
 * hide it. Checked when the route is opened (the configuration is then unusable) and again before
 * each request. Owns nothing.
 */
#ifndef PARTNER_ROUTE_OEM_DIRECT_GUARD_ADDRESS_H
#define PARTNER_ROUTE_OEM_DIRECT_GUARD_ADDRESS_H

#include "common/base.h"
#include "common/error.h"

/* The text contains "tenant", in any case and with any punctuation. */
bool guard_names_tenant(const char *text);
/* The address without the BatchId of a poll, which is the service's own. -1: err says why not. */
int guard_check_address(const char *url, struct error *err) MUST_CHECK;
/* "type/subtype", with charset as the only parameter. */
int guard_check_type(const char *type, struct error *err) MUST_CHECK;

#endif
