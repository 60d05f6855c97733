/* Reads the address as any server might, decoded as often as it can be decoded. */
#include "partner/route/oem_direct/guard_address.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"

#define DECODES_MAX 8 /* "%2525…": a limit, because no address needs more */

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = text_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes %XX once, in place. false: there was nothing to decode. */
static bool
decode(char *text)
{
	char *to = text;
	bool found = false;

	for (const char *at = text; *at != '\0'; at++) {
		int high = *at == '%' ? hex_value(at[1]) : -1;
		int low = high >= 0 ? hex_value(at[2]) : -1;
		if (low >= 0 && high * 16 + low != 0) {
			*to++ = (char)(high * 16 + low);
			at += 2;
			found = true;
		} else {
			*to++ = *at;
		}
	}
	*to = '\0';
	return found;
}

bool
guard_names_tenant(const char *text)
{
	static const char word[] = "tenant";
	size_t matched = 0;

	for (; *text != '\0' && word[matched] != '\0'; text++) {
		char c = text_lower(*text);
		if (!isalnum((unsigned char)c))
			continue;
		if (c == word[matched])
			matched++;
		else
			matched = c == word[0] ? 1 : 0;
	}
	return word[matched] == '\0';
}

/* 8-4-4-4-12 hexadecimal digits, or 32 of them without hyphens, and no further digit after them. */
static bool
is_guid_at(const char *text)
{
	static const int groups[] = {8, 4, 4, 4, 12};
	bool hyphens = strnlen(text, 9) == 9 && text[8] == '-';

	for (size_t g = 0; g < ARRAY_SIZE(groups); g++) {
		for (int i = 0; i < groups[g]; i++)
			if (hex_value(*text++) < 0)
				return false;
		if (hyphens && g + 1 < ARRAY_SIZE(groups) && *text++ != '-')
			return false;
	}
	return hex_value(*text) < 0;
}

static bool
holds_guid(const char *text)
{
	for (const char *at = text; *at != '\0'; at++)
		if ((at == text || hex_value(at[-1]) < 0) && is_guid_at(at))
			return true;
	return false;
}

static int
check_decoded(const char *text, struct error *err)
{
	const char *host = strstr(text, "://");
	const char *path = host != NULL ? strpbrk(host + 3, "/?#;") : text;

	/* a tenant's first domain also names the tenant */
	if (path != NULL && (guard_names_tenant(path) || strcasestr(path, ".onmicrosoft.") != NULL))
		return error_set(err, "the address names a tenant: a request that names one could "
		                      "register the device");
	if (holds_guid(text))
		return error_set(err, "the address contains a GUID, which could name a tenant");
	return 0;
}

int
guard_check_address(const char *url, struct error *err)
{
	char *text = xstrdup(url);
	int rc = check_decoded(text, err);

	for (int i = 0; rc == 0 && decode(text); i++)
		rc = i == DECODES_MAX ? error_set(err, "the address is percent-encoded too often")
		                      : check_decoded(text, err);
	free(text);
	return rc;
}

int
guard_check_type(const char *type, struct error *err)
{
	static const char token[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				    "!#$&^_.+-";
	const char *slash = strchr(type, '/');
	size_t first = strspn(type, token);
	size_t second = slash != NULL ? strspn(slash + 1, token) : 0;
	const char *rest = slash != NULL ? slash + 1 + second : type;
	static const char charset[] = "charset=";

	if (slash == NULL || first == 0 || type + first != slash || second == 0 ||
	    guard_names_tenant(type) || holds_guid(type))
		return error_set(err, "\"%s\" is not a content type", type);
	if (*rest == '\0')
		return 0;
	rest += strspn(rest, "; ");
	if (strncasecmp(rest, charset, sizeof(charset) - 1) != 0 ||
	    !text_all_of(rest + sizeof(charset) - 1, token))
		return error_set(err, "the content type \"%s\" has a parameter other than charset",
		                 type);
	return 0;
}
