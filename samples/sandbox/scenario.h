/*
 * A scenario says which request meets which fault: a file of lines EVENT SELECTOR ACTION
 * [ARGUMENT...] (unpilot-sandbox(1), THE SCENARIO). Owns the lines. Knows neither HTTP nor sockets.
 * Any thread may call after scenario_read(), because nothing changes then.
 */
#ifndef SAMPLES_SANDBOX_SCENARIO_H
#define SAMPLES_SANDBOX_SCENARIO_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"

#define SCENARIO_HEADERS_MAX 4
#define SCENARIO_ID_LENGTH_MAX 100000

enum scenario_event {
	SCENARIO_CHECK,
	SCENARIO_SUBMIT,
	SCENARIO_POLL,
	SCENARIO_TOKEN, /* this event and those below it, as far as delete, belong to Partner Center */
	SCENARIO_CUSTOMER,
	SCENARIO_BATCHES,
	SCENARIO_DEVICES,
	SCENARIO_DELETE,
	SCENARIO_MANAGED, /* this event and those below it belong to Microsoft Graph */
	SCENARIO_AUTOPILOT,
	SCENARIO_KEYS,
	SCENARIO_UNMANAGE,
	SCENARIO_DEREGISTER,
	SCENARIO_UNASSIGN,
	SCENARIO_SYNC,
	SCENARIO_EVENT_COUNT
};

/* How much of the request has come when the fault is played. END: all of it. */
enum scenario_moment { SCENARIO_END, SCENARIO_HEADERS, SCENARIO_BODY };

enum scenario_action {
	ACTION_RESET_HEADERS,
	ACTION_RESET_BODY,
	ACTION_HANG_BEFORE,
	ACTION_STATUS,
	ACTION_RESET,
	ACTION_EMPTY,
	ACTION_HANG,
	ACTION_DRIP,
	ACTION_CUT,
	ACTION_CUT_CHUNKED,
	ACTION_CUT_RESET,
	ACTION_CUT_OPEN,
	ACTION_GARBAGE,
	ACTION_HUGE,
	ACTION_TYPE,
	ACTION_HTML,
	ACTION_SAY,
	ACTION_WORK_STATUS,
	ACTION_ID,
	ACTION_ID_LENGTH,
	ACTION_TWICE,
	ACTION_FOREIGN,
	ACTION_LESS,
	ACTION_AS,
	ACTION_QUOTE,
	ACTION_ANEW,
	ACTION_AGAIN,
	ACTION_COUNT
};

struct scenario_header {
	const char *name;
	char *value;
};

struct scenario_fault {
	enum scenario_event event;
	long first, last; /* numbers of requests, from 1 */
	char *with;       /* text that the request must contain; NULL: any request */
	enum scenario_action action;
	unsigned status; /* of status, work-status, as and quote */
	bool html;
	struct scenario_header header[SCENARIO_HEADERS_MAX];
	size_t header_count;
	char *text;    /* of type, say and id */
	size_t length; /* of id-length */
};

struct scenario;

struct scenario *scenario_read(const char *path, struct error *err) MUST_CHECK;
void scenario_free(struct scenario *s); /* accepts NULL */

/*
 * Returns the first line that matches the request. NULL: answer normally. number counts the
 * requests of the event from 1. text is a submit's body, a poll's BatchID, or the decoded path of a
 * request to Partner Center or Graph. It is NULL until it is known; then no line with= matches. A fault that
 * is played before the body has come is found without text: scenario_read() refuses other files.
 */
const struct scenario_fault *scenario_match(const struct scenario *s, enum scenario_event event,
                                            long number, const char *text, size_t len);

/* Whether Partner Center or its token end point receives the event. */
bool scenario_event_is_partner(enum scenario_event event);
bool scenario_event_is_graph(enum scenario_event event);
const char *scenario_event_name(enum scenario_event event);
const char *scenario_action_name(enum scenario_action action);
enum scenario_moment scenario_action_moment(enum scenario_action action);
/* Whether the service does the work of the request before it plays the fault. */
bool scenario_action_works(enum scenario_action action);
/* The names of all actions, separated by blanks. */
void scenario_list_actions(struct buf *b);

#endif
