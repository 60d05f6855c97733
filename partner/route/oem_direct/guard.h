/*
 * The outbound guard: reads the finished bytes of a request again, as the service will, and
 * refuses them unless they name no tenant and hold the devices of the batch and nothing else.
 * It shares no code with the encoder on purpose.
 */
#ifndef PARTNER_ROUTE_OEM_DIRECT_GUARD_H
#define PARTNER_ROUTE_OEM_DIRECT_GUARD_H

#include "common/error.h"
#include "partner/route/oem_direct/profile.h"
#include "partner/route/route.h"

/* 0: may leave. -1: err says what was seen. */
int guard_check_json(const struct profile *p, const struct route_batch *batch, const char *body,
                     size_t len, struct error *err) MUST_CHECK;

#endif
