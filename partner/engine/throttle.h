/*
 * Throttling of one customer (doc/partner-center.md, section 3): after a 429 the requests of that
 * customer wait for the end of the pause, and the others go on. When its retries are used up, the
 * run gives the customer up and leaves its batches for `resume`. Only for routes that name customers.
 * The engine owns the list.
 */
#ifndef PARTNER_ENGINE_THROTTLE_H
#define PARTNER_ENGINE_THROTTLE_H

#include "partner/engine/internal.h"

/* Requests of the job's customer start no earlier (monotonic); 0: now. */
int64_t throttle_until_ms(const struct engine *e, const struct job *j);
/* The run gave the job's customer up. */
bool throttle_gave_up(const struct engine *e, const struct job *j);
/* The service throttles the job's customer: pauses it, or gives it up. */
void throttle_apply(struct job *j, const struct route_result *r);
/* The service answered the job's customer: its failures are over. */
void throttle_clear(struct job *j);
void throttle_free(struct engine *e);

#endif
