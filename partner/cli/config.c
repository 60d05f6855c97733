#include "partner/cli/config.h"

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
	KEY_LATER,    /* known, without effect in this version: a warning says so */
	KEY_MISSED    /* the same, but lists would be read otherwise than was meant: refused */
};

#define DAY_MS (24LL * 3600 * 1000)
#define BATCH_SIZE_MAX 1000 /* documented maximum of the service (wire facts, section 1) */
#define PARALLEL_MAX 64     /* more in flight only meets throttling sooner */

#define TEXT(s, k, member, standard) \
	{ \
		s, k, KEY_TEXT, offsetof(struct config, member), standard, 0, 0 \
	}
#define COUNT(s, k, member, standard, lo, hi) \
	{ \
		s, k, KEY_COUNT_OF, offsetof(struct config, member), standard, lo, hi \
	}
#define TIME(s, k, member, standard, lo, hi) \
	{ \
		s, k, KEY_TIME, offsetof(struct config, member), standard, lo, hi \
	}
#define RATE(s, k, member) \
	{ \
		s, k, KEY_RATE, offsetof(struct config, member), "0", 0, TEXT_RATE_MAX \
	}
#define YES(s, k, member) \
	{ \
		s, k, KEY_YES, offsetof(struct config, member), "no", 0, 1 \
	}
/* What both routes have. */
#define IDENTITY(s, member) \
	TEXT(s, "certificate", member.certificate, ""), TEXT(s, "key", member.key, ""), \
		TEXT(s, "key-passphrase-file", member.key_passphrase_file, ""), \
		TEXT(s, "ca-file", member.ca_file, ""), TEXT(s, "proxy", member.proxy, "")
#define SENDING(s, member, parallel_standard, interval_standard) \
	COUNT(s, "parallel", member.parallel, parallel_standard, 1, PARALLEL_MAX), \
		RATE(s, "tpslimit", member.tpslimit), \
		TIME(s, "connect-timeout", member.connect_timeout, "30s", 100, DAY_MS), \
		TIME(s, "timeout", member.timeout, "10m", 100, DAY_MS), \
		COUNT(s, "retries", member.retries, "3", 0, 100), \
		TIME(s, "poll-interval", member.poll_interval, interval_standard, 1, DAY_MS), \
		TIME(s, "poll-deadline", member.poll_deadline, "1h", 1, 30 * DAY_MS)
#define LATER(s, k) \
	{ \
		s, k, KEY_LATER, 0, NULL, 0, 0 \
	}
#define MISSED(s, k) \
	{ \
		s, k, KEY_MISSED, 0, NULL, 0, 0 \
	}

static const struct {
	const char *section, *key;
	enum key_kind kind;
	size_t offset;
	const char *standard;
	long long min, max;
} keys[] = {
	TEXT("partner", "name", partner_name, ""),
	TEXT("partner", "contact", partner_contact, ""),
	TEXT("partner", "support", partner_support, ""),
	LATER("partner", "logo"),
	TEXT("run", "route", route, "oem-direct"),
	TEXT("oem-direct", "url", url, ""),
	IDENTITY("oem-direct", oem_direct_identity),
	TEXT("oem-direct", "sold-to", sold_to, ""),
	TEXT("oem-direct", "received-from", received_from, ""),
	TEXT("oem-direct", "profile", profile, ""),
	TEXT("oem-direct", "wire", wire, "json"),
	COUNT("oem-direct", "batch-size", batch_size, "1000", 1, BATCH_SIZE_MAX),
	SENDING("oem-direct", oem_direct, "4", "60s"),
	TIME("oem-direct", "resend-within", resend_within, "15m", 0, DAY_MS),
	TEXT("partner-center", "url", partner_center_url,
             "https://api.partnercenter.microsoft.com"),
	TEXT("partner-center", "authority", authority, "https://login.microsoftonline.com"),
	TEXT("partner-center", "tenant", tenant, ""),
	TEXT("partner-center", "client-id", client_id, ""),
	IDENTITY("partner-center", partner_center_identity),
	TEXT("partner-center", "client-secret-file", client_secret_file, ""),
	TEXT("partner-center", "refresh-token-file", refresh_token_file, ""),
	TEXT("partner-center", "scope", scope, "https://api.partnercenter.microsoft.com/.default"),
	TEXT("partner-center", "resource", resource, ""),
	SENDING("partner-center", partner_center, "1", "30s"),
	TEXT("ledger", "url", ledger_url, "sqlite:/var/lib/unpilot/ledger.db"),
	TIME("ledger", "lease", lease, "2m", 1000, DAY_MS),
	TEXT("handoff", "directory", handoff_directory, "/var/lib/unpilot/handoff"),
	TEXT("handoff", "sign-certificate", sign_certificate, ""),
	TEXT("handoff", "sign-key", sign_key, ""),
	TEXT("handoff", "stylesheets", stylesheets, ""),
	TEXT("handoff", "language", language, "en"),
	LATER("handoff", "keep-days"),
	TEXT("spool", "directory", spool_directory, ""),
	TIME("spool", "settle", spool_settle, "30s", 0, DAY_MS),
	COUNT("limits", "max-devices", max_devices, "5000", 0, 1000000000),
	COUNT("limits", "max-per-customer", max_per_customer, "0", 0, 1000000000),
	COUNT("limits", "max-fail-percent", max_fail_percent, "20", 0, 100),
	COUNT("limits", "hold-days", hold_days, "30", 0, 3650),
	TIME("limits", "plan-max-age", plan_max_age, "24h", 1000, 30 * DAY_MS),
	TEXT("limits", "skip-list", skip_list, ""),
	TEXT("lists", "default-purpose", default_purpose, "repair"),
	TEXT("lists", "columns", columns, ""),
	YES("lists", "ticket-required", ticket_required),
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
	case KEY_MISSED:
		return error_set(err,
		                 "\"%s\" of [%s] is not available in version " UNPILOT_VERSION
		                 ": remove it, it would not be heeded",
		                 keys[i].key, keys[i].section);
	}
	return -1;
}

static int
on_value(void *ctx, const char *section, const char *name, const char *value, int line,
         struct error *err)
{
	bool section_known = false;

	(void)line;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(section, keys[i].section) != 0)
			continue;
		section_known = true;
		if (strcmp(name, keys[i].key) == 0)
			return set(ctx, i, value, err);
	}
	if (section_known)
		return error_set(err, "unknown key \"%s\" in section [%s]", name, section);
	return error_set(err, "unknown section [%s]", section);
}

static int
check(const struct config *c, const char *path, struct error *err)
{
	static const char digits[] = "0123456789";

	if (strcmp(c->wire, "json") != 0)
		return error_set(err,
		                 "%s: wire = %s is not available in version " UNPILOT_VERSION
		                 ": expected json",
		                 path, c->wire);
	if (c->sold_to[0] != '\0' && (!text_all_of(c->sold_to, digits) || strlen(c->sold_to) > 10))
		return error_set(err, "%s: sold-to has at most 10 digits", path);
	if (c->received_from[0] != '\0' &&
	    (!text_all_of(c->received_from, digits) || strlen(c->received_from) > 10))
		return error_set(err, "%s: received-from has at most 10 digits", path);
	return 0;
}

int
config_load(struct config *c, const char *path, struct error *err)
{
	*c = (struct config){0};
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].standard != NULL && set(c, i, keys[i].standard, err) != 0)
			return -1;
	if (path == NULL && access(CONFIG_DEFAULT_PATH, F_OK) != 0)
		return 0;
	if (path == NULL)
		path = CONFIG_DEFAULT_PATH;
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
}
