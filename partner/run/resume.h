/*
 * Runs that are open: what they wait for is collected, what is unsent is sent. On a shared ledger
 * this is how a machine helps the others.
 */
#ifndef PARTNER_RUN_RESUME_H
#define PARTNER_RUN_RESUME_H

#include "partner/run/send.h"

/* Every one of them, one after another. The exit code. */
int resume_open(struct sender *s) MUST_CHECK;
/* That run; name NULL: the latest. The exit code. */
int resume_named(struct sender *s, const char *name) MUST_CHECK;

#endif
