/* When certificates end, whatever else may be wrong with them. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <time.h>

#include "common/buf.h"
#include "common/crypto.h"
#include "common/file.h"

#define CERTIFICATES_SIZE_MAX ((size_t)1024 * 1024) /* the system's own bundle has 220 kB */

/* A certificate is no secret: one behind a passphrase is none of ours. */
static int
no_passphrase(char *dst UNUSED, int size UNUSED, int writing UNUSED, void *ctx UNUSED)
{
	return 0;
}

static void
take_earlier(const X509 *cert, int64_t *first)
{
	struct tm tm;
	int64_t end;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) != 1)
		return;
	end = timegm(&tm);
	if (*first == 0 || end < *first)
		*first = end;
}

static void
read_pem(const struct buf *b, int64_t *first)
{
	BIO *bio = BIO_new_mem_buf(b->data, (int)b->len);
	X509 *cert;

	while (bio != NULL && (cert = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL) {
		take_earlier(cert, first);
		X509_free(cert);
	}
	BIO_free(bio);
}

static void
read_pkcs12(const struct buf *b, const char *passphrase, int64_t *first)
{
	const unsigned char *at = (const unsigned char *)b->data;
	PKCS12 *p12 = d2i_PKCS12(NULL, &at, (long)b->len);
	STACK_OF(X509) *chain = NULL;
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;

	if (p12 != NULL && PKCS12_parse(p12, passphrase, &key, &cert, &chain) == 1) {
		if (cert != NULL)
			take_earlier(cert, first);
		for (int i = 0; i < sk_X509_num(chain); i++)
			take_earlier(sk_X509_value(chain, i), first);
	}
	sk_X509_pop_free(chain, X509_free);
	X509_free(cert);
	EVP_PKEY_free(key);
	PKCS12_free(p12);
}

int
crypto_expiry(const char *path, const char *passphrase, int64_t *ret, struct error *err)
{
	int64_t first = 0;
	struct buf b;
	int rc;

	buf_init(&b, CERTIFICATES_SIZE_MAX);
	rc = file_read(path, &b, err);
	if (rc == 0)
		read_pem(&b, &first);
	if (rc == 0 && first == 0)
		read_pkcs12(&b, passphrase, &first);
	ERR_clear_error();
	crypto_wipe(b.data, b.len); /* the key may stand in the same file */
	buf_release(&b);
	if (rc == 0 && first == 0)
		rc = error_set(err, "%s: no certificate that can be read", path);
	if (rc == 0)
		*ret = first;
	return rc;
}
