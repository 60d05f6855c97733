/*
 * The TLS side of a connection: offered versions, refusal of clients, raw bytes into a session. The
 * only file that includes GnuTLS. Borrows the sessions of libmicrohttpd (as void *, like the
 * interface of libmicrohttpd).
 */
#ifndef SAMPLES_SANDBOX_TLS_H
#define SAMPLES_SANDBOX_TLS_H

#include <sys/types.h>

#include "common/base.h"

enum tls_version { TLS_ANY, TLS_1_2, TLS_1_3, TLS_VERSION_COUNT };

/* name: "1.2" or "1.3". */
bool tls_version_by_name(const char *name, enum tls_version *ret_version);
const char *tls_priorities(enum tls_version version);
/* Makes the handshake fail for a client without a certificate of the practice CA. */
void tls_require_client(void *session, bool alert);
bool tls_client_is_ours(void *session);
/* Returns the bytes sent. 0: the socket is full, try again. -1: the connection is broken. */
ssize_t tls_send(void *session, const void *data, size_t len);

#endif
