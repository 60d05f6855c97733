/* Digests against published vectors; certificates made by the openssl command at test time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/crypto.h"
#include "common/file.h"
#include "common/wipe.h"
#include "tests/unit/fixture_dir.h"
#include "tests/unit/fixture_skip.h"

/* a, b: two identities; old: expired; enc: a's key under "pw"; p12 and legacy under "pw". */
static const char script[] =
	"req() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
	" -subj /CN=$1 -keyout $1.key -out $1.pem -days 2; }\n"
	"req a; req b\n"
	"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=tls"
	" -addext extendedKeyUsage=clientAuth -keyout tls.key -out tls.pem -days 2\n"
	"printf 'one\\n' > text; openssl cms -sign -binary -in text -signer a.pem -inkey a.key"
	" -outform DER -out cms.p7s\n"
	"openssl cms -sign -binary -nodetach -in text -signer a.pem -inkey a.key -outform DER"
	" -out whole.p7s\n"
	"openssl cms -sign -binary -in text -signer a.pem -inkey a.key -signer b.pem -inkey b.key"
	" -outform DER -out two.p7s\n"
	"openssl req -new -key b.key -subj /CN=leaf -out leaf.csr\n"
	"openssl x509 -req -in leaf.csr -CA a.pem -CAkey a.key -CAcreateserial -days 2 -out leaf.pem\n"
	"cat a.pem a.key > both.pem\n"
	"openssl req -new -key a.key -subj /CN=old -out old.csr\n"
	"printf '[c]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n"
	"[p]\ncommonName=supplied\n' > ca.cnf; : > index; echo 01 > serial\n"
	/* "openssl x509" of version 3.5 refuses an end in the past */
	"openssl ca -batch -selfsign -notext -config ca.cnf -name c -keyfile a.key -in old.csr"
	" -startdate 200101000000Z -enddate 200102000000Z -out old.pem\n"
	"openssl cms -sign -binary -in text -signer old.pem -inkey a.key -outform DER -out old.p7s\n"
	"openssl pkey -in a.key -aes256 -passout pass:pw -out enc.key\n"
	"openssl pkcs12 -export -in a.pem -inkey a.key -passout pass:pw -out a.p12\n"
	"openssl pkcs12 -export -in a.pem -inkey a.key -passout pass: -out open.p12\n"
	"openssl pkcs12 -export -in a.pem -nokeys -passout pass:pw -out nokey.p12\n"
	"echo nonsense > junk\n"
	"printf -- '-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n' > torn.pem\n"
	"openssl pkcs12 -export -legacy -in a.pem -inkey a.key -passout pass:pw -out legacy.p12"
	" || rm -f legacy.p12\n";

static int
make_certificates(void **state)
{
	(void)state;
	return fixture_make_dir(script);
}

static enum crypto_check
check(const char *certificate, const char *key, const char *passphrase, struct error *err)
{
	char *c = file_join(fixture_dir, certificate),
	     *k = key != NULL ? file_join(fixture_dir, key) : NULL;
	enum crypto_check result;

	err->text[0] = '\0';
	result = crypto_check_identity(c, k, passphrase, NULL, err);
	assert_true((result == CRYPTO_CHECK_OK) == (err->text[0] == '\0'));
	free(c);
	free(k);
	return result;
}

