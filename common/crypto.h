/*
 * Digests, random bytes, checks of certificate files, and detached CMS signatures, over OpenSSL.
 * Only common/crypto*.c include OpenSSL's headers.
 */
#ifndef COMMON_CRYPTO_H
#define COMMON_CRYPTO_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"

/* Before the first use: OpenSSL ends the program when there is no memory (alloc.h). */
void crypto_init(void);

#define CRYPTO_HEX_SIZE 65 /* SHA-256 in hexadecimal and NUL */

struct crypto_sha256; /* a digest in progress */
struct crypto_sha256 *crypto_sha256_new(void);
void crypto_sha256_add(struct crypto_sha256 *d, const void *data, size_t len);
/* Ends and frees d. */
void crypto_sha256_end(struct crypto_sha256 *d, char hex[static CRYPTO_HEX_SIZE]);
void crypto_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
                        char hex[static CRYPTO_HEX_SIZE]);
void crypto_random(void *dst, size_t len);           /* ends the program if the system has none */
#define CRYPTO_GUID_SIZE 37                          /* and NUL */
void crypto_guid(char dst[static CRYPTO_GUID_SIZE]); /* random (RFC 9562, version 4) */

enum crypto_check { CRYPTO_CHECK_OK, CRYPTO_CHECK_UNUSABLE, CRYPTO_CHECK_EXPIRED };
/*
 * Reads a client certificate (PEM or PKCS#12) and its key, and checks that the key belongs to it.
 * UNUSABLE: missing, unreadable, wrong passphrase or no match; err says which.
 * EXPIRED: expired or not yet valid. ret_not_after (seconds UTC) may be NULL.
 */
enum crypto_check
crypto_check_identity(const char *certificate, const char *key, const char *passphrase,
                      int64_t *ret_not_after, struct error *err) MUST_CHECK;
/* Fails unless the PEM file holds a certificate. */
int crypto_check_ca_file(const char *path, struct error *err) MUST_CHECK;

#define CRYPTO_SUBJECT_SIZE 256
struct crypto_cert_info { /* the contents of a certificate file; times are seconds UTC */
	size_t count;
	char subject[CRYPTO_SUBJECT_SIZE]; /* of the first certificate, printable */
	bool self_signed;                  /* the first */
	int64_t not_before, not_after;     /* of the first */
	int64_t earliest_end;              /* of all */
};
/* Reads PEM or PKCS#12 (passphrase may be NULL). -1: unreadable, or no certificate in it. */
int crypto_cert_info(const char *path, const char *passphrase, struct crypto_cert_info *ret,
                     struct error *err) MUST_CHECK;

/* ---- signatures: detached CMS in DER, SHA-256, with the signing time and the chain ---- */
#define CRYPTO_SIGNATURE_MAX ((size_t)256 * 1024)

struct crypto_signer; /* a certificate, its chain and its key */
/* How a file holds a certificate or key. */
struct crypto_form {
	bool pkcs12;    /* else PEM */
	bool encrypted; /* only a passphrase opens it, or the key in it */
};
/* -1: unreadable, or neither PEM nor PKCS#12. */
int crypto_form_of(const char *path, struct crypto_form *ret, struct error *err) MUST_CHECK;

/* key NULL: the certificate's file (PEM or PKCS#12) also holds the key. Returns NULL with *err
 * if the two cannot sign: missing, encrypted, no match, expired, or not meant for signatures. */
struct crypto_signer *
crypto_signer_open(const char *certificate, const char *key, struct error *err) MUST_CHECK;
void crypto_signer_free(struct crypto_signer *s); /* accepts NULL */
/* Appends the signature to der. */
int crypto_sign(const struct crypto_signer *s, const void *data, size_t len, struct buf *der,
                struct error *err) MUST_CHECK;

struct crypto_signature {
	char subject[CRYPTO_SUBJECT_SIZE]; /* of the signing certificate, printable; "": unknown */
	int64_t signed_at;                 /* seconds UTC, as the signer claims; 0: unknown */
};
enum crypto_trust {
	CRYPTO_TRUSTED,   /* valid, and its chain ends at a trusted certificate */
	CRYPTO_UNVOUCHED, /* valid, but no trusted certificates were given */
	CRYPTO_BAD,       /* not valid, or its certificate is expired or not trusted */
	CRYPTO_NO_ANCHOR  /* the file of trusted certificates cannot be read */
};
/* trusted: a PEM file with the signer's certificate or its issuers, or NULL. Fills *ret as far
 * as the signature can be read, also for CRYPTO_BAD; err then says why. */
enum crypto_trust
crypto_verify(const void *data, size_t len, const void *der, size_t der_len, const char *trusted,
              struct crypto_signature *ret, struct error *err) MUST_CHECK;

#endif
