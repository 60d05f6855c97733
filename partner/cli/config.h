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

struct config_sending { /* how a route is used; times in milliseconds */
	int64_t parallel, retries, connect_timeout, timeout, poll_interval, poll_deadline;
	int64_t tpslimit; /* thousandths of a start a second; 0: no limit */
};

struct config_identity { /* how a route shows who we are, and what it trusts */
	char *certificate, *key, *key_passphrase_file, *ca_file, *proxy;
};

struct config {
	/* texts: "" where not set */
	char *partner_name, *partner_contact, *partner_support;
	char *route; /* where --route names none */
	char *url, *sold_to, *received_from, *profile, *wire;
	struct config_identity oem_direct_identity, partner_center_identity;
	char *partner_center_url, *authority, *tenant, *client_id;
	char *client_secret_file, *refresh_token_file, *scope, *resource;
	char *ledger_url, *handoff_directory, *stylesheets, *language, *default_purpose;
	char *columns, *spool_directory, *skip_list, *sign_certificate, *sign_key;
	/* numbers */
	struct config_sending oem_direct, partner_center;
	int64_t batch_size, max_devices, max_per_customer, max_fail_percent;
	int64_t hold_days;
	int64_t ticket_required; /* 0 or 1 */
	/* milliseconds */
	int64_t resend_within;
	int64_t plan_max_age, spool_settle, lease;
};

/* path NULL: the default path; where that does not exist, the defaults alone. */
int config_load(struct config *c, const char *path, struct error *err) MUST_CHECK;
void config_release(struct config *c);

#endif
