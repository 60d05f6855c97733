/*
 * HTTPS: libmicrohttpd with GnuTLS, one thread a connection. Plays the scenario's fault on each
 * request. The listener of OEM Direct demands a client certificate of the practice CA; a handshake
 * without one fails with an alert (see alert below). The listeners of Partner Center and Graph demand
 * none.
 */
#ifndef SAMPLES_SANDBOX_LISTENER_H
#define SAMPLES_SANDBOX_LISTENER_H

#include "common/error.h"
#include "samples/sandbox/graph_service.h"
#include "samples/sandbox/partner_service.h"
#include "samples/sandbox/scenario.h"
#include "samples/sandbox/oem_service.h"
#include "samples/sandbox/tls.h"

#define LISTENER_PATH "/ComputerBuildReport/royd/v1/autopilot"

struct listener;

struct listener_options {
	const char *dir;         /* holds the certificates */
	const char *certificate; /* the one that the server presents, without .pem */
	unsigned port;           /* 0: any free one */
	long latency_ms;
	enum tls_version tls;
	bool alert;                  /* send an alert to a refused client */
	struct graph_service *graph; /* borrowed; NULL: Microsoft Graph is not played here */
};

/* Borrows all arguments. Plays Graph if the options name it, else Partner Center, or OEM Direct if
 * partner is NULL. service numbers
 * the requests and logs the faults of both. scenario NULL: no faults. */
struct listener *listener_start(const struct listener_options *o, struct oem_service *service,
                                struct partner_service *partner, const struct scenario *scenario,
                                struct error *err) MUST_CHECK;
unsigned listener_port(const struct listener *s);
void listener_stop(struct listener *s); /* also ends faults that are being played */

#endif
