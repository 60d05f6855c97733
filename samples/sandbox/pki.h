/*
 * Certificates for practice: a CA, a server and several clients, made once in a directory and
 * kept. Never for anything real.
 */
#ifndef SAMPLES_SANDBOX_PKI_H
#define SAMPLES_SANDBOX_PKI_H

#include "common/error.h"

#define PKI_PASSPHRASE "practice-only"

/* Makes what is missing in dir: ca.pem server.pem server.key client.pem client.key client.p12
 * client.pass, and for refusals expired-client.pem/.key and foreign-client.pem/.key. */
int pki_make(const char *dir, struct error *err) MUST_CHECK;

#endif
