/*
 * Judges how a libcurl transfer ended (http.h has the three ways). Only http.c uses it. The strings
 * of the answer point into the transfer.
 */
#ifndef COMMON_HTTP_ANSWER_H
#define COMMON_HTTP_ANSWER_H

#include <curl/curl.h>

#include "common/buf.h"
#include "common/http.h"
#include "common/http_headers.h"

struct http_ended {
	CURL *easy;
	CURLcode code;
	const char *why, *tls; /* libcurl's error text, or ""; protocol and cipher */
	bool proxy;            /* a proxy is configured */
	const struct buf *body;
	const struct http_headers *headers;
	/* the guard of http.c; without it the others are not known */
	bool guarded;
	bool reached;  /* a connection was ready for the request */
	long preamble; /* bytes that had been sent by then */
};

struct http_answer http_answer_of(const struct http_ended *t);

#endif
