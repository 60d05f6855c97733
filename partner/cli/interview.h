/*
 * "config generate --interactive": asks a person at the terminal for what a first run needs, tests each
 * answer as it is given, and writes a commented configuration with mode 0600.
 */
#ifndef PARTNER_CLI_INTERVIEW_H
#define PARTNER_CLI_INTERVIEW_H

#include "partner/app/options.h"

/* Prints its errors. Returns the exit code. Without a terminal it asks nothing, and it never replaces a
 * file. */
int interview_run(const struct options *o) MUST_CHECK;

#endif
