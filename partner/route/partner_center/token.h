/*
 * Access tokens for Partner Center (doc/partner-center.md, sections 2.1 to 2.4). App-only tokens need
 * a client assertion or a client secret; tokens of app and user need a refresh token as well. One
 * fetch serves all who wait. Owns the token and wipes it. No token or secret reaches a log, an
 * argument or the ledger.
 *
 * If the answer brings a new refresh token, it is on disk before its access token is used.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_TOKEN_H
#define PARTNER_ROUTE_PARTNER_CENTER_TOKEN_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"
#include "common/http.h"

/* Either certificate or client_secret_file. */
struct token_settings {
	const char *authority; /* https://host */
	const char *tenant, *client_id;
	const char *certificate;
	const char *key, *passphrase; /* NULL: with the certificate; not encrypted */
	const char *client_secret_file;
	const char *refresh_token_file; /* NULL: app-only */
	const char *scope;              /* v2 end point; NULL: Partner Center's */
	const char *resource;           /* not NULL: v1 end point */
};

enum token_end {
	TOKEN_GIVEN,
	TOKEN_REFUSED,  /* the credentials are refused, or cannot be read or saved */
	TOKEN_NOT_SENT, /* the end point cannot be reached */
	TOKEN_LOST,     /* no usable answer */
	TOKEN_BUSY,     /* throttled */
	TOKEN_END_COUNT
};

struct token_result {
	enum token_end end;
	const char *token;  /* valid until the callback returns */
	const char *reason; /* one printable line */
	long retry_after;   /* seconds; negative: none named */
};
typedef void token_done_fn(void *ctx, const struct token_result *result);

struct token_source; /* opaque */
/* Copies the settings. Borrows http; http_wait() delivers the answers. */
struct token_source *
token_source_new(const struct token_settings *settings, struct http_client *http);
void token_source_free(struct token_source *s); /* accepts NULL */
/* Calls done, before it returns if a token is at hand. */
void token_get(struct token_source *s, token_done_fn *done, void *ctx);
/* The service refused this token: the next token_get() fetches another one. */
void token_refused(struct token_source *s, const char *token);
/* Forgets all who wait. To be called after http_drop(). */
void token_drop(struct token_source *s);

/* Steps of token_get(), pure: the address (the caller frees it) and the body of the request. */
char *token_url(const struct token_settings *set);
int token_body(const struct token_settings *set, int64_t now, struct buf *body,
               struct error *err) MUST_CHECK;
/* Until when to use a token that was fetched at `now` and lives so long; seconds of any clock. */
int64_t token_good_until(int64_t now, int64_t lifetime);

#endif
