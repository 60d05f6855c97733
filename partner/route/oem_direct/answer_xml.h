/*
 * Reads the service's XML answers (wire facts, section 7.2: an assumption) by local name, strictly:
 * a field that stands twice, or an unknown item in the list, makes the whole unreadable. What they
 * mean is answer.h's to say.
 */
#ifndef PARTNER_ROUTE_OEM_DIRECT_ANSWER_XML_H
#define PARTNER_ROUTE_OEM_DIRECT_ANSWER_XML_H

#include "common/error.h"
#include "partner/route/oem_direct/profile.h"
#include "partner/route/route.h"

/* The BatchId of a submit answer into id; -1 where there is no usable one. */
int answer_xml_read_batch_id(const struct profile *p, const char *body, size_t len,
                             char id[static ROUTE_ID_MAX], struct error *err) MUST_CHECK;
/*
 * A poll answer: fills verdict[batch->count]. Returns ROUTE_ANSWERED, or ROUTE_LOST where it
 * cannot be read or answers for no device at all (err says why).
 */
enum route_end answer_xml_read_devices(const struct profile *p, const struct route_batch *batch,
                                       const char *body, size_t len, struct route_verdict *verdict,
                                       size_t *ret_unexpected, struct error *err) MUST_CHECK;
/* What an error body says, printable, or "" (wire facts, section 7). */
void answer_xml_error_text(const char *body, size_t len, char *dst, size_t size);

#endif
