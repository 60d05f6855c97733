/* The requests for tokens, and the answers to them, honest and hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/crypto_jwt.h"
#include "common/file.h"
#include "common/json.h"
#include "partner/route/partner_center/token.h"
#include "partner/route/partner_center/token_answer.h"
#include "tests/unit/fixture_dir.h"

#define NOW 1900000000LL
#define CLIENT "00000000-0000-4000-8000-0000000000c1"

static const char script[] =
	"req() { openssl req -x509 -nodes -subj /CN=$1 -keyout $1.key -out $1.pem -days 2 $2; }\n"
	"req a '-newkey rsa:2048'; req b '-newkey rsa:2048'\n"
	"req ec '-newkey ec -pkeyopt ec_paramgen_curve:P-256'\n"
	"printf 's3/cret+\\n' > secret; printf 'refresh-1' > refresh; : > empty\n";

static int
make_files(void **state)
{
	(void)state;
	return fixture_make_dir(script);
}

static char *
in_dir(const char *name)
{
	return file_join(fixture_dir, name);
}

/* The value of a field of a form, still escaped; NULL: none. */
static char *
field(const struct buf *form, const char *name)
{
	char *key = xasprintf("&%s=", name), *all = xasprintf("&%s", form->data);
	const char *at = strstr(all, key);
	char *value = NULL;

	if (at != NULL) {
		at += strlen(key);
		value = xstrndup(at, strcspn(at, "&"));
	}
	free(key);
	free(all);
	return value;
}

static void
expect_field(const struct buf *form, const char *name, const char *value)
{
	char *there = field(form, name);

	assert_non_null(there);
	assert_string_equal(there, value);
	free(there);
}

static struct json *
claims_of(const char *jwt)
{
	const char *begin = strchr(jwt, '.') + 1;
	struct json *claims;
	struct error err;
	struct buf b;

	buf_init(&b, 4096);
	assert_true(crypto_base64url_decode(begin, strcspn(begin, "."), &b));
	claims = json_parse(b.data, b.len, &err);
	assert_non_null(claims);
	buf_release(&b);
	return claims;
}

static X509 *
read_certificate(const char *path)
{
	FILE *f = fopen(path, "re");
	X509 *cert;

	assert_non_null(f);
	cert = PEM_read_X509(f, NULL, NULL, NULL);
	assert_non_null(cert);
	fclose(f);
	return cert;
}

/* PS256 (RFC 7518, section 3.5), by OpenSSL alone. */
static bool
is_signed_by(const char *certificate, const char *jwt)
{
	X509 *cert = read_certificate(certificate);
	const char *dot = strrchr(jwt, '.');
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pss = NULL; /* owned by md */
	struct buf signature;
	bool ok;

	buf_init(&signature, 4096);
	assert_true(crypto_base64url_decode(dot + 1, strlen(dot + 1), &signature));
	assert_int_equal(EVP_DigestVerifyInit(md, &pss, EVP_sha256(), NULL, X509_get0_pubkey(cert)),
	                 1);
	assert_true(EVP_PKEY_CTX_set_rsa_padding(pss, RSA_PKCS1_PSS_PADDING) == 1 &&
	            EVP_PKEY_CTX_set_rsa_pss_saltlen(pss, RSA_PSS_SALTLEN_DIGEST) == 1);
	ok = EVP_DigestVerify(md, (const unsigned char *)signature.data, signature.len,
	                      (const unsigned char *)jwt, (size_t)(dot - jwt)) == 1;
	EVP_MD_CTX_free(md);
	X509_free(cert);
	buf_release(&signature);
	return ok;
}

/* The header's x5t#S256 is the digest of the certificate. */
static void
expect_header(const char *certificate, const char *jwt)
{
	X509 *cert = read_certificate(certificate);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	struct json *header;
	struct error err;
	struct buf b;

	buf_init(&b, 4096);
	assert_true(crypto_base64url_decode(jwt, strcspn(jwt, "."), &b));
	header = json_parse(b.data, b.len, &err);
	assert_non_null(header);
	assert_string_equal(json_text(json_get(header, "alg")), "PS256");
	assert_string_equal(json_text(json_get(header, "typ")), "JWT");
	assert_int_equal(X509_digest(cert, EVP_sha256(), digest, &len), 1);
	buf_reset(&b);
	assert_true(crypto_base64url_decode(json_text(json_get(header, "x5t#S256")), 43, &b));
	assert_int_equal(b.len, len);
	assert_memory_equal(b.data, digest, len);
	json_free(header);
	X509_free(cert);
	buf_release(&b);
}

