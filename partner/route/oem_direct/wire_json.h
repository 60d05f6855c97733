/*
 * The JSON request of the OEM Direct call (wire facts, section 7.1). Pure: a batch in, bytes out.
 */
#ifndef PARTNER_ROUTE_OEM_DIRECT_WIRE_JSON_H
#define PARTNER_ROUTE_OEM_DIRECT_WIRE_JSON_H

#include "common/buf.h"
#include "partner/route/oem_direct/profile.h"
#include "partner/route/route.h"

/* Appends the request to body, which the guard has yet to pass. */
void wire_json_encode(const struct profile *p, const struct route_batch *batch, struct buf *body);

#endif
