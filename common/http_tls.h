/*
 * The TLS settings of a client's connections: trusted roots and the client certificate. Owns what it
 * decodes from the files; the settings that it was opened with must outlive it. Only http.c uses it.
 *
 * The files are decoded once, not for each connection. Before each request the certificate's and the
 * key's file are looked at: if one was replaced, both are read again, and the next new connection uses
 * them. A pair that does not fit yet (a renewal writes one file after the other) leaves the old pair in
 * use. Roots are read once.
 */
#ifndef COMMON_HTTP_TLS_H
#define COMMON_HTTP_TLS_H

#include <curl/curl.h>

#include "common/base.h"
#include "common/error.h"
#include "common/http.h"

struct http_tls;

/* NULL: the certificate's file cannot be read. */
struct http_tls *http_tls_open(const struct http_settings *set, struct error *err) MUST_CHECK;
void http_tls_free(struct http_tls *t); /* accepts NULL */
/* Once a handle, which must not outlive t. */
void http_tls_apply(struct http_tls *t, CURL *easy);
/* Before each request. After a renewal no TLS session is resumed, because a resumed session keeps the
 * identity that the old certificate gave it. */
void http_tls_refresh(struct http_tls *t, CURL *easy);

#endif
