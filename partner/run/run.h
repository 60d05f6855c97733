/*
 * The commands `run` and `plan`: import lists as a run, and for `run` send it and write its packs.
 */
#ifndef PARTNER_RUN_RUN_H
#define PARTNER_RUN_RUN_H

#include "partner/app/options.h"

/* The whole command, from opening the session to closing it. plan: send nothing. Returns the exit
 * code. */
int run_command(const struct options *o, bool plan) MUST_CHECK;

#endif
