/*
 * XML of the practice service (doc/wire.md, section 7.2): converts a request to the JSON tree that
 * the service reads, and the tree of an answer to XML. Strict about root, namespace, order and
 * repeated elements, so that a client's mistake shows. The service checks the tenant fields.
 */
#ifndef SAMPLES_SANDBOX_OEM_SERVICE_XML_H
#define SAMPLES_SANDBOX_OEM_SERVICE_XML_H

#include "common/buf.h"
#include "common/error.h"
#include "common/json.h"

struct json *oem_service_xml_read(const char *body, size_t len, struct error *err) MUST_CHECK;
void oem_service_xml_write(const struct json *answer, const char *root, struct buf *out);

#endif
