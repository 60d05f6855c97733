/*
 * Certificates for TLS, read and decoded once and used by every connection, because decoding them
 * for each connection cost more than the rest of the handshake.
 */
#ifndef COMMON_CRYPTO_TLS_H
#define COMMON_CRYPTO_TLS_H

#include "common/base.h"

/* ---- trusted roots: a bundle (PEM) and a folder of certificates named by their hashes ---- */
struct crypto_roots;

/* folder may be NULL or missing; OpenSSL searches it during a handshake. Returns NULL if the bundle
 * cannot be read; libcurl then reports the reason. */
struct crypto_roots *crypto_roots_open(const char *bundle, const char *folder) MUST_CHECK;
void crypto_roots_free(struct crypto_roots *r); /* accepts NULL */
/* Makes them the trusted roots of an SSL_CTX, which keeps a reference. */
bool crypto_roots_use(const struct crypto_roots *r, void *ssl_ctx) MUST_CHECK;

/* ---- the client's own certificate, its chain and its key ---- */
struct crypto_tls;

/* key NULL: the certificate's file (PEM or PKCS#12) also holds the key. If the file has no
 * chain, the chain is built from roots, which may be NULL. Returns NULL if no connection could
 * use them; libcurl then reports the reason for the same files. */
struct crypto_tls *crypto_tls_open(const char *certificate, const char *key, const char *passphrase,
                                   const struct crypto_roots *roots) MUST_CHECK;
void crypto_tls_free(struct crypto_tls *t); /* accepts NULL */
/* Makes it the certificate of an SSL_CTX, which keeps a reference. */
bool crypto_tls_use(const struct crypto_tls *t, void *ssl_ctx) MUST_CHECK;

#endif
