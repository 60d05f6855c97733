/* The list of commands: finds the one that the command line names, and runs it. */
#include "partner/cli/cli.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/crypto.h"
#include "common/error.h"
#include "common/file.h"
#include "common/log.h"
#include "common/text.h"
#include "common/xml.h"
#include "partner/app/config.h"
#include "partner/app/exit_code.h"
#include "partner/app/next_step.h"
#include "partner/app/suggest.h"

static int help_main(const struct options *o);

static const struct command command_help = {
	.name = "help",
	.args_max = 1,
	.options = FOR_HELP,
	.run = help_main,
	.usage = "help [COMMAND]",
	.line = "describe a command",
	.about = "Describes a command with its options and examples, or lists all commands.\n\n"
		 "Examples:\n"
		 "  unpilot help\n"
		 "  unpilot help run",
};

static const struct command *const commands[] = {
	&command_init,      &command_run,    &command_plan,   &command_apply,  &command_resume,
	&command_report,    &command_close,  &command_letter, &command_status, &command_find,
	&command_inventory, &command_ledger, &command_verify, &command_doctor, &command_config,
	&command_forget,    &command_help,
};

static void
help_all(void)
{
	puts("Usage: unpilot COMMAND [OPTION...] [ARG...]\n\n"
	     "Deregisters Windows devices from Autopilot by list, and hands every customer the\n"
	     "clean-up that only the customer can do.\n\nCommands:");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-10s %s\n", commands[i]->name, commands[i]->line);
	puts("\n\"unpilot help COMMAND\" describes a command; \"unpilot --version\" prints the "
	     "version.\n\n"
	     "Exit codes:");
	exit_code_print();
}

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static bool
is_command(const char *name)
{
	return find_command(name) != NULL;
}

static int
unknown_command(const char *name)
{
	struct suggestion near;

	suggest_start(&near, name);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		suggest_offer(&near, commands[i]->name);
	log_error("unknown command \"%s\"%s (\"unpilot help\" lists the commands)", name,
	          suggest_text(&near, ""));
	next_step_set("help%s%s", near.best[0] != '\0' ? " " : "", near.best);
	return EXIT_CODE_UNUSABLE;
}

static int
help_main(const struct options *o)
{
	const struct command *command = o->args > 0 ? find_command(o->arg[0]) : NULL;

	if (o->args == 0)
		help_all();
	else if (command == NULL)
		return unknown_command(o->arg[0]);
	else
		options_help(command->options, command->usage, command->about);
	return EXIT_CODE_OK;
}

static int
check_args(const struct options *o, const struct command *command, struct error *err)
{
	char shown[60];

	if (o->args <= command->args_max)
		return 0;
	text_printable(shown, sizeof(shown), o->arg[command->args_max]);
	return error_set(err, "\"%s\" is one argument too many: unpilot %s", shown, command->usage);
}

static int
dispatch(const struct options *o)
{
	const struct command *command = find_command(o->command);
	struct error err;

	if (command == NULL)
		return unknown_command(o->command);
	if (o->help) {
		options_help(command->options, command->usage, command->about);
		return EXIT_CODE_OK;
	}
	if (options_check(o, command->options, &err) != 0 || check_args(o, command, &err) != 0) {
		next_step_set("help %s", command->name);
		return exit_code_unusable(&err);
	}
	return command->run(o);
}

/* Opens the log first, so that nothing happens unlogged. */
static int
open_log(const struct options *o)
{
	const struct log_settings settings = {.file = o->log_file,
	                                      .json = o->log_json,
	                                      .syslog = o->syslog,
	                                      .no_color = o->no_color};
	struct error err;

	log_set_level(o->quiet ? LOG_LEVEL_ERROR : o->verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	log_set_detail(o->verbose);
	if (log_open(&settings, &err) == 0)
		return EXIT_CODE_OK;
	return exit_code_unusable(&err);
}

/* libcurl and OpenSSL would write the session keys to the file that this variable names: whoever reads
 * it can read tokens and requests. */
static void
ignore_key_log(void)
{
	const char *name = "SSLKEYLOGFILE";

	if (getenv(name) == NULL)
		return;
	(void)unsetenv(name);
	log_warn("%s is ignored: it would write down the keys of connections", name);
}

/* A file or connection that takes the number of a closed stream would receive its text. For reading
 * only, so that an output that was asked for fails. */
static void
fill_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
			abort();
}

