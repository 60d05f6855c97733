/* Checks client, grant and scope of a token request; jwt.c checks assertions. */
#include "samples/sandbox/token_endpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/crypto.h"
#include "common/file.h"
#include "common/json.h"
#include "samples/sandbox/jwt.h"
#include "samples/sandbox/url.h"

#define ISSUED_MAX 4096 /* remembered tokens, and assertions: the oldest is forgotten */
#define SECRET_BYTES 30
#define TOKEN_MAX ((size_t)16 * 1024)
#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

struct issued {
	char *token;
	int64_t until; /* seconds UTC */
	enum token_endpoint_standing standing;
};

struct token_endpoint {
	struct token_endpoint_options options;
	struct pki_app *app;
	char *secret, *refresh;
	struct issued issued[ISSUED_MAX];
	char *jti[ISSUED_MAX];
	size_t issued_count, jti_count; /* since the start */
};

/* The reasons for refusing a request, with the codes of the real end point. */
struct refusal {
	unsigned status;
	const char *error;
	long code;
};

static const struct refusal verdicts[] = {
	[JWT_OK] = {200, "", 0},
	[JWT_MALFORMED] = {401, "invalid_client", 50027},
	[JWT_UNKNOWN_KEY] = {401, "invalid_client", 700027},
	[JWT_BAD_SIGNATURE] = {401, "invalid_client", 700027},
	[JWT_WRONG_AUDIENCE] = {401, "invalid_client", 700023},
	[JWT_WRONG_CLIENT] = {401, "invalid_client", 700021},
	[JWT_WRONG_TIME] = {401, "invalid_client", 700024},
};
_Static_assert(ARRAY_SIZE(verdicts) == JWT_VERDICT_COUNT, "every verdict has its refusal");

static const struct refusal no_tenant = {400, "invalid_request", 90002};
static const struct refusal no_field = {400, "invalid_request", 900144};
static const struct refusal no_client = {400, "unauthorized_client", 700016};
static const struct refusal no_secret = {401, "invalid_client", 7000215};
static const struct refusal no_proof = {401, "invalid_client", 7000218};
static const struct refusal no_scope = {400, "invalid_scope", 70011};
static const struct refusal no_grant = {400, "unsupported_grant_type", 70003};
static const struct refusal used_twice = {401, "invalid_client", 50013};
static const struct refusal bad_refresh = {400, "invalid_grant", 70008};

static char *
make_secret(void)
{
	unsigned char r[SECRET_BYTES];
	struct buf b;

	crypto_random(r, sizeof(r));
	buf_init(&b, TOKEN_MAX);
	jwt_encode(&b, r, sizeof(r));
	return buf_detach(&b);
}

/* Keeps an existing secret: a client may have written a rotated token there before a restart. */
static char *
secret_file(const char *dir, const char *name, struct error *err)
{
	char *path = file_join(dir, name), *text = file_read_secret(path, NULL), *line;

	if (text == NULL) {
		text = make_secret();
		line = xasprintf("%s\n", text);
		if (file_write(path, FILE_MODE_PRIVATE, line, strlen(line), err) != 0) {
			free(text);
			text = NULL;
		}
		free(line);
	}
	free(path);
	return text;
}

struct token_endpoint *
token_endpoint_new(const char *dir, const struct token_endpoint_options *o, struct error *err)
{
	struct token_endpoint *t = xcalloc(1, sizeof(*t));

	t->options = *o;
	t->app = pki_app_open(dir, err);
	if (t->app != NULL)
		t->secret = secret_file(dir, "client-secret", err);
	if (t->secret != NULL)
		t->refresh = secret_file(dir, "refresh-token", err);
	if (t->refresh != NULL)
		return t;
	token_endpoint_free(t);
	return NULL;
}

void
token_endpoint_free(struct token_endpoint *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < ISSUED_MAX; i++) {
		free(t->issued[i].token);
		free(t->jti[i]);
	}
	pki_app_free(t->app);
	free(t->secret);
	free(t->refresh);
	free(t);
}

