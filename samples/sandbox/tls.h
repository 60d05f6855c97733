/*
 * The TLS side of a connection: which versions are offered, which clients are refused and how,
 * and raw bytes into a session. The only door to GnuTLS; sessions are libmicrohttpd's, this
 * module borrows them (as void *, like libmicrohttpd's own interface).
 */
#ifndef SAMPLES_SANDBOX_TLS_H
#define SAMPLES_SANDBOX_TLS_H

#include <sys/types.h>

#include "common/base.h"

enum tls_version { TLS_ANY, TLS_1_2, TLS_1_3, TLS_VERSION_COUNT };

/* "1.2" or "1.3". */
bool tls_version_by_name(const char *name, enum tls_version *ret_version);
const char *tls_priorities(enum tls_version version);
/* From now on the handshake fails for a client without a certificate of our CA. */
void tls_require_client(void *session, bool alert);
bool tls_client_is_ours(void *session);
/* Bytes sent; 0: nothing fits now, try again; -1: the connection is broken. */
ssize_t tls_send(void *session, const void *data, size_t len);

#endif
