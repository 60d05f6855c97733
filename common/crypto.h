/*
 * Digests, randomness and a look at certificates, over OpenSSL. The only door to it.
 */
#ifndef COMMON_CRYPTO_H
#define COMMON_CRYPTO_H

#include "common/base.h"
#include "common/error.h"

#define CRYPTO_HEX_SIZE 65 /* SHA-256 in hexadecimal and NUL */

struct crypto_sha256; /* a digest in progress */
struct crypto_sha256 *crypto_sha256_new(void);
void crypto_sha256_add(struct crypto_sha256 *d, const void *data, size_t len);
/* Ends and frees d. */
void crypto_sha256_end(struct crypto_sha256 *d, char hex[static CRYPTO_HEX_SIZE]);
void crypto_sha256_hex(const void *data, size_t len, char hex[static CRYPTO_HEX_SIZE]);
void crypto_random(void *dst, size_t len); /* dies where the system has none */
void crypto_wipe(void *data, size_t len);

enum crypto_check { CRYPTO_CHECK_OK, CRYPTO_CHECK_UNUSABLE, CRYPTO_CHECK_EXPIRED };
/*
 * Reads a client certificate (PEM or PKCS#12) and its key and sees that they belong
 * together. UNUSABLE: missing, unreadable, wrong passphrase, no match (err says which).
 * EXPIRED: past its end or not yet valid. ret_not_after (seconds UTC) may be NULL.
 */
enum crypto_check
crypto_check_identity(const char *certificate, const char *key, const char *passphrase,
                      int64_t *ret_not_after, struct error *err) MUST_CHECK;
/* At least one certificate in a PEM file. */
int crypto_check_ca_file(const char *path, struct error *err) MUST_CHECK;

#endif
