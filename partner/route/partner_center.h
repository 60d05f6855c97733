/* The Partner Center route (Partner Center facts, section 6). */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_H
#define PARTNER_ROUTE_PARTNER_CENTER_H

#include "common/base.h"
#include "common/error.h"
#include "common/http.h"
#include "partner/route/route.h"

struct token_settings {
	const char *authority, *tenant, *client_id, *certificate, *key, *passphrase;
	const char *client_secret_file, *refresh_token_file, *scope, *resource;
};
struct partner_center_settings {
	const char *url;
	struct token_settings token;
	bool all_matches;
	int64_t relist_ms;
	struct http_settings http;
};
struct route *
partner_center_new(const struct partner_center_settings *settings, struct error *err) MUST_CHECK;

#endif
