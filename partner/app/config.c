#include "partner/app/config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/ini.h"
#include "common/log.h"
#include "common/text.h"

enum key_kind {
	KEY_TEXT,
	KEY_COUNT_OF, /* a whole number within limits */
	KEY_TIME,     /* a duration within limits, kept in milliseconds */
	KEY_RATE,     /* starts a second, three decimals at most, kept in thousandths */
	KEY_YES,      /* yes or no, kept as 1 or 0 */
	KEY_LATER     /* known, without effect in this version: a warning says so */
};

#define DAY_MS (24LL * 3600 * 1000)
#define BATCH_SIZE_MAX 1000 /* documented maximum of the service (wire facts, section 1) */
#define PARALLEL_MAX 64     /* more in flight only meets throttling sooner */
#define HOLD_DAYS_MAX 3650  /* ten years: no ledger is older */
#define KEEP_DAYS_MAX 36500 /* a hundred: more is 0, for ever */

#define TEXT(s, k, member, standard, help) \
	{ \
		s, k, KEY_TEXT, offsetof(struct config, member), standard, 0, 0, false, help \
	}
#define MUST(s, k, member, help) \
	{ \
		s, k, KEY_TEXT, offsetof(struct config, member), "", 0, 0, true, help \
	}
#define COUNT(s, k, member, standard, lo, hi, help) \
	{ \
		s, k, KEY_COUNT_OF, offsetof(struct config, member), standard, lo, hi, false, help \
	}
#define TIME(s, k, member, standard, lo, hi, help) \
	{ \
		s, k, KEY_TIME, offsetof(struct config, member), standard, lo, hi, false, help \
	}
#define RATE(s, k, member, help) \
	{ \
		s, k, KEY_RATE, offsetof(struct config, member), "0", 0, TEXT_RATE_MAX, false, \
			help \
	}
#define YES(s, k, member, help) \
	{ \
		s, k, KEY_YES, offsetof(struct config, member), "no", 0, 1, false, help \
	}
/* What both routes have; a route that is asked for by default must have what `kind` says. */
#define IDENTITY(s, kind, member) \
	kind(s, "certificate", member.certificate, \
	     "client certificate: PEM, or PKCS#12 with its key"), \
		kind(s, "key", member.key, "its private key: PEM, mode 0600"), \
		TEXT(s, "key-passphrase-file", member.key_passphrase_file, "", \
	             "file whose first line opens the key, mode 0600"), \
		TEXT(s, "ca-file", member.ca_file, "", \
	             "CA certificates to trust instead of the system's (PEM)"), \
		TEXT(s, "proxy", member.proxy, "", "http://host:port; none: the environment's")
#define OPTIONAL(s, k, member, help) TEXT(s, k, member, "", help)
#define SENDING(s, member, parallel_standard, interval_standard) \
	COUNT(s, "parallel", member.parallel, parallel_standard, 1, PARALLEL_MAX, \
	      "requests in flight"), \
		RATE(s, "tpslimit", member.tpslimit, "requests a second at most; 0: no limit"), \
		TIME(s, "connect-timeout", member.connect_timeout, "30s", 100, DAY_MS, \
	             "how long a connection may take"), \
		TIME(s, "timeout", member.timeout, "10m", 100, DAY_MS, \
	             "how long an answer may take"), \
		COUNT(s, "retries", member.retries, "3", 0, 100, \
	              "how often a request that certainly did nothing is tried again"), \
		TIME(s, "poll-interval", member.poll_interval, interval_standard, 1, DAY_MS, \
	             "pause between two looks for a result"), \
		TIME(s, "poll-deadline", member.poll_deadline, "1h", 1, 30 * DAY_MS, \
	             "after this, results are left to the next run")
#define LATER(s, k, help) \
	{ \
		s, k, KEY_LATER, 0, NULL, 0, 0, false, help \
	}

