/*
 * One call to Partner Center: a token, its headers, the one repetition after 401, and what the
 * answer means (facts, 1.4, 1.6, 2.4, 2.5). Owns what is on its way. Knows no inventory.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_REQUEST_H
#define PARTNER_ROUTE_PARTNER_CENTER_REQUEST_H

#include "common/base.h"
#include "common/http.h"
#include "partner/route/partner_center/token.h"

enum call_end {
	CALL_DONE,      /* 2xx */
	CALL_ABSENT,    /* 404, or 400 with the words of it */
	CALL_NOT_SENT,  /* no byte left for the service, or the token's end point out of reach */
	CALL_BUSY,      /* 429 */
	CALL_LOST,      /* time-out, reset, 408, 504: nothing is known */
	CALL_FAILED,    /* another server error, or an answer that nobody asked for */
	CALL_FORBIDDEN, /* 403 */
	CALL_REFUSED,   /* another client error */
	CALL_DENIED,    /* token or credentials refused */
	CALL_TOO_LARGE, /* the answer is larger than any page may be */
	CALL_END_COUNT
};

struct call_answer {
	enum call_end end;
	bool login;       /* BUSY: it was the token's end point */
	long retry_after; /* seconds; negative: none named */
	const char *body; /* DONE */
	size_t body_len;
	const char *reason; /* one printable line */
	const char *trace;  /* ids for the service's support; NULL: nothing was asked */
};
typedef void call_done_fn(void *ctx, const struct call_answer *answer);

struct call_request {
	enum http_method method;
	const char *path;         /* from /v1 on, escaped; copied */
	const char *continuation; /* or NULL; copied */
	const char *id;           /* MS-RequestId; NULL: a new one; copied */
	call_done_fn *done;       /* may be called before call_start() returns */
	void *ctx;
};

struct caller; /* opaque */
/* url without a slash at its end. NULL: err. */
struct caller *caller_new(const char *url, const struct token_settings *token,
                          const struct http_settings *http, struct error *err) MUST_CHECK;
void caller_free(struct caller *c); /* accepts NULL */
void call_start(struct caller *c, const struct call_request *request);
/* A token and no more. */
void call_token(struct caller *c, call_done_fn *done, void *ctx);
void caller_drop(struct caller *c); /* no done is called any more */
unsigned caller_in_flight(const struct caller *c);
int caller_wait(struct caller *c, long timeout_ms, struct error *err) MUST_CHECK;

#endif
