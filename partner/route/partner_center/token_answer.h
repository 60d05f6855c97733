/*
 * What a token end point answers (facts on Partner Center, 2.2): v1 says its numbers as strings, v2
 * as numbers. Pure: bytes in, a struct out. Hostile until parsed: a token goes into a header, so no
 * byte of it may be anything but printable ASCII without blanks.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_TOKEN_ANSWER_H
#define PARTNER_ROUTE_PARTNER_CENTER_TOKEN_ANSWER_H

#include "common/base.h"
#include "common/error.h"

#define TOKEN_MAX 16000 /* the longest seen have about 4 kB; servers take 16 kB of headers */
#define TOKEN_LIFETIME_MAX \
	(24 * 3600) /* seconds; what claims to live longer is asked for anew then */

struct token_answer {
	char *access;  /* owned */
	char *refresh; /* owned; NULL: none came */
	int64_t lifetime;
	bool amr_named; /* the token can be read, and tells how its user signed in ... */
	bool amr_mfa;   /* ... with more than one factor */
};

/* -1: no usable token (err, without anything of the answer's own text). */
int token_answer_read(struct token_answer *a, const char *body, size_t len,
                      struct error *err) MUST_CHECK;
void token_answer_release(struct token_answer *a); /* wipes */

enum token_refusal {
	TOKEN_REFUSAL_OTHER,
	TOKEN_REFUSAL_CLIENT, /* secret or certificate */
	TOKEN_REFUSAL_GRANT,  /* the refresh token */
	TOKEN_REFUSAL_COUNT
};
/* One printable line of what a refusal says: its error, its AADSTS number and what that means. */
enum token_refusal token_answer_refusal(const char *body, size_t len, char *dst, size_t size);

#endif