static const struct {
	const char *section, *key;
	enum key_kind kind;
	size_t offset;
	const char *standard;
	long long min, max;
	bool must; /* a file without it is of no use: stands uncommented in a generated one */
	const char *help;
} keys[] = {
	TEXT("partner", "name", partner_name, "", "your name, as customers read it"),
	TEXT("partner", "contact", partner_contact, "", "whom customers write to"),
	TEXT("partner", "support", partner_support, "", "your support page or telephone"),
	TEXT("partner", "logo", partner_logo, "", "PNG or JPEG file for the pages of customers"),
	TEXT("run", "route", route, "oem-direct", "oem-direct or partner-center"),
	MUST("oem-direct", "url", url, "address of the service: https://host/path"),
	IDENTITY("oem-direct", MUST, oem_direct_identity),
	TEXT("oem-direct", "sold-to", sold_to, "", "your account number, 10 digits at most"),
	TEXT("oem-direct", "received-from", received_from, "", "the same of whom you act for"),
	TEXT("oem-direct", "profile", profile, "", "file of the service's names; none: built in"),
	TEXT("oem-direct", "wire", wire, "",
             "form of requests: json or xml; none: as the profile says"),
	COUNT("oem-direct", "batch-size", batch_size, "1000", 1, BATCH_SIZE_MAX,
              "devices a request"),
	SENDING("oem-direct", oem_direct, "4", "60s"),
	TIME("oem-direct", "resend-within", resend_within, "15m", 0, DAY_MS,
             "how long after its first send an unanswered request is sent again"),
	TEXT("partner-center", "url", partner_center_url, "https://api.partnercenter.microsoft.com",
             "address of the service"),
	TEXT("partner-center", "authority", authority, "https://login.microsoftonline.com",
             "who gives out tokens"),
	TEXT("partner-center", "tenant", tenant, "", "your own tenant, which tokens are for"),
	TEXT("partner-center", "client-id", client_id, "", "id of your app registration"),
	IDENTITY("partner-center", OPTIONAL, partner_center_identity),
	TEXT("partner-center", "client-secret-file", client_secret_file, "",
             "file of the app's secret instead of a certificate, mode 0600"),
	TEXT("partner-center", "refresh-token-file", refresh_token_file, "",
             "file of a refresh token, mode 0600, kept up to date"),
	TEXT("partner-center", "scope", scope, "https://api.partnercenter.microsoft.com/.default",
             "what tokens are asked for"),
	TEXT("partner-center", "resource", resource, "", "the same for older authorities"),
	SENDING("partner-center", partner_center, "1", "30s"),
	TEXT("ledger", "url", ledger_url, "sqlite:/var/lib/unpilot/ledger.db",
             "where everything is written down"),
	TIME("ledger", "lease", lease, "2m", 1000, DAY_MS,
             "on a server: how long a machine keeps a batch that it is not heard of"),
	TEXT("handoff", "directory", handoff_directory, "/var/lib/unpilot/handoff",
             "where the packs of customers go"),
	TEXT("handoff", "sign-certificate", sign_certificate, "", "certificate that signs packs"),
	TEXT("handoff", "sign-key", sign_key, "", "its private key, mode 0600"),
	TEXT("handoff", "stylesheets", stylesheets, "", "directory of your own stylesheets"),
	TEXT("handoff", "language", language, "en", "language of the packs: en, de"),
	COUNT("handoff", "keep-days", keep_days, "0", 0, KEEP_DAYS_MAX,
              "packs and rows of finished runs are removed after so many days; 0: never"),
	TEXT("spool", "directory", spool_directory, "", "where lists wait in incoming/"),
	TIME("spool", "settle", spool_settle, "30s", 0, DAY_MS,
             "a list that was written to more recently is left for later"),
	COUNT("limits", "max-devices", max_devices, "5000", 0, 1000000000,
              "refuse a run of more devices; 0: no limit"),
	COUNT("limits", "max-per-customer", max_per_customer, "0", 0, 1000000000,
              "the same for each customer; 0: no limit"),
	COUNT("limits", "max-fail-percent", max_fail_percent, "20", 0, 100,
              "stop when more of the answered devices failed"),
	COUNT("limits", "hold-days", hold_days, "30", 0, HOLD_DAYS_MAX,
              "a device deregistered within so many days is not sent again"),
	TIME("limits", "plan-max-age", plan_max_age, "24h", 1000, 30 * DAY_MS,
             "an older plan is not applied"),
	TEXT("limits", "skip-list", skip_list, "", "file of serials and keys never to be sent"),
	TEXT("lists", "default-purpose", default_purpose, "repair", "repair, retire or resell"),
	TEXT("lists", "columns", columns, "", "columns of lists without a header, in order"),
	YES("lists", "ticket-required", ticket_required, "reject rows without a ticket"),
	TEXT("log", "file", log_file, "", "the log goes to this file as well"),
	YES("log", "json", log_json, "the log is JSON lines"),
	YES("log", "syslog", log_syslog, "the log goes to syslog as well"),
	TEXT("metrics", "metrics-file", metrics_file, "",
             "file for node_exporter's textfile collector"),
	TEXT("metrics", "status-file", status_file, "", "file that says how far a run is"),
	TIME("metrics", "stats", stats, "0", 0, DAY_MS,
             "off a terminal, a line of progress so often; 0: none"),
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
set_number(struct config *c, size_t i, const char *value, struct error *err)
{
	bool time = keys[i].kind == KEY_TIME;
	long long n;
	bool ok = time ? text_duration(value, &n)
	               : text_number(value, keys[i].min, keys[i].max, &n);

	if (!ok || n < keys[i].min || n > keys[i].max)
		return error_set(
			err,
			time ? "\"%s\" is no duration for %s: expected one such as 30s, 5m, 2h"
			     : "\"%s\" is no value for %s: expected a number from %lld to %lld",
			value, keys[i].key, keys[i].min, keys[i].max);
	*number_at(c, i) = n;
	return 0;
}

static int
set_rate(struct config *c, size_t i, const char *value, struct error *err)
{
	long long rate;

	if (!text_rate(value, &rate))
		return error_set(err,
		                 "\"%s\" is no value for %s: expected starts a second, such "
		                 "as 5 or 0.5 (0: no limit)",
		                 value, keys[i].key);
	*number_at(c, i) = rate;
	return 0;
}

static int
set_yes(struct config *c, size_t i, const char *value, struct error *err)
{
	bool yes;

	if (!text_yes(value, &yes))
		return error_set(err, "\"%s\" is no value for %s: expected yes or no", value,
		                 keys[i].key);
	*number_at(c, i) = yes ? 1 : 0;
	return 0;
}

static int
set(struct config *c, size_t i, const char *value, struct error *err)
{
	switch (keys[i].kind) {
	case KEY_TEXT:
		if (text_has_control(value) || !text_is_utf8(value, strlen(value)))
			return error_set(err, "the value of %s is not printable UTF-8",
			                 keys[i].key);
		free(*text_at(c, i));
		*text_at(c, i) = xstrdup(value);
		return 0;
	case KEY_COUNT_OF:
	case KEY_TIME: return set_number(c, i, value, err);
	case KEY_RATE: return set_rate(c, i, value, err);
	case KEY_YES: return set_yes(c, i, value, err);
	case KEY_LATER:
		log_warn("\"%s\" of [%s] has no effect in version " UNPILOT_VERSION, keys[i].key,
		         keys[i].section);
		return 0;
	}
	return -1;
}

static int
on_value(void *ctx, const char *section, const char *name, const char *value, int line,
         struct error *err)
{
	struct config *c = ctx;
	bool section_known = false;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(section, keys[i].section) != 0)
			continue;
		section_known = true;
		if (strcmp(name, keys[i].key) != 0)
			continue;
		c->origin[i] = line;
		return set(c, i, value, err);
	}
	if (section_known)
		return error_set(err, "unknown key \"%s\" in section [%s]", name, section);
	return error_set(err, "unknown section [%s]", section);
}

