/* The table of configuration keys: reads, checks, overrides and lists their values. */
#include "partner/app/config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/file.h"
#include "common/ini.h"
#include "common/text.h"
#include "partner/app/config_check.h"
#include "partner/app/config_mask.h"
#include "partner/app/config_path.h"
#include "partner/app/config_text.h"
#include "partner/app/suggest.h"

enum key_kind {
	KEY_TEXT,
	KEY_SECRET_URL, /* printed without the part that only its owner knows */
	KEY_PATH,
	KEY_CREDENTIAL, /* a path; a bare name is looked for among systemd's credentials first */
	KEY_LEDGER,     /* sqlite:PATH, or the URL of a server */
	KEY_COUNT,      /* a whole number within limits */
	KEY_DURATION,   /* within limits, kept in milliseconds */
	KEY_RATE,       /* requests a second, three decimals at most, kept in thousandths */
	KEY_YES_NO      /* kept as 1 or 0 */
};

#define DAY_MS (24LL * 3600 * 1000)
#define BATCH_SIZE_MAX 1000      /* documented maximum of the service */
#define PARALLEL_MAX 64          /* more requests in flight only meet throttling sooner */
#define DEVICES_MAX 1000000000LL /* more than were ever built */
#define HOLD_DAYS_MAX 3650       /* ten years: no ledger is older */
#define KEEP_DAYS_MAX 36500      /* a hundred years; 0 keeps for ever */

#define KEY(s, k, kind_, member, default_, help_) \
	.section = s, .key = k, .kind = kind_, .offset = offsetof(struct config, member), \
	.default_text = default_, .help = help_
#define TEXT(s, k, member, default_, help) \
	{ \
		KEY(s, k, KEY_TEXT, member, default_, help) \
	}
#define REQUIRED(s, k, member, help) \
	{ \
		KEY(s, k, KEY_TEXT, member, "", help), .required = true \
	}
#define OPTIONAL(s, k, member, help) TEXT(s, k, member, "", help)
#define SECRET_URL(s, k, member, help) \
	{ \
		KEY(s, k, KEY_SECRET_URL, member, "", help) \
	}
#define PATH(s, k, member, default_, help) \
	{ \
		KEY(s, k, KEY_PATH, member, default_, help) \
	}
#define CREDENTIAL(s, k, member, help) \
	{ \
		KEY(s, k, KEY_CREDENTIAL, member, "", help) \
	}
#define REQUIRED_CREDENTIAL(s, k, member, help) \
	{ \
		KEY(s, k, KEY_CREDENTIAL, member, "", help), .required = true \
	}
#define LEDGER(s, k, member, default_, help) \
	{ \
		KEY(s, k, KEY_LEDGER, member, default_, help) \
	}
#define COUNT(s, k, member, default_, lo, hi, help) \
	{ \
		KEY(s, k, KEY_COUNT, member, default_, help), .min = lo, .max = hi \
	}
#define DURATION(s, k, member, default_, lo, hi, help) \
	{ \
		KEY(s, k, KEY_DURATION, member, default_, help), .min = lo, .max = hi \
	}
#define RATE(s, k, member, help) \
	{ \
		KEY(s, k, KEY_RATE, member, "0", help) \
	}
#define YES_NO(s, k, member, help) \
	{ \
		KEY(s, k, KEY_YES_NO, member, "no", help) \
	}
/* The keys that both routes have. A section whose certificate is required is the default route's. */
#define IDENTITY(s, REQUIREMENT, member) \
	REQUIREMENT(s, "certificate", member.certificate, \
	            "client certificate: PEM, or PKCS#12 with its key"), \
		REQUIREMENT(s, "key", member.key, "its private key: PEM, mode 0600"), \
		CREDENTIAL(s, "key-passphrase-file", member.key_passphrase_file, \
	                   "file whose first line opens the key, mode 0600"), \
		PATH(s, "ca-file", member.ca_file, "", \
	             "CA certificates to trust instead of the system's (PEM)"), \
		OPTIONAL(s, "proxy", member.proxy, "http://host:port; none: the environment's")