void
token_endpoint_error(struct buf *answer, const char *error, long code, const char *text)
{
	struct json *j = json_object();
	char *description = xasprintf("AADSTS%ld: %s.", code, text), *number;

	json_add_text(j, "error", error);
	json_add_text(j, "error_description", description);
	number = xasprintf(",\"error_codes\":[%ld]}", code);
	json_print(j, answer);
	/* The JSON writer has no arrays of numbers: write this one over the last brace. */
	answer->data[--answer->len] = '\0';
	buf_str(answer, number);
	free(description);
	free(number);
	json_free(j);
}

static unsigned
refuse(struct buf *answer, const struct refusal *r, const char *text)
{
	token_endpoint_error(answer, r->error, r->code, text);
	return r->status;
}

static char *
field(const struct token_endpoint_request *r, const char *name)
{
	return url_form_value(r->form, r->len, name);
}

static bool
field_is(const struct token_endpoint_request *r, const char *name, const char *wanted)
{
	char *text = field(r, name);
	bool same = text != NULL && strcmp(text, wanted) == 0;

	free(text);
	return same;
}

static bool
was_used(struct token_endpoint *t, char *jti)
{
	for (size_t i = 0; i < ISSUED_MAX && t->jti[i] != NULL; i++)
		if (strcmp(t->jti[i], jti) == 0) {
			free(jti);
			return true;
		}
	free(t->jti[t->jti_count % ISSUED_MAX]);
	t->jti[t->jti_count++ % ISSUED_MAX] = jti;
	return false;
}

static unsigned
check_assertion(struct token_endpoint *t, const struct token_endpoint_request *r,
                const char *assertion, struct buf *answer)
{
	struct jwt_wanted wanted = {.audience = r->url, .client = TOKEN_CLIENT, .now = clock_now()};
	struct error err = {""};
	char *jti = NULL;
	enum jwt_verdict verdict;

	if (!field_is(r, "client_assertion_type", ASSERTION_TYPE))
		return refuse(answer, &no_proof, "expected client_assertion_type " ASSERTION_TYPE);
	verdict = jwt_check(assertion, t->app, &wanted, &jti, &err);
	if (verdict != JWT_OK)
		return refuse(answer, &verdicts[verdict], err.text);
	if (was_used(t, jti))
		return refuse(answer, &used_twice, "the assertion's jti was used before");
	return 200;
}

static unsigned
check_client(struct token_endpoint *t, const struct token_endpoint_request *r, struct buf *answer)
{
	char *assertion = field(r, "client_assertion"), *secret = field(r, "client_secret");
	unsigned status = 200;

	if (strcasecmp(r->tenant, TOKEN_TENANT) != 0)
		status = refuse(answer, &no_tenant, "no such tenant");
	else if (!field_is(r, "client_id", TOKEN_CLIENT))
		status = refuse(answer, &no_client, "no such application in the tenant");
	else if (assertion != NULL && secret != NULL)
		status = refuse(answer, &no_proof, "expected either a secret or an assertion");
	else if (assertion != NULL)
		status = check_assertion(t, r, assertion, answer);
	else if (secret == NULL)
		status = refuse(answer, &no_proof, "expected client_secret or client_assertion");
	else if (strcmp(secret, t->secret) != 0)
		status = refuse(answer, &no_secret, "the client secret is wrong");
	free(assertion);
	free(secret);
	return status;
}

/* v1 names a resource, v2 a scope of it. Without a user the only scope is TOKEN_SCOPE. */
static unsigned
check_scope(const struct token_endpoint_request *r, bool user, struct buf *answer)
{
	const char *name = r->v1 ? "resource" : "scope";
	char *text = field(r, name);
	size_t n = strlen(TOKEN_RESOURCE);
	unsigned status = 200;

	if (text == NULL)
		status = refuse(answer, &no_field, "expected resource (v1) or scope (v2)");
	else if (strncmp(text, TOKEN_RESOURCE, n) != 0 || (r->v1 && text[n] != '\0') ||
	         (!r->v1 && text[n] != '/'))
		status = refuse(answer, &no_scope, "expected " TOKEN_RESOURCE " or a scope of it");
	else if (!r->v1 && !user && strcmp(text, TOKEN_SCOPE) != 0)
		status = refuse(answer, &no_scope, "expected " TOKEN_SCOPE);
	free(text);
	return status;
}

