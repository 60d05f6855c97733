/*
 * The command line: one table of options, each with the commands that it belongs to. Options may
 * come before or after the command. Texts point into argv. No option takes a secret, because other
 * users can read a command line.
 */
#ifndef PARTNER_APP_OPTIONS_H
#define PARTNER_APP_OPTIONS_H

#include "common/base.h"
#include "common/error.h"

struct options {
	const char *command; /* NULL: none given */
	const char **arg;    /* what follows the command; owned */
	size_t args;
	const char *config, *out, *route, *digest, *signer, *customer, *log_file, *since, *limit,
		*remind; /* or NULL */
	bool quiet, verbose, json, dry_run, again, resend, moved, collect, clear_alarm, all_matches,
		offline, help, version, yes, open, interactive, no_record, not_ready, watch;
	bool log_json, syslog, no_color, progress;
	int64_t max_duration, lock_wait; /* milliseconds; 0: not given */
	const char *not_in;
	struct option_list { /* of an option that may be given several times */
		const char **text;
		size_t count;
	} tenant;
	/* by row of the table: its argument, "yes" for a flag, NULL if it was not given; owned */
	const char **given;
};

/* Prints usage errors, and exits the process with 2 after one. is_command: whether "help" knows the name. */
typedef bool option_command_fn(const char *name);
void options_parse(struct options *o, int argc, char **argv, option_command_fn *is_command);
void options_release(struct options *o);

/* An option that was given and overrides a key of the configuration, with the key's value. */
struct option_override {
	const char *name;
	const char *section, *key, *value; /* section NULL: each that has the key */
};
/* The next one from *at, which begins at 0. false: there is no more. */
bool options_next_override(const struct options *o, size_t *at, struct option_override *ret);

/* The commands that an option belongs to, one bit each. */
enum option_set {
	FOR_RUN = 1 << 0,
	FOR_PLAN = 1 << 1,
	FOR_REPORT = 1 << 2,
	FOR_STATUS = 1 << 3,
	FOR_RESUME = 1 << 4,
	FOR_APPLY = 1 << 5,
	FOR_VERIFY = 1 << 6,
	FOR_CLOSE = 1 << 7,
	FOR_LETTER = 1 << 8,
	FOR_DOCTOR = 1 << 9,
	FOR_CONFIG = 1 << 10,
	FOR_FORGET = 1 << 11,
	FOR_LEDGER = 1 << 12,
	FOR_INIT = 1 << 13,
	FOR_HELP = 1 << 14,
	FOR_FIND = 1 << 15,
	FOR_INVENTORY = 1 << 16,
	FOR_SENDING = FOR_RUN | FOR_APPLY | FOR_RESUME,
	FOR_WRITING = FOR_SENDING | FOR_PLAN, /* those that write runs to the ledger */
	FOR_ALL = FOR_WRITING | FOR_REPORT | FOR_STATUS | FOR_VERIFY | FOR_CLOSE | FOR_LETTER |
	          FOR_DOCTOR | FOR_CONFIG | FOR_FORGET | FOR_LEDGER | FOR_INIT | FOR_HELP |
	          FOR_FIND | FOR_INVENTORY
};
/* Fails with the first given option that does not belong to the command. */
int options_check(const struct options *o, enum option_set command, struct error *err) MUST_CHECK;
/* Prints the help of a command: usage, about, and its options. */
void options_help(enum option_set command, const char *usage, const char *about);

#endif
