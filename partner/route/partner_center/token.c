/* Fetches, keeps and renews the token. token_answer.c reads the answers. */
#include "partner/route/partner_center/token.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/crypto.h"
#include "common/crypto_jwt.h"
#include "common/file.h"
#include "common/json.h"
#include "common/log.h"
#include "common/wipe.h"
#include "partner/route/partner_center/token_answer.h"
#include "partner/route/unreadable.h"

#define BODY_MAX ((size_t)64 * 1024)      /* three times a refresh token of 16 kB, for escapes */
#define ASSERTION_MAX ((size_t)16 * 1024) /* claims of 1 kB and a signature of 2 kB */
#define ASSERTION_LIFETIME 300            /* seconds; the service takes at most ten minutes */
#define MARGIN 300                        /* seconds before its end a token is renewed */
#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define SCOPE_APP "https://api.partnercenter.microsoft.com/.default"
#define SCOPE_USER "https://api.partnercenter.microsoft.com/user_impersonation"

struct waiter {
	struct waiter *next;
	token_done_fn *done;
	void *ctx;
};

struct token_source {
	struct token_settings set; /* owned strings */
	struct http_client *http;
	char *token;        /* NULL: none */
	int64_t good_until; /* seconds, monotonic */
	bool fetching;
	bool mfa_warned;
	struct waiter *waiting;
};

static const char *
copy(const char *text)
{
	return text != NULL ? xstrdup(text) : NULL;
}

struct token_source *
token_source_new(const struct token_settings *set, struct http_client *http)
{
	struct token_source *s = xcalloc(1, sizeof(*s));

	s->http = http;
	s->set = (struct token_settings){
		.authority = copy(set->authority),
		.tenant = copy(set->tenant),
		.client_id = copy(set->client_id),
		.certificate = copy(set->certificate),
		.key = copy(set->key),
		.passphrase = copy(set->passphrase),
		.client_secret_file = copy(set->client_secret_file),
		.refresh_token_file = copy(set->refresh_token_file),
		.scope = copy(set->scope),
		.resource = copy(set->resource),
	};
	return s;
}

void
token_drop(struct token_source *s)
{
	for (struct waiter *w = s->waiting, *next; w != NULL; w = next) {
		next = w->next;
		free(w);
	}
	s->waiting = NULL;
	s->fetching = false;
}

void
token_source_free(struct token_source *s)
{
	if (s == NULL)
		return;
	token_drop(s);
	wipe_and_free(s->token);
	wipe_and_free(s->set.authority);
	wipe_and_free(s->set.tenant);
	wipe_and_free(s->set.client_id);
	wipe_and_free(s->set.certificate);
	wipe_and_free(s->set.key);
	wipe_and_free(s->set.passphrase);
	wipe_and_free(s->set.client_secret_file);
	wipe_and_free(s->set.refresh_token_file);
	wipe_and_free(s->set.scope);
	wipe_and_free(s->set.resource);
	free(s);
}

char *
token_url(const struct token_settings *set)
{
	size_t len = strlen(set->authority);
	char *tenant = http_escape(set->tenant);
	char *url;

	while (len > 0 && set->authority[len - 1] == '/')
		len--;
	url = xasprintf("%.*s/%s/oauth2/%s", (int)len, set->authority, tenant,
	                set->resource != NULL ? "token" : "v2.0/token");
	free(tenant);
	return url;
}

static void
add_field(struct buf *body, const char *name, const char *value)
{
	char *escaped = http_escape(value);

	buf_printf(body, "%s%s=", body->len > 0 ? "&" : "", name);
	buf_str(body, escaped); /* not by printf, whose own buffers are not wiped */
	wipe_and_free(escaped);
}

