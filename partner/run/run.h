/*
 * `run` and `plan`: lists in, a run in the ledger, and for `run` all the way to the packs.
 */
#ifndef PARTNER_RUN_RUN_H
#define PARTNER_RUN_RUN_H

#include "partner/app/options.h"

/* The whole command, from opening the session to closing it. plan: nothing is sent. The exit code. */
int run_command(const struct options *o, bool plan) MUST_CHECK;

#endif