#define SENDING(s, member, parallel_default, interval_default) \
	COUNT(s, "parallel", member.parallel, parallel_default, 1, PARALLEL_MAX, \
	      "requests in flight"), \
		RATE(s, "tpslimit", member.tpslimit, "requests a second at most; 0: no limit"), \
		DURATION(s, "connect-timeout", member.connect_timeout, "30s", 100, DAY_MS, \
	                 "how long a connection may take"), \
		DURATION(s, "timeout", member.timeout, "10m", 100, DAY_MS, \
	                 "how long an answer may take"), \
		COUNT(s, "retries", member.retries, "3", 0, 100, \
	              "how often a request that certainly did nothing is repeated"), \
		DURATION(s, "busy-deadline", member.busy_deadline, "1h", 1000, DAY_MS, \
	                 "how long a throttling service is waited for; uses up no retries"), \
		DURATION(s, "poll-interval", member.poll_interval, interval_default, 1, DAY_MS, \
	                 "pause between two polls for a result"), \
		DURATION(s, "poll-deadline", member.poll_deadline, "1h", 1, 30 * DAY_MS, \
	                 "after this the next run collects the results")

static const struct {
	const char *section, *key;
	enum key_kind kind;
	size_t offset;
	const char *default_text;
	long long min, max;
	bool required; /* no run works without it: a generated file has it uncommented */
	const char *help;
} keys[] = {
	OPTIONAL("partner", "name", partner_name, "your name, as customers read it"),
	OPTIONAL("partner", "contact", partner_contact, "whom customers write to"),
	OPTIONAL("partner", "support", partner_support, "your support page or telephone"),
	PATH("partner", "logo", partner_logo, "", "PNG or JPEG file for the pages of customers"),
	TEXT("run", "route", route, "oem-direct", "oem-direct or partner-center"),
	REQUIRED("oem-direct", "url", url, "address of the service: https://host/path"),
	IDENTITY("oem-direct", REQUIRED_CREDENTIAL, oem_direct_identity),
	OPTIONAL("oem-direct", "sold-to", sold_to, "your account number, 10 digits at most"),
	OPTIONAL("oem-direct", "received-from", received_from,
                 "the account number of the partner whom you act for"),
	PATH("oem-direct", "profile", profile, "", "file of the service's names; none: built in"),
	OPTIONAL("oem-direct", "wire", wire,
                 "form of requests: json or xml; none: as the profile says"),
	COUNT("oem-direct", "batch-size", batch_size, "1000", 1, BATCH_SIZE_MAX,
              "devices a request"),
	SENDING("oem-direct", oem_direct, "4", "60s"),
	DURATION("oem-direct", "resend-within", resend_within, "15m", 0, DAY_MS,
                 "how long after its first send an unanswered request may be sent again"),
	TEXT("partner-center", "url", partner_center_url, "https://api.partnercenter.microsoft.com",
             "address of the service"),
	TEXT("partner-center", "authority", authority, "https://login.microsoftonline.com",
             "the service that issues tokens"),
	OPTIONAL("partner-center", "tenant", tenant,
                 "your own tenant, for which tokens are issued"),
	OPTIONAL("partner-center", "client-id", client_id, "id of your app registration"),
	IDENTITY("partner-center", CREDENTIAL, partner_center_identity),
	CREDENTIAL("partner-center", "client-secret-file", client_secret_file,
                   "file of the app's secret instead of a certificate, mode 0600"),
	CREDENTIAL("partner-center", "refresh-token-file", refresh_token_file,
                   "file of a refresh token, mode 0600, kept up to date"),
	TEXT("partner-center", "scope", scope, "https://api.partnercenter.microsoft.com/.default",
             "the scope of tokens"),
	OPTIONAL("partner-center", "resource", resource,
                 "the resource, for authorities that know no scopes"),
	SENDING("partner-center", partner_center, "1", "30s"),
	LEDGER("ledger", "url", ledger_url, "sqlite:/var/lib/unpilot/ledger.db",
               "where runs, rows and outcomes are recorded"),
	DURATION("ledger", "lease", lease, "2m", 1000, DAY_MS,
                 "on a server: a machine that is silent for so long loses its batches"),
	PATH("handoff", "directory", handoff_directory, "/var/lib/unpilot/handoff",
             "where the customers' packs are written"),
	CREDENTIAL("handoff", "sign-certificate", sign_certificate, "certificate that signs packs"),
	CREDENTIAL("handoff", "sign-key", sign_key, "its private key, mode 0600"),
	PATH("handoff", "stylesheets", stylesheets, "", "directory of your own stylesheets"),
	TEXT("handoff", "language", language, "en", "language of the packs: en, de"),
	{KEY("handoff", "run-page", KEY_YES_NO, run_page, "yes",
             "write the operator's page of a run, index.html beside the packs")},
	COUNT("handoff", "keep-days", keep_days, "0", 0, KEEP_DAYS_MAX,
              "days after which packs and rows of finished runs are removed; 0: never"),
	PATH("spool", "directory", spool_directory, "",
             "folder whose incoming/ holds the lists to be run"),
	DURATION("spool", "settle", spool_settle, "30s", 0, DAY_MS,
                 "a list that was changed more recently waits for the next run"),
	COUNT("limits", "max-devices", max_devices, "5000", 0, DEVICES_MAX,
              "a run of more devices is refused; 0: no limit"),
	COUNT("limits", "max-per-customer", max_per_customer, "0", 0, DEVICES_MAX,
              "the same for each customer; 0: no limit"),
	COUNT("limits", "max-fail-percent", max_fail_percent, "20", 0, 100,
              "the run stops when more of the answered devices failed"),
	COUNT("limits", "canary", canary, "10", 0, BATCH_SIZE_MAX,
              "devices of a run's first batch; the rest waits for their answers; 0: off"),
	DURATION("limits", "canary-trust", canary_trust, "12h", 0, 30 * DAY_MS,
                 "how long a good canary stands for later runs to the same service"),
	COUNT("limits", "max-unanswered", max_unanswered, "10000", 0, DEVICES_MAX,
              "devices sent but not yet answered, at any moment; 0: no limit"),
	COUNT("limits", "max-inventory-percent", max_inventory_percent, "50", 0, 100,
              "Partner Center: the share of a customer's registrations that a run may delete; 0: no "
              "limit"),
	COUNT("limits", "hold-days", hold_days, "30", 0, HOLD_DAYS_MAX,
              "a device deregistered within so many days is not sent again"),
	TEXT("limits", "letter", letter, "off",
             "off, warn or require: whether a device needs its customer's receipt of the letter first"),
	COUNT("limits", "letter-wait", letter_wait, "0", 0, HOLD_DAYS_MAX,
              "days after which a device is sent without that receipt; 0: never"),
	DURATION("limits", "plan-max-age", plan_max_age, "24h", 1000, 30 * DAY_MS,
                 "an older plan cannot be applied"),
	PATH("limits", "skip-list", skip_list, "",
             "file of serials and Product Key IDs never to be sent"),
	TEXT("lists", "default-purpose", default_purpose, "repair", "repair, retire or resell"),
	OPTIONAL("lists", "columns", columns, "columns of lists without a header, in order"),
	OPTIONAL("lists", "encoding", list_encoding,
                 "encoding of lists that do not show it, such as WINDOWS-1250"),
	PATH("lists", "words", list_words, "", "file of further column names and placeholders"),
	YES_NO("lists", "ticket-required", ticket_required, "reject rows without a ticket"),
	PATH("log", "file", log_file, "", "the log goes to this file as well"),
	YES_NO("log", "json", log_json, "the log is JSON lines"),
	YES_NO("log", "syslog", log_syslog, "the log goes to syslog as well"),
	PATH("metrics", "metrics-file", metrics_file, "",
             "file for node_exporter's textfile collector"),
	PATH("metrics", "status-file", status_file, "", "JSON file that shows how far the run is"),
	DURATION("metrics", "stats", stats, "0", 0, DAY_MS,
                 "without a terminal: interval of progress lines; 0: none"),
	SECRET_URL("notify", "url", notify_url, "https address that gets the summary of a run"),
	CREDENTIAL("notify", "key-file", notify_key_file,
                   "file whose first line is the key that signs what is sent, mode 0600"),
	TEXT("notify", "on", notify_on, "needs-a-person", "needs-a-person or always"),
	TEXT("notify", "template", notify_template, "summary",
             "summary (JSON), or text as chat services take it"),
	YES_NO("notify", "details", notify_details,
               "also sends customers, serial numbers and Product Key IDs"),
};

