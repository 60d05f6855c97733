/*
 * Encodes a request of the XML wire (doc/wire.md, section 7.2: an assumption that follows the older
 * XML family). Pure: a batch in, bytes out.
 */
#ifndef PARTNER_ROUTE_OEM_DIRECT_WIRE_XML_H
#define PARTNER_ROUTE_OEM_DIRECT_WIRE_XML_H

#include "common/buf.h"
#include "partner/route/oem_direct/profile.h"
#include "partner/route/route.h"

/* Appends the request to body; sets body->overflow if it is too large. The caller has the guard check
 * it before it leaves. */
void wire_xml_encode(const struct profile *p, const struct route_batch *batch, struct buf *body);

#endif
