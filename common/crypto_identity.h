/*
 * A certificate and its key out of files (PEM or PKCS#12). Inside of the crypto door only: these are
 * OpenSSL's own types.
 */
#ifndef COMMON_CRYPTO_IDENTITY_H
#define COMMON_CRYPTO_IDENTITY_H

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"

/* For OpenSSL's PEM readers; user is the passphrase or NULL. */
int crypto_identity_passphrase(char *dst, int size, int writing, void *user);
/* The whole file, in b, as long as b lives; b is the caller's to wipe and release in any case. */
BIO *crypto_identity_bio(const char *path, struct buf *b, struct error *err) MUST_CHECK;

struct crypto_identity {
	X509 *cert;
	EVP_PKEY *key;
	STACK_OF(X509) * chain; /* behind cert in its file; NULL: not wanted, else the caller's */
};

/* key NULL: it stands in the certificate's file. What was read before an error is set all the same. */
int crypto_identity_read(const char *certificate, const char *key, const char *passphrase,
                         struct crypto_identity *ret, struct error *err) MUST_CHECK;
void crypto_identity_release(struct crypto_identity *id);

#endif
