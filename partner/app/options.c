/* The command line: the table of options, and one loop that stores each as its row says. */
#include "partner/app/options.h"

#include <argp.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"
#include "partner/app/config.h"
#include "partner/app/options_help.h"
#include "partner/app/suggest.h"

#define USAGE_STATUS 2  /* unpilot(1), EXIT STATUS */
#define LONG_ONLY 0x100 /* argp's key of a row without a letter: this and the row's number */

#define FLAG(member) .kind = OPTION_FLAG, .offset = offsetof(struct options, member)
#define TEXT(member) .kind = OPTION_TEXT, .offset = offsetof(struct options, member)
#define LIST(member) .kind = OPTION_LIST, .offset = offsetof(struct options, member)
#define DURATION(member) .kind = OPTION_DURATION, .offset = offsetof(struct options, member)
#define OVERRIDES(section_, key_) .section = section_, .key = key_
#define BOTH_ROUTES NULL /* the section of each route */

static const struct option_row rows[] = {
	{.name = "config",
         .letter = 'c',
         .argument = "FILE",
         TEXT(config),
         .commands = FOR_ALL,
         .help = "configuration (default /etc/unpilot/unpilot.conf)"},
	{.name = "quiet",
         .letter = 'q',
         FLAG(quiet),
         .commands = FOR_ALL,
         .help = "print nothing unless a person is needed"},
	{.name = "verbose",
         .letter = 'v',
         FLAG(verbose),
         .commands = FOR_ALL,
         .help = "print more"},
	{.name = "json",
         FLAG(json),
         .commands = FOR_WRITING | FOR_STATUS | FOR_VERIFY | FOR_CLOSE | FOR_DOCTOR | FOR_CONFIG |
                     FOR_FORGET | FOR_INIT | FOR_FIND | FOR_LEDGER,
         .help = "JSON lines on standard output, a summary last"},
	{.name = "dry-run",
         .letter = 'n',
         FLAG(dry_run),
         .commands = FOR_SENDING | FOR_FORGET,
         .help = "print what would be done, send nothing"},
	{.name = "out",
         .argument = "DIR",
         TEXT(out),
         OVERRIDES("handoff", "directory"),
         .commands = FOR_WRITING | FOR_REPORT | FOR_LETTER,
         .help = "where hand-off packs are written"},
	{.name = "parallel",
         .argument = "N",
         OVERRIDES(BOTH_ROUTES, "parallel"),
         .commands = FOR_SENDING | FOR_CONFIG,
         .help = "requests in flight"},
	{.name = "tpslimit",
         .argument = "N",
         OVERRIDES(BOTH_ROUTES, "tpslimit"),
         .commands = FOR_SENDING | FOR_CONFIG,
         .help = "requests a second at most, such as 5 or 0.5"},
	{.name = "route",
         .argument = "ROUTE",
         TEXT(route),
         OVERRIDES("run", "route"),
         .commands = FOR_WRITING | FOR_DOCTOR | FOR_CONFIG,
         .help = "oem-direct or partner-center (default: as configured)"},
	{.name = "all-matches",
         FLAG(all_matches),
         .commands = FOR_WRITING,
         .help = "Partner Center: delete every registration of the same serial, make and model"},
	{.name = "max-devices",
         .argument = "N",
         OVERRIDES("limits", "max-devices"),
         .commands = FOR_RUN | FOR_PLAN | FOR_APPLY | FOR_CONFIG,
         .help = "refuse a run of more devices (0: no limit)"},
	{.name = "max-per-customer",
         .argument = "N",
         OVERRIDES("limits", "max-per-customer"),
         .commands = FOR_RUN | FOR_PLAN | FOR_APPLY | FOR_CONFIG,
         .help = "the same for each customer"},
	{.name = "max-fail-percent",
         .argument = "P",
         OVERRIDES("limits", "max-fail-percent"),
         .commands = FOR_SENDING | FOR_CONFIG,
         .help = "stop when more of the answered devices failed"},
	{.name = "max-inventory-percent",
         .argument = "P",
         OVERRIDES("limits", "max-inventory-percent"),
         .commands = FOR_WRITING | FOR_CONFIG,
         .help = "Partner Center: the share of a customer's registrations that may be deleted"},
	{.name = "skip-list",
         .argument = "FILE",
         OVERRIDES("limits", "skip-list"),
         .commands = FOR_WRITING | FOR_CONFIG,
         .help = "serials and Product Key IDs never to be sent"},
	{.name = "max-duration",
         .argument = "T",
         DURATION(max_duration),
         .commands = FOR_SENDING,
         .help = "send nothing more after T, such as 90m"},
	{.name = "lock-wait",
         .argument = "T",
         DURATION(lock_wait),
         .commands = FOR_WRITING | FOR_REPORT | FOR_LETTER | FOR_CLOSE |
                     FOR_FORGET, /* those that lock */
         .help = "wait up to T for another run to end"},
	{.name = "again",
         FLAG(again),
         .commands = FOR_WRITING | FOR_LETTER,
         .help = "send although the list or a device was sent before"},
	{.name = "moved",
         FLAG(moved),
         .commands = FOR_WRITING,
         .help = "send devices that an earlier run listed for another customer"},
	{.name = "not-ready", FLAG(not_ready), .commands = FOR_WRITING, .help = "await no letter"},
	{.name = "remind",
         .argument = "DAYS",
         TEXT(remind),
         .commands = FOR_LETTER,
         .help = "mails for who has not answered a letter of so many days"},
	{.name = "no-record", FLAG(no_record), .commands = FOR_LETTER, .help = "only a printout"},
	{.name = "collect",
         FLAG(collect),
         .commands = FOR_RESUME,
         .help = "ask for the results that runs wait for, send nothing"},
	{.name = "clear-alarm",
         FLAG(clear_alarm),
         .commands = FOR_RESUME,
         .help = "the alarm of RUN has been understood: devices may be sent again"},
	{.name = "resend",
         FLAG(resend),
         .commands = FOR_RESUME,
         .help = "send again what got no answer, however old it is"},
	{.name = "digest",
         .argument = "D",
         TEXT(digest),
         .commands = FOR_APPLY,
         .help = "refuse a plan that has another digest"},
	{.name = "columns",
         .argument = "NAMES",
         OVERRIDES("lists", "columns"),
         .commands = FOR_RUN | FOR_PLAN | FOR_LETTER,
         .help = "columns of lists without a header, in order"},
	{.name = "customer",
         .argument = "C",
         .may_be_empty = true, /* the rows without a customer */
         TEXT(customer),
         .commands = FOR_REPORT | FOR_FORGET | FOR_STATUS | FOR_INVENTORY,
         .help = "report: a pack of all that this customer has open; forget: whom to erase; "
                 "status: only runs of this customer; inventory: the key for the list"},
	{.name = "tenant",
         .argument = "GUID",
         LIST(tenant),
         .commands = FOR_INVENTORY,
         .help = "the customer's tenant id; may be given several times"},
	{.name = "not-in",
         .argument = "LIST",
         TEXT(not_in),
         .commands = FOR_INVENTORY,
         .help = "only devices that this list lacks"},
	{.name = "since",
         .argument = "DATE",
         TEXT(since),
         .commands = FOR_STATUS,
         .help = "only runs since the date (UTC), such as 2026-11-01, or a duration ago, such as 14d"},
	{.name = "limit",
         .argument = "N",
         TEXT(limit),
         .commands = FOR_STATUS,
         .help = "at most N runs and N plans (default 20; 0: all)"},
	{.name = "open",
         FLAG(open),
         .commands = FOR_STATUS,
         .help = "only runs with something open: outcomes, or actions of customers"},
	{.name = "watch",
         FLAG(watch),
         .commands = FOR_STATUS,
         .help = "print again every two seconds, until the run is over or you press Ctrl-C"},
	{.name = "yes", FLAG(yes), .commands = FOR_FORGET, .help = "erase without asking"},
	{.name = "signer",
         .argument = "FILE",
         TEXT(signer),
         .commands = FOR_VERIFY,
         .help = "trust this certificate, or those it issued (PEM)"},
	{.name = "log-file",
         .argument = "FILE",
         TEXT(log_file),
         OVERRIDES("log", "file"),
         .commands = FOR_ALL,
         .help = "log to the file; opened again after SIGHUP"},
	{.name = "log-json",
         FLAG(log_json),
         OVERRIDES("log", "json"),
         .commands = FOR_ALL,
         .help = "log JSON lines, on standard error without a log file"},
	{.name = "syslog",
         FLAG(syslog),
         OVERRIDES("log", "syslog"),
         .commands = FOR_ALL,
         .help = "log to syslog, facility daemon"},
	{.name = "no-color",
         FLAG(no_color),
         .commands = FOR_ALL,
         .help = "no colour, as with NO_COLOR set"},
	{.name = "progress",
         FLAG(progress),
         .commands = FOR_ALL,
         .help = "print a progress line even without a terminal"},
	{.name = "stats",
         .argument = "T",
         OVERRIDES("metrics", "stats"),
         .commands = FOR_ALL,
         .help = "without a terminal, print a line of progress every T"},
	{.name = "metrics-file",
         .argument = "FILE",
         OVERRIDES("metrics", "metrics-file"),
         .commands = FOR_SENDING,
         .help = "metrics for node_exporter's textfile collector"},
	{.name = "status-file",
         .argument = "FILE",
         OVERRIDES("metrics", "status-file"),
         .commands = FOR_SENDING,
         .help = "JSON file that shows how far the run is, once a second"},
	{.name = "interactive",
         FLAG(interactive),
         .commands = FOR_CONFIG,
         .help = "generate: ask at the terminal, test each answer, write the file"},
	{.name = "offline",
         FLAG(offline),
         .commands = FOR_DOCTOR,
         .help = "make only the checks that need no connection"},
	{.name = "help", .letter = '?', FLAG(help), .commands = FOR_ALL, .help = "this help"},
	{.name = "version", .letter = 'V', FLAG(version), .help = "print the version"},
};