static void
add_claims(struct buf *b, const struct token_endpoint *t, bool user, int64_t until)
{
	struct json *j = json_object(), *amr;
	struct buf text;

	json_add_text(j, "aud", TOKEN_RESOURCE);
	json_add_text(j, "tid", TOKEN_TENANT);
	json_add_text(j, "appid", TOKEN_CLIENT);
	json_add_number(j, "nbf", until - t->options.seconds);
	json_add_number(j, "exp", until);
	if (user) {
		amr = json_add_array(j, "amr");
		json_append_text(amr, "pwd");
		if (t->options.mfa)
			json_append_text(amr, "mfa");
	}
	buf_init(&text, TOKEN_MAX);
	json_print(j, &text);
	jwt_encode(b, text.data, text.len);
	buf_release(&text);
	json_free(j);
}

/* The token looks like a JWT; it is accepted because it is in the list of issued tokens. */
static const char *
make_access_token(struct token_endpoint *t, bool user)
{
	static const char header[] = "{\"typ\":\"JWT\",\"alg\":\"none\"}";
	struct issued *i = &t->issued[t->issued_count++ % ISSUED_MAX];
	char *secret = make_secret();
	struct buf b;

	free(i->token);
	i->until = clock_now() + t->options.seconds;
	i->standing = !user ? TOKEN_APP : t->options.mfa ? TOKEN_USER_MFA : TOKEN_USER;
	buf_init(&b, TOKEN_MAX);
	jwt_encode(&b, header, strlen(header));
	buf_char(&b, '.');
	add_claims(&b, t, user, i->until);
	buf_printf(&b, ".%s", secret);
	free(secret);
	i->token = buf_detach(&b);
	return i->token;
}

static void
add_number(struct json *j, bool as_text, const char *key, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	if (as_text)
		json_add_text(j, key, text);
	else
		json_add_number(j, key, value);
}

static unsigned
issue(struct token_endpoint *t, const struct token_endpoint_request *r, bool user,
      struct buf *answer)
{
	struct json *j = json_object();
	int64_t now = clock_now();

	json_add_text(j, "token_type", "Bearer");
	add_number(j, r->v1, "expires_in", t->options.seconds);
	add_number(j, r->v1, "ext_expires_in", t->options.seconds);
	if (r->v1) {
		add_number(j, true, "expires_on", now + t->options.seconds);
		add_number(j, true, "not_before", now);
		json_add_text(j, "resource", TOKEN_RESOURCE);
	}
	json_add_text(j, "access_token", make_access_token(t, user));
	if (user) {
		json_add_text(j, "scope",
		              r->v1 ? "user_impersonation" : TOKEN_RESOURCE "/user_impersonation");
		json_add_text(j, "refresh_token", t->refresh);
	}
	json_print(j, answer);
	json_free(j);
	return 200;
}

static unsigned
refresh(struct token_endpoint *t, const struct token_endpoint_request *r, struct buf *answer)
{
	if (!field_is(r, "refresh_token", t->refresh))
		return refuse(answer, &bad_refresh, "the refresh token has expired or was revoked");
	if (t->options.rotate) {
		free(t->refresh);
		t->refresh = make_secret();
	}
	return issue(t, r, true, answer);
}

unsigned
token_endpoint_issue(struct token_endpoint *t, const struct token_endpoint_request *r,
                     struct buf *answer)
{
	bool user = field_is(r, "grant_type", "refresh_token");
	unsigned status;

	if (!user && !field_is(r, "grant_type", "client_credentials"))
		return refuse(answer, &no_grant, "expected client_credentials or refresh_token");
	status = check_client(t, r, answer);
	if (status == 200)
		status = check_scope(r, user, answer);
	if (status != 200)
		return status;
	return user ? refresh(t, r, answer) : issue(t, r, false, answer);
}

enum token_endpoint_standing
token_endpoint_identify(const struct token_endpoint *t, const char *authorization)
{
	static const char bearer[] = "Bearer ";
	size_t n = strlen(bearer);

	if (authorization == NULL)
		return TOKEN_MISSING;
	if (strncasecmp(authorization, bearer, n) != 0)
		return TOKEN_REFUSED;
	for (size_t i = 0; i < ISSUED_MAX && t->issued[i].token != NULL; i++)
		if (strcmp(t->issued[i].token, authorization + n) == 0)
			return t->issued[i].until > clock_now() ? t->issued[i].standing
			                                        : TOKEN_REFUSED;
	return TOKEN_REFUSED;
}
