#include "partner/route/partner_center/token_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/crypto.h"
#include "common/crypto_jwt.h"
#include "common/json.h"
#include "common/text.h"
#include "common/wipe.h"

#define LIFETIME_DEFAULT 300 /* seconds, where the answer names none: soon asked for anew */
#define ERROR_WORD_MAX 64    /* "invalid_client" and its like */

static bool
is_token(const char *text)
{
	size_t len = text != NULL ? strnlen(text, TOKEN_MAX + 1) : 0;

	if (len == 0 || len > TOKEN_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return true;
}

/* A number, or the same as a string. */
static int64_t
lifetime_of(const struct json *root)
{
	const struct json *in = json_get(root, "expires_in");
	double seconds = json_number(in);
	long long number;

	if (json_text(in) != NULL)
		seconds = text_number(json_text(in), 0, TOKEN_LIFETIME_MAX, &number)
		                  ? (double)number
		                  : LIFETIME_DEFAULT;
	if (!(seconds > 0))
		return LIFETIME_DEFAULT;
	return seconds > TOKEN_LIFETIME_MAX ? TOKEN_LIFETIME_MAX : (int64_t)seconds;
}

/* The claims are looked at to warn early, and nothing rests on them: the token is opaque. */
static void
look_at_claims(struct token_answer *a)
{
	const char *begin = strchr(a->access, '.');
	const char *end = begin != NULL ? strchr(begin + 1, '.') : NULL;
	struct json *claims = NULL;
	const struct json *amr;
	struct buf b;

	buf_init(&b, TOKEN_MAX);
	if (end != NULL && crypto_base64url_decode(begin + 1, (size_t)(end - begin) - 1, &b))
		claims = json_parse(b.data, b.len, NULL);
	amr = claims != NULL ? json_get(claims, "amr") : NULL;
	a->amr_named = json_is_array(amr);
	for (const struct json *m = a->amr_named ? json_first(amr) : NULL; m != NULL;
	     m = json_next(m))
		a->amr_mfa |= json_text(m) != NULL && strcmp(json_text(m), "mfa") == 0;
	json_free(claims);
	wipe(b.data, b.len);
	buf_release(&b);
}

/* The tree holds the tokens as well. */
static void
wipe_text(const struct json *j)
{
	const char *text = json_text(j);

	if (text != NULL)
		wipe((void *)(uintptr_t)text, strlen(text));
}

static int
take(struct token_answer *a, const struct json *root, struct error *err)
{
	const char *type = json_text(json_get(root, "token_type"));
	const char *access = json_text(json_get(root, "access_token"));
	const char *refresh = json_text(json_get(root, "refresh_token"));

	if (type != NULL && !text_equal_nocase(type, "Bearer"))
		return error_set(err, "unreadable token answer: not a bearer token");
	if (!is_token(access))
		return error_set(err, "unreadable token answer: no usable access_token");
	if (refresh != NULL && !is_token(refresh))
		return error_set(err, "unreadable token answer: no usable refresh_token");
	a->access = xstrdup(access);
	a->refresh = refresh != NULL ? xstrdup(refresh) : NULL;
	a->lifetime = lifetime_of(root);
	look_at_claims(a);
	return 0;
}

int
token_answer_read(struct token_answer *a, const char *body, size_t len, struct error *err)
{
	struct json *root = json_parse(body, len, NULL); /* its words could quote the answer */
	int rc;

	*a = (struct token_answer){0};
	if (!json_is_object(root))
		rc = error_set(err, "unreadable token answer: no JSON object");
	else
		rc = take(a, root, err);
	if (root != NULL) {
		wipe_text(json_get(root, "access_token"));
		wipe_text(json_get(root, "refresh_token"));
		json_free(root);
	}
	return rc;
}

static void
wipe_free(char *text)
{
	if (text != NULL)
		wipe(text, strlen(text));
	free(text);
}

void
token_answer_release(struct token_answer *a)
{
	wipe_free(a->access);
	wipe_free(a->refresh);
	*a = (struct token_answer){0};
}

static const struct {
	const char *code, *means;
	enum token_refusal refusal;
} explained[] = {
	{"AADSTS90002", "tenant unknown: see tenant and authority", TOKEN_REFUSAL_OTHER},
	{"AADSTS900023", "tenant is no tenant id or domain", TOKEN_REFUSAL_OTHER},
	{"AADSTS700016", "client-id is not known in this tenant", TOKEN_REFUSAL_OTHER},
	{"AADSTS7000215", "the client secret is wrong", TOKEN_REFUSAL_CLIENT},
	{"AADSTS7000222", "the client secret has expired", TOKEN_REFUSAL_CLIENT},
	{"AADSTS700027", "the certificate is not (yet) known to the app", TOKEN_REFUSAL_CLIENT},
	{"AADSTS700024", "the assertion's times do not fit: is the clock right?",
         TOKEN_REFUSAL_CLIENT},
	{"AADSTS700082", "the refresh token has expired: consent once more", TOKEN_REFUSAL_GRANT},
	{"AADSTS50173", "the refresh token was revoked: consent once more", TOKEN_REFUSAL_GRANT},
	{"AADSTS50076", "MFA is needed: consent once more, with MFA", TOKEN_REFUSAL_GRANT},
	{"AADSTS65001", "nobody has consented to this app", TOKEN_REFUSAL_GRANT},
	{"AADSTS500011", "scope or resource is not known in this tenant", TOKEN_REFUSAL_OTHER},
	/* the words of OAuth, where no number is known */
	{"invalid_client", "credentials refused", TOKEN_REFUSAL_CLIENT},
	{"unauthorized_client", "the app may not do this: see client-id", TOKEN_REFUSAL_CLIENT},
	{"invalid_grant", "the refresh token is refused: consent once more", TOKEN_REFUSAL_GRANT},
	{"invalid_scope", "see scope", TOKEN_REFUSAL_OTHER},
};

/* The number alone: the rest of a description may quote what was sent. */
static void
number_of(const char *description, char *dst, size_t size)
{
	const char *at = description != NULL ? strstr(description, "AADSTS") : NULL;
	size_t digits = at != NULL ? strspn(at + 6, "0123456789") : 0;

	dst[0] = '\0';
	if (digits > 0 && digits + 6 < size)
		snprintf(dst, size, "%.*s", (int)digits + 6, at);
}

enum token_refusal
token_answer_refusal(const char *body, size_t len, char *dst, size_t size)
{
	struct json *root = json_parse(body, len, NULL);
	const struct json *object = json_is_object(root) ? root : NULL;
	const char *said = object != NULL ? json_text(json_get(object, "error")) : NULL;
	char word[ERROR_WORD_MAX], number[24];
	enum token_refusal refusal = TOKEN_REFUSAL_OTHER;
	const char *means = NULL;

	text_printable(word, sizeof(word), said != NULL ? said : "no reason given");
	number_of(object != NULL ? json_text(json_get(object, "error_description")) : NULL, number,
	          sizeof(number));
	for (size_t i = 0; means == NULL && i < ARRAY_SIZE(explained); i++)
		if (strcmp(explained[i].code, number) == 0 ||
		    strcmp(explained[i].code, word) == 0) {
			means = explained[i].means;
			refusal = explained[i].refusal;
		}
	snprintf(dst, size, "%s%s%s%s%s", word, number[0] != '\0' ? " " : "", number,
	         means != NULL ? ": " : "", means != NULL ? means : "");
	json_free(root);
	return refusal;
}
