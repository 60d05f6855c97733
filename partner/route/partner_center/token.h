/*
 * Access tokens for Partner Center (facts on it, 2.2 to 2.4): app-only, by a client assertion or a
 * client secret; or app+user, by a refresh token beside one of these. One fetch serves all that
 * wait. Owns the token and wipes it; no token or secret reaches a log, an argument or the ledger.
 *
 * A refresh token that the answer replaces is in its file, durably, before its access token is used.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_TOKEN_H
#define PARTNER_ROUTE_PARTNER_CENTER_TOKEN_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"
#include "common/http.h"

struct token_settings {
	const char *authority; /* https://host */
	const char *tenant, *client_id;
	const char *certificate, *key,
		*passphrase; /* or client_secret_file; key, passphrase: or NULL */
	const char *client_secret_file;
	const char *refresh_token_file; /* NULL: app-only */
	const char *scope;              /* v2 end point; NULL: Partner Center's */
	const char *resource;           /* not NULL: v1 end point */
};

enum token_end {
	TOKEN_GIVEN,
	TOKEN_REFUSED,  /* credentials; or they cannot be read, or kept */
	TOKEN_NOT_SENT, /* unreachable */
	TOKEN_LOST,     /* no usable answer */
	TOKEN_BUSY,     /* throttled */
	TOKEN_END_COUNT
};

struct token_result {
	enum token_end end;
	const char *token;  /* lives until the callback returns */
	const char *reason; /* one printable line */
	long retry_after;   /* seconds; negative: none named */
};
typedef void token_done_fn(void *ctx, const struct token_result *result);

struct token_source; /* opaque */
/* Strings are copied; http is borrowed, and its answers come from http_wait(). */
struct token_source *
token_source_new(const struct token_settings *settings, struct http_client *http);
void token_source_free(struct token_source *s); /* accepts NULL */
/* Calls done, before it returns where a token is at hand. */
void token_get(struct token_source *s, token_done_fn *done, void *ctx);
/* The service does not take this token: the next token_get() fetches another, once for all. */
void token_refused(struct token_source *s, const char *token);
/* Those who wait are forgotten; to be called after http_drop(). */
void token_drop(struct token_source *s);

/* Pure, for tests: the body of the request, and where it goes (freed by the caller). */
char *token_url(const struct token_settings *set);
int token_body(const struct token_settings *set, int64_t now, struct buf *body,
               struct error *err) MUST_CHECK;
/* When a token got at `now` (any clock, seconds) that lives so long is to be replaced. */
int64_t token_good_until(int64_t now, int64_t lifetime);

#endif
