#include "partner/route/partner_center.h"

struct route *
partner_center_new(const struct partner_center_settings *settings UNUSED, struct error *err)
{
	error_set(err, "the Partner Center route is not available in version " UNPILOT_VERSION);
	return NULL;
}
