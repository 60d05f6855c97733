/*
 * What a service says of one customer holds up that customer alone (Partner Center facts,
 * section 3): after a 429 none of its requests start until the pause is over, and when tries in a
 * row are used up the run leaves it for `resume`. Only for routes that name customers. Owned by
 * the engine; inside of it.
 */
#ifndef PARTNER_ENGINE_THROTTLE_H
#define PARTNER_ENGINE_THROTTLE_H

#include "partner/engine/internal.h"

/* Monotonic milliseconds before which no request of the job's customer starts; 0: now. */
int64_t throttle_until_ms(const struct engine *e, const struct job *j);
/* The run has left it: the job is over as it stands. */
bool throttle_gave_up(const struct engine *e, const struct job *j);
/* The service throttles the job's customer. */
void throttle_apply(struct job *j, const struct route_result *r);
/* It answered a request of the job's customer. */
void throttle_clear(struct job *j);
void throttle_free(struct engine *e);

#endif
