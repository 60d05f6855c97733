/*
 * The HTTPS side: libmicrohttpd with GnuTLS. A handshake without a client certificate of our CA
 * fails with an alert. One thread a connection.
 */
#ifndef SAMPLES_SANDBOX_SERVER_H
#define SAMPLES_SANDBOX_SERVER_H

#include "common/error.h"
#include "samples/sandbox/service.h"

#define SERVER_PATH "/ComputerBuildReport/royd/v1/autopilot"

struct server;

/* dir holds the certificates. port 0: any free one. */
struct server *server_start(const char *dir, unsigned port, long latency_ms,
                            struct service *service, struct error *err) MUST_CHECK;
unsigned server_port(const struct server *s);
void server_stop(struct server *s);

#endif