static void
an_assertion_is_signed_for_its_end_point(void **state)
{
	char *pem = in_dir("a.pem"), *key = in_dir("a.key"), *other = in_dir("b.pem");
	struct token_settings set = {.authority = "https://login.example/",
	                             .tenant = "contoso.example",
	                             .client_id = CLIENT,
	                             .certificate = pem,
	                             .key = key};
	struct json *claims;
	struct error err;
	struct buf b;
	char *jwt;

	(void)state;
	buf_init(&b, 65536);
	assert_int_equal(token_body(&set, NOW, &b, &err), 0);
	expect_field(&b, "grant_type", "client_credentials");
	expect_field(&b, "scope", "https:%2F%2Fapi.partnercenter.microsoft.com%2F.default");
	jwt = field(&b, "client_assertion");
	assert_true(is_signed_by(pem, jwt));
	assert_false(is_signed_by(other, jwt));
	expect_header(pem, jwt);
	claims = claims_of(jwt);
	assert_string_equal(json_text(json_get(claims, "aud")),
	                    "https://login.example/contoso.example/oauth2/v2.0/token");
	assert_string_equal(json_text(json_get(claims, "iss")), CLIENT);
	assert_string_equal(json_text(json_get(claims, "sub")), CLIENT);
	assert_int_equal(strlen(json_text(json_get(claims, "jti"))), 36);
	assert_true(json_number(json_get(claims, "nbf")) == (double)NOW);
	assert_true(json_number(json_get(claims, "exp")) == (double)(NOW + 300));
	json_free(claims);
	jwt[strlen(jwt) / 2] = jwt[strlen(jwt) / 2] == 'A' ? 'B' : 'A';
	assert_false(is_signed_by(pem, jwt));
	free(jwt);
	buf_release(&b);
	free(pem);
	free(key);
	free(other);
}

static void
v1_with_a_refresh_token(void **state)
{
	char *secret = in_dir("secret"), *refresh = in_dir("refresh"), *empty = in_dir("empty"),
	     *url;
	struct token_settings set = {.authority = "https://login.example",
	                             .tenant = "t",
	                             .client_id = CLIENT,
	                             .client_secret_file = secret,
	                             .refresh_token_file = refresh,
	                             .resource = "r"};
	struct error err;
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	assert_int_equal(token_body(&set, NOW, &b, &err), 0);
	expect_field(&b, "grant_type", "refresh_token");
	expect_field(&b, "refresh_token", "refresh-1");
	expect_field(&b, "client_secret", "s3%2Fcret%2B");
	expect_field(&b, "resource", "r");
	assert_null(field(&b, "scope"));
	url = token_url(&set);
	assert_string_equal(url, "https://login.example/t/oauth2/token");
	free(url);
	set.client_secret_file = empty;
	assert_int_equal(token_body(&set, NOW, &b, &err), -1);
	buf_release(&b);
	free(secret);
	free(refresh);
	free(empty);
}

static void
a_key_that_cannot_sign_is_named(void **state)
{
	char *ec = in_dir("ec.pem"), *ec_key = in_dir("ec.key"), *a = in_dir("a.key");
	struct error err;
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	assert_int_equal(crypto_jwt_sign(ec, ec_key, NULL, "{}", &b, &err), -1);
	assert_non_null(strstr(err.text, "RSA"));
	assert_int_equal(crypto_jwt_sign(ec, a, NULL, "{}", &b, &err), -1);
	assert_non_null(strstr(err.text, "belong"));
	buf_release(&b);
	free(ec);
	free(ec_key);
	free(a);
}

/* amr of "e30.…": base64url of {"amr":["pwd","mfa"]} and {"amr":["pwd"]} */
#define WITH_MFA "e30.eyJhbXIiOlsicHdkIiwibWZhIl19.c2ln"
#define NO_MFA "e30.eyJhbXIiOlsicHdkIl19.c2ln"

