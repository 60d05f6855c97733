/* Parses the answers. token.c decides when to fetch a token. */
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
#include "partner/route/unreadable.h"

#define LIFETIME_DEFAULT 300 /* seconds, if the answer names none: fetch a new one soon */
#define ERROR_WORD_MAX 64    /* bytes of a word such as "invalid_client" */

static bool
is_usable(const char *text)
{
	size_t len = text != NULL ? strnlen(text, TOKEN_MAX + 1) : 0;

	if (len == 0 || len > TOKEN_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return true;
}

/* expires_in is a number, or a number in a string. */
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

/* Only for an early warning: the token is opaque, and nothing else may depend on its claims. */
static void
read_claims(struct token_answer *a)
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

/* The parsed tree also holds the tokens. */
static void
wipe_text(const struct json *j)
{
	const char *text = json_text(j);

	if (text != NULL)
		wipe((void *)(uintptr_t)text, strlen(text));
}

static int
read_tokens(struct token_answer *a, const struct json *root, struct error *err)
{
	const char *type = json_text(json_get(root, "token_type"));
	const char *access = json_text(json_get(root, "access_token"));
	const char *refresh = json_text(json_get(root, "refresh_token"));

	if (type != NULL && !text_equal_nocase(type, "Bearer"))
		return error_set(err, "the answer holds no bearer token");
	if (!is_usable(access))
		return error_set(err, "the answer has no usable access_token");
	if (refresh != NULL && !is_usable(refresh))
		return error_set(err, "the answer has no usable refresh_token");
	a->access = xstrdup(access);
	a->refresh = refresh != NULL ? xstrdup(refresh) : NULL;
	a->lifetime = lifetime_of(root);
	read_claims(a);
	return 0;
}

int
token_answer_read(struct token_answer *a, const char *body, size_t len, struct error *err)
{
	struct json *root = json_parse(body, len, NULL); /* its error could quote a secret */
	int rc;

	*a = (struct token_answer){0};
	if (!json_is_object(root)) {
		rc = error_set(err, "the answer is not a JSON object");
		unreadable_explain(err, "JSON", body, len);
	} else {
		rc = read_tokens(a, root, err);
	}
	if (root != NULL) {
		wipe_text(json_get(root, "access_token"));
		wipe_text(json_get(root, "refresh_token"));
		json_free(root);
	}
	return rc;
}

void
token_answer_release(struct token_answer *a)
{
	wipe_and_free(a->access);
	wipe_and_free(a->refresh);
	*a = (struct token_answer){0};
}

static const struct {
	const char *code, *means;
} explained[] = {
	{"AADSTS90002", "tenant unknown: check tenant and authority"},
	{"AADSTS900023", "tenant is neither a tenant id nor a domain"},
	{"AADSTS700016", "this tenant does not know client-id"},
	{"AADSTS7000215", "the client secret is wrong"},
	{"AADSTS7000222", "the client secret has expired"},
	{"AADSTS700027", "the app does not know this certificate (yet)"},
	{"AADSTS700024", "the times of the assertion are wrong: check this machine's clock"},
	{"AADSTS700082", "the refresh token has expired: consent once more"},
	{"AADSTS50173", "the refresh token was revoked: consent once more"},
	{"AADSTS50076", "MFA is required: consent once more, with MFA"},
	{"AADSTS65001", "nobody has consented to this app"},
	{"AADSTS500011", "this tenant does not know scope or resource"},
	/* OAuth error words, for refusals without a known number */
	{"invalid_client", "credentials refused"},
	{"unauthorized_client", "the app may not do this: check client-id"},
	{"invalid_grant", "the refresh token was refused: consent once more"},
	{"invalid_scope", "check scope"},
};

/* Only the number: the rest of a description may quote a secret. */
static void
number_of(const char *description, char *dst, size_t size)
{
	const char *at = description != NULL ? strstr(description, "AADSTS") : NULL;
	size_t digits = at != NULL ? strspn(at + 6, "0123456789") : 0;

	dst[0] = '\0';
	if (digits > 0 && digits + 6 < size)
		snprintf(dst, size, "%.*s", (int)digits + 6, at);
}

/* An error word of OAuth; anything else could quote a secret. NULL: none. */
static const char *
error_word(const struct json *root)
{
	const char *said = json_is_object(root) ? json_text(json_get(root, "error")) : NULL;
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";

	return said != NULL && strlen(said) < ERROR_WORD_MAX && text_all_of(said, letters) ? said
	                                                                                   : NULL;
}

bool
token_answer_is_temporary(const char *body, size_t len)
{
	struct json *root = json_parse(body, len, NULL);
	const char *said = error_word(root);
	bool temporary = said != NULL && (strcmp(said, "temporarily_unavailable") == 0 ||
	                                  strcmp(said, "server_error") == 0);

	json_free(root);
	return temporary;
}

void
token_answer_refusal(const char *body, size_t len, char *dst, size_t size)
{
	struct json *root = json_parse(body, len, NULL);
	const struct json *object = json_is_object(root) ? root : NULL;
	const char *said = error_word(root);
	char word[ERROR_WORD_MAX], number[24];
	const char *means = NULL;

	text_printable(word, sizeof(word),
	               said != NULL ? said
	               : unreadable_is_html(body, len)
	                       ? "an HTML page (a login or maintenance page?)"
	                       : "no reason given");
	number_of(object != NULL ? json_text(json_get(object, "error_description")) : NULL, number,
	          sizeof(number));
	for (size_t i = 0; means == NULL && i < ARRAY_SIZE(explained); i++)
		if (strcmp(explained[i].code, number) == 0 || strcmp(explained[i].code, word) == 0)
			means = explained[i].means;
	snprintf(dst, size, "%s%s%s%s%s", word, number[0] != '\0' ? " " : "", number,
	         means != NULL ? ": " : "", means != NULL ? means : "");
	json_free(root);
}
