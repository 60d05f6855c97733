/*
 * Checks the configuration of a session and the files that it names. Prints the first error.
 */
#ifndef PARTNER_APP_SESSION_CHECK_H
#define PARTNER_APP_SESSION_CHECK_H

#include "partner/app/session.h"

/* Leaves packs and route of the session open. route_needed: a route that is not configured yet is
 * an error. Returns the exit code to end with; EXIT_CODE_OK means that all is good. */
int session_check(struct session *s, bool route_needed) MUST_CHECK;
/* Purpose, skip list, encoding and words, which only the reading of a list would find wrong. */
int session_check_lists(const struct config *c, struct error *err) MUST_CHECK;

#endif
