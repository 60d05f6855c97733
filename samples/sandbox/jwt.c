/* Takes an assertion apart and checks it claim by claim; pki.c checks the signature. */
#include "samples/sandbox/jwt.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/json.h"

#define JWT_PART_MAX ((size_t)16 * 1024)

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void
jwt_encode(struct buf *b, const void *data, size_t len)
{
	const unsigned char *in = data;
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < len; i++) {
		bits = (bits << 8 | in[i]) & 0xffff;
		for (held += 8; held >= 6; held -= 6)
			buf_char(b, letters[bits >> (held - 6) & 63]);
	}
	if (held > 0)
		buf_char(b, letters[bits << (6 - held) & 63]);
}

bool
jwt_decode(struct buf *b, const char *text, size_t len)
{
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < len; i++) {
		const char *at = text[i] != '\0' ? strchr(letters, text[i]) : NULL;
		if (at == NULL)
			return false;
		bits = (bits << 6 | (unsigned)(at - letters)) & 0xffff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			buf_char(b, (char)(bits >> held & 0xff));
		}
	}
	return len % 4 != 1 && (bits & ((1U << held) - 1)) == 0 && !b->overflow;
}

struct token {
	size_t signed_len; /* of header, dot and claims */
	struct buf signature;
	struct json *header, *claims;
};

static struct json *
read_object(const char *text, size_t len, struct error *err)
{
	struct json *j = NULL;
	struct buf b;

	buf_init(&b, JWT_PART_MAX);
	if (!jwt_decode(&b, text, len))
		error_set(err, "expected base64url without padding");
	else
		j = json_parse(b.data, b.len, err);
	buf_release(&b);
	return j;
}

static bool
take_apart(const char *text, struct token *t, struct error *err)
{
	size_t header = strcspn(text, "."), claims, signature;

	if (text[header] != '.')
		return error_set(err, "expected three parts") == 0;
	claims = strcspn(text + header + 1, ".");
	t->signed_len = header + 1 + claims;
	if (text[t->signed_len] != '.')
		return error_set(err, "expected three parts") == 0;
	signature = strlen(text + t->signed_len + 1);
	t->header = read_object(text, header, err);
	t->claims = t->header != NULL ? read_object(text + header + 1, claims, err) : NULL;
	if (t->claims == NULL)
		return false;
	return jwt_decode(&t->signature, text + t->signed_len + 1, signature) ||
	       error_set(err, "expected a signature in base64url without padding") == 0;
}

static bool
is_text(const struct json *object, const char *key, const char *wanted)
{
	const char *text = json_text(json_get(object, key));

	return text != NULL && strcmp(text, wanted) == 0;
}

/* Accepts x5t#S256, and x5t (SHA-1) from older clients. */
static bool
names_key(const struct json *header, const struct pki_app *app)
{
	const char *sha256 = json_text(json_get(header, "x5t#S256"));
	const char *text = sha256 != NULL ? sha256 : json_text(json_get(header, "x5t"));
	struct buf b;
	bool named;

	if (text == NULL)
		return false;
	buf_init(&b, JWT_PART_MAX);
	named = jwt_decode(&b, text, strlen(text)) &&
	        pki_app_is(app, sha256 != NULL ? PKI_SHA256 : PKI_SHA1, b.data, b.len);
	buf_release(&b);
	return named;
}

static bool
is_signed(const char *text, const struct token *t, const struct pki_app *app)
{
	bool pss = is_text(t->header, "alg", "PS256");

	return (pss || is_text(t->header, "alg", "RS256")) &&
	       pki_app_signed(app, pss, text, t->signed_len, t->signature.data, t->signature.len);
}

static bool
is_current(const struct json *claims, int64_t now)
{
	const struct json *nbf = json_get(claims, "nbf"), *exp = json_get(claims, "exp");
	double from = json_number(nbf), to = json_number(exp), at = (double)now;

	return json_is_number(nbf) && json_is_number(exp) && from <= at + JWT_SKEW_S &&
	       to > at - JWT_SKEW_S && to > from && to - from <= JWT_LIFE_MAX_S;
}

static enum jwt_verdict
check_token(const char *text, const struct token *t, const struct pki_app *app,
            const struct jwt_wanted *w, struct error *err)
{
	if (!names_key(t->header, app)) {
		error_set(err, "expected the certificate's thumbprint as x5t#S256 or x5t");
		return JWT_UNKNOWN_KEY;
	}
	if (!is_signed(text, t, app)) {
		error_set(err, "expected a signature of the certificate's key, PS256 or RS256");
		return JWT_BAD_SIGNATURE;
	}
	if (!is_text(t->claims, "aud", w->audience)) {
		error_set(err, "expected the audience %s", w->audience);
		return JWT_WRONG_AUDIENCE;
	}
	if (!is_text(t->claims, "iss", w->client) || !is_text(t->claims, "sub", w->client)) {
		error_set(err, "expected the client id as iss and as sub");
		return JWT_WRONG_CLIENT;
	}
	if (!is_current(t->claims, w->now)) {
		error_set(err, "expected nbf and exp around now, at most %d s apart",
		          JWT_LIFE_MAX_S);
		return JWT_WRONG_TIME;
	}
	return JWT_OK;
}

enum jwt_verdict
jwt_check(const char *assertion, const struct pki_app *app, const struct jwt_wanted *wanted,
          char **ret_jti, struct error *err)
{
	struct token t = {.signed_len = 0};
	enum jwt_verdict verdict = JWT_MALFORMED;
	const char *jti;

	buf_init(&t.signature, JWT_PART_MAX);
	if (take_apart(assertion, &t, err)) {
		verdict = check_token(assertion, &t, app, wanted, err);
		jti = json_text(json_get(t.claims, "jti"));
		if (verdict == JWT_OK && (jti == NULL || jti[0] == '\0')) {
			error_set(err, "expected a jti");
			verdict = JWT_MALFORMED;
		}
		if (verdict == JWT_OK)
			*ret_jti = xstrdup(jti);
	}
	buf_release(&t.signature);
	json_free(t.header);
	json_free(t.claims);
	return verdict;
}
