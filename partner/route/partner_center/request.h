/*
 * One call to Partner Center: a token, its headers, the one repetition after 401, and what the
 * answer means (facts, 1.4, 1.6, 2.4, 2.5). Owns what is on its way. Knows no inventory.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_REQUEST_H
#define PARTNER_ROUTE_PARTNER_CENTER_REQUEST_H

#include "common/base.h"
#include "common/http.h"
#include "partner/route/partner_center/token.h"

enum reply_end {
	REPLY_DONE,      /* 2xx */
	REPLY_ABSENT,    /* 404, or 400 with the words of it */
	REPLY_NOT_SENT,  /* no byte left for the service, or the token's end point out of reach */
	REPLY_BUSY,      /* 429 */
	REPLY_LOST,      /* time-out, reset, 408, 504: nothing is known */
	REPLY_FAILED,    /* another server error, or an answer that nobody asked for */
	REPLY_FORBIDDEN, /* 403 */
	REPLY_REFUSED,   /* another client error */
	REPLY_DENIED,    /* token or credentials refused */
	REPLY_TOO_LARGE, /* the answer is larger than any page may be */
	REPLY_END_COUNT
};

struct partner_reply {
	enum reply_end end;
	bool login;       /* BUSY: it was the token's end point */
	long retry_after; /* seconds; negative: none named */
	const char *body; /* DONE */
	size_t body_len;
	const char *reason; /* one printable line */
	const char *trace;  /* ids for the service's support; NULL: nothing was asked */
};
typedef void partner_reply_fn(void *ctx, const struct partner_reply *answer);

struct partner_request {
	enum http_method method;
	const char *path;         /* from /v1 on, escaped; copied */
	const char *continuation; /* or NULL; copied */
	const char *id;           /* MS-RequestId; NULL: a new one; copied */
	partner_reply_fn *done;   /* may be called before partner_request_start() returns */
	void *ctx;
};

struct partner_client; /* opaque */
/* url without a slash at its end. NULL: err. */
struct partner_client *
partner_request_client_new(const char *url, const struct token_settings *token,
                           const struct http_settings *http, struct error *err) MUST_CHECK;
void partner_request_client_free(struct partner_client *c); /* accepts NULL */
void partner_request_start(struct partner_client *c, const struct partner_request *request);
/* A token and no more. */
void partner_request_token(struct partner_client *c, partner_reply_fn *done, void *ctx);
void partner_request_drop(struct partner_client *c); /* no done is called any more */
unsigned partner_request_in_flight(const struct partner_client *c);
int partner_request_wait(struct partner_client *c, long timeout_ms, struct error *err) MUST_CHECK;

#endif