static void
add_to_list(struct option_list *l, const char *argument)
{
	l->text = xreallocarray(l->text, l->count + 1, sizeof(*l->text));
	l->text[l->count++] = argument;
}

static int
store(struct options *o, const struct option_row *row, const char *argument, struct error *err)
{
	void *member = (char *)o + row->offset;
	long long ms;

	switch (row->kind) {
	case OPTION_KEY: return config_check(row->section, row->key, argument, err);
	case OPTION_FLAG: *(bool *)member = true; return 0;
	case OPTION_TEXT: *(const char **)member = argument; return 0;
	case OPTION_LIST: add_to_list(member, argument); return 0;
	case OPTION_DURATION:
		if (!text_duration(argument, &ms))
			return error_set(err, "\"%s\" is not a duration such as 30s, 5m or 2h",
			                 argument);
		*(int64_t *)member = ms;
		return 0;
	}
	return -1;
}

static void
add_argument(struct options *o, const char *arg)
{
	if (o->command == NULL) {
		o->command = arg;
		return;
	}
	o->arg = xreallocarray(o->arg, o->args + 1, sizeof(*o->arg));
	o->arg[o->args++] = arg;
}

static int
argp_key(size_t i)
{
	return rows[i].letter != 0 ? rows[i].letter : LONG_ONLY + (int)i;
}

