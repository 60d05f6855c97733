/*
 * Requests to Partner Center: each gets a token and its headers, is repeated once after a 401, and
 * ends with a reply that says what the answer means (doc/partner-center.md, sections 1.4, 1.6, 2.4
 * and 2.5). The client owns the requests under way. It knows no inventory.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_REQUEST_H
#define PARTNER_ROUTE_PARTNER_CENTER_REQUEST_H

#include "common/base.h"
#include "common/http.h"
#include "partner/route/partner_center/token.h"
#include "partner/route/route.h"

enum reply_end {
	REPLY_DONE,     /* 2xx */
	REPLY_ABSENT,   /* 404, or a 400 that says "not found" */
	REPLY_NOT_SENT, /* no byte reached the service; or no token, because its end point failed */
	REPLY_BUSY,     /* 429, or 503 with Retry-After; or `early` */
	REPLY_LOST,     /* time-out, reset, 408, 504: the result is not known */
	REPLY_FAILED,   /* another server error, a web page, a part of an answer */
	REPLY_FORBIDDEN, /* 403 */
	REPLY_REFUSED,   /* another client error */
	REPLY_DENIED,    /* token or credentials refused */
	REPLY_TOO_LARGE, /* the answer exceeds the limit of the transport */
	REPLY_END_COUNT
};

#define PARTNER_PAUSED \
	"the service throttles this customer" /* the reason of what waits for a pause */

struct partner_reply {
	enum reply_end end;
	bool login; /* the token's end point said so, not the service */
	bool early; /* BUSY: not sent, because a pause is not over, whose length the caller knows */
	bool web_page;    /* FAILED: a web page answered instead of the service */
	long retry_after; /* seconds; negative: none named */
	const char *body; /* DONE */
	size_t body_len;
	const char *continuation; /* DONE: the header MS-ContinuationToken, or NULL */
	const char *mfa;          /* the header isMfaCompliant, or NULL */
	const char *reason;       /* one printable line in our words */
	const char *trace;        /* ids for the service's support; NULL: nothing was sent */
};
typedef void partner_reply_fn(void *ctx, const struct partner_reply *reply);

/* A DELETE whose answer was lost is repeated with its first MS-RequestId; all else gets a new one. */
struct partner_request {
	enum http_method method;
	const char *path;         /* from /v1 on, escaped; copied */
	const char *continuation; /* MS-ContinuationToken, or NULL; copied */
	bool validate_mfa;        /* ask whether the token comes from a sign-in with MFA */
	const int64_t
		*pause_ends_ms; /* monotonic, borrowed: it does not leave earlier; NULL: at once */
	partner_reply_fn *done; /* may be called before partner_request_start() returns */
	void *ctx;
};

struct partner_client; /* opaque */
/* Slashes at the end of url are dropped. The route says whether a DELETE may leave; if not, its reply is
 * NOT_SENT. NULL: err. */
struct partner_client *
partner_request_client_new(const char *url, const struct token_settings *token,
                           const struct http_settings *http, const struct route *route,
                           struct error *err) MUST_CHECK;
void partner_request_client_free(struct partner_client *c); /* accepts NULL */
void partner_request_start(struct partner_client *c, const struct partner_request *request);
/* Fetches a token and sends nothing to the service. */
void partner_request_token(struct partner_client *c, partner_reply_fn *done, void *ctx);
/* Forgets all requests under way: their callbacks are not called any more. */
void partner_request_drop(struct partner_client *c);
/* So many requests in a row got no answer that the service itself is out of reach. */
bool partner_request_is_silent(const struct partner_client *c);
unsigned partner_request_in_flight(const struct partner_client *c);
int partner_request_wait(struct partner_client *c, long timeout_ms, struct error *err) MUST_CHECK;

#endif