#define STEP_MAX ((size_t)16 * 1024) /* with three long paths */

/* Writes to the same files as this command. */
static void
set_resume(const struct options *o)
{
	struct option_override override;
	struct buf step;
	size_t at = 0;

	buf_init(&step, STEP_MAX);
	buf_str(&step, "resume");
	while (options_next_override(o, &at, &override))
		if (override.section != NULL && strcmp(override.section, "metrics") == 0)
			next_step_add_option(&step, override.name, override.value);
	if (o->log_file != NULL)
		next_step_add_option(&step, "log-file", o->log_file);
	next_step_set("%s " NEXT_STEP_RUN, step.data);
	buf_release(&step);
}

/* After code 7 the commands that send are resumed, and the others are repeated; but not a letter that is
 * recorded. */
static void
set_next_step(const struct options *o, int code)
{
	const struct command *command = o->command != NULL ? find_command(o->command) : NULL;

	if (code == EXIT_CODE_UNWRITTEN && command == &command_letter && next_step_has_run())
		next_step_set("report " NEXT_STEP_RUN);
	else if (code == EXIT_CODE_UNWRITTEN &&
	         (command == NULL || o->help || (command->options & FOR_SENDING) == 0))
		next_step_set(NEXT_STEP_SAME);
	else if (code == EXIT_CODE_UNWRITTEN)
		set_resume(o);
}

static bool
has_no_config(const struct options *o)
{
	const char *path = o->config != NULL ? o->config : CONFIG_DEFAULT_PATH;
	bool needs_none = o->command != NULL &&
	                  (o->interactive || strcmp(o->command, command_verify.name) == 0 ||
	                   strcmp(o->command, command_help.name) == 0 ||
	                   strcmp(o->command, command_ledger.name) == 0 ||
	                   find_command(o->command) == NULL);

	return !needs_none && file_is_missing(path);
}

/* A new user has no configuration yet, which the error alone does not say. */
static void
begin_with(const struct options *o)
{
	static const char *const steps[] = {"config generate --interactive", "init", "doctor"};

	if (o->config == NULL && geteuid() != 0)
		next_step_config("unpilot.conf"); /* only root can write the default one */
	fprintf(stderr, "There is no configuration %s. Three commands make one and check it:\n",
	        o->config != NULL ? o->config : CONFIG_DEFAULT_PATH);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		char *command = next_step_command(steps[i]);

		fprintf(stderr, "  %s\n", command);
		free(command);
	}
	next_step_set("%s", steps[0]);
}

int
cli_main(int argc, char **argv)
{
	struct options o;
	int code;

	xml_init();
	crypto_init();
	fill_streams();
	next_step_start(argc, argv);
	options_parse(&o, argc, argv, is_command);
	next_step_config(o.config);
	code = o.version ? EXIT_CODE_OK : open_log(&o);
	ignore_key_log();
	if (code != EXIT_CODE_OK) {
		; /* the error is printed already */
	} else if (o.version) {
		puts("unpilot " UNPILOT_VERSION);
	} else if (o.command != NULL) {
		code = dispatch(&o);
	} else if (o.help) {
		help_all();
	} else {
		log_error("no command is given: \"unpilot help\" lists the commands");
		next_step_set("help");
		code = EXIT_CODE_UNUSABLE;
	}
	code = exit_code_written(code);
	if (code == EXIT_CODE_UNUSABLE && has_no_config(&o))
		begin_with(&o);
	set_next_step(&o, code);
	log_count_errors();
	exit_code_next(code);
	next_step_release();
	log_close();
	options_release(&o);
	return code;
}
