/* Masks passwords in addresses, also in addresses that are not valid. */
#include "partner/app/config_mask.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/text.h"
#include "partner/ledger/open.h"

#define MASK "***"
#define NAME_MAX_BYTES 64 /* a longer name of a parameter is not a known one */

/* Whether the value of a parameter may be a secret. A name that is written with percent signs hides something. */
static bool
is_secret_name(const char *name, size_t len)
{
	static const char *const paths[] = {"passfile", "sslkey"};
	static const char *const words[] = {"pass", "pwd", "secret", "token",
	                                    "key",  "sig", "code",   "%"};
	char copy[NAME_MAX_BYTES];

	if (len >= sizeof(copy))
		return true;
	for (size_t i = 0; i < len; i++)
		copy[i] = text_lower(name[i]);
	copy[len] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (strcmp(copy, paths[i]) == 0)
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(copy, words[i]) != NULL)
			return true;
	return false;
}

/* Appends "?name=value&name=value", from a question mark on. */
static void
add_parameters(struct buf *to, const char *text)
{
	while (*text != '\0') {
		size_t len = 1 + strcspn(text + 1, "&?;");
		const char *equals = memchr(text, '=', len);
		size_t name = equals != NULL ? (size_t)(equals - text) : len;

		if (equals != NULL && is_secret_name(text + 1, name - 1)) {
			buf_add(to, text, name + 1);
			buf_str(to, MASK);
		} else {
			buf_add(to, text, len);
		}
		text += len;
	}
}

/* NULL: the text is no address. */
static const char *
behind_scheme(const char *text)
{
	size_t len = text_scheme_length(text);

	return len > 0 && strncmp(text + len, "://", 3) == 0 ? text + len + 3 : NULL;
}

char *
config_mask(const char *text)
{
	const char *rest = behind_scheme(text), *at, *colon;
	struct buf to;

	if (rest == NULL)
		return xstrdup(text);
	buf_init(&to, strlen(text) * (sizeof(MASK) + 1));
	buf_add(&to, text, (size_t)(rest - text));
	/* the last @, because a password may hold a raw one, or a slash */
	at = strrchr(rest, '@');
	colon = at != NULL ? memchr(rest, ':', (size_t)(at - rest)) : NULL;
	if (colon != NULL) {
		buf_add(&to, rest, (size_t)(colon - rest));
		buf_str(&to, ":" MASK);
		rest = at;
	}
	buf_add(&to, rest, strcspn(rest, "?"));
	add_parameters(&to, rest + strcspn(rest, "?"));
	return buf_detach(&to);
}

char *
config_mask_ledger(const char *url)
{
	if (ledger_url_is_server(url))
		return config_mask(url);
	if (ledger_url_path(url, NULL) != NULL)
		return xstrdup(url);
	return xasprintf("%.*s%s", (int)text_scheme_length(url), url, url[0] != '\0' ? MASK : "");
}

bool
config_mask_is_masked(const char *text)
{
	return strstr(text, ":" MASK) != NULL || strstr(text, "=" MASK) != NULL;
}