static char **
text_at(struct config *c, size_t i)
{
	return (char **)(void *)((char *)c + keys[i].offset);
}

static int64_t *
number_at(struct config *c, size_t i)
{
	return (int64_t *)(void *)((char *)c + keys[i].offset);
}

static int
parse_count(size_t i, const char *value, long long *ret, struct error *err)
{
	if (text_number(value, keys[i].min, keys[i].max, ret))
		return 0;
	return error_set(err, "\"%s\" is not a number from %lld to %lld", value, keys[i].min,
	                 keys[i].max);
}

static int
parse_duration(size_t i, const char *value, long long *ret, struct error *err)
{
	char *min, *max;

	if (!text_duration(value, ret))
		return error_set(err, "\"%s\" is not a duration such as 30s, 5m or 2h", value);
	if (*ret >= keys[i].min && *ret <= keys[i].max)
		return 0;
	min = config_text_duration(keys[i].min);
	max = config_text_duration(keys[i].max);
	error_set(err, "\"%s\" is not a duration from %s to %s", value, min, max);
	free(min);
	free(max);
	return -1;
}

static int
parse_rate(const char *value, long long *ret, struct error *err)
{
	if (text_rate(value, ret))
		return 0;
	return error_set(err,
	                 "\"%s\" is not a rate: write requests a second, such as 5 or 0.5, or 0 "
	                 "for no limit",
	                 value);
}

