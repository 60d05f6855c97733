/*
 * An answer of Partner Center while it is made: status, body, headers. Owns the header values; the
 * body belongs to the caller.
 */
#ifndef SAMPLES_SANDBOX_PARTNER_ANSWER_H
#define SAMPLES_SANDBOX_PARTNER_ANSWER_H

#include "common/buf.h"
#include "samples/sandbox/scenario.h"

#define PARTNER_ANSWER_HEADERS_MAX 7
#define PARTNER_THROTTLE_SECONDS "1" /* short, so that practice goes on soon */

struct partner_answer {
	unsigned status;
	struct buf body; /* initialised and released by the caller */
	struct scenario_header header[PARTNER_ANSWER_HEADERS_MAX];
	size_t header_count;
};

/* Copies the value. */
void partner_answer_add_header(struct partner_answer *a, const char *name, const char *value);
void partner_answer_release(struct partner_answer *answer); /* not the body */
void partner_answer_error(struct buf *body, const char *code, const char *description);
/* The body of status 429. */
void partner_answer_throttled(struct buf *body, const char *seconds);
/* The body of a status that comes from the scenario. */
void partner_answer_fault(struct buf *body, const struct scenario_fault *fault);

#endif
