/*
 * JSON Web Tokens as a client assertion needs them (RFC 7515 and 7518): base64url, and a PS256
 * signature (RSA-PSS, SHA-256, salt as long as the digest). The header names the certificate of
 * the signing key by its digest (x5t#S256).
 */
#ifndef COMMON_CRYPTO_JWT_H
#define COMMON_CRYPTO_JWT_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"

/* false for any character outside the alphabet, padding included; bytes may have been added to
 * `to` by then. */
bool crypto_base64url_decode(const char *text, size_t len, struct buf *to) MUST_CHECK;
/*
 * Appends header.claims.signature. Reads the files each time, so it uses a renewed certificate at
 * once. key NULL: the certificate's file also holds the key.
 */
int crypto_jwt_sign(const char *certificate, const char *key, const char *passphrase,
                    const char *claims, struct buf *jwt, struct error *err) MUST_CHECK;

#endif