static int
add_assertion(const struct token_settings *set, int64_t now, struct buf *body, struct error *err)
{
	char *url = token_url(set), id[CRYPTO_GUID_SIZE];
	struct json *claims = json_object();
	struct buf text, jwt;
	int rc;

	crypto_guid(id);
	json_add_text(claims, "aud", url);
	json_add_text(claims, "iss", set->client_id);
	json_add_text(claims, "sub", set->client_id);
	json_add_text(claims, "jti", id);
	json_add_number(claims, "nbf", now);
	json_add_number(claims, "iat", now);
	json_add_number(claims, "exp", now + ASSERTION_LIFETIME);
	buf_init(&text, ASSERTION_MAX);
	buf_init(&jwt, ASSERTION_MAX);
	json_print(claims, &text);
	rc = crypto_jwt_sign(set->certificate, set->key, set->passphrase, text.data, &jwt, err);
	if (rc == 0) {
		add_field(body, "client_assertion_type", ASSERTION_TYPE);
		add_field(body, "client_assertion", jwt.data);
	}
	wipe(jwt.data, jwt.len); /* it is a credential for five minutes */
	buf_release(&jwt);
	buf_release(&text);
	json_free(claims);
	free(url);
	return rc;
}

static int
add_secret(const char *path, const char *name, struct buf *body, struct error *err)
{
	char *secret = file_read_secret(path, err);
	int rc = -1;

	if (secret != NULL && secret[0] == '\0')
		error_set(err, "%s is empty", path);
	else if (secret != NULL)
		rc = 0;
	if (rc == 0)
		add_field(body, name, secret);
	wipe_and_free(secret);
	return rc;
}

int
token_body(const struct token_settings *set, int64_t now, struct buf *body, struct error *err)
{
	bool user = set->refresh_token_file != NULL;

	add_field(body, "grant_type", user ? "refresh_token" : "client_credentials");
	add_field(body, "client_id", set->client_id);
	if (set->resource != NULL)
		add_field(body, "resource", set->resource);
	else
		add_field(body, "scope",
		          set->scope != NULL ? set->scope
		          : user             ? SCOPE_USER
		                             : SCOPE_APP);
	if (user && add_secret(set->refresh_token_file, "refresh_token", body, err) != 0)
		return -1;
	if (set->certificate != NULL) {
		if (add_assertion(set, now, body, err) != 0)
			return -1;
	} else if (set->client_secret_file == NULL) {
		return error_set(err, "neither certificate nor client-secret-file is set");
	} else if (add_secret(set->client_secret_file, "client_secret", body, err) != 0) {
		return -1;
	}
	return body->overflow ? error_set(err, "the token request is too large") : 0;
}

int64_t
token_good_until(int64_t now, int64_t lifetime)
{
	return now + (lifetime > 2 * MARGIN ? lifetime - MARGIN : lifetime / 2);
}

static void
deliver_all(struct token_source *s, const struct token_result *result)
{
	struct waiter *w = s->waiting, *next;

	s->waiting = NULL;
	s->fetching = false;
	for (; w != NULL; w = next) {
		next = w->next;
		w->done(w->ctx, result);
		free(w);
	}
}

/* To be done before the access token is used: the new refresh token may be the only good one. */
static int
save_refresh_token(const struct token_source *s, const struct token_answer *a, struct error *err)
{
	const char *path = s->set.refresh_token_file;
	char *now, *real;
	bool same;
	int rc;

	if (path == NULL || a->refresh == NULL)
		return 0;
	now = file_read_secret(path, NULL);
	same = now != NULL && strcmp(now, a->refresh) == 0;
	wipe_and_free(now);
	if (same)
		return 0;
	/* replaces the file that a symbolic link names, not the link */
	real = realpath(path, NULL);
	if (real == NULL && errno != ENOENT)
		return error_errno(err, "%s: cannot find the file", path);
	rc = file_write(real != NULL ? real : path, FILE_MODE_PRIVATE, a->refresh,
	                strlen(a->refresh), err);
	free(real);
	return rc;
}

static void
warn_of_mfa(struct token_source *s, const struct token_answer *a)
{
	if (s->set.refresh_token_file == NULL || s->mfa_warned || !a->amr_named || a->amr_mfa)
		return;
	s->mfa_warned = true;
	log_warn("the refresh token comes from a sign-in without MFA, so Partner Center may refuse "
	         "it (900421): consent once more, with MFA");
}

static void
on_given(struct token_source *s, const struct http_answer *a, struct token_result *result,
         struct error *err)
{
	struct token_answer answer;

