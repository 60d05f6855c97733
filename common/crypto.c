#include "common/crypto.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/file.h"

#define CERTIFICATE_FILE_MAX ((size_t)256 * 1024)

struct crypto_sha256 {
	EVP_MD_CTX *md;
};

/* OpenSSL's digest calls fail without memory or without the algorithm: neither can be mended. */
static void
must(int ok)
{
	if (ok == 1)
		return;
	fputs("unpilot: error: the cryptographic library does not work\n", stderr);
	_Exit(71);
}

struct crypto_sha256 *
crypto_sha256_new(void)
{
	struct crypto_sha256 *d = xcalloc(1, sizeof(*d));

	d->md = EVP_MD_CTX_new();
	must(d->md != NULL && EVP_DigestInit_ex(d->md, EVP_sha256(), NULL) == 1);
	return d;
}

void
crypto_sha256_add(struct crypto_sha256 *d, const void *data, size_t len)
{
	must(EVP_DigestUpdate(d->md, data, len));
}

void
crypto_sha256_end(struct crypto_sha256 *d, char hex[static CRYPTO_HEX_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	must(EVP_DigestFinal_ex(d->md, digest, &len));
	for (unsigned i = 0; i < len && 2 * i + 2 < CRYPTO_HEX_SIZE; i++)
		snprintf(hex + (size_t)2 * i, 3, "%02x", (unsigned)digest[i]);
	EVP_MD_CTX_free(d->md);
	free(d);
}

void
crypto_sha256_hex(const void *data, size_t len, char hex[static CRYPTO_HEX_SIZE])
{
	struct crypto_sha256 *d = crypto_sha256_new();

	crypto_sha256_add(d, data, len);
	crypto_sha256_end(d, hex);
}

void
crypto_random(void *dst, size_t len)
{
	must(len <= INT32_MAX && RAND_bytes(dst, (int)len) == 1);
}

void
crypto_wipe(void *data, size_t len)
{
	OPENSSL_cleanse(data, len);
}

/* Never asks on a terminal: an encrypted key without a passphrase simply does not open. */
static int
give_passphrase(char *dst, int size, int writing, void *user)
{
	const char *passphrase = user;
	size_t len = passphrase != NULL ? strlen(passphrase) : 0;

	(void)writing;
	if (size < 0 || len > (size_t)size)
		return -1;
	if (len > 0)
		memcpy(dst, passphrase, len);
	return (int)len;
}

static BIO *
read_into_bio(const char *path, struct buf *b, struct error *err)
{
	BIO *bio;

	buf_init(b, CERTIFICATE_FILE_MAX);
	if (file_read(path, b, err) != 0)
		return NULL;
	bio = BIO_new_mem_buf(b->data, (int)b->len);
	must(bio != NULL);
	return bio;
}

static int
read_pem_key(const char *path, const char *passphrase, EVP_PKEY **ret, struct error *err)
{
	struct buf b;
	BIO *bio = read_into_bio(path, &b, err);
	int rc = -1;

	if (bio != NULL) {
		*ret = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase,
		                               (void *)(uintptr_t)passphrase);
		if (*ret != NULL)
			rc = 0;
		else if (memmem(b.data, b.len, "PRIVATE KEY-----", 16) == NULL)
			error_set(err, "%s: holds no private key in PEM form (see key)", path);
		else
			error_set(err, "%s: %s (see key-passphrase-file)", path,
			          passphrase != NULL ? "damaged, or the passphrase does not open it"
			                             : "damaged, or a passphrase is needed");
		BIO_free(bio);
	}
	crypto_wipe(b.data, b.len);
	buf_release(&b);
	return rc;
}

static int
read_pkcs12(BIO *bio, const char *path, const char *passphrase, X509 **ret_cert, EVP_PKEY **ret_key,
            struct error *err)
{
	PKCS12 *p12 = d2i_PKCS12_bio(bio, NULL);
	int rc = 0;

	if (p12 == NULL)
		return error_set(err, "%s: neither a PEM nor a PKCS#12 certificate", path);
	if (PKCS12_parse(p12, passphrase != NULL ? passphrase : "", ret_key, ret_cert, NULL) != 1)
		rc = error_set(
			err, "%s: %s", path,
			passphrase != NULL && PKCS12_verify_mac(p12, passphrase, -1) == 1
				? "encrypted in an old way: convert it with openssl pkcs12 -legacy"
				: "the passphrase does not open it (see key-passphrase-file)");
	else if (*ret_cert == NULL || *ret_key == NULL)
		rc = error_set(err, "%s: holds no certificate with its key", path);
	PKCS12_free(p12);
	return rc;
}

static int
read_identity(const char *certificate, const char *key, const char *passphrase, X509 **ret_cert,
              EVP_PKEY **ret_key, struct error *err)
{
	struct buf b;
	BIO *bio = read_into_bio(certificate, &b, err);
	int rc = -1;

	if (bio == NULL)
		goto out;
	if (memmem(b.data, b.len, "-----BEGIN", 10) == NULL) {
		rc = read_pkcs12(bio, certificate, passphrase, ret_cert, ret_key, err);
		goto out;
	}
	*ret_cert = PEM_read_bio_X509(bio, NULL, give_passphrase, NULL);
	if (*ret_cert == NULL) {
		error_set(err, "%s: no certificate in PEM form", certificate);
		goto out;
	}
	rc = read_pem_key(key != NULL ? key : certificate, passphrase, ret_key, err);
out:
	BIO_free(bio);
	crypto_wipe(b.data, b.len);
	buf_release(&b);
	return rc;
}

static int64_t
seconds_of(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static enum crypto_check
check_dates(const char *path, const X509 *cert, struct error *err)
{
	if (X509_cmp_current_time(X509_get0_notBefore(cert)) > 0) {
		error_set(err, "%s: not yet valid: is the clock right?", path);
		return CRYPTO_CHECK_EXPIRED;
	}
	if (X509_cmp_current_time(X509_get0_notAfter(cert)) < 0) {
		error_set(err, "%s: expired: renew it", path);
		return CRYPTO_CHECK_EXPIRED;
	}
	return CRYPTO_CHECK_OK;
}

enum crypto_check
crypto_check_identity(const char *certificate, const char *key, const char *passphrase,
                      int64_t *ret_not_after, struct error *err)
{
	X509 *cert = NULL;
	EVP_PKEY *pkey = NULL;
	enum crypto_check result = CRYPTO_CHECK_UNUSABLE;

	if (read_identity(certificate, key, passphrase, &cert, &pkey, err) == 0) {
		if (ret_not_after != NULL)
			*ret_not_after = seconds_of(X509_get0_notAfter(cert));
		if (X509_check_private_key(cert, pkey) != 1)
			error_set(err, "%s: the key does not belong to this certificate",
			          certificate);
		else
			result = check_dates(certificate, cert, err);
	}
	X509_free(cert);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return result;
}

int
crypto_check_ca_file(const char *path, struct error *err)
{
	struct buf b;
	BIO *bio = read_into_bio(path, &b, err);
	X509 *cert = bio != NULL ? PEM_read_bio_X509(bio, NULL, give_passphrase, NULL) : NULL;
	int rc = 0;

	if (cert == NULL)
		rc = bio == NULL ? -1 : error_set(err, "%s: no certificate in PEM form", path);
	X509_free(cert);
	BIO_free(bio);
	buf_release(&b);
	ERR_clear_error();
	return rc;
}
