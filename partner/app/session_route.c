/* Opens the route of a session: address, credentials, pace. Sends nothing. */
#include "partner/app/session_route.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/crypto.h"
#include "common/file.h"
#include "common/http_proxy.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/session_trust.h"
#include "partner/ledger/open.h"
#include "partner/route/oem_direct/oem_direct.h"
#include "partner/route/partner_center/partner_center.h"

static const char *const words[] = {
	[ROUTE_OEM_DIRECT] = "oem-direct", [ROUTE_PARTNER_CENTER] = "partner-center"};
_Static_assert(ARRAY_SIZE(words) == ROUTE_KIND_COUNT, "every route has a word");

const char *
session_route_word(enum route_kind kind)
{
	return words[kind];
}

bool
session_route_parse(const char *word, enum route_kind *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i], word) == 0) {
			*ret = (enum route_kind)i;
			return true;
		}
	return false;
}

static int
check_identity(const struct identity *id)
{
	struct error err;

	switch (crypto_check_identity(id->certificate, id->key, id->passphrase, NULL, &err)) {
	case CRYPTO_CHECK_OK: return EXIT_CODE_OK;
	case CRYPTO_CHECK_EXPIRED:
		log_error("client certificate: %s: nothing sent", err.text);
		return EXIT_CODE_DENIED;
	case CRYPTO_CHECK_UNUSABLE: break;
	}
	return exit_code_unusable(&err);
}

static int
check_ca_file(const char *path, struct error *err)
{
	if (path[0] != '\0' && crypto_check_ca_file(path, err) != 0)
		return error_prefix(err, "ca-file");
	return 0;
}

static int
check_url(enum route_kind kind, const char *key, const char *url, struct error *err)
{
	if (url[0] == '\0')
		return error_set(err,
		                 "[%s] %s is not set: write the address that the service gave you",
		                 words[kind], key);
	if (strncmp(url, "https://", 8) != 0 || url[8] == '\0' || url[8] == '/')
		return error_set(err, "[%s] %s must begin with https:// and name a host",
		                 words[kind], key);
	if (strpbrk(url, "?#@ ") != NULL)
		return error_set(err, "[%s] %s must have no query, fragment, user or blank",
		                 words[kind], key);
	return 0;
}

/* The configuration's own proxy is checked when it is read. */
static int
check_proxy(const char *configured, struct error *err)
{
	const char *variable = configured[0] == '\0' ? http_proxy_variable() : NULL;

	if (variable == NULL || http_proxy_check(getenv(variable), err) == 0)
		return 0;
	return error_prefix(err, "the environment variable %s", variable);
}

static struct http_settings
http_settings(const struct config *c, const struct config_sending *s,
              const struct config_identity *id)
{
	return (struct http_settings){
		.ca_file = text_or_null(id->ca_file),
		.proxy = text_or_null(id->proxy),
		.connect_timeout_ms = (long)s->connect_timeout,
		.timeout_ms = (long)s->timeout,
		/* as long as nobody takes its batch over */
		.leaves_ms = ledger_url_is_server(c->ledger_url) ? c->lease / 2 : 0,
		.parallel = (unsigned)s->parallel,
	};
}

static int
load_oem_direct(struct session *s, struct error *err)
{
	const struct config *c = &s->config;

	if (check_url(ROUTE_OEM_DIRECT, "url", c->url, err) != 0)
		return -1;
	if (c->oem_direct_identity.certificate[0] == '\0')
		return error_set(
			err,
			"[oem-direct] certificate is not set: the service identifies you by it");
	if (check_proxy(c->oem_direct_identity.proxy, err) != 0 ||
	    identity_load(&s->identity, &c->oem_direct_identity, err) != 0)
		return -1;
	return check_ca_file(c->oem_direct_identity.ca_file, err);
}

static int
open_oem_direct(struct session *s)
{
	const struct config *c = &s->config;
	struct identity *id = &s->identity;
	struct oem_direct_settings settings = {.url = c->url, .profile = &s->profile};
	struct error err;
	int code;

	if (load_oem_direct(s, &err) != 0)
		return exit_code_unusable(&err);
	code = check_identity(id);
	if (code != EXIT_CODE_OK)
		return code;
	settings.http = http_settings(c, &c->oem_direct, &c->oem_direct_identity);
	settings.http.certificate = id->certificate;
	settings.http.key = id->key;
	settings.http.passphrase = id->passphrase;
	s->route = oem_direct_new(&settings, &err);
	session_trust_set(s);
	return s->route != NULL ? EXIT_CODE_OK : exit_code_unusable(&err);
}

/* The audience of Azure AD Graph, which Partner Center accepted until 31 August 2025. */
static int
check_audience(const char *key, const char *text, struct error *err)
{
	static const char *const dead[] = {"graph.windows.net", "graph.chinacloudapi.cn",
	                                   "graph.microsoftazure.us", "graph.cloudapi.de"};

	for (size_t i = 0; i < ARRAY_SIZE(dead); i++)
		if (strcasestr(text, dead[i]) != NULL)
			return error_set(err,
			                 "[partner-center] %s: Partner Center has refused tokens "
			                 "for %s since 31 August 2025: write "
			                 "https://api.partnercenter.microsoft.com%s",
			                 key, dead[i],
			                 strcmp(key, "scope") == 0 ? "/.default" : "");
	return 0;
}

