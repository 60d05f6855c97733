/*
 * The HTTPS side: libmicrohttpd with GnuTLS. A handshake without a client certificate of our CA
 * fails with an alert, unless asked otherwise. One thread a connection. Sees to it that every
 * request meets the fault that the scenario has for it. Partner Center has a listener of its own,
 * which asks for no certificate.
 */
#ifndef SAMPLES_SANDBOX_LISTENER_H
#define SAMPLES_SANDBOX_LISTENER_H

#include "common/error.h"
#include "samples/sandbox/partner_service.h"
#include "samples/sandbox/scenario.h"
#include "samples/sandbox/oem_service.h"
#include "samples/sandbox/tls.h"

#define LISTENER_PATH "/ComputerBuildReport/royd/v1/autopilot"

struct listener;

struct listener_options {
	const char *dir;         /* holds the certificates */
	const char *certificate; /* which of them the server shows, without .pem */
	unsigned port;           /* 0: any free one */
	long latency_ms;
	enum tls_version tls;
	bool alert; /* a refused client is told so */
};

/* Borrows all. partner NULL: plays OEM Direct, else that; the service counts requests and writes
 * its log for both. scenario NULL: none. */
struct listener *listener_start(const struct listener_options *o, struct oem_service *service,
                                struct partner_service *partner, const struct scenario *scenario,
                                struct error *err) MUST_CHECK;
unsigned listener_port(const struct listener *s);
void listener_stop(struct listener *s); /* ends the faults that still go on as well */

#endif
