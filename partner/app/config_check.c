/* Judges values that need more than the limits of their key. */
#include "partner/app/config_check.h"

#include <string.h>

#include "common/text.h"

int
config_check_values(const struct config *c, struct error *err)
{
	const char *path = c->path;
	static const char digits[] = "0123456789";

	if (c->sold_to[0] != '\0' && (!text_all_of(c->sold_to, digits) || strlen(c->sold_to) > 10))
		return error_set(err, "%s: [oem-direct] sold-to must be at most 10 digits", path);
	if (c->received_from[0] != '\0' &&
	    (!text_all_of(c->received_from, digits) || strlen(c->received_from) > 10))
		return error_set(err, "%s: [oem-direct] received-from must be at most 10 digits",
		                 path);
	/* a device can be held only as long as its row is kept */
	if (c->keep_days > 0 && c->keep_days < c->hold_days)
		return error_set(err,
		                 "%s: [handoff] keep-days = %lld is less than [limits] hold-days = "
		                 "%lld: a device can be held only while its run is kept",
		                 path, (long long)c->keep_days, (long long)c->hold_days);
	return 0;
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