	if (token_answer_read(&answer, a->body, a->body_len, err) != 0) {
		error_prefix(err, "token");
		result->end = TOKEN_LOST;
		result->reason = err->text;
		return;
	}
	if (save_refresh_token(s, &answer, err) != 0) {
		error_prefix(err, "the new refresh token cannot be saved");
		result->end = TOKEN_REFUSED;
		result->reason = err->text;
	} else {
		warn_of_mfa(s, &answer);
		wipe_and_free(s->token);
		s->token = answer.access;
		answer.access = NULL;
		s->good_until = token_good_until(clock_tick_ms() / 1000, answer.lifetime);
		result->end = TOKEN_GIVEN;
		result->token = s->token;
	}
	token_answer_release(&answer);
}

/* From transport and status; of a refusal also its error word. TOKEN_GIVEN: read the body. */
static enum token_end
end_of_answer(const struct http_answer *a)
{
	if (a->end == HTTP_NOT_SENT)
		return a->certificate_refused ? TOKEN_REFUSED : TOKEN_NOT_SENT;
	if (a->end != HTTP_REPLIED)
		return TOKEN_LOST;
	if (a->status == 200)
		return TOKEN_GIVEN;
	if (a->status == 429)
		return TOKEN_BUSY;
	if (a->status == 408 || token_answer_is_temporary(a->body, a->body_len) ||
	    unreadable_is_web_page(a->content_type, a->body, a->body_len))
		return TOKEN_LOST; /* a web page is not the end point's refusal */
	return a->status >= 400 && a->status < 500 ? TOKEN_REFUSED : TOKEN_LOST;
}

static void
on_answer(void *ctx, const struct http_answer *a)
{
	struct token_source *s = ctx;
	struct token_result result = {.end = end_of_answer(a), .retry_after = a->retry_after};
	char line[ERROR_TEXT_MAX], said[ERROR_TEXT_MAX / 2];
	struct error err;

	if (result.end == TOKEN_GIVEN) {
		line[0] = '\0';
	} else if (a->end != HTTP_REPLIED) {
		snprintf(line, sizeof(line), "token: %s", a->detail);
	} else {
		token_answer_refusal(a->body, a->body_len, said, sizeof(said));
		snprintf(line, sizeof(line), "token: HTTP %ld: %s", a->status, said);
	}
	result.reason = line;
	if (result.end == TOKEN_GIVEN)
		on_given(s, a, &result, &err);
	deliver_all(s, &result);
}

static int
fetch(struct token_source *s, struct error *err)
{
	static const char *const headers[] = {"Content-Type: application/x-www-form-urlencoded",
	                                      "Accept: application/json", NULL};
	char *url = token_url(&s->set);
	struct buf body;
	int rc;

	buf_init(&body, BODY_MAX);
	rc = token_body(&s->set, clock_now(), &body, err);
	if (rc == 0) {
		struct http_request request = {.method = HTTP_POST,
		                               .url = url,
		                               .headers = headers,
		                               .body = body.data,
		                               .body_len = body.len,
		                               .secret = true,
		                               .done = on_answer,
		                               .ctx = s};
		rc = http_start(s->http, &request, err);
	}
	wipe(body.data, body.len);
	buf_release(&body);
	free(url);
	return rc;
}

void
token_get(struct token_source *s, token_done_fn *done, void *ctx)
{
	struct token_result result = {
		.end = TOKEN_GIVEN, .token = s->token, .retry_after = HTTP_RETRY_AFTER_NONE};
	struct waiter *w;
	struct error err;

	if (s->token != NULL && clock_tick_ms() / 1000 < s->good_until) {
		done(ctx, &result);
		return;
	}
	w = xcalloc(1, sizeof(*w));
	*w = (struct waiter){.next = s->waiting, .done = done, .ctx = ctx};
	s->waiting = w;
	if (s->fetching)
		return;
	s->fetching = true;
	if (fetch(s, &err) != 0) {
		result = (struct token_result){.end = TOKEN_REFUSED,
		                               .reason = err.text,
		                               .retry_after = HTTP_RETRY_AFTER_NONE};
		deliver_all(s, &result);
	}
}

void
token_refused(struct token_source *s, const char *token)
{
	if (s->token != NULL && strcmp(s->token, token) == 0)
		s->good_until = 0; /* not freed, because the caller may still use it */
}
