/*
 * The practice OEM Direct service: takes the body of a request and returns the body of the answer,
 * in JSON or XML (doc/wire.md, section 7). Knows nothing of HTTP servers. Owns the batches. Takes
 * its own lock, so any thread may call.
 */
#ifndef SAMPLES_SANDBOX_OEM_SERVICE_H
#define SAMPLES_SANDBOX_OEM_SERVICE_H

#include <stdio.h>

#include "common/buf.h"
#include "samples/sandbox/registry.h"
#include "samples/sandbox/scenario.h"

#define OEM_SERVICE_DEVICES_MAX 1000 /* documented limit of a call */

enum oem_service_wire { OEM_SERVICE_JSON, OEM_SERVICE_XML };

struct oem_service;

/* log may be NULL. Borrows both. */
struct oem_service *oem_service_new(struct registry *registry, long pending_polls, FILE *log);
void oem_service_free(struct oem_service *s);
/* The number of a request that has just arrived: each event counts from 1. */
long oem_service_count(struct oem_service *s, enum scenario_event event);
void oem_service_log_fault(struct oem_service *s, const struct scenario_fault *f, long number);
/* Both return the HTTP status and fill answer. fault (may be NULL) can change the batch's id and
 * the devices in the answer to a poll. */
unsigned oem_service_submit(struct oem_service *s, enum oem_service_wire wire, const char *body,
                            size_t len, const struct scenario_fault *fault, struct buf *answer);
unsigned oem_service_poll(struct oem_service *s, enum oem_service_wire wire, const char *batch_id,
                          const struct scenario_fault *fault, struct buf *answer);
void oem_service_error(struct buf *answer, enum oem_service_wire wire, unsigned code,
                       const char *message);
const char *oem_service_type(enum oem_service_wire wire); /* the Content-Type */

#endif