static int
parse_yes_no(const char *value, long long *ret, struct error *err)
{
	bool yes;

	if (!text_yes(value, &yes))
		return error_set(err, "\"%s\" is not yes or no", value);
	*ret = yes ? 1 : 0;
	return 0;
}

/* For values that are kept as numbers. A text leaves *ret as it is. */
static int
parse_number(size_t i, const char *value, long long *ret, struct error *err)
{
	switch (keys[i].kind) {
	case KEY_TEXT:
	case KEY_SECRET_URL:
	case KEY_PATH:
	case KEY_CREDENTIAL:
	case KEY_LEDGER: return 0;
	case KEY_COUNT: return parse_count(i, value, ret, err);
	case KEY_DURATION: return parse_duration(i, value, ret, err);
	case KEY_RATE: return parse_rate(value, ret, err);
	case KEY_YES_NO: return parse_yes_no(value, ret, err);
	}
	return -1;
}

static bool
is_number(size_t i)
{
	return keys[i].kind == KEY_COUNT || keys[i].kind == KEY_DURATION ||
	       keys[i].kind == KEY_RATE || keys[i].kind == KEY_YES_NO;
}

static char *
resolve(size_t i, const char *base, const char *value)
{
	if (value[0] == '\0' || keys[i].kind == KEY_TEXT || keys[i].kind == KEY_SECRET_URL)
		return xstrdup(value);
	if (keys[i].kind == KEY_LEDGER)
		return config_path_ledger(base, value);
	return keys[i].kind == KEY_CREDENTIAL ? config_path_credential(base, value)
	                                      : file_join(base, value);
}

static int
set_value(struct config *c, size_t i, const char *base, const char *value, struct error *err)
{
	long long number = 0;

	if (parse_number(i, value, &number, err) != 0)
		return -1;
	if (is_number(i)) {
		*number_at(c, i) = number;
		return 0;
	}
	free(*text_at(c, i));
	*text_at(c, i) = resolve(i, base, value);
	return 0;
}

static int
set_from_file(struct config *c, size_t i, const char *value, int line, struct error *err)
{
	c->origin[i] = line;
	if (text_has_control(value) || !text_is_utf8(value, strlen(value)))
		return error_set(err, "the value of %s is not printable UTF-8", keys[i].key);
	return set_value(c, i, c->folder, value, err) == 0 ? 0
	                                                   : error_prefix(err, "%s", keys[i].key);
}

