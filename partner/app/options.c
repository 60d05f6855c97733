#include "partner/app/options.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"

#define DEVICES_MAX 1000000000LL /* more than were ever built */
#define USAGE_STATUS 2           /* design, section 4, exit codes */

enum option_key {
	KEY_CONFIG = 'c',
	KEY_QUIET = 'q',
	KEY_VERBOSE = 'v',
	KEY_DRY_RUN = 'n',
	KEY_HELP = '?',
	KEY_JSON = 0x100,
	KEY_OUT,
	KEY_PARALLEL,
	KEY_TPSLIMIT,
	KEY_MAX_DEVICES,
	KEY_MAX_PER_CUSTOMER,
	KEY_MAX_FAIL_PERCENT,
	KEY_SKIP_LIST,
	KEY_MAX_DURATION,
	KEY_LOCK_WAIT,
	KEY_AGAIN,
	KEY_RESEND,
	KEY_DIGEST,
	KEY_COLUMNS,
	KEY_SIGNER,
	KEY_CUSTOMER,
	KEY_ROUTE,
	KEY_ALL_MATCHES,
	KEY_LOG_FILE,
	KEY_LOG_JSON,
	KEY_SYSLOG,
	KEY_NO_COLOR,
	KEY_PROGRESS,
	KEY_STATS,
	KEY_METRICS_FILE,
	KEY_STATUS_FILE,
	KEY_OFFLINE,
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
         FOR_WRITING | FOR_STATUS | FOR_VERIFY | FOR_CLOSE | FOR_DOCTOR | FOR_CONFIG | FOR_FORGET},
	{KEY_DRY_RUN, "dry-run", NULL, "say what would be done, send nothing",
         FOR_SENDING | FOR_FORGET},
	{KEY_OUT, "out", "DIR", "where hand-off packs go", FOR_WRITING | FOR_REPORT | FOR_LETTER},
	{KEY_PARALLEL, "parallel", "N", "requests in flight", FOR_SENDING | FOR_CONFIG},
	{KEY_TPSLIMIT, "tpslimit", "N", "requests a second at most, such as 5 or 0.5",
         FOR_SENDING | FOR_CONFIG},
	{KEY_ROUTE, "route", "ROUTE", "oem-direct or partner-center (default: as configured)",
         FOR_WRITING | FOR_DOCTOR | FOR_CONFIG},
	{KEY_ALL_MATCHES, "all-matches", NULL,
         "Partner Center: delete every registration of the same serial, make and model",
         FOR_WRITING},
	{KEY_MAX_DEVICES, "max-devices", "N", "refuse a run of more devices (0: no limit)",
         FOR_RUN | FOR_PLAN | FOR_APPLY | FOR_CONFIG},
	{KEY_MAX_PER_CUSTOMER, "max-per-customer", "N", "the same for each customer",
         FOR_RUN | FOR_PLAN | FOR_APPLY | FOR_CONFIG},
	{KEY_MAX_FAIL_PERCENT, "max-fail-percent", "P",
         "stop when more of the answered devices failed", FOR_SENDING | FOR_CONFIG},
	{KEY_SKIP_LIST, "skip-list", "FILE", "serials and Product Key IDs never to be sent",
         FOR_WRITING | FOR_CONFIG},
	{KEY_MAX_DURATION, "max-duration", "T", "send nothing more after T, such as 90m",
         FOR_SENDING},
	{KEY_LOCK_WAIT, "lock-wait", "T", "wait so long for another run to end",
         FOR_WRITING | FOR_CLOSE | FOR_FORGET},
	{KEY_AGAIN, "again", NULL, "send although the list or a device was sent before",
         FOR_WRITING},
	{KEY_RESEND, "resend", NULL, "send once more what got no answer, however long ago",
         FOR_RESUME},
	{KEY_DIGEST, "digest", "D", "refuse a plan that has another digest", FOR_APPLY},
	{KEY_COLUMNS, "columns", "NAMES", "columns of lists without a header, in order",
         FOR_RUN | FOR_PLAN | FOR_LETTER},
	{KEY_CUSTOMER, "customer", "C",
         "this customer's pack of all that is open (report); whom to forget",
         FOR_REPORT | FOR_FORGET},
	{KEY_SIGNER, "signer", "FILE", "trust this certificate, or those it issued (PEM)",
         FOR_VERIFY},
	{KEY_LOG_FILE, "log-file", "FILE", "log to the file; opened again after SIGHUP", FOR_ALL},
	{KEY_LOG_JSON, "log-json", NULL, "log JSON lines, on standard error without a log file",
         FOR_ALL},
	{KEY_SYSLOG, "syslog", NULL, "log to syslog, facility daemon", FOR_ALL},
	{KEY_NO_COLOR, "no-color", NULL, "no colour, as with NO_COLOR set", FOR_ALL},
	{KEY_PROGRESS, "progress", NULL, "a progress line, also where there is no terminal",
         FOR_ALL},
	{KEY_STATS, "stats", "T", "where there is no terminal, a line of progress every T",
         FOR_ALL},
	{KEY_METRICS_FILE, "metrics-file", "FILE", "metrics for node_exporter's textfile collector",
         FOR_SENDING},
	{KEY_STATUS_FILE, "status-file", "FILE", "JSON, how the run stands, once a second",
         FOR_SENDING},
	{KEY_OFFLINE, "offline", NULL, "leave out what would open a connection", FOR_DOCTOR},
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

