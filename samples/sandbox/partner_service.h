/*
 * Plays the device deployment API of Partner Center, and its token end point
 * (doc/partner-center.md, sections 1 to 3). Owns inventory and tokens. Knows nothing of HTTP
 * servers. Takes its own lock, so any thread may call.
 */
#ifndef SAMPLES_SANDBOX_PARTNER_SERVICE_H
#define SAMPLES_SANDBOX_PARTNER_SERVICE_H

#include <stdio.h>

#include "common/buf.h"
#include "samples/sandbox/partner_answer.h"
#include "samples/sandbox/partner_page.h"
#include "samples/sandbox/scenario.h"
#include "samples/sandbox/token_endpoint.h"

struct partner_service_options {
	const char *dir, *fleet_file;
	long page_size;
	enum partner_paging paging;
	long disappear_after; /* how often a deleted device is still listed */
	long throttle;        /* N: every Nth request for a customer answers 429; 0: none */
	struct token_endpoint_options token;
};

struct partner_service;

/* Borrows log, which may be NULL. */
struct partner_service *partner_service_new(const struct partner_service_options *o, FILE *log,
                                            struct error *err) MUST_CHECK;
void partner_service_free(struct partner_service *p); /* accepts NULL */

enum partner_service_header {
	PARTNER_AUTHORIZATION,
	PARTNER_REQUEST_ID,
	PARTNER_CORRELATION_ID,
	PARTNER_CONTINUATION,
	PARTNER_VALIDATE_MFA,
	PARTNER_HOST,
	PARTNER_CONTENT_TYPE,
	PARTNER_HEADER_COUNT
};
const char *partner_service_header_name(enum partner_service_header h);

struct partner_service_request {
	const char *method, *path;                /* path: not decoded */
	const char *header[PARTNER_HEADER_COUNT]; /* NULL: missing */
	const char *body;
	size_t len;
};

/* False: the request is not an event of a scenario. The caller frees *ret_path, the decoded
 * path. */
bool partner_service_event(const struct partner_service_request *r, enum scenario_event *ret_event,
                           char **ret_path);
/* fault (may be NULL) can change the devices in a list. */
void partner_service_handle(struct partner_service *p, const struct partner_service_request *r,
                            const struct scenario_fault *fault, struct partner_answer *answer);
/* Writes the request's line to the log. status: as sent to the client. */
void partner_service_log(struct partner_service *p, const struct partner_service_request *r,
                         unsigned status);

#endif
