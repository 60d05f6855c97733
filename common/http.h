/*
 * HTTPS over libcurl's multi interface, in one thread. Owns the curl handles.
 *
 * Every request ends in one of three ways:
 *	HTTP_NOT_SENT  no byte of the request left for the service: no connection was ready for it
 *	               (its TLS handshake failed, or a proxy refused it), or nothing was written to it
 *	HTTP_REPLIED   a complete answer with a status code arrived
 *	HTTP_LOST      bytes were sent and no complete answer arrived: the result is unknown
 * The curl code alone does not decide, because with TLS 1.3 a refused client certificate arrives as
 * a receive error after the request has been written.
 *
 * Always: https only, TLS 1.2 or newer, host name and chain checked, no redirects, HTTP/1.1, a body
 * of at most body_max bytes. libcurl repeats requests on kept connections by itself; a guard stops it
 * before it sends a POST or a DELETE a second time, because the service may refuse what it has done already.
 * Before libcurl 7.80 there is no such guard, so these use a new connection and close it.
 *
 * A certificate and key that are renewed on disk are used by the next new connection; renewed roots by
 * the next client.
 */
#ifndef COMMON_HTTP_H
#define COMMON_HTTP_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"

#define HTTP_BODY_MAX ((size_t)8 * 1024 * 1024) /* 1000 devices answer in about 300 kB */
#define HTTP_RETRY_AFTER_NONE (-1L)

struct http_headers;

struct http_settings {
	const char *certificate; /* PEM or PKCS#12 file, or NULL */
	const char *key;         /* PEM file; NULL: the certificate's file also holds it */
	const char *passphrase;  /* or NULL */
	const char *ca_file;     /* PEM; NULL: the system's */
	bool system_roots;       /* trust the system's folder beside ca_file */
	const char *proxy;       /* NULL: as the environment says */
	long connect_timeout_ms;
	long timeout_ms;
	/* A request that changes something leaves at most so long after its start, by either clock, or it is not
	 * sent; 0: whenever. Needs the guard. */
	int64_t leaves_ms;
	unsigned parallel; /* transfers at once */
	size_t body_max;   /* 0: HTTP_BODY_MAX */
};

enum http_end { HTTP_NOT_SENT, HTTP_REPLIED, HTTP_LOST, HTTP_END_COUNT };

enum http_stage { /* the step that failed */
	          HTTP_AT_NAME,
	          HTTP_AT_PROXY,
	          HTTP_AT_CONNECTION,
	          HTTP_AT_TLS,
	          HTTP_AT_ANSWER,
	          HTTP_AT_END, /* none: an answer arrived */
	          HTTP_STAGE_COUNT
};

struct http_answer {
	enum http_end end;
	long status;              /* HTTP status where end is HTTP_REPLIED, else 0 */
	long retry_after;         /* seconds from now, or HTTP_RETRY_AFTER_NONE */
	bool certificate_refused; /* by us or by the service: verification or TLS alert */
	bool too_large;           /* the body passed the limit; end is HTTP_LOST */
	const char *content_type; /* "": none */
	const char *body;         /* NUL-terminated; lives until the callback returns */
	size_t body_len;
	const char *detail; /* libcurl's words for the log; never a secret */
	/* for diagnosis */
	enum http_stage stage;
	const char *address;                /* of the connected service or proxy; "": none */
	const char *tls;                    /* "TLSv1.3 / ..."; "": unknown */
	bool proxied;                       /* through a proxy */
	int64_t date;                       /* the answer's Date, seconds UTC; 0: none */
	const struct http_headers *headers; /* for http_header() */
};

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_DELETE, HTTP_METHOD_COUNT };

struct http_request {
	enum http_method method;
	const char *url;            /* copied */
	const char *const *headers; /* "Name: value", NULL-terminated, copied; may be NULL */
	const void *body;           /* POST; copied; may be NULL */
	size_t body_len;
	bool secret; /* wipe both bodies after done(); headers are always wiped */
	/* Asked when a connection is ready for the request; false: the request ends as HTTP_NOT_SENT. Needs
	 * the guard. NULL: it may leave. */
	bool (*may_leave)(void *ctx);
	void (*done)(void *ctx, const struct http_answer *answer); /* http_wait() calls it */
	void *ctx;
};

struct http_client;

struct http_client *
http_client_new(const struct http_settings *settings, struct error *err) MUST_CHECK;
/* Drops requests in flight without calling done(). Accepts NULL. */
void http_client_free(struct http_client *c);
int
http_start(struct http_client *c, const struct http_request *request, struct error *err) MUST_CHECK;
/* Drops requests in flight without calling done(). */
void http_drop(struct http_client *c);
unsigned http_in_flight(const struct http_client *c);
/* Waits at most timeout_ms until a request makes progress, then calls done() of at most one that
 * ended. Does not wait if another request has ended already. A signal ends the wait. */
int http_wait(struct http_client *c, long timeout_ms, struct error *err) MUST_CHECK;
/* A header of an answer that is complete. NULL: there is none. Lives until done() returns. */
const char *http_header(const struct http_answer *answer, const char *name);
/* Percent-encodes everything except unreserved characters (RFC 3986, section 2.3) and ':'. The
 * caller frees the result. */
char *http_escape(const char *text);

#endif
