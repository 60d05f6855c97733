/* Checks addresses of proxies. */
#include "common/http_proxy.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
/* what RFC 3986 allows in user and password as it stands */
#define USERINFO LETTERS DIGITS "-._~!$&'()*+,;=:"
#define SCHEME_END "://"
#define PORT_DIGITS 5

static bool
all_of(const char *text, size_t len, const char *allowed)
{
	return strspn(text, allowed) >= len;
}

/* Skips a scheme that libcurl knows. NULL: it is another one. */
static const char *
skip_scheme(const char *address)
{
	static const char *const known[] = {"http",    "https",  "socks4",
	                                    "socks4a", "socks5", "socks5h"};
	const char *end = strstr(address, SCHEME_END);

	if (end == NULL)
		return address;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		size_t len = strlen(known[i]);

		if ((size_t)(end - address) == len && strncasecmp(address, known[i], len) == 0)
			return end + strlen(SCHEME_END);
	}
	return NULL;
}

/* Plain characters and "%40". */
static bool
is_encoded(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '%' && strchr(USERINFO, text[i]) == NULL)
			return false;
		if (text[i] == '%' &&
		    (len - i < 3 || !all_of(text + i + 1, 2, DIGITS "ABCDEFabcdef")))
			return false;
		i += text[i] == '%' ? 2 : 0;
	}
	return true;
}

/* NULL: it is no port. */
static const char *
skip_port(const char *text)
{
	char number[PORT_DIGITS + 1];
	size_t digits = strspn(text, DIGITS);
	long long port;

	if (digits > PORT_DIGITS)
		return NULL;
	memcpy(number, text, digits);
	number[digits] = '\0';
	return text_number(number, 1, 65535, &port) ? text + digits : NULL;
}

/* "host", "host:3128" or "[::1]:3128", with or without a slash at the end. */
static bool
is_host(const char *text)
{
	bool bracket = text[0] == '[';
	size_t host = bracket ? strspn(text + 1, DIGITS "ABCDEFabcdef:.") + 1
	                      : strspn(text, LETTERS DIGITS "-._");
	const char *port = text + host;

	if (host == 0 || (bracket && *port++ != ']'))
		return false;
	if (*port == ':')
		port = skip_port(port + 1);
	return port != NULL && (strcmp(port, "") == 0 || strcmp(port, "/") == 0);
}

int
http_proxy_check(const char *address, struct error *err)
{
	const char *rest = skip_scheme(address), *at;

	if (rest == NULL)
		return error_set(err, "the address of a proxy begins with http://, https:// or "
		                      "socks5h://");
	at = strrchr(rest, '@');
	if (at != NULL && !is_encoded(rest, (size_t)(at - rest)))
		return error_set(err,
		                 "user and password of a proxy contain a character that ends them: "
		                 "percent-encode it (@ is %%40, / is %%2F, # is %%23, %% is %%25)");
	if (!is_host(at != NULL ? at + 1 : rest))
		return error_set(err,
		                 "expected http://HOST:PORT or http://USER:PASSWORD@HOST:PORT; "
		                 "percent-encode special characters in user and password");
	return 0;
}

const char *
http_proxy_variable(void)
{
	static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && value[0] != '\0')
			return names[i];
	}
	return NULL;
}
