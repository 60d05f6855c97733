/*
 * Parses the service's JSON answers (doc/wire.md, section 7.1). answer.h interprets them.
 */
#ifndef PARTNER_ROUTE_OEM_DIRECT_ANSWER_JSON_H
#define PARTNER_ROUTE_OEM_DIRECT_ANSWER_JSON_H

#include "common/error.h"
#include "partner/route/oem_direct/answer.h"
#include "partner/route/oem_direct/profile.h"
#include "partner/route/route.h"

/* Copies the BatchId of the answer to a submit. -1: it has no usable one. */
int answer_json_read_batch_id(const struct profile *p, const char *body, size_t len,
                              char id[static ROUTE_ID_MAX], struct error *err) MUST_CHECK;
/*
 * The answer to a poll of batch_id (NULL: not compared): fills verdict[batch->count]. Returns
 * ROUTE_ANSWERED, or ROUTE_LOST if it cannot be read, names another BatchId or contains no device
 * (err says why).
 */
enum route_end answer_json_read_devices(const struct profile *p, const struct route_batch *batch,
                                        const char *batch_id, const char *body, size_t len,
                                        struct route_verdict *verdict, struct answer_notes *notes,
                                        struct error *err) MUST_CHECK;
/* The message in the body of an error, printable, or "" (doc/wire.md, section 7). */
void answer_json_error_text(const char *body, size_t len, char *dst, size_t size);

#endif
