/* The certificates and keys that a connection gets from files, which the openssl command makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/crypto_tls.h"
#include "common/file.h"
#include "tests/unit/fixture_dir.h"

/* leaf is issued by int2, that by int1, that by root; "pw" opens encrypted files. */
static const char script[] =
	"req() { n=$1; shift; openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
	" -subj /CN=$n -keyout $n.key \"$@\"; }\n"
	"by() { req $1 -out $1.csr; openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key"
	" -CAcreateserial -days 2 -extfile ca.ext -out $1.pem; }\n"
	"echo basicConstraints=CA:TRUE > ca.ext\n"
	"req root -x509 -days 2 -out root.pem; by int1 root; by int2 int1; by leaf int2\n"
	"cat root.pem int2.pem > trusted.pem; cat int2.pem int1.pem > others.pem;\n"
	"cat leaf.pem others.pem > chain.pem; cat leaf.pem leaf.key others.pem > all.pem\n"
	"openssl pkey -in leaf.key -aes256 -passout pass:pw -out enc.key\n"
	"openssl pkcs12 -export -in leaf.pem -inkey leaf.key -certfile others.pem -passout pass:pw"
	" -out leaf.p12\n"
	"openssl pkcs12 -export -in leaf.pem -inkey leaf.key -passout pass: -out open.p12\n"
	"printf -- '-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n' > torn\n"
	"cat leaf.pem torn > torn.pem; echo nonsense > junk\n"
	"mkdir folder; cp int2.pem folder/$(openssl x509 -noout -hash -in int2.pem).0\n"
	"req other -x509 -days 2 -out other.pem; by stranger other\n"
	"openssl req -x509 -newkey rsa:512 -nodes -subj /CN=weak -keyout weak.key -out weak.pem\n";

static int
make_certificates(void **state)
{
	(void)state;
	return fixture_make_dir(script);
}

static struct crypto_roots *
open_roots(const char *name)
{
	char *path = file_join(fixture_dir, name);
	struct crypto_roots *r = crypto_roots_open(path, NULL);

	free(path);
	return r;
}

static struct crypto_tls *
open_files(const char *certificate, const char *key, const char *passphrase, const char *trusted)
{
	char *c = file_join(fixture_dir, certificate),
	     *k = key != NULL ? file_join(fixture_dir, key) : NULL;
	struct crypto_roots *roots = trusted != NULL ? open_roots(trusted) : NULL;
	struct crypto_tls *t = crypto_tls_open(c, k, passphrase, roots);

	crypto_roots_free(roots);
	free(c);
	free(k);
	return t;
}

/* The common names of the certificates that are sent, in order. "*": no chain, so OpenSSL completes
 * it. */
static char *
shown(SSL_CTX *ctx)
{
	STACK_OF(X509) *chain = NULL;
	X509 *cert = SSL_CTX_get0_certificate(ctx);
	char name[32], *all, *longer;

	SSL_CTX_get0_chain_certs(ctx, &chain);
	if (chain == NULL)
		return xstrdup("*");
	all = xstrdup("");
	for (int i = 0; cert != NULL; cert = sk_X509_value(chain, i++)) {
		X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name,
		                          (int)sizeof(name));
		longer = xasprintf("%s%s ", all, name);
		free(all);
		all = longer;
	}
	return all;
}

static void
gives_every_connection_all_of_it(void **state)
{
	static const struct {
		const char *certificate, *key, *passphrase, *trusted, *shown;
	} good[] = {
		{"chain.pem", "leaf.key", NULL, "root.pem", "leaf int2 int1 "},
		{"all.pem", NULL, NULL, NULL, "leaf int2 int1 "},
		{"chain.pem", "enc.key", "pw", NULL, "leaf int2 int1 "},
		{"leaf.p12", NULL, "pw", NULL, "leaf int1 int2 "}, /* as libcurl does */
		{"leaf.p12", NULL, "pw", "trusted.pem", "leaf int1 int2 "},
		{"open.p12", NULL, NULL, NULL, "*"},
		{"leaf.pem", "leaf.key", NULL, NULL, "*"},
		{"leaf.pem", "leaf.key", NULL, "root.pem", "leaf "},
		{"leaf.pem", "leaf.key", NULL, "trusted.pem", "leaf int2 "},
		{"open.p12", NULL, NULL, "trusted.pem", "leaf int2 "},
		{"int1.pem", "int1.key", NULL, "trusted.pem", "int1 root "},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct crypto_tls *t = open_files(good[i].certificate, good[i].key,
		                                  good[i].passphrase, good[i].trusted);
		assert_non_null(t);
		for (int round = 0; round < 3; round++) {
			SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
			char *names;

			assert_true(crypto_tls_use(t, ctx));
			assert_int_equal(SSL_CTX_check_private_key(ctx), 1);
			names = shown(ctx);
			assert_string_equal(names, good[i].shown);
			free(names);
			SSL_CTX_free(ctx);
		}
		crypto_tls_free(t);
	}
}

static void
leaves_what_does_not_work_to_others(void **state)
{
	static const struct {
		const char *certificate, *key, *passphrase;
	} bad[] = {
		{"none.pem", NULL, NULL},       {"leaf.pem", "none.key", NULL},
		{"junk", NULL, NULL},           {"leaf.pem", "root.key", NULL},
		{"leaf.pem", "enc.key", NULL},  {"leaf.pem", "enc.key", "wrong"},
		{"leaf.p12", NULL, "wrong"},    {"torn.pem", "leaf.key", NULL},
		{"weak.pem", "weak.key", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_null(open_files(bad[i].certificate, bad[i].key, bad[i].passphrase,
		                       "trusted.pem"));
	crypto_tls_free(NULL);
}

static bool
is_trusted(SSL_CTX *ctx, const char *name)
{
	char *path = file_join(fixture_dir, name);
	X509_STORE_CTX *check = X509_STORE_CTX_new();
	X509_STORE *store = NULL;
	BIO *bio = BIO_new_file(path, "r");
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	bool yes;

	SSL_CTX_get0_verify_cert_store(ctx, &store);
	assert_int_equal(X509_STORE_CTX_init(check, store, cert, NULL), 1);
	yes = X509_verify_cert(check) == 1;
	X509_STORE_CTX_free(check);
	X509_free(cert);
	BIO_free(bio);
	free(path);
	return yes;
}

/* int1 is issued by root, which the bundle holds; leaf by int2, which is not a root but trusted all
 * the same. */
static void
trusts_bundle_and_folder_and_no_other(void **state)
{
	char *bundle = file_join(fixture_dir, "root.pem"),
	     *folder = file_join(fixture_dir, "folder");
	struct crypto_roots *r = crypto_roots_open(bundle, folder);

	(void)state;
	assert_non_null(r);
	for (int round = 0; round < 2; round++) {
		SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
		assert_true(crypto_roots_use(r, ctx));
		assert_true(is_trusted(ctx, "int1.pem"));
		assert_true(is_trusted(ctx, "leaf.pem"));
		assert_false(is_trusted(ctx, "stranger.pem"));
		assert_false(is_trusted(ctx, "other.pem"));
		SSL_CTX_free(ctx);
	}
	crypto_roots_free(r);
	crypto_roots_free(NULL);
	assert_null(crypto_roots_open(folder, folder));
	free(bundle);
	free(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_every_connection_all_of_it),
		cmocka_unit_test(trusts_bundle_and_folder_and_no_other),
		cmocka_unit_test(leaves_what_does_not_work_to_others),
	};

	return cmocka_run_group_tests(tests, make_certificates, fixture_remove_dir);
}
