/* Values of the configuration as people read them. */
#include "partner/app/config_text.h"

#include <string.h>

#include "common/alloc.h"

char *
config_text_duration(int64_t ms)
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

char *
config_text_rate(int64_t thousandths)
{
	long long whole = thousandths / 1000, rest = thousandths % 1000;

	return rest == 0 ? xasprintf("%lld", whole) : xasprintf("%lld.%03lld", whole, rest);
}

char *
config_text_origin(const char *url)
{
	static const char scheme[] = "https://";
	size_t prefix = sizeof(scheme) - 1, host;

	if (strncmp(url, scheme, prefix) != 0)
		return xstrdup(url[0] != '\0' ? "***" : "");
	host = strcspn(url + prefix, "/?#");
	return xasprintf("%.*s%s", (int)(prefix + host), url,
	                 url[prefix + host] != '\0' ? "/***" : "");
}
