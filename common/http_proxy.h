/*
 * The address of an HTTP or SOCKS proxy: [SCHEME://][USER[:PASSWORD]@]HOST[:PORT][/]. libcurl quotes an
 * address that it cannot parse, with the password, so such an address is refused before. No message of
 * this file quotes one.
 */
#ifndef COMMON_HTTP_PROXY_H
#define COMMON_HTTP_PROXY_H

#include "common/base.h"
#include "common/error.h"

/* -1: it can be read in more than one way, or not at all; *err says what to write instead. */
int http_proxy_check(const char *address, struct error *err) MUST_CHECK;
/* The environment variable that names a proxy for HTTPS; NULL: none does. */
const char *http_proxy_variable(void);

#endif
