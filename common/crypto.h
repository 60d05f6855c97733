/*
 * Digests, randomness, a look at certificates, and signatures (CMS, detached), over OpenSSL. The
 * only door to it.
 */
#ifndef COMMON_CRYPTO_H
#define COMMON_CRYPTO_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"

#define CRYPTO_HEX_SIZE 65 /* SHA-256 in hexadecimal and NUL */

struct crypto_sha256; /* a digest in progress */
struct crypto_sha256 *crypto_sha256_new(void);
void crypto_sha256_add(struct crypto_sha256 *d, const void *data, size_t len);
/* Ends and frees d. */
void crypto_sha256_end(struct crypto_sha256 *d, char hex[static CRYPTO_HEX_SIZE]);
void crypto_random(void *dst, size_t len);           /* dies where the system has none */
#define CRYPTO_GUID_SIZE 37                          /* and NUL */
void crypto_guid(char dst[static CRYPTO_GUID_SIZE]); /* a random one (RFC 9562, version 4) */

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

#define CRYPTO_SUBJECT_SIZE 256
struct crypto_cert_info { /* what stands in a certificate file; times are seconds UTC */
	size_t count;
	char subject[CRYPTO_SUBJECT_SIZE]; /* of the first, printable */
	bool self_signed;                  /* likewise */
	int64_t not_before, not_after;     /* likewise */
	int64_t earliest_end;              /* of any */
};
/* PEM, or PKCS#12 with its passphrase (or NULL). -1: unreadable, or it holds none. */
int crypto_cert_info(const char *path, const char *passphrase, struct crypto_cert_info *ret,
                     struct error *err) MUST_CHECK;

/* ---- signatures: CMS, detached, DER, SHA-256; the signing time and the chain are in them ---- */
#define CRYPTO_SIGNATURE_MAX ((size_t)256 * 1024)

struct crypto_signer; /* a certificate, those that came with it, and its key */
/* key NULL: it stands in the certificate's file (PEM or PKCS#12). NULL with *err where the two cannot
 * sign: missing, encrypted, no match, expired, not for signatures. */
struct crypto_signer *
crypto_signer_open(const char *certificate, const char *key, struct error *err) MUST_CHECK;
void crypto_signer_free(struct crypto_signer *s); /* accepts NULL */
/* Appends the signature to der. */
int crypto_sign(const struct crypto_signer *s, const void *data, size_t len, struct buf *der,
                struct error *err) MUST_CHECK;

struct crypto_signature {
	char subject
		[CRYPTO_SUBJECT_SIZE]; /* of the certificate that signed, printable; "": unknown */
	int64_t signed_at;             /* seconds UTC, as the signer says; 0: unknown */
};
enum crypto_trust {
	CRYPTO_TRUSTED,   /* holds, and the certificate leads to a trusted one */
	CRYPTO_UNVOUCHED, /* holds, and no trusted certificate was given */
	CRYPTO_BAD,       /* does not hold, or its certificate is not trusted or expired */
	CRYPTO_NO_ANCHOR  /* the trusted file cannot be read */
};
/* trusted: PEM file of the signer's own certificate or of those that issued it, or NULL. *ret is filled as
 * far as it can be read, for BAD as well; err says why. */
enum crypto_trust
crypto_verify(const void *data, size_t len, const void *der, size_t der_len, const char *trusted,
              struct crypto_signature *ret, struct error *err) MUST_CHECK;

#endif
