/*
 * Refusals of Partner Center in our own words (doc/partner-center.md, section 1.6). The service's
 * text may quote a token or name another customer, so it reaches only the log at -v, without
 * anything that looks like a token. Pure, except for the log.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_REFUSAL_H
#define PARTNER_ROUTE_PARTNER_CENTER_REFUSAL_H

#include "common/base.h"
#include "partner/route/partner_center/page.h"

#define REFUSAL_MFA "900421" /* the token lacks MFA: another token of its kind does not help */

/* "HTTP 403: ..." for a known code, else "the service refused: HTTP 400". */
void refusal_describe(long status, const struct page_error *e, char *dst, size_t size);
/* trace: our ids of the request. */
void refusal_log(const char *trace, long status, const char *text);
/* Replaces everything in the text that looks like a token. The text never grows. */
void refusal_redact(char *text);

#endif
