/*
 * Reads a certificate and its key from files (PEM or PKCS#12). Only common/crypto*.c may use it,
 * because it hands out OpenSSL's types.
 */
#ifndef COMMON_CRYPTO_IDENTITY_H
#define COMMON_CRYPTO_IDENTITY_H

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"

/* The password callback for OpenSSL's PEM readers; user is the passphrase or NULL. */
int crypto_identity_passphrase(char *dst, int size, int writing, void *user);
/* Reads the whole file into b and returns a BIO over it, or NULL. The caller frees the BIO, then
 * wipes and releases b, also after an error. */
BIO *crypto_identity_bio(const char *path, struct buf *b, struct error *err) MUST_CHECK;

struct crypto_identity {
	X509 *cert;
	EVP_PKEY *key;
	STACK_OF(X509) *
		chain; /* the certificates after cert; set by the caller, NULL: do not read them */
};

/* key NULL: the certificate's file also holds the key. After an error *ret holds what was read
 * before; release it as well. */
int crypto_identity_read(const char *certificate, const char *key, const char *passphrase,
                         struct crypto_identity *ret, struct error *err) MUST_CHECK;
void crypto_identity_release(struct crypto_identity *id);

#endif
