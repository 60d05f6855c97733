/*
 * What the practice service does with a request: JSON in, JSON out (wire facts, section 7.1).
 * Knows nothing of HTTP servers; holds its own lock, so any thread may call.
 */
#ifndef SAMPLES_SANDBOX_SERVICE_H
#define SAMPLES_SANDBOX_SERVICE_H

#include <stdio.h>

#include "common/buf.h"
#include "samples/sandbox/registry.h"

#define SERVICE_DEVICES_MAX 1000 /* documented for a call */

struct service;

/* log may be NULL. Borrows both. */
struct service *service_new(struct registry *registry, long pending_polls, FILE *log);
void service_free(struct service *s);
/* Both return the HTTP status and fill answer. */
unsigned service_submit(struct service *s, const char *body, size_t len, struct buf *answer);
unsigned service_poll(struct service *s, const char *batch_id, struct buf *answer);
void service_error(struct buf *answer, unsigned code, const char *message);

#endif