static const struct {
	const char *body;
	const char *access, *refresh; /* access NULL: refused */
	int64_t lifetime;
	bool named, mfa;
} answers[] = {
	{"{\"token_type\":\"Bearer\",\"expires_in\":\"3599\",\"expires_on\":\"1900003599\","
         "\"not_before\":\"1900000000\",\"access_token\":\"" WITH_MFA
         "\",\"refresh_token\":\"r2\"}",
         WITH_MFA, "r2", 3599, true, true},
	{"{\"token_type\":\"bearer\",\"expires_in\":3600,\"access_token\":\"" NO_MFA "\"}", NO_MFA,
         NULL, 3600, true, false},
	{"{\"expires_in\":1e300,\"access_token\":\"opaque\"}", "opaque", NULL, TOKEN_LIFETIME_MAX,
         false, false},
	{"{\"expires_in\":-5,\"access_token\":\"a.b.c\"}", "a.b.c", NULL, 300, false, false},
	{"{\"expires_in\":\"soon\",\"access_token\":\"a.e30.c\"}", "a.e30.c", NULL, 300, false,
         false},
	{"{\"access_token\":\"a\\r\\nX-Other: b\"}", NULL, NULL, 0, false, false},
	{"{\"access_token\":\"a b\"}", NULL, NULL, 0, false, false},
	{"{\"access_token\":\"\"}", NULL, NULL, 0, false, false},
	{"{\"access_token\":7}", NULL, NULL, 0, false, false},
	{"{\"access_token\":\"a\",\"access_token\":\"b\"}", NULL, NULL, 0, false, false},
	{"{\"access_token\":\"a\",\"refresh_token\":\"b\\n\"}", NULL, NULL, 0, false, false},
	{"{\"token_type\":\"mac\",\"access_token\":\"a\"}", NULL, NULL, 0, false, false},
	{"[\"a\"]", NULL, NULL, 0, false, false},
	{"<html>", NULL, NULL, 0, false, false},
	{"", NULL, NULL, 0, false, false},
};

static void
answers_are_read_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct token_answer a;
		struct error err;
		int rc = token_answer_read(&a, answers[i].body, strlen(answers[i].body), &err);

		if ((rc == 0) != (answers[i].access != NULL))
			fail_msg("answer %zu", i);
		if (rc != 0)
			continue;
		assert_string_equal(a.access, answers[i].access);
		assert_string_equal(a.refresh != NULL ? a.refresh : "-",
		                    answers[i].refresh != NULL ? answers[i].refresh : "-");
		assert_int_equal(a.lifetime, answers[i].lifetime);
		assert_int_equal(a.amr_named, answers[i].named);
		assert_int_equal(a.amr_mfa, answers[i].mfa);
		token_answer_release(&a);
	}
}

static void
a_token_that_is_too_long_is_refused(void **state)
{
	struct token_answer a;
	struct error err;
	struct buf b;

	(void)state;
	buf_init(&b, TOKEN_MAX * 2);
	buf_str(&b, "{\"access_token\":\"");
	for (size_t i = 0; i <= TOKEN_MAX; i++)
		buf_char(&b, 'x');
	buf_str(&b, "\"}");
	assert_int_equal(token_answer_read(&a, b.data, b.len, &err), -1);
	buf_release(&b);
}

static void
refusals_say_what_to_do_and_quote_no_secret(void **state)
{
	static const struct {
		const char *body, *says;
	} refusals[] = {
		{"{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid "
	         "client secret s3cret\"}",
	         "invalid_client AADSTS7000215: the client secret is wrong"},
		{"{\"error\":\"invalid_request\",\"error_description\":\"AADSTS90002: Tenant\"}",
	         "invalid_request AADSTS90002: tenant unknown: check tenant and authority"},
		{"{\"error\":\"invalid_grant\"}",
	         "invalid_grant: the refresh token was refused: consent once more"},
		{"{\"error\":\"odd\\u001b[31m\"}", "no reason given"},
		{"<html>", "an HTML page (a login or maintenance page?)"},
		{"", "no reason given"},
	};
	char line[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		token_answer_refusal(refusals[i].body, strlen(refusals[i].body), line,
		                     sizeof(line));
		assert_string_equal(line, refusals[i].says);
	}
}

static void
a_token_is_renewed_before_its_end(void **state)
{
	(void)state;
	assert_int_equal(token_good_until(1000, 3600), 1000 + 3300);
	assert_int_equal(token_good_until(1000, 100), 1000 + 50);
	assert_int_equal(token_good_until(1000, 600), 1000 + 300);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_assertion_is_signed_for_its_end_point),
		cmocka_unit_test(v1_with_a_refresh_token),
		cmocka_unit_test(a_key_that_cannot_sign_is_named),
		cmocka_unit_test(answers_are_read_or_refused),
		cmocka_unit_test(a_token_that_is_too_long_is_refused),
		cmocka_unit_test(refusals_say_what_to_do_and_quote_no_secret),
		cmocka_unit_test(a_token_is_renewed_before_its_end),
	};

	return cmocka_run_group_tests(tests, make_files, fixture_remove_dir);
}
