/*
 * Answers of a token end point (doc/partner-center.md, section 2.2): version 1 writes numbers as
 * strings, version 2 as numbers. Pure: bytes in, a struct out. Answers are hostile until parsed: a
 * token becomes part of a header, so all of its bytes must be printable ASCII other than blanks.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_TOKEN_ANSWER_H
#define PARTNER_ROUTE_PARTNER_CENTER_TOKEN_ANSWER_H

#include "common/base.h"
#include "common/error.h"

#define TOKEN_MAX 16000 /* bytes; real ones have up to 4 kB, servers take 16 kB of headers */
#define TOKEN_LIFETIME_MAX (24 * 3600) /* seconds; after a day fetch a new token anyway */

struct token_answer {
	char *access;  /* owned */
	char *refresh; /* owned; NULL: the answer has none */
	int64_t lifetime;
	bool amr_named; /* the token tells how its user signed in ... */
	bool amr_mfa;   /* ... and it was with more than one factor */
};

/* -1: no usable token. err quotes nothing of the answer, which may hold secrets. */
int token_answer_read(struct token_answer *a, const char *body, size_t len,
                      struct error *err) MUST_CHECK;
void token_answer_release(struct token_answer *a); /* wipes */

/* The end point refuses temporarily, and says so. */
bool token_answer_is_temporary(const char *body, size_t len);
/* Explains a refusal in one printable line: its error word, its AADSTS number, what to do. */
void token_answer_refusal(const char *body, size_t len, char *dst, size_t size);

#endif
