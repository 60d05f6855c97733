/*
 * The guard max-inventory-percent: how much of a customer's registrations a run may delete. It judges
 * a customer as a whole when its first device is found, before anything of it is deleted.
 */
#ifndef PARTNER_ENGINE_SHARE_H
#define PARTNER_ENGINE_SHARE_H

#include "partner/engine/internal.h"

/* r: the look-up that found the job's device. *ret_reason: why the customer is held; NULL: it is
 * not. -1: engine.err. */
int share_judge(struct job *j, const struct route_result *r, const char **ret_reason);
void share_free(struct engine *e);

#endif
