/*
 * The OEM Direct route: POST a batch, receive a BatchId, poll it for the verdicts (doc/wire.md,
 * sections 1, 3 and 7). Encodes and reads over the wire that the profile names, JSON or XML. Nothing
 * leaves before the outbound guard has read it again.
 */
#ifndef PARTNER_ROUTE_OEM_DIRECT_OEM_DIRECT_H
#define PARTNER_ROUTE_OEM_DIRECT_OEM_DIRECT_H

#include "common/base.h"
#include "common/error.h"
#include "common/http.h"
#include "partner/route/oem_direct/profile.h"
#include "partner/route/route.h"

struct oem_direct_settings {
	const char *url;               /* https://host/path, no query */
	const struct profile *profile; /* borrowed, must outlive the route */
	struct http_settings http;
};

struct route *
oem_direct_new(const struct oem_direct_settings *settings, struct error *err) MUST_CHECK;

#endif
