/* Reads PEM and PKCS#12 files; its error messages name the configuration key to correct. */
#include "common/crypto_identity.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

#include "common/alloc.h"
#include "common/crypto.h"
#include "common/file.h"
#include "common/wipe.h"

#define CERTIFICATE_FILE_MAX ((size_t)256 * 1024)

/* Never asks on a terminal: an encrypted key without a passphrase cannot be read. */
int
crypto_identity_passphrase(char *dst, int size, int writing, void *user)
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

BIO *
crypto_identity_bio(const char *path, struct buf *b, struct error *err)
{
	BIO *bio;

	buf_init(b, CERTIFICATE_FILE_MAX);
	if (file_read(path, b, err) != 0)
		return NULL;
	bio = BIO_new_mem_buf(b->data, (int)b->len);
	if (bio == NULL)
		alloc_failed();
	return bio;
}

static int
read_pem_key(const char *path, const char *passphrase, EVP_PKEY **ret, struct error *err)
{
	struct buf b;
	BIO *bio = crypto_identity_bio(path, &b, err);
	int rc = -1;

	if (bio != NULL) {
		*ret = PEM_read_bio_PrivateKey(bio, NULL, crypto_identity_passphrase,
		                               (void *)(uintptr_t)passphrase);
		if (*ret != NULL)
			rc = 0;
		else if (memmem(b.data, b.len, "PRIVATE KEY-----", 16) == NULL)
			error_set(err,
			          "%s: no private key in PEM form in it: check the setting key",
			          path);
		else
			error_set(err, "%s: %s (see key-passphrase-file)", path,
			          passphrase != NULL ? "it is damaged, or the passphrase is wrong"
			                             : "it is damaged, or it needs a passphrase");
		BIO_free(bio);
	}
	wipe(b.data, b.len);
	buf_release(&b);
	return rc;
}

static void
add(STACK_OF(X509) * chain, X509 *cert)
{
	if (sk_X509_push(chain, cert) <= 0)
		alloc_failed();
}

/* Reads the rest of bio; the first certificate has been read. */
static int
read_pem_chain(BIO *bio, const char *path, STACK_OF(X509) * chain, struct error *err)
{
	X509 *cert;

	while ((cert = PEM_read_bio_X509(bio, NULL, crypto_identity_passphrase, NULL)) != NULL)
		add(chain, cert);
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return error_set(err, "%s: a damaged certificate in its chain", path);
	ERR_clear_error(); /* the end of the file counts as an error */
	return 0;
}

static int
read_pkcs12(BIO *bio, const char *path, const char *passphrase, struct crypto_identity *ret,
            struct error *err)
{
	PKCS12 *p12 = d2i_PKCS12_bio(bio, NULL);
	STACK_OF(X509) *others = NULL;
	int rc = 0;

	if (p12 == NULL)
		return error_set(err, "%s: neither a PEM nor a PKCS#12 certificate", path);
	if (PKCS12_parse(p12, passphrase != NULL ? passphrase : "", &ret->key, &ret->cert,
	                 &others) != 1)
		rc = error_set(
			err, "%s: %s", path,
			passphrase != NULL && PKCS12_verify_mac(p12, passphrase, -1) == 1
				? "encrypted in an old way: convert it with openssl pkcs12 -legacy"
				: "the passphrase does not open it (see key-passphrase-file)");
	else if (ret->cert == NULL || ret->key == NULL)
		rc = error_set(err, "%s: holds no certificate with its key", path);
	/* last first, the order in which libcurl sends them */
	while (ret->chain != NULL && sk_X509_num(others) > 0)
		add(ret->chain, sk_X509_pop(others));
	sk_X509_pop_free(others, X509_free);
	PKCS12_free(p12);
	return rc;
}

int
crypto_identity_read(const char *certificate, const char *key, const char *passphrase,
                     struct crypto_identity *ret, struct error *err)
{
	struct buf b;
	BIO *bio = crypto_identity_bio(certificate, &b, err);
	int rc = -1;

	if (bio == NULL)
		goto out;
	if (memmem(b.data, b.len, "-----BEGIN", 10) == NULL) {
		rc = read_pkcs12(bio, certificate, passphrase, ret, err);
		goto out;
	}
	ret->cert = PEM_read_bio_X509(bio, NULL, crypto_identity_passphrase, NULL);
	if (ret->cert == NULL) {
		error_set(err, "%s: no certificate in PEM form", certificate);
		goto out;
	}
	if (ret->chain != NULL && read_pem_chain(bio, certificate, ret->chain, err) != 0)
		goto out;
	rc = read_pem_key(key != NULL ? key : certificate, passphrase, &ret->key, err);
out:
	BIO_free(bio);
	wipe(b.data, b.len);
	buf_release(&b);
	return rc;
}

void
crypto_identity_release(struct crypto_identity *id)
{
	sk_X509_pop_free(id->chain, X509_free);
	X509_free(id->cert);
	EVP_PKEY_free(id->key);
}
