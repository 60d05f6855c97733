/*
 * The commands: a table of name, options, usage and function. Each command is one file of
 * options and calls. Exit codes are those of the design, section 4.
 */
#ifndef PARTNER_CLI_CLI_H
#define PARTNER_CLI_CLI_H

#include "partner/app/options.h"

/* The process' exit status. */
int cli_main(int argc, char **argv);

int command_run(const struct options *o);
int command_plan(const struct options *o);
int command_apply(const struct options *o);
int command_resume(const struct options *o);
int command_report(const struct options *o);
int command_letter(const struct options *o);
int command_status(const struct options *o);
int command_close(const struct options *o);
int command_ledger(const struct options *o);
int command_verify(const struct options *o);
int command_doctor(const struct options *o);
int command_config(const struct options *o);
int command_forget(const struct options *o);

#endif
