/*
 * What a client shows of itself in a TLS handshake: certificate, what stands behind it in its file, and
 * key, read and decoded once and then handed to every connection: reading them anew each time was half of
 * a handshake's cost. A renewed certificate is taken by the next who opens it. Part of the crypto door.
 */
#ifndef COMMON_CRYPTO_TLS_H
#define COMMON_CRYPTO_TLS_H

#include "common/base.h"

struct crypto_tls;

/* key NULL: it stands in the certificate's file (PEM or PKCS#12). NULL where a connection could not use
 * them, for whatever reason: what libcurl says of the same files says which. */
struct crypto_tls *
crypto_tls_open(const char *certificate, const char *key, const char *passphrase) MUST_CHECK;
void crypto_tls_free(struct crypto_tls *t); /* accepts NULL */
/* ssl_ctx: an SSL_CTX, which holds on to what it was given as long as it lives. */
bool crypto_tls_use(const struct crypto_tls *t, void *ssl_ctx) MUST_CHECK;

#endif
