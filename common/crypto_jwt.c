/* Signs client assertions. */
#include "common/crypto_jwt.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/crypto.h"
#include "common/crypto_identity.h"
#include "common/wipe.h"

#define HEADER_MAX 256           /* a digest of 43 characters and fixed text */
#define SIGNATURE_MAX (16 * 128) /* RSA with 16384 bits, OpenSSL's own limit */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void
put_base64url(const void *data, size_t len, struct buf *to)
{
	const unsigned char *at = data;
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < len; i++) {
		bits = (bits << 8 | at[i]) & 0xffff;
		for (held += 8; held >= 6; held -= 6)
			buf_char(to, alphabet[bits >> (held - 6) & 63]);
	}
	if (held > 0)
		buf_char(to, alphabet[bits << (6 - held) & 63]);
}

bool
crypto_base64url_decode(const char *text, size_t len, struct buf *to)
{
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < len; i++) {
		const char *place = text[i] != '\0' ? strchr(alphabet, text[i]) : NULL;
		if (place == NULL)
			return false;
		bits = (bits << 6 | (unsigned)(place - alphabet)) & 0xffff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			buf_char(to, (char)(unsigned char)(bits >> held & 0xff));
		}
	}
	return held < 6 && !to->overflow;
}

static void
add_header(X509 *cert, struct buf *jwt)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	struct buf header;

	buf_init(&header, HEADER_MAX);
	if (X509_digest(cert, EVP_sha256(), digest, &len) != 1)
		len = 0;
	buf_str(&header, "{\"alg\":\"PS256\",\"typ\":\"JWT\",\"x5t#S256\":\"");
	put_base64url(digest, len, &header);
	buf_str(&header, "\"}");
	put_base64url(header.data, header.len, jwt);
	buf_release(&header);
}

static bool
set_pss(EVP_PKEY_CTX *pss)
{
	return EVP_PKEY_CTX_set_rsa_padding(pss, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(pss, RSA_PSS_SALTLEN_DIGEST) == 1 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(pss, EVP_sha256()) == 1;
}

/* Signs the contents of jwt and appends the signature. */
static bool
add_signature(EVP_PKEY *key, struct buf *jwt)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pss = NULL; /* owned by md */
	unsigned char signature[SIGNATURE_MAX];
	size_t len = sizeof(signature);
	bool ok = md != NULL && EVP_DigestSignInit(md, &pss, EVP_sha256(), NULL, key) == 1 &&
	          set_pss(pss) &&
	          EVP_DigestSign(md, signature, &len, (const unsigned char *)jwt->data, jwt->len) ==
	                  1;

	if (ok) {
		buf_char(jwt, '.');
		put_base64url(signature, len, jwt);
	}
	EVP_MD_CTX_free(md);
	return ok && !jwt->overflow;
}

int
crypto_jwt_sign(const char *certificate, const char *key, const char *passphrase,
                const char *claims, struct buf *jwt, struct error *err)
{
	struct crypto_identity id = {0};
	int rc = crypto_identity_read(certificate, key, passphrase, &id, err);

	if (rc == 0 && X509_check_private_key(id.cert, id.key) != 1)
		rc = error_set(err, "%s: the key does not belong to this certificate", certificate);
	if (rc == 0 && EVP_PKEY_is_a(id.key, "RSA") != 1)
		rc = error_set(err, "%s: an RSA key is needed to sign assertions", certificate);
	if (rc == 0) {
		add_header(id.cert, jwt);
		buf_char(jwt, '.');
		put_base64url(claims, strlen(claims), jwt);
		if (!add_signature(id.key, jwt))
			rc = error_set(err, "%s: the key cannot sign", certificate);
	}
	crypto_identity_release(&id);
	ERR_clear_error();
	return rc;
}
