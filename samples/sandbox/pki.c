/* Makes certificates as files; verifies signatures of the application. */
#include "samples/sandbox/pki.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/file.h"

#define DAY_S (24L * 3600)
#define VALID_DAYS 365
#define APP_BITS 2048 /* the minimum of the real end point */

struct pair {
	X509 *cert;
	EVP_PKEY *key;
};

enum role { ROLE_CA, ROLE_SERVER, ROLE_OTHER_SERVER, ROLE_CLIENT, ROLE_APP };

static const struct {
	const char *file, *name;
	enum role role;
	long valid_days;
	bool foreign; /* signed by the other CA */
} leaves[] = {
	{.file = "server", .name = "localhost", .role = ROLE_SERVER, .valid_days = VALID_DAYS},
	{.file = "client", .name = "client", .role = ROLE_CLIENT, .valid_days = VALID_DAYS},
	{.file = "expired-client", .name = "expired", .role = ROLE_CLIENT, .valid_days = -1},
	{.file = "foreign-client",
         .name = "foreign",
         .role = ROLE_CLIENT,
         .valid_days = VALID_DAYS,
         .foreign = true},
	{.file = "expired-server", .name = "localhost", .role = ROLE_SERVER, .valid_days = -1},
	{.file = "other-name",
         .name = "other.example",
         .role = ROLE_OTHER_SERVER,
         .valid_days = VALID_DAYS},
	{.file = "foreign-server",
         .name = "localhost",
         .role = ROLE_SERVER,
         .valid_days = VALID_DAYS,
         .foreign = true},
};

static int
add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	int ok;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext != NULL && X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return ok ? 0 : -1;
}

static int
add_extensions(X509 *cert, X509 *issuer, enum role role)
{
	if (role == ROLE_CA)
		return add_extension(cert, issuer, NID_basic_constraints, "critical,CA:TRUE") !=
		               0 ||
		       add_extension(cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign") !=
		               0 ||
		       add_extension(cert, issuer, NID_subject_key_identifier, "hash") != 0;
	if (role == ROLE_SERVER || role == ROLE_OTHER_SERVER)
		return add_extension(cert, issuer, NID_ext_key_usage, "serverAuth") != 0 ||
		       add_extension(cert, issuer, NID_subject_alt_name,
		                     role == ROLE_SERVER ? "DNS:localhost,IP:127.0.0.1,IP:::1"
		                                         : "DNS:other.example") != 0;
	return add_extension(cert, issuer, NID_ext_key_usage, "clientAuth") != 0;
}

/* valid_days below zero: expired yesterday. by NULL: self-signed. */
static int
make_pair(struct pair *p, const char *name, enum role role, long valid_days, const struct pair *by)
{
	unsigned char serial[8];
	X509_NAME *subject;
	long from = valid_days < 0 ? valid_days * DAY_S - DAY_S : -DAY_S / 24;

	p->key = role == ROLE_APP ? EVP_RSA_gen(APP_BITS) : EVP_EC_gen("P-256");
	p->cert = X509_new();
	if (p->key == NULL || p->cert == NULL || RAND_bytes(serial, sizeof(serial)) != 1)
		return -1;
	serial[0] &= 0x7f;
	BIGNUM *n = BN_bin2bn(serial, sizeof(serial), NULL);
	BN_to_ASN1_INTEGER(n, X509_get_serialNumber(p->cert));
	BN_free(n);
	X509_set_version(p->cert, X509_VERSION_3);
	X509_gmtime_adj(X509_getm_notBefore(p->cert), from);
	X509_gmtime_adj(X509_getm_notAfter(p->cert), valid_days * DAY_S);
	subject = X509_get_subject_name(p->cert);
	X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC,
	                           (const unsigned char *)"Unpilot practice", -1, -1, 0);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
	                           0);
	X509_set_issuer_name(p->cert, X509_get_subject_name(by != NULL ? by->cert : p->cert));
	X509_set_pubkey(p->cert, p->key);
	if (add_extensions(p->cert, by != NULL ? by->cert : p->cert, role) != 0)
		return -1;
	return X509_sign(p->cert, by != NULL ? by->key : p->key, EVP_sha256()) > 0 ? 0 : -1;
}

static void
release_pair(struct pair *p)
{
	X509_free(p->cert);
	EVP_PKEY_free(p->key);
	*p = (struct pair){NULL, NULL};
}

static int
write_bio(const char *dir, const char *name, unsigned mode, BIO *bio, struct error *err)
{
	char *path = file_join(dir, name);
	char *data;
	long len = BIO_get_mem_data(bio, &data);
	int rc = file_write(path, mode, data, (size_t)len, err);

	free(path);
	BIO_free(bio);
	return rc;
}

static int
write_pair(const char *dir, const char *name, const struct pair *p, struct error *err)
{
	char *cert_name = xasprintf("%s.pem", name), *key_name = xasprintf("%s.key", name);
	BIO *cert = BIO_new(BIO_s_mem()), *key = BIO_new(BIO_s_mem());
	int rc = -1;

	PEM_write_bio_X509(cert, p->cert);
	PEM_write_bio_PrivateKey(key, p->key, NULL, NULL, 0, NULL, NULL);
	if (write_bio(dir, key_name, FILE_MODE_PRIVATE, key, err) == 0)
		rc = write_bio(dir, cert_name, FILE_MODE_PUBLIC, cert, err);
	else
		BIO_free(cert);
	free(cert_name);
	free(key_name);
	return rc;
}

