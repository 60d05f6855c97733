/*
 * The token end point of the practice partner's tenant: authenticates the application by secret or
 * certificate, issues access and refresh tokens, and recognises them later. Owns the tokens. Not
 * thread-safe: partner_service.c calls it under its lock. Logs no secret and no token.
 */
#ifndef SAMPLES_SANDBOX_TOKEN_ENDPOINT_H
#define SAMPLES_SANDBOX_TOKEN_ENDPOINT_H

#include "common/buf.h"
#include "common/error.h"

#define TOKEN_TENANT "00000000-0000-4000-8000-00000000fab0"
#define TOKEN_CLIENT "00000000-0000-4000-8000-0000000000c1"
#define TOKEN_RESOURCE "https://api.partnercenter.microsoft.com"
#define TOKEN_SCOPE TOKEN_RESOURCE "/.default"
#define TOKEN_SECONDS_MAX 86400

struct token_endpoint_options {
	long seconds; /* lifetime of an access token */
	bool rotate;  /* accept a refresh token only once */
	bool mfa;     /* the refresh token stands for a sign-in with MFA */
};

struct token_endpoint;

/* Makes app.pem, app.key, client-secret and refresh-token in dir unless they exist. */
struct token_endpoint *token_endpoint_new(const char *dir, const struct token_endpoint_options *o,
                                          struct error *err) MUST_CHECK;
void token_endpoint_free(struct token_endpoint *t); /* accepts NULL */

struct token_endpoint_request {
	const char *tenant;
	bool v1;         /* the older end point: numbers as strings, resource instead of scope */
	const char *url; /* of the request: the audience of an assertion */
	const char *form;
	size_t len;
};
/* Returns the HTTP status and fills answer. */
unsigned token_endpoint_issue(struct token_endpoint *t, const struct token_endpoint_request *r,
                              struct buf *answer);
void token_endpoint_error(struct buf *answer, const char *error, long code, const char *text);

enum token_endpoint_standing {
	TOKEN_MISSING,
	TOKEN_REFUSED,
	TOKEN_APP,
	TOKEN_USER,
	TOKEN_USER_MFA
};
/* authorization: the header of a request. NULL: it has none. */
enum token_endpoint_standing
token_endpoint_identify(const struct token_endpoint *t, const char *authorization);

#endif
