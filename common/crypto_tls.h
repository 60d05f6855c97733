/*
 * What a client brings to a TLS handshake, read and decoded once and then handed to every connection: to
 * read it anew each time cost more than the rest of a handshake. What is renewed on disk is taken by the
 * next who opens it. Part of the crypto door.
 */
#ifndef COMMON_CRYPTO_TLS_H
#define COMMON_CRYPTO_TLS_H

#include "common/base.h"

/* ---- what it trusts: the certificates of a bundle (PEM) and of a folder (by their hashes) ---- */
struct crypto_roots;

/* folder may be NULL: it is looked into when somebody is to be trusted, and may be missing. NULL where the
 * bundle cannot be read: what libcurl says of it says why. */
struct crypto_roots *crypto_roots_open(const char *bundle, const char *folder) MUST_CHECK;
void crypto_roots_free(struct crypto_roots *r); /* accepts NULL */
/* In place of what an SSL_CTX trusts; it holds on to what it was given as long as it lives. */
bool crypto_roots_use(const struct crypto_roots *r, void *ssl_ctx) MUST_CHECK;

/* ---- what it shows of itself: certificate, what stands behind it in its file, and key ---- */
struct crypto_tls;

/* key NULL: it stands in the certificate's file (PEM or PKCS#12). A certificate that stands alone is
 * completed out of the roots, which may be NULL. NULL where a connection could not use them, for whatever
 * reason: what libcurl says of the same files says which. */
struct crypto_tls *crypto_tls_open(const char *certificate, const char *key, const char *passphrase,
                                   const struct crypto_roots *roots) MUST_CHECK;
void crypto_tls_free(struct crypto_tls *t); /* accepts NULL */
/* The SSL_CTX holds on to it likewise. */
bool crypto_tls_use(const struct crypto_tls *t, void *ssl_ctx) MUST_CHECK;

#endif
