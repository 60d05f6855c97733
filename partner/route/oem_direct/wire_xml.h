/*
 * The XML request of the OEM Direct call (wire facts, section 7.2: an assumption, after the habits
 * of the older family). Pure: a batch in, bytes out.
 */
#ifndef PARTNER_ROUTE_OEM_DIRECT_WIRE_XML_H
#define PARTNER_ROUTE_OEM_DIRECT_WIRE_XML_H

#include "common/buf.h"
#include "partner/route/oem_direct/profile.h"
#include "partner/route/route.h"

/* Appends the request to body, which the guard has yet to pass; sets overflow where it is too large. */
void wire_xml_encode(const struct profile *p, const struct route_batch *batch, struct buf *body);

#endif