static int
write_p12(const char *dir, const struct pair *p, struct error *err)
{
	PKCS12 *p12 = PKCS12_create(PKI_PASSPHRASE, "practice", p->key, p->cert, NULL, 0, 0, 0, 0,
	                            0);
	BIO *bio = BIO_new(BIO_s_mem());
	char *path = file_join(dir, "client.pass");
	int rc = -1;

	if (p12 != NULL && i2d_PKCS12_bio(bio, p12) == 1 &&
	    write_bio(dir, "client.p12", FILE_MODE_PRIVATE, bio, err) == 0)
		rc = file_write(path, FILE_MODE_PRIVATE, PKI_PASSPHRASE "\n",
		                strlen(PKI_PASSPHRASE) + 1, err);
	free(path);
	PKCS12_free(p12);
	return rc;
}

static int
make_leaf(const char *dir, size_t i, const struct pair *by, struct error *err)
{
	struct pair p = {NULL, NULL};
	int rc = make_pair(&p, leaves[i].name, leaves[i].role, leaves[i].valid_days, by);

	if (rc != 0)
		error_set(err, "cannot make the certificate %s", leaves[i].file);
	else
		rc = write_pair(dir, leaves[i].file, &p, err);
	if (rc == 0 && strcmp(leaves[i].file, "client") == 0)
		rc = write_p12(dir, &p, err);
	release_pair(&p);
	return rc;
}

static int
make_all(const char *dir, struct error *err)
{
	struct pair ca = {NULL, NULL}, other = {NULL, NULL};
	int rc = 0;

	if (make_pair(&ca, "Practice CA", ROLE_CA, VALID_DAYS, NULL) != 0 ||
	    make_pair(&other, "Another CA", ROLE_CA, VALID_DAYS, NULL) != 0)
		rc = error_set(err, "cannot make a practice CA");
	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(leaves); i++)
		rc = make_leaf(dir, i, leaves[i].foreign ? &other : &ca, err);
	if (rc == 0)
		/* Last, because its presence says that all certificates exist. */
		rc = write_pair(dir, "ca", &ca, err);
	release_pair(&ca);
	release_pair(&other);
	return rc;
}

/* Whether the certificate is readable and valid for another day, so that it outlives a run. */
static bool
is_usable(const char *path)
{
	BIO *bio = BIO_new_file(path, "r");
	X509 *cert = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	time_t soon = time(NULL) + DAY_S;
	bool usable = cert != NULL && X509_cmp_time(X509_get0_notAfter(cert), &soon) > 0;

	X509_free(cert);
	BIO_free(bio);
	return usable;
}

/* A directory that an earlier version made may lack some certificates. */
static bool
has_all(const char *dir)
{
	bool all = true;

	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++) {
		char *path = xasprintf("%s/%s.pem", dir, leaves[i].file);
		all = all && access(path, R_OK) == 0;
		free(path);
	}
	return all;
}

int
pki_make(const char *dir, struct error *err)
{
	char *ca = file_join(dir, "ca.pem");
	int rc = is_usable(ca) && has_all(dir) ? 0 : make_all(dir, err);

	free(ca);
	return rc;
}

bool
pki_is_server(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++)
		if (leaves[i].role != ROLE_CLIENT && strcmp(leaves[i].file, name) == 0)
			return true;
	return false;
}

struct pki_app {
	X509 *cert;
};

static int
make_app(const char *dir, struct error *err)
{
	struct pair p = {NULL, NULL};
	int rc = make_pair(&p, "practice application", ROLE_APP, VALID_DAYS, NULL);

	if (rc != 0)
		error_set(err, "cannot make the application's certificate");
	else
		rc = write_pair(dir, "app", &p, err);
	release_pair(&p);
	return rc;
}

struct pki_app *
pki_app_open(const char *dir, struct error *err)
{
	char *path = file_join(dir, "app.pem"), *key = file_join(dir, "app.key");
	struct pki_app *app = NULL;
	BIO *bio = NULL;

	if ((is_usable(path) && access(key, R_OK) == 0) || make_app(dir, err) == 0)
		bio = BIO_new_file(path, "r");
	if (bio != NULL) {
		app = xcalloc(1, sizeof(*app));
		app->cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
		BIO_free(bio);
	}
	if (app != NULL && app->cert == NULL) {
		error_set(err, "%s: no certificate", path);
		free(app);
		app = NULL;
	}
	free(path);
	free(key);
	return app;
}

void
pki_app_free(struct pki_app *app)
{
	if (app != NULL)
		X509_free(app->cert);
	free(app);
}

bool
pki_app_is(const struct pki_app *app, enum pki_digest kind, const void *digest, size_t len)
{
	unsigned char own[EVP_MAX_MD_SIZE];
	unsigned own_len = 0;

	return X509_digest(app->cert, kind == PKI_SHA1 ? EVP_sha1() : EVP_sha256(), own,
	                   &own_len) == 1 &&
	       len == own_len && memcmp(own, digest, len) == 0;
}

bool
pki_app_signed(const struct pki_app *app, bool pss, const void *data, size_t len,
               const void *signature, size_t signature_len)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key = NULL;
	bool good;

	good = md != NULL &&
	       EVP_DigestVerifyInit(md, &key, EVP_sha256(), NULL, X509_get0_pubkey(app->cert)) ==
	               1 &&
	       (!pss || (EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING) == 1 &&
	                 EVP_PKEY_CTX_set_rsa_pss_saltlen(key, RSA_PSS_SALTLEN_DIGEST) == 1)) &&
	       EVP_DigestVerify(md, signature, signature_len, data, len) == 1;
	EVP_MD_CTX_free(md);
	return good;
}
