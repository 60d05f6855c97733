/*
 * Certificates for practice: a CA, a server and several clients, made once in a directory and
 * kept. Never for anything real.
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

#endif
