/*
 * What can be said of a transfer that has ended (http.h): inside of the door to libcurl. Owns
 * nothing; what it fills points into the transfer.
 */
#ifndef COMMON_HTTP_ANSWER_H
#define COMMON_HTTP_ANSWER_H

#include <curl/curl.h>

#include "common/buf.h"
#include "common/http.h"

struct http_ended {
	CURL *easy;
	CURLcode code;
	const char *why, *tls; /* libcurl's words, "" for none; protocol and cipher */
	bool proxy;            /* one is configured */
	const struct buf *body;
};

struct http_answer http_answer_of(const struct http_ended *t);

#endif
