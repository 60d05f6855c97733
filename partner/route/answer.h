/*
 * Reads the service's JSON answers and joins them to the devices of a batch by the identifier
 * they echo: never by a substring, by position only where the profile says so and nothing is
 * echoed. Missing, doubled or contradicting answers make the device `unknown` (design, promise 2).
 */
#ifndef PARTNER_ROUTE_ANSWER_H
#define PARTNER_ROUTE_ANSWER_H

#include "common/error.h"
#include "partner/route/profile.h"
#include "partner/route/route.h"

/* The BatchId of a submit answer into id; -1 where there is no usable one. */
int answer_read_batch_id(const struct profile *p, const char *body, size_t len,
                         char id[static ROUTE_ID_MAX], struct error *err) MUST_CHECK;
/*
 * A poll answer: fills verdict[batch->count]. Returns ROUTE_ANSWERED, or ROUTE_LOST where it
 * cannot be read or answers for no device at all (err says why).
 */
enum route_end answer_read_devices(const struct profile *p, const struct route_batch *batch,
                                   const char *body, size_t len, struct route_verdict *verdict,
                                   size_t *ret_unexpected, struct error *err) MUST_CHECK;
/* What an error body says, printable, or "" (wire facts, section 7.1, last line). */
void answer_error_text(const char *body, size_t len, char *dst, size_t size);

#endif
