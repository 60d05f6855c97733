/*
 * The token end point of the practice partner's tenant: proves an application by its secret or its
 * certificate, hands out access and refresh tokens, and knows them again. Owns the tokens. Not
 * thread-safe: Partner Center holds its lock around it. No secret and no token leaves it but in an
 * answer.
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
	long seconds; /* an access token's life */
	bool rotate;  /* a refresh token is good once */
	bool mfa;     /* the refresh token comes from a sign-in with it */
};

struct token_endpoint;

/* Makes app.pem, app.key, client-secret and refresh-token in dir where they are missing; those that
 * are there stay good. */
struct token_endpoint *token_endpoint_new(const char *dir, const struct token_endpoint_options *o,
                                          struct error *err) MUST_CHECK;
void token_endpoint_free(struct token_endpoint *t); /* accepts NULL */

struct token_endpoint_request {
	const char *tenant;
	bool v1;         /* of the two end points: numbers as strings, resource for scope */
	const char *url; /* what the request was sent to: an assertion's audience */
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
/* What a request may do with its header Authorization (NULL: none). */
enum token_endpoint_standing
token_endpoint_identify(const struct token_endpoint *t, const char *authorization);

#endif
