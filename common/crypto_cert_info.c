/* Describes a certificate file for people and for expiry warnings. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#include "common/buf.h"
#include "common/crypto.h"
#include "common/file.h"
#include "common/text.h"
#include "common/wipe.h"

#define CERT_FILE_MAX ((size_t)1024 * 1024) /* Debian's bundle has 220 kB */
#define PEM_BEGIN "-----BEGIN"

static int64_t
seconds_of(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static void
add_certificate(const X509 *cert, struct crypto_cert_info *ret)
{
	int64_t start = seconds_of(X509_get0_notBefore(cert));
	int64_t end = seconds_of(X509_get0_notAfter(cert));
	char name[CRYPTO_SUBJECT_SIZE];

	if (ret->count++ == 0) {
		X509_NAME_oneline(X509_get_subject_name(cert), name, (int)sizeof(name));
		text_printable(ret->subject, sizeof(ret->subject), name);
		ret->self_signed = X509_NAME_cmp(X509_get_subject_name(cert),
		                                 X509_get_issuer_name(cert)) == 0;
		ret->not_before = start;
		ret->not_after = end;
	}
	ret->earliest_end = ret->count == 1 || end < ret->earliest_end ? end : ret->earliest_end;
}

/* Never asks on a terminal: encrypted parts are skipped. */
static int
no_passphrase(char *dst, int size, int writing, void *user)
{
	(void)dst, (void)size, (void)writing, (void)user;
	return -1;
}

static void
read_pem(BIO *bio, struct crypto_cert_info *ret)
{
	X509 *cert;

	while ((cert = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL) {
		add_certificate(cert, ret);
		X509_free(cert);
	}
}

static void
read_pkcs12(BIO *bio, const char *passphrase, struct crypto_cert_info *ret)
{
	PKCS12 *p12 = d2i_PKCS12_bio(bio, NULL);
	STACK_OF(X509) *others = NULL;
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;

	if (p12 == NULL ||
	    PKCS12_parse(p12, passphrase != NULL ? passphrase : "", &key, &cert, &others) != 1)
		cert = NULL;
	if (cert != NULL)
		add_certificate(cert, ret);
	for (int i = 0; cert != NULL && i < sk_X509_num(others); i++)
		add_certificate(sk_X509_value(others, i), ret);
	sk_X509_pop_free(others, X509_free);
	X509_free(cert);
	EVP_PKEY_free(key);
	PKCS12_free(p12);
}

static bool
is_pem(const struct buf *b)
{
	return memmem(b->data, b->len, PEM_BEGIN, strlen(PEM_BEGIN)) != NULL;
}

/* false: it is no PKCS#12 file. */
static bool
pkcs12_form(const struct buf *b, struct crypto_form *ret)
{
	BIO *bio = BIO_new_mem_buf(b->data, (int)b->len);
	PKCS12 *p12 = bio != NULL ? d2i_PKCS12_bio(bio, NULL) : NULL;

	ret->pkcs12 = p12 != NULL;
	ret->encrypted = p12 != NULL && PKCS12_verify_mac(p12, "", -1) != 1 &&
	                 PKCS12_verify_mac(p12, NULL, 0) != 1;
	PKCS12_free(p12);
	BIO_free(bio);
	return ret->pkcs12;
}

int
crypto_form_of(const char *path, struct crypto_form *ret, struct error *err)
{
	struct buf b;
	int rc;

	*ret = (struct crypto_form){0};
	buf_init(&b, CERT_FILE_MAX);
	rc = file_read(path, &b, err);
	if (rc == 0 && is_pem(&b))
		ret->encrypted = memmem(b.data, b.len, "ENCRYPTED", strlen("ENCRYPTED")) != NULL;
	else if (rc == 0 && !pkcs12_form(&b, ret))
		rc = error_set(err, "%s: neither PEM nor PKCS#12", path);
	wipe(b.data, b.len);
	buf_release(&b);
	ERR_clear_error();
	return rc;
}

int
crypto_cert_info(const char *path, const char *passphrase, struct crypto_cert_info *ret,
                 struct error *err)
{
	struct buf b;
	BIO *bio = NULL;
	int rc;

	*ret = (struct crypto_cert_info){0};
	buf_init(&b, CERT_FILE_MAX);
	rc = file_read(path, &b, err);
	if (rc == 0)
		bio = BIO_new_mem_buf(b.data, (int)b.len);
	if (bio != NULL && is_pem(&b))
		read_pem(bio, ret);
	else if (bio != NULL)
		read_pkcs12(bio, passphrase, ret);
	if (rc == 0 && ret->count == 0)
		rc = error_set(err, "%s: no readable certificate in it", path);
	BIO_free(bio);
	wipe(b.data, b.len);
	buf_release(&b);
	ERR_clear_error();
	return rc;
}
