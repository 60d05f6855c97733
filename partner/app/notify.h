/*
 * Delivers a text to the address of [notify]: an https POST, signed with the key of key-file. Tries for
 * a minute. Trusts the system's issuers and the ca-file of the route, and uses the route's proxy. The
 * address may be a secret, so messages name only its host.
 */
#ifndef PARTNER_APP_NOTIFY_H
#define PARTNER_APP_NOTIFY_H

#include "common/http.h"
#include "partner/app/session.h"

#define NOTIFY_SIGNATURE "X-Unpilot-Signature" /* of the header: "sha256=" and hexadecimal digits */

/* Fails if a key is configured that cannot be used. */
int notify_check_key(const struct config *c, struct error *err) MUST_CHECK;
struct http_settings notify_http(const struct session *s);
/* Delivers the body, a JSON object. until_ms (monotonic): do not try again after it. Logs the result. A
 * signal ends the waiting. */
void notify_post(const struct session *s, const char *body, size_t len, int64_t until_ms);

#endif
