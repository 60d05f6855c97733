/*
 * The configuration file (design, section 6): a table of sections and keys with types, limits
 * and defaults. Unknown keys and sections are errors with file and line. Owns its strings.
 * Times are milliseconds. Relative paths are relative to the working directory.
 */
#ifndef PARTNER_CLI_CONFIG_H
#define PARTNER_CLI_CONFIG_H

#include "common/base.h"
#include "common/error.h"

#define CONFIG_DEFAULT_PATH "/etc/unpilot/unpilot.conf"

struct config {
	/* texts: "" where not set */
	char *partner_name, *partner_contact, *partner_support, *partner_logo;
	char *url, *certificate, *key, *key_passphrase_file, *ca_file, *sold_to, *received_from;
	char *profile, *wire, *proxy;
	char *ledger_url, *handoff_directory, *stylesheets, *language, *default_purpose;
	char *columns, *spool_directory, *skip_list, *sign_certificate, *sign_key;
	/* numbers */
	int64_t batch_size, parallel, retries, max_devices, max_per_customer, max_fail_percent;
	int64_t hold_days;
	int64_t tpslimit;        /* thousandths of a start a second; 0: no limit */
	int64_t ticket_required; /* 0 or 1 */
	/* milliseconds */
	int64_t connect_timeout, timeout, poll_interval, poll_deadline, resend_within;
	int64_t plan_max_age, spool_settle;
};

/* path NULL: the default path; where that does not exist, the defaults alone. */
int config_load(struct config *c, const char *path, struct error *err) MUST_CHECK;
void config_release(struct config *c);

#endif
