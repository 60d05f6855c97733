/*
 * Plays the parts of Microsoft Graph that cleanup.ps1 calls: lists and deletions of Intune and Windows
 * Autopilot, BitLocker keys, sync, Multi Admin Approval (doc/cleanup.md, section 3). Refuses every other request
 * and logs it as FORBIDDEN. Owns the tenant. Knows nothing of HTTP servers. Takes its own lock, so any
 * thread may call.
 */
#ifndef SAMPLES_SANDBOX_GRAPH_SERVICE_H
#define SAMPLES_SANDBOX_GRAPH_SERVICE_H

#include <stdio.h>

#include "common/buf.h"
#include "samples/sandbox/partner_answer.h"
#include "samples/sandbox/scenario.h"

#define GRAPH_PAGE_DEFAULT 100

struct graph_service_options {
	const char *dir, *tenant_file;
	long page_size;
	long disappear_after; /* how often a deleted record is still listed */
	bool approval;        /* deleting from Intune needs an approval: the file DIR/approved */
};

struct graph_service;

/* Borrows log, which may be NULL. */
struct graph_service *
graph_service_new(const struct graph_service_options *o, FILE *log, struct error *err) MUST_CHECK;
void graph_service_free(struct graph_service *g); /* accepts NULL */

enum graph_service_header {
	GRAPH_AUTHORIZATION,
	GRAPH_JUSTIFICATION,
	GRAPH_APPROVAL_CODE,
	GRAPH_HEADER_COUNT
};
const char *graph_service_header_name(enum graph_service_header h);
/* The arguments of a query that matter. */
enum graph_service_argument { GRAPH_FILTER, GRAPH_SELECT, GRAPH_SKIP, GRAPH_ARGUMENT_COUNT };
const char *graph_service_argument_name(enum graph_service_argument a);

struct graph_service_request {
	const char *method, *path;                  /* path: not decoded */
	const char *header[GRAPH_HEADER_COUNT];     /* NULL: missing */
	const char *argument[GRAPH_ARGUMENT_COUNT]; /* decoded; NULL: missing */
};

/* False: the request is not an event of a scenario. The caller frees *ret_path, the decoded path. */
bool graph_service_event(const struct graph_service_request *r, enum scenario_event *ret_event,
                         char **ret_path);
void graph_service_handle(struct graph_service *g, const struct graph_service_request *r,
                          struct partner_answer *answer);
/* Writes the request's line to the log. status: as sent to the client. */
void
graph_service_log(struct graph_service *g, const struct graph_service_request *r, unsigned status);
/* The body of a status that comes from the scenario. */
void graph_service_fault(struct buf *body, const struct scenario_fault *fault);

#endif
