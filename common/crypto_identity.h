/*
 * A certificate and its key out of files (PEM or PKCS#12). Inside of the crypto door only: these are
 * OpenSSL's own types, and the caller frees them with OpenSSL's own functions.
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
/* key NULL: it stands in the certificate's file. What was read before an error is set all the same. */
int crypto_identity_read(const char *certificate, const char *key, const char *passphrase,
                         X509 **ret_cert, EVP_PKEY **ret_key, struct error *err) MUST_CHECK;

#endif
