/* Keeps decoded roots and client certificates for all TLS connections. */
#include "common/crypto_tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "common/alloc.h"
#include "common/crypto_identity.h"

struct crypto_roots {
	X509_STORE *store;
};

/* Trusts every certificate of the bundle by itself, also intermediate ones, as libcurl does. */
struct crypto_roots *
crypto_roots_open(const char *bundle, const char *folder)
{
	struct crypto_roots *r = xcalloc(1, sizeof(*r));
	bool ok;

	r->store = X509_STORE_new();
	ok = r->store != NULL && X509_STORE_load_file(r->store, bundle) == 1 &&
	     (folder == NULL || X509_STORE_load_path(r->store, folder) == 1) &&
	     X509_STORE_set_flags(r->store,
	                          X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN) == 1;
	ERR_clear_error();
	if (ok)
		return r;
	crypto_roots_free(r);
	return NULL;
}

void
crypto_roots_free(struct crypto_roots *r)
{
	if (r == NULL)
		return;
	X509_STORE_free(r->store);
	free(r);
}

bool
crypto_roots_use(const struct crypto_roots *r, void *ssl_ctx)
{
	bool ok = SSL_CTX_set1_verify_cert_store(ssl_ctx, r->store) == 1 &&
	          SSL_CTX_set1_chain_cert_store(ssl_ctx, r->store) == 1;

	ERR_clear_error();
	return ok;
}

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
	if (sk_X509_num(t->id.chain) == 0) { /* OpenSSL would not complete an empty chain */
		sk_X509_free(t->id.chain);
		t->id.chain = NULL;
	}
	return true;
}

/* Without a chain OpenSSL searches the trusted certificates for the issuers in every handshake, so
 * this builds the chain once. */
static void
complete(struct crypto_tls *t, SSL_CTX *ctx)
{
	STACK_OF(X509) *found = NULL;

	if (SSL_CTX_build_cert_chain(ctx, SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR) > 0 &&
	    SSL_CTX_get0_chain_certs(ctx, &found) == 1 && found != NULL)
		t->id.chain = X509_chain_up_ref(found);
}

/* Tries the files before the first connection: the key may not match, or be too weak for
 * OpenSSL. */
struct crypto_tls *
crypto_tls_open(const char *certificate, const char *key, const char *passphrase,
                const struct crypto_roots *roots)
{
	struct crypto_tls *t = xcalloc(1, sizeof(*t));
	SSL_CTX *trial = SSL_CTX_new(TLS_client_method());
	bool ok = trial != NULL && read_files(t, certificate, key, passphrase) &&
	          crypto_tls_use(t, trial);

	if (ok && t->id.chain == NULL && roots != NULL && crypto_roots_use(roots, trial))
		complete(t, trial);
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
