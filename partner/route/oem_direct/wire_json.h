/*
 * Encodes a request of the JSON wire (doc/wire.md, section 7.1). Pure: a batch in, bytes out.
 */
#ifndef PARTNER_ROUTE_OEM_DIRECT_WIRE_JSON_H
#define PARTNER_ROUTE_OEM_DIRECT_WIRE_JSON_H

#include "common/buf.h"
#include "partner/route/oem_direct/profile.h"
#include "partner/route/route.h"

/* Appends the request to body. The caller has the guard check it before it leaves. */
void wire_json_encode(const struct profile *p, const struct route_batch *batch, struct buf *body);

#endif
