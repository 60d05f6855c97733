/*
 * The commands. Each is one file, which holds the command's usage text and the function that runs
 * it; the function opens a session, calls the folders that do the work, and returns the exit code
 * (unpilot(1), EXIT STATUS).
 */
#ifndef PARTNER_CLI_CLI_H
#define PARTNER_CLI_CLI_H

#include "partner/app/options.h"

#define ARGS_ANY SIZE_MAX /* the command counts them itself */

struct command {
	const char *name;
	size_t args_max;                     /* more arguments are a mistake */
	enum option_set options;             /* its bit in the table of options */
	int (*run)(const struct options *o); /* returns the exit code */
	const char *usage;                   /* after "Usage: unpilot " */
	const char *line;                    /* in the list of all commands */
	const char *about;                   /* paragraphs and examples for --help */
};

extern const struct command command_run, command_plan, command_apply, command_resume,
	command_report, command_close, command_letter, command_status, command_ledger,
	command_verify, command_doctor, command_config, command_forget, command_init, command_find,
	command_inventory;

/* Returns the process' exit status. */
int cli_main(int argc, char **argv);

#endif
