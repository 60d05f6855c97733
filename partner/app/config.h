/*
 * The configuration (unpilot.conf(5)): a table of sections and keys with their kinds, limits and
 * defaults. Unknown keys and sections are errors with file and line. Owns its strings. Durations are
 * milliseconds. Relative paths in the file are relative to the folder that holds it, those of options to
 * the working directory; all are absolute here.
 */
#ifndef PARTNER_APP_CONFIG_H
#define PARTNER_APP_CONFIG_H

#include "common/base.h"
#include "common/error.h"
#include "partner/ledger/gate.h"
#include "partner/vocabulary.h"

#define CONFIG_DEFAULT_PATH "/etc/unpilot/unpilot.conf"

struct config_sending { /* how requests of a route are sent; milliseconds */
	int64_t parallel, retries, connect_timeout, timeout, poll_interval, poll_deadline;
	int64_t busy_deadline;
	int64_t tpslimit; /* thousandths of a request a second; 0: no limit */
};

struct config_identity { /* our identity towards a service, and the issuers we trust */
	char *certificate, *key, *key_passphrase_file, *ca_file, *proxy;
};

struct config {
	/* texts; "": not set */
	char *partner_name, *partner_contact, *partner_support, *partner_logo;
	char *route;
	char *url, *sold_to, *received_from, *profile, *wire;
	struct config_identity oem_direct_identity, partner_center_identity;
	char *partner_center_url, *authority, *tenant, *client_id;
	char *client_secret_file, *refresh_token_file, *scope, *resource;
	char *ledger_url, *handoff_directory, *stylesheets, *language, *default_purpose;
	char *letter; /* "off", "warn" or "require" */
	char *columns, *list_encoding, *list_words, *spool_directory, *skip_list, *sign_certificate,
		*sign_key;
	char *log_file, *metrics_file, *status_file;
	char *notify_url, *notify_key_file, *notify_on, *notify_template;
	/* numbers */
	struct config_sending oem_direct, partner_center;
	int64_t batch_size, max_devices, max_per_customer, max_fail_percent;
	int64_t max_inventory_percent;
	int64_t hold_days, letter_wait, run_page, keep_days, canary, max_unanswered;
	int64_t ticket_required, log_json, log_syslog, notify_details; /* 0 or 1 */
	/* milliseconds */
	int64_t resend_within;
	int64_t canary_trust;
	int64_t plan_max_age, spool_settle, lease;
	int64_t stats; /* 0: none */
	/* where the values came from */
	char *path;   /* the file that was read, as it was named; NULL: none */
	char *file;   /* its absolute path; NULL: none */
	char *folder; /* the absolute path of its folder; NULL: none */
	int *origin;  /* by key: its line in the file, or one of these two; owned */
};
#define CONFIG_FROM_DEFAULT 0
#define CONFIG_FROM_OPTION (-1)

/* path NULL: the default path, or the defaults alone if it does not exist. c must be released even
 * after a failure: it holds the values up to the error. */
int config_load(struct config *c, const char *path, struct error *err) MUST_CHECK;
int config_defaults(struct config *c, struct error *err) MUST_CHECK; /* reads no file */
void config_release(struct config *c);
/* [limits] letter and letter-wait. */
int config_letter(const struct config *c, struct ledger_gate *ret, struct error *err) MUST_CHECK;
/* [lists] default-purpose. */
int config_purpose(const struct config *c, enum purpose *ret, struct error *err) MUST_CHECK;
/* For command-line options, which override the file. section NULL: every section that has the key.
 * config_check() needs no configuration; it fails if the key does not take the value. */
int
config_check(const char *section, const char *key, const char *value, struct error *err) MUST_CHECK;
int config_override(struct config *c, const char *section, const char *key, const char *value,
                    struct error *err) MUST_CHECK;

struct config_value {
	const char *section, *key, *help;
	const char *default_text; /* "": none */
	bool required;            /* has no default, and no run works without it */
	const char *text;         /* the effective value; a password in an address is masked */
	int origin;               /* as struct config has it */
};
/* Stops at the first fn that does not return 0, and returns its result. */
typedef int config_value_fn(void *ctx, const struct config_value *value);
int config_each(const struct config *c, config_value_fn *fn, void *ctx);

#endif
