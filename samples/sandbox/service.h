/*
 * What the practice service does with a request: JSON or XML in, the same out
 * (wire facts, section 7).
 * Knows nothing of HTTP servers; holds its own lock, so any thread may call.
 */
#ifndef SAMPLES_SANDBOX_SERVICE_H
#define SAMPLES_SANDBOX_SERVICE_H

#include <stdio.h>

#include "common/buf.h"
#include "samples/sandbox/registry.h"
#include "samples/sandbox/scenario.h"

#define SERVICE_DEVICES_MAX 1000 /* documented for a call */

enum service_wire { SERVICE_JSON, SERVICE_XML };

struct service;

/* log may be NULL. Borrows both. */
struct service *service_new(struct registry *registry, long pending_polls, FILE *log);
void service_free(struct service *s);
/* The number of a request that has just arrived, from 1 and for each event of its own. */
long service_count(struct service *s, enum scenario_event event);
void service_log_fault(struct service *s, const struct scenario_fault *f, long number);
/* Both return the HTTP status and fill answer. A fault (or NULL) may change the batch's id, or
 * the devices that a poll's answer holds. */
unsigned service_submit(struct service *s, enum service_wire wire, const char *body, size_t len,
                        const struct scenario_fault *fault, struct buf *answer);
unsigned service_poll(struct service *s, enum service_wire wire, const char *batch_id,
                      const struct scenario_fault *fault, struct buf *answer);
void service_error(struct buf *answer, enum service_wire wire, unsigned code, const char *message);
const char *service_type(enum service_wire wire); /* its Content-Type */

#endif
