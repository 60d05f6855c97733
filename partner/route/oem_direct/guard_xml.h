/*
 * The outbound guard of the XML wire: parses the finished request again, checks it against the
 * schema (oem-direct-request.xsd with the names of the profile), and stops it unless it names no
 * tenant and contains the elements of the batch, in their order, and nothing else: no attribute, and
 * no namespace beside the two of the root (doc/ARCHITECTURE.md, "Promises"). It shares no code with
 * the encoder, so that one mistake cannot be in both.
 */
#ifndef PARTNER_ROUTE_OEM_DIRECT_GUARD_XML_H
#define PARTNER_ROUTE_OEM_DIRECT_GUARD_XML_H

#include "common/error.h"
#include "partner/route/oem_direct/profile.h"
#include "partner/route/route.h"

/* 0: the request may leave. -1: err says why not. */
int guard_xml_check(const struct profile *p, const struct route_batch *batch, const char *body,
                    size_t len, struct error *err) MUST_CHECK;

#endif
