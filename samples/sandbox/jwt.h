/*
 * JSON Web Tokens (RFC 7519) at the token end point: base64url, and the check of a client's
 * assertion. Pure functions.
 */
#ifndef SAMPLES_SANDBOX_JWT_H
#define SAMPLES_SANDBOX_JWT_H

#include "common/buf.h"
#include "common/error.h"
#include "samples/sandbox/pki.h"

#define JWT_LIFE_MAX_S 600 /* documented: 5 to 10 minutes */
#define JWT_SKEW_S 30      /* allowed difference of two clocks */

/* Appends data in base64url without padding (RFC 7515, section 2). */
void jwt_encode(struct buf *b, const void *data, size_t len);
/* Appends the decoded bytes. False: padding, an illegal character, an impossible length, or stray
 * bits at the end. */
bool jwt_decode(struct buf *b, const char *text, size_t len);

struct jwt_wanted {
	const char *audience, *client; /* client: both issuer and subject */
	int64_t now;                   /* seconds UTC */
};

enum jwt_verdict {
	JWT_OK,
	JWT_MALFORMED,
	JWT_UNKNOWN_KEY,
	JWT_BAD_SIGNATURE,
	JWT_WRONG_AUDIENCE,
	JWT_WRONG_CLIENT,
	JWT_WRONG_TIME,
	JWT_VERDICT_COUNT
};

/* On JWT_OK the caller frees *ret_jti; else err says what was expected. */
enum jwt_verdict
jwt_check(const char *assertion, const struct pki_app *app, const struct jwt_wanted *wanted,
          char **ret_jti, struct error *err) MUST_CHECK;

#endif
