#include "common/crypto_tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "common/alloc.h"
#include "common/crypto_identity.h"

struct crypto_tls {
	struct crypto_identity id;
};

bool
crypto_tls_use(const struct crypto_tls *t, void *ssl_ctx)
{
	bool ok = SSL_CTX_use_cert_and_key(ssl_ctx, t->id.cert, t->id.key, t->id.chain, 1) == 1;

	ERR_clear_error();
	return ok;
}

static bool
read_files(struct crypto_tls *t, const char *certificate, const char *key, const char *passphrase)
{
	struct error ignored;

	t->id.chain = sk_X509_new_null();
	if (t->id.chain == NULL ||
	    crypto_identity_read(certificate, key, passphrase, &t->id, &ignored) != 0)
		return false;
	/* of a certificate that stands alone OpenSSL itself looks for the issuers among the trusted ones,
	 * but not beside an empty chain */
	if (sk_X509_num(t->id.chain) == 0) {
		sk_X509_free(t->id.chain);
		t->id.chain = NULL;
	}
	return true;
}

/* Tried before the first connection: key and certificate may not match, or be too weak for OpenSSL. */
struct crypto_tls *
crypto_tls_open(const char *certificate, const char *key, const char *passphrase)
{
	struct crypto_tls *t = xcalloc(1, sizeof(*t));
	SSL_CTX *trial = SSL_CTX_new(TLS_client_method());
	bool ok = trial != NULL && read_files(t, certificate, key, passphrase) &&
	          crypto_tls_use(t, trial);

	SSL_CTX_free(trial);
	ERR_clear_error();
	if (ok)
		return t;
	crypto_tls_free(t);
	return NULL;
}

void
crypto_tls_free(struct crypto_tls *t)
{
	if (t == NULL)
		return;
	crypto_identity_release(&t->id);
	free(t);
}
