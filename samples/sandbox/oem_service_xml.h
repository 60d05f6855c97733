/*
 * The practice service's XML (wire facts, section 7.2): a request becomes the JSON tree that the
 * service works on, an answer's tree becomes XML. Strict about root, namespace, order and doubled
 * elements, so that a mistake shows. The tenant fields pass as they are: the service looks at them.
 */
#ifndef SAMPLES_SANDBOX_OEM_SERVICE_XML_H
#define SAMPLES_SANDBOX_OEM_SERVICE_XML_H

#include "common/buf.h"
#include "common/error.h"
#include "common/json.h"

/* NULL: err says why. */
struct json *oem_service_xml_read(const char *body, size_t len, struct error *err) MUST_CHECK;
void oem_service_xml_write(const struct json *answer, const char *root, struct buf *out);

#endif
