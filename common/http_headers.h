/*
 * The headers of the last response of a transfer. Only the modules of http.h use it. libcurl has
 * the same since 7.83; reading the lines ourselves needs no certain version.
 *
 * Headers of a proxy's answer to CONNECT, of a 1xx response and of trailers do not count.
 */
#ifndef COMMON_HTTP_HEADERS_H
#define COMMON_HTTP_HEADERS_H

#include "common/buf.h"

struct http_headers {
	struct buf text; /* "name\0value\0", repeated; larger headers are cut off */
	bool over;       /* the empty line has been read */
};

void http_headers_init(struct http_headers *h);
void http_headers_release(struct http_headers *h);
void http_headers_reset(struct http_headers *h);
/* Takes one line as libcurl passes it to CURLOPT_HEADERFUNCTION. */
void http_headers_add(struct http_headers *h, const char *line, size_t len);
/* The first value of this name without blanks around it. NULL: there is none. Lives until the next
 * line. */
const char *http_headers_find(const struct http_headers *h, const char *name);

#endif
