/* Judges values that need more than the limits of their key. */
#include "partner/app/config_check.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/http_proxy.h"
#include "common/text.h"

#define DAY_S (24 * 3600)

static int
check_proxy(const struct config *c, const char *section, const char *proxy, struct error *err)
{
	if (proxy[0] == '\0' || http_proxy_check(proxy, err) == 0)
		return 0;
	return error_prefix(err, "%s: [%s] proxy", c->path, section);
}

static bool
is_word(const char *word, const char *a, const char *b)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static int
check_notify_url(const char *url, struct error *err)
{
	static const char scheme[] = "https://";
	const char *host = url + sizeof(scheme) - 1;
	size_t len;

	if (strncmp(url, scheme, sizeof(scheme) - 1) != 0)
		return error_set(err, "[notify] url must begin with https://");
	len = strcspn(host, "/?#");
	if (len == 0 || memchr(host, '@', len) != NULL || strpbrk(host, "# ") != NULL)
		return error_set(err,
		                 "[notify] url must name a host, and have no user, fragment or "
		                 "blank");
	return 0;
}

int
config_check_notify(const struct config *c, struct error *err)
{
	if (!is_word(c->notify_on, "needs-a-person", "always"))
		return error_set(err, "[notify] on: \"%s\" is neither needs-a-person nor always",
		                 c->notify_on);
	if (!is_word(c->notify_template, "summary", "text"))
		return error_set(err, "[notify] template: \"%s\" is neither summary nor text",
		                 c->notify_template);
	if (c->notify_url[0] != '\0')
		return check_notify_url(c->notify_url, err);
	return c->notify_key_file[0] == '\0'
	               ? 0
	               : error_set(err, "[notify] key-file is set but url is not");
}

int
config_check_values(const struct config *c, struct error *err)
{
	const char *path = c->path;
	static const char digits[] = "0123456789";
	struct ledger_gate gate;

	if (c->sold_to[0] != '\0' && (!text_all_of(c->sold_to, digits) || strlen(c->sold_to) > 10))
		return error_set(err, "%s: [oem-direct] sold-to must be at most 10 digits", path);
	if (c->received_from[0] != '\0' &&
	    (!text_all_of(c->received_from, digits) || strlen(c->received_from) > 10))
		return error_set(err, "%s: [oem-direct] received-from must be at most 10 digits",
		                 path);
	if (check_proxy(c, "oem-direct", c->oem_direct_identity.proxy, err) != 0 ||
	    check_proxy(c, "partner-center", c->partner_center_identity.proxy, err) != 0)
		return -1;
	if (config_check_notify(c, err) != 0)
		return error_prefix(err, "%s", path);
	if (config_letter(c, &gate, err) != 0)
		return error_prefix(err, "%s", path != NULL ? path : "configuration");
	/* a device can be held only as long as its row is kept */
	if (c->keep_days > 0 && c->keep_days < c->hold_days)
		return error_set(err,
		                 "%s: [handoff] keep-days = %lld is less than [limits] hold-days = "
		                 "%lld: a device can be held only while its run is kept",
		                 path, (long long)c->keep_days, (long long)c->hold_days);
	return 0;
}

int
config_letter(const struct config *c, struct ledger_gate *ret, struct error *err)
{
	static const char *const words[] = {[LEDGER_GATE_OFF] = "off",
	                                    [LEDGER_GATE_WARN] = "warn",
	                                    [LEDGER_GATE_REQUIRE] = "require"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(c->letter, words[i]) != 0)
			continue;
		*ret = (struct ledger_gate){.mode = (enum ledger_gate_mode)i,
		                            .wait_s = c->letter_wait * DAY_S};
		return 0;
	}
	return error_set(err, "[limits] letter: \"%s\" is not off, warn or require", c->letter);
}

int
config_purpose(const struct config *c, enum purpose *ret, struct error *err)
{
	if (purpose_parse(c->default_purpose, ret))
		return 0;
	return error_set(err,
	                 "[lists] default-purpose: unknown purpose \"%s\": use repair, retire or "
	                 "resell",
	                 c->default_purpose);
}

/* "ann", or the number of a user without a name. */
static void
name_owner(const struct stat *st, char *dst, size_t size)
{
	const struct passwd *user = getpwuid(st->st_uid);

	if (user != NULL)
		text_printable(dst, size, user->pw_name);
	else
		snprintf(dst, size, "%ld", (long)st->st_uid);
}

int
config_check_mode(const char *path, struct error *err)
{
	char owner[64];
	struct stat st;

	if (path == NULL)
		path = CONFIG_DEFAULT_PATH;
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return 0;
	name_owner(&st, owner, sizeof(owner));
	return error_set(err,
	                 "%s: users other than its owner %s can write this configuration (mode "
	                 "%04o): chmod go-w %s",
	                 path, owner, (unsigned)(st.st_mode & 07777), path);
}
