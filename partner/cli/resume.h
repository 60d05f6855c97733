/*
 * Runs that are open: what they wait for is collected, what is unsent is sent. On a shared ledger
 * this is how a machine helps the others.
 */
#ifndef PARTNER_CLI_RESUME_H
#define PARTNER_CLI_RESUME_H

#include "partner/app/session.h"

/* Every one of them, one after another. The exit code. */
int resume_open(struct session *d) MUST_CHECK;

#endif
