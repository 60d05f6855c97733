/*
 * JSON Web Tokens, as far as a client assertion needs them (RFC 7515, 7518): base64url, and a
 * signature PS256 (RSA-PSS, SHA-256, salt as long as the digest) by the key of a certificate that
 * the header names by its digest (x5t#S256). Part of the crypto door.
 */
#ifndef COMMON_CRYPTO_JWT_H
#define COMMON_CRYPTO_JWT_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"

/* false for any character outside the alphabet, padding included; `to` may have been added to then. */
bool crypto_base64url_decode(const char *text, size_t len, struct buf *to) MUST_CHECK;
/*
 * Appends header.claims.signature. The files are read anew each time, so that a renewed certificate
 * is taken at once. key NULL: it stands in the certificate's file.
 */
int crypto_jwt_sign(const char *certificate, const char *key, const char *passphrase,
                    const char *claims, struct buf *jwt, struct error *err) MUST_CHECK;

#endif