static int64_t
duration(const char *text, const char *option, struct argp_state *state)
{
	long long ms = 0;

	if (!text_duration(text, &ms))
		argp_error(state, "--%s: \"%s\" is no duration such as 30s, 5m, 2h", option, text);
	return ms;
}

static int64_t
rate(const char *text, const char *option, struct argp_state *state)
{
	long long thousandths = 0;

	if (!text_rate(text, &thousandths))
		argp_error(state, "--%s: \"%s\" is no rate such as 5 or 0.5", option, text);
	return thousandths;
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
	case KEY_CUSTOMER: o->customer = arg; return 0;
	case KEY_SIGNER: o->signer = arg; return 0;
	case KEY_QUIET: o->quiet = true; return 0;
	case KEY_VERBOSE: o->verbose = true; return 0;
	case KEY_JSON: o->json = true; return 0;
	case KEY_DRY_RUN: o->dry_run = true; return 0;
	case KEY_AGAIN: o->again = true; return 0;
	case KEY_OFFLINE: o->offline = true; return 0;
	case KEY_HELP: o->help = true; return 0;
	case KEY_PARALLEL: o->parallel = number(arg, "parallel", 64, state); return 0;
	case KEY_TPSLIMIT: o->tpslimit = rate(arg, "tpslimit", state); return 0;
	case KEY_MAX_DEVICES:
		o->max_devices = number(arg, "max-devices", DEVICES_MAX, state);
		return 0;
	case KEY_MAX_PER_CUSTOMER:
		o->max_per_customer = number(arg, "max-per-customer", DEVICES_MAX, state);
		return 0;
	case KEY_MAX_FAIL_PERCENT:
		o->max_fail_percent = number(arg, "max-fail-percent", 100, state);
		return 0;
	case KEY_SKIP_LIST: o->skip_list = arg; return 0;
	case KEY_MAX_DURATION: o->max_duration = duration(arg, "max-duration", state); return 0;
	case KEY_LOCK_WAIT: o->lock_wait = duration(arg, "lock-wait", state); return 0;
	case KEY_RESEND: o->resend = true; return 0;
	case KEY_ROUTE: o->route = arg; return 0;
	case KEY_ALL_MATCHES: o->all_matches = true; return 0;
	case KEY_DIGEST: o->digest = arg; return 0;
	case KEY_LOG_FILE: o->log_file = arg; return 0;
	case KEY_LOG_JSON: o->log_json = true; return 0;
	case KEY_SYSLOG: o->syslog = true; return 0;
	case KEY_NO_COLOR: o->no_color = true; return 0;
	case KEY_PROGRESS: o->progress = true; return 0;
	case KEY_STATS: o->stats = duration(arg, "stats", state); return 0;
	case KEY_METRICS_FILE: o->metrics_file = arg; return 0;
	case KEY_STATUS_FILE: o->status_file = arg; return 0;
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
	*o = (struct options){.parallel = -1,
	                      .max_devices = -1,
	                      .max_per_customer = -1,
	                      .max_fail_percent = -1,
	                      .tpslimit = -1,
	                      .max_duration = -1,
	                      .lock_wait = -1,
	                      .stats = -1};
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
