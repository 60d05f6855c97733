/*
 * Which canary a session trusts: one that was answered well by the same service, under the same profile
 * and certificate, not longer ago than canary-trust.
 */
#ifndef PARTNER_APP_SESSION_TRUST_H
#define PARTNER_APP_SESSION_TRUST_H

#include "partner/app/session.h"

/* Sets session.trust. Reads profile and certificate, so call it before the process is confined. */
void session_trust_set(struct session *s);
/* *ret: until when the ledger's canary is trusted, seconds UTC; 0: none is trusted. Needs session.trust
 * and the ledger. */
int session_trusted_until(const struct session *s, int64_t *ret, struct error *err) MUST_CHECK;

#endif
