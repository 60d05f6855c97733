/*
 * Certificates for practice: a CA, a server and several clients, made once in a directory and
 * kept. Never for anything real. And the checks that need a certificate's key: the only door to
 * OpenSSL here.
 */
#ifndef SAMPLES_SANDBOX_PKI_H
#define SAMPLES_SANDBOX_PKI_H

#include "common/error.h"

#define PKI_PASSPHRASE "practice-only"

/* Makes what is missing in dir: ca.pem, client.p12, client.pass, and .pem and .key of server,
 * client, expired-client, foreign-client (another CA's), expired-server, other-name (a server's of
 * another name) and foreign-server. */
int pki_make(const char *dir, struct error *err) MUST_CHECK;
/* One of the certificates that a server can show. */
bool pki_is_server(const char *name);

/* The certificate that an application proves itself with at the token end point. */
struct pki_app;
enum pki_digest { PKI_SHA256, PKI_SHA1 };
/* Makes app.pem and app.key (RSA) in dir where they are missing. */
struct pki_app *pki_app_open(const char *dir, struct error *err) MUST_CHECK;
void pki_app_free(struct pki_app *app); /* accepts NULL */
/* Whether the digest is the certificate's thumbprint. */
bool pki_app_is(const struct pki_app *app, enum pki_digest kind, const void *digest, size_t len);
/* RSA with SHA-256; pss: RSASSA-PSS with a salt as long as the digest, else PKCS #1 v1.5. */
bool pki_app_signed(const struct pki_app *app, bool pss, const void *data, size_t len,
                    const void *signature, size_t signature_len);

#endif
