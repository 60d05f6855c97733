/*
 * HTTPS over libcurl's multi interface, one thread. Owns the curl handles.
 *
 * What can be said of a request is one of three things (style rules of the project):
 *	HTTP_NOT_SENT  no byte of the request left (CURLINFO_REQUEST_SIZE is 0, or the TLS
 *	               handshake of a new connection did not end: a proxy's refusal is that)
 *	HTTP_REPLIED   a complete answer with a status code came back
 *	HTTP_LOST      bytes went out and no complete answer came: nothing is known
 * The curl code alone decides nothing: under TLS 1.3 a refused client certificate
 * arrives as a receive error after the request has been written.
 *
 * Always: https only, TLS 1.2 or newer, host name and chain checked, no redirects,
 * HTTP/1.1, body at most body_max bytes. A POST goes over a fresh connection that is
 * not kept, because libcurl repeats requests on kept connections by itself.
 *
 * Certificate, key and trusted certificates are read once a client, not once a connection: who renews them
 * while a run is under way has them taken by the next one.
 */
#ifndef COMMON_HTTP_H
#define COMMON_HTTP_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"

#define HTTP_BODY_MAX ((size_t)8 * 1024 * 1024) /* 1000 devices answer in about 300 kB */
#define HTTP_RETRY_AFTER_NONE (-1L)

struct http_settings {
	const char *certificate; /* PEM or PKCS#12 file, or NULL */
	const char *key;         /* PEM file; NULL: in the certificate's file */
	const char *passphrase;  /* or NULL */
	const char *ca_file;     /* PEM; NULL: the system's */
	const char *proxy;       /* NULL: environment */
	long connect_timeout_ms;
	long timeout_ms;
	unsigned parallel; /* transfers at once */
	size_t body_max;   /* 0: HTTP_BODY_MAX */
};

enum http_end { HTTP_NOT_SENT, HTTP_REPLIED, HTTP_LOST, HTTP_END_COUNT };

enum http_stage { /* how far it came: what stands here is what failed */
	          HTTP_AT_NAME,
	          HTTP_AT_PROXY,
	          HTTP_AT_CONNECTION,
	          HTTP_AT_TLS,
	          HTTP_AT_ANSWER,
	          HTTP_AT_END, /* an answer came */
	          HTTP_STAGE_COUNT
};

struct http_answer {
	enum http_end end;
	long status;              /* HTTP status where end is HTTP_REPLIED, else 0 */
	long retry_after;         /* seconds from now, or HTTP_RETRY_AFTER_NONE */
	bool certificate_refused; /* theirs by us or ours by them: TLS alert or verification */
	bool too_large;           /* body went past the cap (end is then HTTP_LOST) */
	const char *content_type; /* "" where none */
	const char *body;         /* NUL-terminated; lives until the callback returns */
	size_t body_len;
	const char *detail; /* for the log: curl's words, never a secret */
	/* for those who look for trouble */
	enum http_stage stage;
	const char *address; /* of who was connected to, service or proxy; "" where none */
	const char *tls;     /* "TLSv1.3 / ..."; "" where it is not known */
	bool proxied;        /* a proxy was asked */
	int64_t date;        /* the answer's Date, seconds UTC; 0: none */
};

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_DELETE, HTTP_METHOD_COUNT };

struct http_request {
	enum http_method method;
	const char *url;            /* copied */
	const char *const *headers; /* "Name: value", NULL-terminated, copied; may be NULL */
	const void *body;           /* POST; copied; may be NULL */
	size_t body_len;
	bool secret; /* both bodies are wiped after done; of the headers that is so always */
	void (*done)(void *ctx, const struct http_answer *answer); /* called from http_wait() */
	void *ctx;
};

struct http_client;

struct http_client *
http_client_new(const struct http_settings *settings, struct error *err) MUST_CHECK;
void http_client_free(
	struct http_client *c); /* drops what is in flight without calling done; accepts NULL */
int
http_start(struct http_client *c, const struct http_request *request, struct error *err) MUST_CHECK;
/* Drops what is in flight without calling done. */
void http_drop(struct http_client *c);
unsigned http_in_flight(const struct http_client *c);
/* Waits at most timeout_ms for something to happen and calls done of one that ended, if any; does
 * not wait where another one has. A signal ends the wait. */
int http_wait(struct http_client *c, long timeout_ms, struct error *err) MUST_CHECK;
/* Percent-encodes all but unreserved characters (RFC 3986, 2.3) and ':'. Freed by the caller. */
char *http_escape(const char *text);

#endif
