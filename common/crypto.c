/* Digests, random bytes, certificate checks and CMS signatures. crypto_identity.c reads key files,
 * crypto_cert_info.c describes certificates, crypto_tls.c serves TLS, crypto_jwt.c signs tokens. */
#include "common/crypto.h"

#include <openssl/cms.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
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
#include "common/crypto_identity.h"
#include "common/text.h"
#include "common/wipe.h"

struct crypto_sha256 {
	EVP_MD_CTX *md;
};

/* OpenSSL's digest calls fail only without memory or without the algorithm; neither is
 * recoverable. */
static void
must(int ok)
{
	if (ok == 1)
		return;
	fputs("unpilot: error: the cryptographic library does not work\n", stderr);
	_Exit(71);
}

static void *
take(size_t size, const char *file UNUSED, int line UNUSED)
{
	return xmalloc(size);
}

static void *
resize(void *old, size_t size, const char *file UNUSED, int line UNUSED)
{
	if (size > 0)
		return xrealloc(old, size);
	free(old);
	return NULL;
}

static void
release(void *memory, const char *file UNUSED, int line UNUSED)
{
	free(memory);
}

void
crypto_init(void)
{
	(void)CRYPTO_set_mem_functions(take, resize, release); /* fails once OpenSSL is in use */
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

static void
write_hex(const unsigned char *digest, unsigned len, char hex[static CRYPTO_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	size_t at = 0;

	for (unsigned i = 0; i < len && at + 2 < CRYPTO_HEX_SIZE; i++) {
		hex[at++] = digits[digest[i] >> 4];
		hex[at++] = digits[digest[i] & 0xf];
	}
	hex[at] = '\0';
}

void
crypto_sha256_end(struct crypto_sha256 *d, char hex[static CRYPTO_HEX_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	must(EVP_DigestFinal_ex(d->md, digest, &len));
	write_hex(digest, len, hex);
	EVP_MD_CTX_free(d->md);
	free(d);
}

void
crypto_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
                   char hex[static CRYPTO_HEX_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned digest_len = 0;

	must(key_len <= INT32_MAX &&
	     HMAC(EVP_sha256(), key, (int)key_len, data, len, digest, &digest_len) != NULL);
	write_hex(digest, digest_len, hex);
}

void
crypto_random(void *dst, size_t len)
{
	must(len <= INT32_MAX && RAND_bytes(dst, (int)len) == 1);
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

void
crypto_guid(char dst[static CRYPTO_GUID_SIZE])
{
	unsigned char r[16];
	size_t at = 0;

	crypto_random(r, sizeof(r));
	r[6] = (unsigned char)((r[6] & 0x0f) | 0x40);
	r[8] = (unsigned char)((r[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof(r); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			dst[at++] = '-';
		snprintf(dst + at, 3, "%02x", (unsigned)r[i]);
		at += 2;
	}
}

enum crypto_check
crypto_check_identity(const char *certificate, const char *key, const char *passphrase,
                      int64_t *ret_not_after, struct error *err)
{
	struct crypto_identity id = {0};
	enum crypto_check result = CRYPTO_CHECK_UNUSABLE;

	if (crypto_identity_read(certificate, key, passphrase, &id, err) == 0) {
		if (ret_not_after != NULL)
			*ret_not_after = seconds_of(X509_get0_notAfter(id.cert));
		if (X509_check_private_key(id.cert, id.key) != 1)
			error_set(err, "%s: the key does not belong to this certificate",
			          certificate);
		else
			result = check_dates(certificate, id.cert, err);
	}
	crypto_identity_release(&id);
	ERR_clear_error();
	return result;
}

int
crypto_check_ca_file(const char *path, struct error *err)
{
	struct buf b;
	BIO *bio = crypto_identity_bio(path, &b, err);
	X509 *cert = bio != NULL ? PEM_read_bio_X509(bio, NULL, crypto_identity_passphrase, NULL)
	                         : NULL;
	int rc = 0;

	if (cert == NULL)
		rc = bio == NULL ? -1 : error_set(err, "%s: no certificate in PEM form", path);
	X509_free(cert);
	BIO_free(bio);
	buf_release(&b);
	ERR_clear_error();
	return rc;
}

struct crypto_signer {
	struct crypto_identity id;
};

/* Every certificate of a PEM text except the first `skip`. */
static STACK_OF(X509) * read_certificates(BIO *bio, int skip)
{
	STACK_OF(X509) *all = sk_X509_new_null();
	X509 *cert;

	must(all != NULL);
	while ((cert = PEM_read_bio_X509(bio, NULL, crypto_identity_passphrase, NULL)) != NULL) {
		if (skip-- > 0)
			X509_free(cert);
		else
			must(sk_X509_push(all, cert) > 0);
	}
	ERR_clear_error(); /* the end of the file counts as an error */
	return all;
}

static STACK_OF(X509) * read_certificate_file(const char *path, int skip, struct error *err)
{
	struct buf b;
	BIO *bio = crypto_identity_bio(path, &b, err);
	STACK_OF(X509) *all = bio != NULL ? read_certificates(bio, skip) : NULL;

	BIO_free(bio);
	wipe(b.data, b.len); /* the file may also hold the key */
	buf_release(&b);
	return all;
}

static int
check_signer(const char *certificate, const struct crypto_signer *s, struct error *err)
{
	if (X509_check_private_key(s->id.cert, s->id.key) != 1)
		return error_set(err, "%s: the key does not belong to this certificate",
		                 certificate);
	if (check_dates(certificate, s->id.cert, err) != CRYPTO_CHECK_OK)
		return -1;
	/* do not write a signature that no program would accept */
	if (X509_check_purpose(s->id.cert, X509_PURPOSE_SMIME_SIGN, 0) != 1)
		return error_set(err, "%s: a certificate that is not for signatures", certificate);
	return 0;
}

struct crypto_signer *
crypto_signer_open(const char *certificate, const char *key, struct error *err)
{
	struct crypto_signer *s = xcalloc(1, sizeof(*s));

	if (crypto_identity_read(certificate, key, NULL, &s->id, err) == 0 &&
	    check_signer(certificate, s, err) == 0)
		s->id.chain = read_certificate_file(certificate, 1, err);
	ERR_clear_error();
	if (s->id.chain != NULL)
		return s;
	crypto_signer_free(s);
	return NULL;
}

void
crypto_signer_free(struct crypto_signer *s)
{
	if (s == NULL)
		return;
	crypto_identity_release(&s->id);
	free(s);
}

static BIO *
memory_bio(const void *data, size_t len)
{
	BIO *bio = len <= INT32_MAX ? BIO_new_mem_buf(data, (int)len) : NULL;

	must(bio != NULL);
	return bio;
}

int
crypto_sign(const struct crypto_signer *s, const void *data, size_t len, struct buf *der,
            struct error *err)
{
	static const unsigned flags = CMS_DETACHED | CMS_BINARY | CMS_NOSMIMECAP | CMS_PARTIAL;
	BIO *in = memory_bio(data, len);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, s->id.chain, NULL, flags);
	unsigned char *out = NULL;
	int n = -1;

	if (cms != NULL &&
	    CMS_add1_signer(cms, s->id.cert, s->id.key, EVP_sha256(), flags) != NULL &&
	    CMS_final(cms, in, NULL, flags) == 1)
		n = i2d_CMS_ContentInfo(cms, &out);
	if (n > 0)
		buf_add(der, out, (size_t)n);
	OPENSSL_free(out);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	ERR_clear_error();
	return n > 0 && !der->overflow ? 0 : error_set(err, "the key cannot sign");
}

static int64_t
signing_time(CMS_SignerInfo *si)
{
	int at = CMS_signed_get_attr_by_NID(si, NID_pkcs9_signingTime, -1);
	X509_ATTRIBUTE *attr = at >= 0 ? CMS_signed_get_attr(si, at) : NULL;
	const ASN1_TYPE *value = attr != NULL ? X509_ATTRIBUTE_get0_type(attr, 0) : NULL;

	if (value == NULL)
		return 0;
	if (value->type == V_ASN1_UTCTIME)
		return seconds_of(value->value.utctime);
	return value->type == V_ASN1_GENERALIZEDTIME ? seconds_of(value->value.generalizedtime) : 0;
}

static void
name_signer(X509 *cert, char subject[static CRYPTO_SUBJECT_SIZE])
{
	BIO *out = BIO_new(BIO_s_mem());
	char *text = NULL;
	long n;

	must(out != NULL);
	/* RFC 2253 escapes non-ASCII characters; text_printable() masks control bytes */
	X509_NAME_print_ex(out, X509_get_subject_name(cert), 0, XN_FLAG_RFC2253);
	n = BIO_get_mem_data(out, &text);
	if (n > 0) {
		char *copy = xstrndup(text, (size_t)n);
		text_printable(subject, CRYPTO_SUBJECT_SIZE, copy);
		free(copy);
	}
	BIO_free(out);
}

/* A memory BIO behind a filter. CMS_verify() copies a bare memory BIO and leaks the copy when the
 * signature names an unknown digest (OpenSSL 3.0). The caller frees it with BIO_free_all(). */
static BIO *
filtered_bio(const void *data, size_t len)
{
	BIO *filter = BIO_new(BIO_f_buffer());

	must(filter != NULL);
	return BIO_push(filter, memory_bio(data, len));
}

/* NULL unless it is one detached signature by one signer, with no bytes after it. */
static CMS_ContentInfo *
parse_signature(const void *der, size_t len, CMS_SignerInfo **ret, struct error *err)
{
	const unsigned char *at = der, *end = at + len;
	CMS_ContentInfo *cms = len <= CRYPTO_SIGNATURE_MAX
	                               ? d2i_CMS_ContentInfo(NULL, &at, (long)len)
	                               : NULL;
	STACK_OF(CMS_SignerInfo) *all = NULL;

	if (cms != NULL && at == end && OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed &&
	    CMS_is_detached(cms) == 1)
		all = CMS_get0_SignerInfos(cms);
	if (all != NULL && sk_CMS_SignerInfo_num(all) == 1) {
		*ret = sk_CMS_SignerInfo_value(all, 0);
		return cms;
	}
	CMS_ContentInfo_free(cms);
	error_set(err, "not a detached CMS signature by one signer in DER form");
	return NULL;
}

/* Trusts each certificate of the file by itself, so the signer's own is enough. */
static X509_STORE *
anchors(STACK_OF(X509) * trusted)
{
	X509_STORE *store = X509_STORE_new();

	must(store != NULL && X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) == 1);
	for (int i = 0; i < sk_X509_num(trusted); i++)
		must(X509_STORE_add_cert(store, sk_X509_value(trusted, i)));
	return store;
}

static enum crypto_trust
verify_content(CMS_ContentInfo *cms, BIO *content, STACK_OF(X509) * trusted, struct error *err)
{
	X509_STORE *store = anchors(trusted);
	unsigned flags = CMS_BINARY | (trusted == NULL ? CMS_NO_SIGNER_CERT_VERIFY : 0);
	enum crypto_trust result = trusted == NULL ? CRYPTO_UNVOUCHED : CRYPTO_TRUSTED;

	ERR_clear_error();
	/* a signature may lack the signer's certificate if the trusted file holds it */
	if (CMS_verify(cms, trusted, store, content, NULL, flags) != 1) {
		const char *why = NULL;
		int text_flags = 0;
		unsigned long code = ERR_peek_last_error_all(NULL, NULL, NULL, &why, &text_flags);
		const char *reason = ERR_reason_error_string(code);

		error_set(err, "%s%s%s", reason != NULL ? reason : "is not valid",
		          (text_flags & ERR_TXT_STRING) != 0 ? ": " : "",
		          (text_flags & ERR_TXT_STRING) != 0 ? why : "");
		result = CRYPTO_BAD;
	}
	X509_STORE_free(store);
	return result;
}

enum crypto_trust
crypto_verify(const void *data, size_t len, const void *der, size_t der_len, const char *trusted,
              struct crypto_signature *ret, struct error *err)
{
	STACK_OF(X509) *given = trusted != NULL ? read_certificate_file(trusted, 0, err) : NULL;
	CMS_SignerInfo *si = NULL;
	CMS_ContentInfo *cms;
	X509 *signer = NULL;
	enum crypto_trust result = CRYPTO_BAD;
	BIO *content;

	*ret = (struct crypto_signature){0};
	if (trusted != NULL && sk_X509_num(given) <= 0) {
		if (given != NULL)
			error_set(err, "%s: no certificate in PEM form", trusted);
		sk_X509_free(given);
		return CRYPTO_NO_ANCHOR;
	}
	content = filtered_bio(data, len);
	cms = parse_signature(der, der_len, &si, err);
	if (cms != NULL) {
		result = verify_content(cms, content, given, err);
		ret->signed_at = signing_time(si);
		CMS_SignerInfo_get0_algs(si, NULL, &signer, NULL, NULL);
		if (signer != NULL)
			name_signer(signer, ret->subject);
	}
	CMS_ContentInfo_free(cms);
	BIO_free_all(content);
	sk_X509_pop_free(given, X509_free);
	ERR_clear_error();
	return result;
}
