/*
 * The outbound guard of the JSON wire: parses the finished request again, as the service will, and
 * stops it unless it names no tenant and contains the devices of the batch and nothing else
 * (doc/ARCHITECTURE.md, "Promises"). It shares no code with the encoder, so that one mistake cannot
 * be in both.
 */
#ifndef PARTNER_ROUTE_OEM_DIRECT_GUARD_H
#define PARTNER_ROUTE_OEM_DIRECT_GUARD_H

#include "common/error.h"
#include "partner/route/oem_direct/profile.h"
#include "partner/route/route.h"

/* 0: the request may leave. -1: err says why not. */
int guard_check_json(const struct profile *p, const struct route_batch *batch, const char *body,
                     size_t len, struct error *err) MUST_CHECK;

#endif