static int
check(const struct config *c, const char *path, struct error *err)
{
	static const char digits[] = "0123456789";

	if (c->sold_to[0] != '\0' && (!text_all_of(c->sold_to, digits) || strlen(c->sold_to) > 10))
		return error_set(err, "%s: sold-to has at most 10 digits", path);
	if (c->received_from[0] != '\0' &&
	    (!text_all_of(c->received_from, digits) || strlen(c->received_from) > 10))
		return error_set(err, "%s: received-from has at most 10 digits", path);
	/* what is held must be known for as long */
	if (c->keep_days > 0 && c->keep_days < c->hold_days)
		return error_set(err,
		                 "%s: [handoff] keep-days = %lld is less than [limits] hold-days = "
		                 "%lld: a device could not be held once its run is gone",
		                 path, (long long)c->keep_days, (long long)c->hold_days);
	return 0;
}

int
config_defaults(struct config *c, struct error *err)
{
	*c = (struct config){.origin = xcalloc(ARRAY_SIZE(keys), sizeof(*c->origin))};
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].standard != NULL && set(c, i, keys[i].standard, err) != 0)
			return -1;
	return 0;
}

int
config_load(struct config *c, const char *path, struct error *err)
{
	if (config_defaults(c, err) != 0)
		return -1;
	if (path == NULL && access(CONFIG_DEFAULT_PATH, F_OK) != 0)
		return 0;
	if (path == NULL)
		path = CONFIG_DEFAULT_PATH;
	c->path = xstrdup(path);
	if (ini_read_file(path, on_value, c, err) != 0)
		return -1;
	return check(c, path, err);
}

