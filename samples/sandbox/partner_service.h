/*
 * Plays Partner Center's device deployment API and the token end point in front of it (Partner
 * Center facts, sections 1 to 3). Owns inventory and tokens. Knows nothing of HTTP servers; holds
 * its own lock, so any thread may call.
 */
#ifndef SAMPLES_SANDBOX_PARTNER_SERVICE_H
#define SAMPLES_SANDBOX_PARTNER_SERVICE_H

#include <stdio.h>

#include "common/buf.h"
#include "samples/sandbox/partner_page.h"
#include "samples/sandbox/scenario.h"
#include "samples/sandbox/token_endpoint.h"

#define PARTNER_ANSWER_HEADERS_MAX 6

struct partner_options {
	const char *dir, *fleet_file;
	long page_size;
	enum partner_paging paging;
	long disappear_after; /* listings in which a deleted device still stands */
	long throttle;        /* every so manieth request of a customer answers 429; 0: none */
	struct token_endpoint_options token;
};

struct partner_service;

/* log may be NULL, and is borrowed. */
struct partner_service *
partner_service_new(const struct partner_options *o, FILE *log, struct error *err) MUST_CHECK;
void partner_service_free(struct partner_service *p); /* accepts NULL */

enum partner_header {
	PARTNER_AUTHORIZATION,
	PARTNER_REQUEST_ID,
	PARTNER_CORRELATION_ID,
	PARTNER_CONTINUATION,
	PARTNER_VALIDATE_MFA,
	PARTNER_HOST,
	PARTNER_CONTENT_TYPE,
	PARTNER_HEADER_COUNT
};
const char *partner_header_name(enum partner_header h);

struct partner_request {
	const char *method, *path;                /* the path as it came, nothing decoded */
	const char *header[PARTNER_HEADER_COUNT]; /* NULL: not there */
	const char *body;
	size_t len;
};

struct partner_answer {
	unsigned status;
	struct buf body; /* the caller's */
	struct scenario_header header[PARTNER_ANSWER_HEADERS_MAX];
	size_t header_count;
};

/* Which event of a scenario a request is; *ret_path: the decoded path, which the caller frees. */
bool partner_service_event(const struct partner_request *r, enum scenario_event *ret_event,
                           char **ret_path);
/* A fault (or NULL) may change what a list holds. */
void partner_service_handle(struct partner_service *p, const struct partner_request *r,
                            const struct scenario_fault *fault, struct partner_answer *answer);
void partner_answer_release(struct partner_answer *answer); /* the headers */
/* The request's line in the log: with the status that goes out. */
void
partner_service_log(struct partner_service *p, const struct partner_request *r, unsigned status);
/* The body of a status that the scenario asks for. */
void partner_service_fault(struct buf *body, const struct scenario_fault *fault);

#endif