/* Tokens are requested with exactly one proof of identity: a certificate or a secret. */
static int
check_partner_center(const struct config *c, struct error *err)
{
	bool certificate = c->partner_center_identity.certificate[0] != '\0';
	bool secret = c->client_secret_file[0] != '\0';

	if (check_proxy(c->partner_center_identity.proxy, err) != 0 ||
	    check_url(ROUTE_PARTNER_CENTER, "url", c->partner_center_url, err) != 0 ||
	    check_url(ROUTE_PARTNER_CENTER, "authority", c->authority, err) != 0)
		return -1;
	if (check_audience("resource", c->resource, err) != 0 ||
	    check_audience("scope", c->scope, err) != 0)
		return -1;
	if (c->tenant[0] == '\0' || c->client_id[0] == '\0')
		return error_set(
			err, "[partner-center] %s is not set: no token can be requested without it",
			c->tenant[0] == '\0' ? "tenant" : "client-id");
	if (certificate == secret)
		return error_set(err,
		                 "[partner-center] %s: set certificate and key, or "
		                 "client-secret-file",
		                 secret ? "both a certificate and a secret are set"
		                        : "neither a certificate nor a secret is set");
	return check_ca_file(c->partner_center_identity.ca_file, err);
}

static int
load_partner_center(struct session *s, struct error *err)
{
	const struct config *c = &s->config;
	struct identity *id = &s->identity;

	if (check_partner_center(c, err) != 0 ||
	    credential_secret(c->client_secret_file, "client-secret-file", &id->secret_file, err) !=
	            0 ||
	    credential_secret(c->refresh_token_file, "refresh-token-file", &id->refresh_file,
	                      err) != 0)
		return -1;
	return c->partner_center_identity.certificate[0] != '\0'
	               ? identity_load(id, &c->partner_center_identity, err)
	               : 0;
}

static int
open_partner_center(struct session *s)
{
	const struct config *c = &s->config;
	struct identity *id = &s->identity;
	struct partner_center_settings settings = {.url = c->partner_center_url,
	                                           .all_matches = s->options->all_matches,
	                                           .relist_ms = c->partner_center.poll_interval};
	struct error err;
	int code = EXIT_CODE_OK;

	if (load_partner_center(s, &err) != 0)
		return exit_code_unusable(&err);
	if (id->certificate != NULL)
		code = check_identity(id);
	if (code != EXIT_CODE_OK)
		return code;
	settings.token = (struct token_settings){.authority = c->authority,
	                                         .tenant = c->tenant,
	                                         .client_id = c->client_id,
	                                         .certificate = id->certificate,
	                                         .key = id->key,
	                                         .passphrase = id->passphrase,
	                                         .client_secret_file = id->secret_file,
	                                         .refresh_token_file = id->refresh_file,
	                                         .scope = c->scope,
	                                         .resource = text_or_null(c->resource)};
	settings.http = http_settings(c, &c->partner_center, &c->partner_center_identity);
	s->route = partner_center_new(&settings, &err);
	session_trust_set(s);
	return s->route != NULL ? EXIT_CODE_OK : exit_code_unusable(&err);
}

static int
open_kind(struct session *s, enum route_kind kind)
{
	static int (*const openers[])(struct session *) = {
		[ROUTE_OEM_DIRECT] = open_oem_direct,
		[ROUTE_PARTNER_CENTER] = open_partner_center,
	};
	_Static_assert(ARRAY_SIZE(openers) == ROUTE_KIND_COUNT, "every route can be opened");

	if (s->route != NULL && s->kind == kind)
		return EXIT_CODE_OK;
	session_route_close(s);
	s->kind = kind;
	return openers[kind](s);
}

int
session_route_open(struct session *s)
{
	return open_kind(s, s->kind);
}

int
session_route_open_early(struct session *s)
{
	const char *needed = s->kind == ROUTE_OEM_DIRECT ? s->config.url : s->config.tenant;

	return needed[0] != '\0' || s->options->route != NULL ? session_route_open(s)
	                                                      : EXIT_CODE_OK;
}

int
session_route_open_for(struct session *s, const struct ledger_run *run)
{
	enum route_kind kind;

	if (!session_route_parse(run->route, &kind)) {
		log_error("run %s uses the route \"%s\", which this version does not know",
		          run->name, run->route);
		return EXIT_CODE_UNUSABLE;
	}
	if (s->options->route != NULL && kind != s->kind) {
		log_error("run %s began with the route %s and continues with it: leave out --route",
		          run->name, run->route);
		return EXIT_CODE_UNUSABLE;
	}
	return open_kind(s, kind);
}

const struct config_sending *
session_route_sending(const struct session *s)
{
	return s->kind == ROUTE_OEM_DIRECT ? &s->config.oem_direct : &s->config.partner_center;
}

void
session_route_close(struct session *s)
{
	if (s->route != NULL)
		s->route->ops->free(s->route);
	s->route = NULL;
	identity_release(&s->identity);
}

const char *
session_route_address(const struct session *s)
{
	return s->kind == ROUTE_OEM_DIRECT ? s->config.url : s->config.partner_center_url;
}

int
session_route_check_address(const struct session *s, struct error *err)
{
	return check_url(s->kind, "url", session_route_address(s), err);
}

const struct config_identity *
session_route_identity(const struct session *s)
{
	return s->kind == ROUTE_OEM_DIRECT ? &s->config.oem_direct_identity
	                                   : &s->config.partner_center_identity;
}

struct http_settings
session_route_http(const struct session *s)
{
	struct http_settings http = http_settings(&s->config, session_route_sending(s),
	                                          session_route_identity(s));

	if (s->kind == ROUTE_OEM_DIRECT) { /* Partner Center is shown a token, no certificate */
		http.certificate = s->identity.certificate;
		http.key = s->identity.key;
		http.passphrase = s->identity.passphrase;
	}
	return http;
}
