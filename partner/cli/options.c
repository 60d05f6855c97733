#include "partner/cli/options.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"

#define USAGE_STATUS 2 /* design, section 4, exit codes */

enum option_key {
	KEY_CONFIG = 'c',
	KEY_QUIET = 'q',
	KEY_VERBOSE = 'v',
	KEY_DRY_RUN = 'n',
	KEY_HELP = '?',
	KEY_JSON = 0x100,
	KEY_OUT,
	KEY_PARALLEL,
	KEY_MAX_DEVICES,
	KEY_AGAIN,
	KEY_COLUMNS,
};

static const struct {
	int key;
	const char *name, *arg, *help;
	unsigned commands;
} table[] = {
	{KEY_CONFIG, "config", "FILE", "configuration (default /etc/unpilot/unpilot.conf)",
         FOR_ALL},
	{KEY_QUIET, "quiet", NULL, "say nothing unless a person is needed", FOR_ALL},
	{KEY_VERBOSE, "verbose", NULL, "say more", FOR_ALL},
	{KEY_JSON, "json", NULL, "JSON lines on standard output, the summary last",
         FOR_RUN | FOR_PLAN | FOR_STATUS | FOR_RESUME},
	{KEY_DRY_RUN, "dry-run", NULL, "validate and plan, send nothing", FOR_RUN},
	{KEY_OUT, "out", "DIR", "where hand-off packs go", FOR_RUN | FOR_PLAN},
	{KEY_PARALLEL, "parallel", "N", "requests in flight", FOR_RUN | FOR_RESUME},
	{KEY_MAX_DEVICES, "max-devices", "N", "refuse a run of more devices (0: no limit)",
         FOR_RUN | FOR_PLAN},
	{KEY_AGAIN, "again", NULL, "send although the list or a device was sent before",
         FOR_RUN | FOR_PLAN},
	{KEY_COLUMNS, "columns", "NAMES", "columns of lists without a header, in order",
         FOR_RUN | FOR_PLAN},
	{KEY_HELP, "help", NULL, "this help", FOR_ALL},
};

struct parse {
	struct options *o;
	bool given[ARRAY_SIZE(table)];
};

static struct parse parsing; /* argp's own state is process-wide as well: one parse a program */

static int64_t
number(const char *text, const char *option, long long max, struct argp_state *state)
{
	long long n;

	if (!text_number(text, 0, max, &n))
		argp_error(state, "--%s: \"%s\" is no number from 0 to %lld", option, text, max);
	return n;
}

static void
take_arg(struct options *o, const char *arg)
{
	if (o->command == NULL) {
		o->command = arg;
		return;
	}
	o->arg = xreallocarray(o->arg, o->args + 1, sizeof(*o->arg));
	o->arg[o->args++] = arg;
}

static error_t
parse_one(int key, char *arg, struct argp_state *state)
{
	struct parse *p = state->input;
	struct options *o = p->o;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].key == key)
			p->given[i] = true;
	switch (key) {
	case KEY_CONFIG: o->config = arg; return 0;
	case KEY_OUT: o->out = arg; return 0;
	case KEY_COLUMNS: o->columns = arg; return 0;
	case KEY_QUIET: o->quiet = true; return 0;
	case KEY_VERBOSE: o->verbose = true; return 0;
	case KEY_JSON: o->json = true; return 0;
	case KEY_DRY_RUN: o->dry_run = true; return 0;
	case KEY_AGAIN: o->again = true; return 0;
	case KEY_HELP: o->help = true; return 0;
	case KEY_PARALLEL: o->parallel = number(arg, "parallel", 64, state); return 0;
	case KEY_MAX_DEVICES:
		o->max_devices = number(arg, "max-devices", 1000000000, state);
		return 0;
	case ARGP_KEY_ARG: take_arg(o, arg); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

void
options_parse(struct options *o, int argc, char **argv)
{
	struct argp_option list[ARRAY_SIZE(table) + 2];
	struct argp argp = {.options = list, .parser = parse_one, .args_doc = "COMMAND [ARG...]"};
	static const struct argp_option version = {"version", 'V', NULL, 0, "print the version", 0};

	memset(list, 0, sizeof(list));
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		list[i] = (struct argp_option){
			table[i].name, table[i].key, table[i].arg, 0, table[i].help, 0};
	list[ARRAY_SIZE(table)] = version;
	*o = (struct options){.parallel = -1, .max_devices = -1};
	parsing = (struct parse){.o = o};
	argp_err_exit_status = USAGE_STATUS;
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--version") == 0 || strcmp(argv[i], "-V") == 0) {
			puts("unpilot " UNPILOT_VERSION);
			exit(0);
		}
	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &parsing);
	if (o->parallel == 0) {
		fputs("unpilot: --parallel: at least 1\n", stderr);
		exit(USAGE_STATUS);
	}
}

void
options_release(struct options *o)
{
	free(o->arg);
}

int
options_check(const struct options *o, enum option_set command, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (parsing.given[i] && (table[i].commands & command) == 0)
			return error_set(err, "--%s has no meaning for \"%s\"", table[i].name,
			                 o->command);
	return 0;
}

void
options_help(enum option_set command, const char *usage, const char *about)
{
	printf("Usage: unpilot %s\n\n%s\n\nOptions:\n", usage, about);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char names[40];
		if ((table[i].commands & command) == 0)
			continue;
		if (table[i].key < 0x100 && table[i].key != KEY_HELP)
			snprintf(names, sizeof(names), "-%c, --%s%s%s", table[i].key, table[i].name,
			         table[i].arg != NULL ? "=" : "",
			         table[i].arg != NULL ? table[i].arg : "");
		else
			snprintf(names, sizeof(names), "    --%s%s%s", table[i].name,
			         table[i].arg != NULL ? "=" : "",
			         table[i].arg != NULL ? table[i].arg : "");
		printf("  %-24s %s\n", names, table[i].help);
	}
}