static option_command_fn *known_command;

/* Ends the process after a usage error. command NULL: the command line names none so far. */
static _Noreturn void fail(const char *command, const char *format, ...) PRINTFLIKE(2, 3);
static _Noreturn void
fail(const char *command, const char *format, ...)
{
	char shown[40];
	va_list list;

	if (command != NULL && !known_command(command))
		command = NULL;
	text_printable(shown, sizeof(shown), command != NULL ? command : "");
	fputs("unpilot: ", stderr);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fprintf(stderr, " (see \"unpilot %s%s--help\")\nnext: unpilot help%s%s\n", shown,
	        command != NULL ? " " : "", command != NULL ? " " : "", shown);
	exit(USAGE_STATUS);
}

static _Noreturn void
fail_unknown(const char *command, const char *name, size_t len)
{
	char *word = xstrndup(name, len), shown[60];
	struct suggestion near;

	suggest_start(&near, word);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		suggest_offer(&near, rows[i].name);
	text_printable(shown, sizeof(shown), word);
	fail(command, "unknown option \"--%s\"%s", shown, suggest_text(&near, "--"));
}

/* argp takes the beginning of a name if it is unique. */
static const struct option_row *
find_long(const char *command, const char *name, size_t len)
{
	const struct option_row *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strncmp(rows[i].name, name, len) != 0)
			continue;
		if (rows[i].name[len] == '\0')
			return &rows[i];
		if (found != NULL)
			fail(command, "\"--%.*s\" can be --%s or --%s", (int)len, name, found->name,
			     rows[i].name);
		found = &rows[i];
	}
	if (found == NULL || len == 0)
		fail_unknown(command, name, len);
	return found;
}

