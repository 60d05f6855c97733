/*
 * The outbound guard of the XML wire: checks the finished bytes against the shipped schema
 * (oem-direct-request.xsd, with the profile's names), reads them again, and refuses them unless
 * they name no tenant and hold the elements of the batch, in their order, and nothing else: no
 * attribute, no namespace but the two of the root. It shares no code with the encoder on purpose.
 */
#ifndef PARTNER_ROUTE_OEM_DIRECT_GUARD_XML_H
#define PARTNER_ROUTE_OEM_DIRECT_GUARD_XML_H

#include "common/error.h"
#include "partner/route/oem_direct/profile.h"
#include "partner/route/route.h"

/* 0: may leave. -1: err says what was seen. */
int guard_check_xml(const struct profile *p, const struct route_batch *batch, const char *body,
                    size_t len, struct error *err) MUST_CHECK;

#endif