static int
fail_unknown(bool section_known, const char *section, const char *name, struct error *err)
{
	struct suggestion near;

	suggest_start(&near, section_known ? name : section);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!section_known || strcmp(section, keys[i].section) == 0)
			suggest_offer(&near, section_known ? keys[i].key : keys[i].section);
	if (section_known)
		return error_set(err, "unknown key \"%s\" in section [%s]%s", name, section,
		                 suggest_text(&near, ""));
	return error_set(err, "unknown section [%s]%s", section, suggest_text(&near, ""));
}

static int
on_value(void *ctx, const char *section, const char *name, const char *value, int line,
         struct error *err)
{
	bool section_known = false;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(section, keys[i].section) != 0)
			continue;
		section_known = true;
		if (strcmp(name, keys[i].key) == 0)
			return set_from_file(ctx, i, value, line, err);
	}
	return fail_unknown(section_known, section, name, err);
}

int
config_defaults(struct config *c, struct error *err)
{
	*c = (struct config){.origin = xcalloc(ARRAY_SIZE(keys), sizeof(*c->origin))};
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (set_value(c, i, "/", keys[i].default_text, err) != 0)
			return -1;
	return 0;
}

int
config_load(struct config *c, const char *path, struct error *err)
{
	if (config_defaults(c, err) != 0)
		return -1;
	if (path == NULL && file_is_missing(CONFIG_DEFAULT_PATH))
		return 0;
	if (path == NULL)
		path = CONFIG_DEFAULT_PATH;
	c->path = xstrdup(path);
	c->folder = config_path_folder(path);
	c->file = config_path_absolute(path);
	if (ini_read_file(path, on_value, c, err) != 0)
		return -1;
	return config_check_values(c, err);
}

void
config_release(struct config *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!is_number(i))
			free(*text_at(c, i));
	free(c->origin);
	free(c->path);
	free(c->file);
	free(c->folder);
}

static bool
key_is(size_t i, const char *section, const char *key)
{
	return strcmp(keys[i].key, key) == 0 &&
	       (section == NULL || strcmp(keys[i].section, section) == 0);
}

int
config_check(const char *section, const char *key, const char *value, struct error *err)
{
	long long number;
	size_t i = 0;

	while (i < ARRAY_SIZE(keys) && !key_is(i, section, key))
		i++;
	return i < ARRAY_SIZE(keys) ? parse_number(i, value, &number, err)
	                            : error_set(err, "there is no key \"%s\"", key);
}

int
config_override(struct config *c, const char *section, const char *key, const char *value,
                struct error *err)
{
	char *base = config_path_here();
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(keys); i++) {
		if (!key_is(i, section, key))
			continue;
		rc = set_value(c, i, base, value, err);
		if (rc == 0)
			c->origin[i] = CONFIG_FROM_OPTION;
	}
	free(base);
	return rc;
}

static char *
value_text(const struct config *c, size_t i)
{
	const void *at = (const char *)c + keys[i].offset;

	switch (keys[i].kind) {
	case KEY_SECRET_URL: return config_text_origin(*(char *const *)at);
	case KEY_TEXT:
	case KEY_PATH:
	case KEY_CREDENTIAL: return config_mask(*(char *const *)at);
	case KEY_LEDGER: return config_mask_ledger(*(char *const *)at);
	case KEY_COUNT: return xasprintf("%lld", (long long)*(const int64_t *)at);
	case KEY_DURATION: return config_text_duration(*(const int64_t *)at);
	case KEY_RATE: return config_text_rate(*(const int64_t *)at);
	case KEY_YES_NO: return xstrdup(*(const int64_t *)at != 0 ? "yes" : "no");
	}
	return xstrdup("");
}

int
config_each(const struct config *c, config_value_fn *fn, void *ctx)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(keys); i++) {
		char *text = value_text(c, i);
		struct config_value v = {.section = keys[i].section,
		                         .key = keys[i].key,
		                         .help = keys[i].help,
		                         .default_text = keys[i].default_text,
		                         .required = keys[i].required,
		                         .text = text,
		                         .origin = c->origin[i]};
		rc = fn(ctx, &v);
		free(text);
	}
	return rc;
}
