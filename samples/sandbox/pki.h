/*
 * Certificates for practice, never for real use: a CA, servers and clients, made once and kept in a
 * directory. Also verifies signatures. The only file here that includes OpenSSL.
 */
#ifndef SAMPLES_SANDBOX_PKI_H
#define SAMPLES_SANDBOX_PKI_H

#include "common/error.h"

#define PKI_PASSPHRASE "practice-only"

/* Makes these files in dir unless they exist: ca.pem, client.p12, client.pass, and .pem and .key of
 * server, client, expired-client, foreign-client (of another CA), expired-server, other-name (a
 * server with another name) and foreign-server. */
int pki_make(const char *dir, struct error *err) MUST_CHECK;
/* Whether a server can present the certificate of this name. */
bool pki_is_server(const char *name);

/* The certificate with which the application authenticates at the token end point. */
struct pki_app;
enum pki_digest { PKI_SHA256, PKI_SHA1 };
/* Makes app.pem and app.key (RSA) in dir unless they exist. */
struct pki_app *pki_app_open(const char *dir, struct error *err) MUST_CHECK;
void pki_app_free(struct pki_app *app); /* accepts NULL */
/* Whether the digest is the certificate's thumbprint. */
bool pki_app_is(const struct pki_app *app, enum pki_digest kind, const void *digest, size_t len);
/* Verifies RSA with SHA-256. pss: RSASSA-PSS, salt as long as the digest; else PKCS #1 v1.5. */
bool pki_app_signed(const struct pki_app *app, bool pss, const void *data, size_t len,
                    const void *signature, size_t signature_len);

#endif
