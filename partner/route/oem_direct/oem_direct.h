/*
 * The OEM Direct route: POST a batch, get a BatchId, poll it (wire facts, sections 1, 3, 7).
 * What an HTTP answer means is one table-like function each for submit, poll and check.
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