void
config_release(struct config *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].kind == KEY_TEXT)
			free(*text_at(c, i));
	free(c->origin);
	free(c->path);
}

void
config_from_option(struct config *c, const void *member)
{
	size_t offset = (size_t)((const char *)member - (const char *)c);

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].kind != KEY_LATER && keys[i].offset == offset)
			c->origin[i] = CONFIG_FROM_OPTION;
}

/* "https://user:secret@host": the secret is three stars, however long it is. */
static char *
masked(const char *text)
{
	const char *authority = strstr(text, "://");
	size_t len = authority != NULL ? strcspn(authority + 3, "/?#") : 0;
	const char *at = authority != NULL ? memrchr(authority + 3, '@', len) : NULL;
	const char *colon = NULL;

	if (at != NULL)
		colon = memchr(authority + 3, ':', (size_t)(at - authority - 3));
	return colon == NULL ? xstrdup(text)
	                     : xasprintf("%.*s:***%s", (int)(colon - text), text, at);
}

/* In the largest unit that says it exactly. */
static char *
duration_text(int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = {{3600 * 1000, "h"}, {60 * 1000, "m"}, {1000, "s"}, {1, "ms"}};
	size_t i = 0;

	if (ms == 0)
		return xstrdup("0");
	while (ms % units[i].ms != 0)
		i++;
	return xasprintf("%lld%s", (long long)(ms / units[i].ms), units[i].unit);
}

static char *
value_text(const struct config *c, size_t i)
{
	const char *at = (const char *)c + keys[i].offset;
	int64_t n = keys[i].kind == KEY_TEXT || keys[i].kind == KEY_LATER
	                    ? 0
	                    : *(const int64_t *)(const void *)at;

	switch (keys[i].kind) {
	case KEY_TEXT: return masked(*(char *const *)(const void *)at);
	case KEY_COUNT_OF: return xasprintf("%lld", (long long)n);
	case KEY_TIME: return duration_text(n);
	case KEY_RATE:
		return n % 1000 == 0
		               ? xasprintf("%lld", (long long)n / 1000)
		               : xasprintf("%lld.%03lld", (long long)n / 1000, (long long)n % 1000);
	case KEY_YES: return xstrdup(n != 0 ? "yes" : "no");
	case KEY_LATER: break;
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
		                         .standard = keys[i].standard,
		                         .must = keys[i].must,
		                         .text = text,
		                         .origin = c->origin[i]};
		rc = fn(ctx, &v);
		free(text);
	}
	return rc;
}
