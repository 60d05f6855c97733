/* What a connection is given of the files; certificates are made by the openssl command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/crypto_tls.h"
#include "common/file.h"

static char dir[64];

/* leaf by int2 by int1 by root; "pw" opens what is locked. */
static const char script[] =
	"cd '%s' && exec >/dev/null 2>&1 && set -e\n"
	"req() { n=$1; shift; openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
	" -subj /CN=$n -keyout $n.key \"$@\"; }\n"
	"by() { req $1 -out $1.csr; openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key"
	" -CAcreateserial -days 2 -extfile ca.ext -out $1.pem; }\n"
	"echo basicConstraints=CA:TRUE > ca.ext\n"
	"req root -x509 -days 2 -out root.pem; by int1 root; by int2 int1; by leaf int2\n"
	"cat int2.pem int1.pem > others.pem;\n"
	"cat leaf.pem others.pem > chain.pem; cat leaf.pem leaf.key others.pem > all.pem\n"
	"openssl pkey -in leaf.key -aes256 -passout pass:pw -out enc.key\n"
	"openssl pkcs12 -export -in leaf.pem -inkey leaf.key -certfile others.pem -passout pass:pw"
	" -out leaf.p12\n"
	"openssl pkcs12 -export -in leaf.pem -inkey leaf.key -passout pass: -out open.p12\n"
	"printf -- '-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n' > torn\n"
	"cat leaf.pem torn > torn.pem; echo nonsense > junk\n"
	"openssl req -x509 -newkey rsa:512 -nodes -subj /CN=weak -keyout weak.key -out weak.pem\n";

static int
make_certificates(void **state)
{
	char *command;
	int rc;

	(void)state;
	memcpy(dir, "/tmp/unpilot-tls-XXXXXX", sizeof("/tmp/unpilot-tls-XXXXXX"));
	if (mkdtemp(dir) == NULL)
		return -1;
	command = xasprintf(script, dir);
	rc = system(command);
	free(command);
	return rc;
}

static int
remove_certificates(void **state)
{
	char *command = xasprintf("rm -rf '%s'", dir);
	int rc = system(command);

	(void)state;
	free(command);
	return rc;
}

static struct crypto_tls *
open_files(const char *certificate, const char *key, const char *passphrase)
{
	char *c = file_join(dir, certificate), *k = key != NULL ? file_join(dir, key) : NULL;
	struct crypto_tls *t = crypto_tls_open(c, k, passphrase);

	free(c);
	free(k);
	return t;
}

/* The common names of what is shown, in order; of no chain "*": OpenSSL completes it. */
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
		const char *certificate, *key, *passphrase, *shown;
	} good[] = {
		{"chain.pem", "leaf.key", NULL, "leaf int2 int1 "},
		{"all.pem", NULL, NULL, "leaf int2 int1 "},
		{"chain.pem", "enc.key", "pw", "leaf int2 int1 "},
		{"leaf.p12", NULL, "pw", "leaf int1 int2 "}, /* as libcurl does */
		{"open.p12", NULL, NULL, "*"},
		{"leaf.pem", "leaf.key", NULL, "*"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct crypto_tls *t = open_files(good[i].certificate, good[i].key,
		                                  good[i].passphrase);
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
		assert_null(open_files(bad[i].certificate, bad[i].key, bad[i].passphrase));
	crypto_tls_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_every_connection_all_of_it),
		cmocka_unit_test(leaves_what_does_not_work_to_others),
	};

	return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