static void
takes_an_identity_in_each_form(void **state)
{
	static const struct {
		const char *certificate, *key, *passphrase;
	} good[] = {
		{"a.pem", "a.key", NULL},   {"both.pem", NULL, NULL},
		{"a.pem", "enc.key", "pw"}, {"a.p12", NULL, "pw"},
		{"open.p12", NULL, NULL},   {"a.pem", "a.key", "not needed"},
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (check(good[i].certificate, good[i].key, good[i].passphrase, &err) !=
		    CRYPTO_CHECK_OK)
			fail_msg("%s: %s", good[i].certificate, err.text);
}

static void
says_what_is_wrong(void **state)
{
	static const struct {
		const char *certificate, *key, *passphrase, *says;
	} bad[] = {
		{"none.pem", NULL, NULL, "No such file"},
		{"a.pem", "none.key", NULL, "none.key: cannot open"},
		{"junk", NULL, NULL, "neither a PEM nor a PKCS#12"},
		{"torn.pem", "a.key", NULL, "no certificate"},
		{"a.key", "a.key", NULL, "no certificate"},
		{"a.pem", NULL, NULL, "no private key"},
		{"a.pem", "junk", NULL, "no private key"},
		{"a.pem", "enc.key", NULL, "passphrase"},
		{"a.pem", "enc.key", "wrong", "passphrase"},
		{"a.p12", NULL, NULL, "passphrase"},
		{"a.p12", NULL, "wrong", "passphrase"},
		{"nokey.p12", NULL, "pw", "no certificate with its key"},
		{"a.pem", "b.key", NULL, "does not belong"},
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (check(bad[i].certificate, bad[i].key, bad[i].passphrase, &err) !=
		            CRYPTO_CHECK_UNUSABLE ||
		    strstr(err.text, bad[i].says) == NULL)
			fail_msg("case %zu: %s", i, err.text);
	/* a missing key gets another message than an encrypted one */
	(void)check("a.pem", NULL, NULL, &err);
	assert_null(strstr(err.text, "passphrase"));
}

/* Old Windows exports: the passphrase is right, so the message must not blame it. */
static void
tells_an_old_algorithm_from_a_wrong_passphrase(void **state)
{
	char *path = file_join(fixture_dir, "legacy.p12");
	bool made = access(path, R_OK) == 0;
	struct error err;

	(void)state;
	free(path);
	if (!made)
		SKIP("no legacy provider of OpenSSL");
	assert_int_equal(check("legacy.p12", NULL, "wrong", &err), CRYPTO_CHECK_UNUSABLE);
	assert_non_null(strstr(err.text, "passphrase"));
	assert_int_equal(check("legacy.p12", NULL, "pw", &err), CRYPTO_CHECK_UNUSABLE);
	assert_non_null(strstr(err.text, "-legacy"));
}

static void
knows_the_end_of_validity(void **state)
{
	char *pem = file_join(fixture_dir, "a.pem"), *key = file_join(fixture_dir, "a.key");
	int64_t end = 0, now = (int64_t)time(NULL);
	struct error err;

	(void)state;
	assert_int_equal(crypto_check_identity(pem, key, NULL, &end, &err), CRYPTO_CHECK_OK);
	assert_true(end > now + 47 * 3600 && end <= now + 49 * 3600);
	assert_int_equal(check("old.pem", "a.key", NULL, &err), CRYPTO_CHECK_EXPIRED);
	assert_non_null(strstr(err.text, "expired"));
	free(pem);
	free(key);
}

static void
looks_into_ca_files(void **state)
{
	static const char *const bad[] = {"none.pem", "junk", "a.key", "torn.pem", "a.p12"};
	char *good = file_join(fixture_dir, "a.pem");
	struct error err;

	(void)state;
	assert_int_equal(crypto_check_ca_file(good, &err), 0);
	free(good);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char *path = file_join(fixture_dir, bad[i]);
		assert_int_equal(crypto_check_ca_file(path, &err), -1);
		assert_non_null(strstr(err.text, bad[i]));
		free(path);
	}
}

/* FIPS 180-4 examples: the empty text, "abc", and the latter in pieces. */
static void
digests_as_published(void **state)
{
	char hex[CRYPTO_HEX_SIZE];
	struct crypto_sha256 *d;

	(void)state;
	crypto_sha256_end(crypto_sha256_new(), hex);
	assert_string_equal(hex,
	                    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	d = crypto_sha256_new();
	crypto_sha256_add(d, "a", 1);
	crypto_sha256_add(d, "bc", 2);
	crypto_sha256_end(d, hex);
	assert_string_equal(hex,
	                    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* RFC 4231, sections 4.3 and 4.4 */
static void
authenticates_as_published(void **state)
{
	static const char text[] = "what do ya want for nothing?";
	unsigned char key[20], data[50];
	char hex[CRYPTO_HEX_SIZE];

	(void)state;
	crypto_hmac_sha256("Jefe", 4, text, sizeof(text) - 1, hex);
	assert_string_equal(hex,
	                    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	memset(data, 0xdd, sizeof(data));
	crypto_hmac_sha256(key, sizeof(key), data, sizeof(data), hex);
	assert_string_equal(hex,
	                    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
}

static void
draws_and_wipes(void **state)
{
	unsigned char a[32] = {0}, b[32] = {0}, zero[32] = {0};

	(void)state;
	crypto_random(a, sizeof(a));
	crypto_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	wipe(a, sizeof(a));
	assert_memory_equal(a, zero, sizeof(a));
}

/* ---- signatures ---- */

static struct buf
read_file(const char *name)
{
	char *path = file_join(fixture_dir, name);
	struct error err;
	struct buf b;

	buf_init(&b, CRYPTO_SIGNATURE_MAX);
	if (file_read(path, &b, &err) != 0)
		fail_msg("%s", err.text);
	free(path);
	return b;
}

static struct crypto_signer *
open_signer(const char *certificate, const char *key, struct error *err)
{
	char *c = file_join(fixture_dir, certificate),
	     *k = key != NULL ? file_join(fixture_dir, key) : NULL;
	struct crypto_signer *s = crypto_signer_open(c, k, err);

	free(c);
	free(k);
	return s;
}

static enum crypto_trust
verify(const char *text, const struct buf *der, const char *trusted, struct crypto_signature *ret,
       struct error *err)
{
	char *path = trusted != NULL ? file_join(fixture_dir, trusted) : NULL;
	enum crypto_trust trust = crypto_verify(text, strlen(text), der->data, der->len, path, ret,
	                                        err);

	free(path);
	return trust;
}

static void
signs_what_it_verifies(void **state)
{
	static const struct {
		const char *certificate, *key, *trusted, *text;
		enum crypto_trust want;
	} cases[] = {
		{"a.pem", "a.key", "a.pem", "one\n", CRYPTO_TRUSTED},
		{"both.pem", NULL, "a.pem", "one\n", CRYPTO_TRUSTED},
		{"open.p12", NULL, "a.pem", "one\n", CRYPTO_TRUSTED},
		{"leaf.pem", "b.key", "a.pem", "one\n", CRYPTO_TRUSTED},    /* by its issuer */
		{"leaf.pem", "b.key", "leaf.pem", "one\n", CRYPTO_TRUSTED}, /* by itself */
		{"a.pem", "a.key", NULL, "one\n", CRYPTO_UNVOUCHED},
		{"a.pem", "a.key", "b.pem", "one\n", CRYPTO_BAD},
		{"a.pem", "a.key", "a.pem", "onf\n", CRYPTO_BAD},
		{"a.pem", "a.key", NULL, "one", CRYPTO_BAD},
		{"a.pem", "a.key", "none.pem", "one\n", CRYPTO_NO_ANCHOR},
		{"a.pem", "a.key", "junk", "one\n", CRYPTO_NO_ANCHOR},
	};
	struct crypto_signature got;
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct crypto_signer *s = open_signer(cases[i].certificate, cases[i].key, &err);
		struct buf der;

		if (s == NULL)
			fail_msg("%s", err.text);
		buf_init(&der, CRYPTO_SIGNATURE_MAX);
		assert_int_equal(crypto_sign(s, "one\n", 4, &der, &err), 0);
		if (verify(cases[i].text, &der, cases[i].trusted, &got, &err) != cases[i].want)
			fail_msg("case %zu: %s", i, err.text);
		if (cases[i].want == CRYPTO_TRUSTED) {
			assert_int_equal(strncmp(got.subject, "CN=", 3), 0);
			assert_in_range(got.signed_at, time(NULL) - 60, time(NULL));
		}
		buf_release(&der);
		crypto_signer_free(s);
	}
	crypto_signer_free(NULL);
}

static void
refuses_what_cannot_sign(void **state)
{
	static const struct {
		const char *certificate, *key, *says;
	} bad[] = {
		{"none.pem", "a.key", "cannot open"},         {"a.pem", "none.key", "cannot open"},
		{"a.pem", "b.key", "does not belong"},        {"old.pem", "a.key", "expired"},
		{"tls.pem", "tls.key", "not for signatures"}, {"a.pem", "enc.key", "passphrase"},
		{"a.pem", "junk", "no private key"},          {"junk", NULL, "neither"},
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_null(open_signer(bad[i].certificate, bad[i].key, &err));
		if (strstr(err.text, bad[i].says) == NULL)
			fail_msg("%s %s: %s", bad[i].certificate, bad[i].key, err.text);
	}
}

static void
reads_signatures_of_others(void **state)
{
	static const struct {
		const char *file, *trusted;
		enum crypto_trust want;
	} cases[] = {
		{"cms.p7s", "a.pem", CRYPTO_TRUSTED}, {"whole.p7s", "a.pem", CRYPTO_BAD},
		{"two.p7s", "a.pem", CRYPTO_BAD},     {"two.p7s", NULL, CRYPTO_BAD},
		{"old.p7s", "old.pem", CRYPTO_BAD},   {"junk", NULL, CRYPTO_BAD},
		{"a.p12", NULL, CRYPTO_BAD},
	};
	struct crypto_signature got;
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct buf der = read_file(cases[i].file);
		err.text[0] = '\0';
		if (verify("one\n", &der, cases[i].trusted, &got, &err) != cases[i].want)
			fail_msg("%s: %s", cases[i].file, err.text);
		if (strcmp(cases[i].file, "old.p7s") == 0)
			assert_non_null(strstr(err.text, "expired"));
		buf_release(&der);
	}
}

/* A signature with a changed byte, cut at any length or one byte longer is not valid, and does no
 * harm. */
static void
no_bent_signature_holds(void **state)
{
	struct buf der = read_file("cms.p7s");
	struct crypto_signature got;
	struct error err;
	size_t len = der.len;

	(void)state;
	for (size_t i = 0; i < len; i++) {
		der.len = i;
		assert_int_not_equal(verify("one\n", &der, "a.pem", &got, &err), CRYPTO_TRUSTED);
		der.len = len;
		der.data[i] = (char)(der.data[i] ^ 0x55);
		assert_int_not_equal(verify("onf\n", &der, "a.pem", &got, &err), CRYPTO_TRUSTED);
		der.data[i] = (char)(der.data[i] ^ 0x55);
	}
	buf_char(&der, 'x');
	assert_int_equal(verify("one\n", &der, "a.pem", &got, &err), CRYPTO_BAD);
	buf_release(&der);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_an_identity_in_each_form),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(tells_an_old_algorithm_from_a_wrong_passphrase),
		cmocka_unit_test(knows_the_end_of_validity),
		cmocka_unit_test(looks_into_ca_files),
		cmocka_unit_test(digests_as_published),
		cmocka_unit_test(authenticates_as_published),
		cmocka_unit_test(draws_and_wipes),
		cmocka_unit_test(signs_what_it_verifies),
		cmocka_unit_test(refuses_what_cannot_sign),
		cmocka_unit_test(reads_signatures_of_others),
		cmocka_unit_test(no_bent_signature_holds),
	};

	return cmocka_run_group_tests(tests, make_certificates, fixture_remove_dir);
}