/* Whether the next word is the argument of this one. */
static bool
check_long(const char *command, const char *word, const char *next)
{
	size_t len = strcspn(word, "=");
	const struct option_row *row = find_long(command, word, len);

	if (row->argument == NULL && word[len] == '=')
		fail(command, "--%s takes no value", row->name);
	if (row->argument != NULL && word[len] == '\0' && next == NULL)
		fail(command, "--%s needs a value: --%s=%s", row->name, row->name, row->argument);
	return row->argument != NULL && word[len] == '\0';
}

static const struct option_row *
find_letter(char letter)
{
	for (size_t i = 0; letter != '\0' && i < ARRAY_SIZE(rows); i++)
		if (rows[i].letter == letter)
			return &rows[i];
	return NULL;
}

static bool
check_letters(const char *command, const char *letters, const char *next)
{
	char shown[2 * sizeof(letters)];

	for (; *letters != '\0'; letters++) {
		const struct option_row *row = find_letter(*letters);
		text_printable(shown, sizeof(shown), (char[]){*letters, '\0'});
		if (row == NULL)
			fail(command, "unknown option \"-%s\"", shown);
		if (row->argument == NULL)
			continue;
		if (letters[1] == '\0' && next == NULL)
			fail(command, "-%c needs a value: -%c %s", row->letter, row->letter,
			     row->argument);
		return letters[1] == '\0';
	}
	return false;
}

/* Reports mistyped options before argp does, which cannot suggest anything. Returns the command. */
static const char *
check_options(int argc, char **argv)
{
	const char *command = NULL;

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *word = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL;

		if (strncmp(word, "--", 2) == 0)
			i += check_long(command, word + 2, next);
		else if (word[0] == '-' && word[1] != '\0')
			i += check_letters(command, word + 1, next);
		else if (command == NULL)
			command = word;
	}
	return command;
}

struct parsing {
	struct options *o;
	const char *command; /* argp delivers it after the options */
};

static error_t
parse_one(int key, char *arg, struct argp_state *state)
{
	const struct parsing *p = state->input;
	struct options *o = p->o;
	struct error err;
	size_t i = 0;

	if (key == ARGP_KEY_ARG) {
		add_argument(o, arg);
		return 0;
	}
	while (i < ARRAY_SIZE(rows) && argp_key(i) != key)
		i++;
	if (i == ARRAY_SIZE(rows))
		return ARGP_ERR_UNKNOWN;
	/* An unset variable of a script must not turn off a guard, or name the root folder. */
	if (arg != NULL && arg[0] == '\0' && !rows[i].may_be_empty)
		fail(p->command, "--%s has an empty value: --%s=%s", rows[i].name, rows[i].name,
		     rows[i].argument);
	o->given[i] = arg != NULL ? arg : "yes";
	if (store(o, &rows[i], arg, &err) != 0)
		fail(p->command, "--%s: %s", rows[i].name, err.text);
	return 0;
}

void
options_parse(struct options *o, int argc, char **argv, option_command_fn *is_command)
{
	struct argp_option list[ARRAY_SIZE(rows) + 1];
	struct parsing p = {.o = o};
	struct argp argp = {.options = list, .parser = parse_one, .args_doc = "COMMAND [ARG...]"};

	known_command = is_command;
	p.command = check_options(argc, argv);
	memset(list, 0, sizeof(list));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		list[i] = (struct argp_option){
			.name = rows[i].name, .key = argp_key(i), .arg = rows[i].argument};
	*o = (struct options){.given = xcalloc(ARRAY_SIZE(rows), sizeof(*o->given))};
	argp_err_exit_status = USAGE_STATUS;
	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &p);
}

void
options_release(struct options *o)
{
	free(o->arg);
	free(o->given);
	free(o->tenant.text);
}

bool
options_next_override(const struct options *o, size_t *at, struct option_override *ret)
{
	while (*at < ARRAY_SIZE(rows)) {
		const struct option_row *row = &rows[*at];
		const char *value = o->given[(*at)++];

		if (value == NULL || row->key == NULL)
			continue;
		*ret = (struct option_override){row->name, row->section, row->key, value};
		return true;
	}
	return false;
}

int
options_check(const struct options *o, enum option_set command, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (o->given[i] != NULL && (rows[i].commands & command) == 0)
			return error_set(
				err, "--%s has no meaning for \"%s\": see \"unpilot %s --help\"",
				rows[i].name, o->command, o->command);
	return 0;
}

void
options_help(enum option_set command, const char *usage, const char *about)
{
	printf("Usage: unpilot %s\n\n%s\n\nOptions:\n", usage, about);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if ((rows[i].commands & command) != 0)
			options_print_row(&rows[i]);
}
