/*
 * unpilot-sandbox: plays the OEM Direct service over a registry, and Partner Center over an
 * inventory, for practice and for tests.
 */
#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/file.h"
#include "common/text.h"
#include "samples/sandbox/partner_service.h"
#include "samples/sandbox/pki.h"
#include "samples/sandbox/registry.h"
#include "samples/sandbox/scenario.h"
#include "samples/sandbox/listener.h"
#include "samples/sandbox/oem_service.h"

#define DEFAULT_PORT 8443

struct arguments {
	struct listener_options listener;
	struct partner_options partner; /* fleet_file NULL: is not played */
	const char *registry, *party, *log, *scenario;
	long pending_polls;
	bool quiet;
};

enum {
	KEY_TLS = 256,
	KEY_SERVER_CERTIFICATE,
	KEY_NO_ALERT,
	KEY_PARTNER_CENTER,
	KEY_PAGE_SIZE,
	KEY_PAGING,
	KEY_DISAPPEAR_AFTER,
	KEY_THROTTLE,
	KEY_TOKEN_SECONDS,
	KEY_ROTATE,
	KEY_NO_MFA
};

static const struct argp_option options[] = {
	{"dir", 'd', "DIR", 0, "certificates, configuration and port (default ./sandbox-data)", 0},
	{"port", 'p', "N", 0, "port on 127.0.0.1 (default 8443; 0: any free one)", 0},
	{"registry", 'r', "FILE", 0, "CSV of registered devices", 0},
	{"pending-polls", 'w', "N", 0, "answer Pending to the first N polls of a batch (default 1)",
         0},
	{"latency", 'l', "MS", 0, "delay every answer", 0},
	{"party", 'P', "NAME", 0, "who we are in the registry (default us)", 0},
	{"log", 'L', "FILE", 0, "write what was asked", 0},
	{"scenario", 's', "FILE", 0, "which requests meet which faults (see below)", 0},
	{"tls", KEY_TLS, "VERSION", 0, "offer 1.2 or 1.3 only (default both)", 0},
	{"server-certificate", KEY_SERVER_CERTIFICATE, "NAME", 0,
         "show server (default), expired-server, other-name or foreign-server", 0},
	{"no-alert", KEY_NO_ALERT, NULL, 0, "drop a refused client's handshake without an alert",
         0},
	{"partner-center", KEY_PARTNER_CENTER, "FILE", 0,
         "play Partner Center too, over a CSV of customers, batches and devices; on a port of its "
         "own, see DIR/partner-center-port",
         0},
	{"page-size", KEY_PAGE_SIZE, "N", 0, "entries a page (default 100)", 0},
	{"paging", KEY_PAGING, "HOW", 0,
         "the next page is named as a token (default), as links, or wrongly: loop", 0},
	{"disappear-after", KEY_DISAPPEAR_AFTER, "N", 0,
         "a deleted device stands in N more listings (default 0)", 0},
	{"throttle", KEY_THROTTLE, "N", 0, "refuse every Nth request of a customer with 429", 0},
	{"token-seconds", KEY_TOKEN_SECONDS, "N", 0, "life of an access token (default 3600)", 0},
	{"rotate-refresh-token", KEY_ROTATE, NULL, 0, "a refresh token is good once", 0},
	{"no-mfa", KEY_NO_MFA, NULL, 0, "the refresh token comes from a sign-in without MFA", 0},
	{"quiet", 'q', NULL, 0, "do not print where things are", 0},
	{0},
};

static long
number(const char *text, long max, struct argp_state *state)
{
	long long n;

	if (!text_number(text, 0, max, &n))
		argp_error(state, "\"%s\" is no number from 0 to %ld", text, max);
	return (long)n;
}

static error_t
parse_partner(int key, const char *arg, struct partner_options *p, struct argp_state *state)
{
	switch (key) {
	case KEY_PARTNER_CENTER: p->fleet_file = arg; return 0;
	case KEY_PAGE_SIZE:
		p->page_size = number(arg, PARTNER_PAGE_MAX, state);
		if (p->page_size == 0)
			argp_error(state, "a page has at least one entry");
		return 0;
	case KEY_PAGING:
		if (!partner_paging_by_name(arg, &p->paging))
			argp_error(state, "expected token, links or loop, found \"%s\"", arg);
		return 0;
	case KEY_DISAPPEAR_AFTER: p->disappear_after = number(arg, 1000000, state); return 0;
	case KEY_THROTTLE: p->throttle = number(arg, 1000000, state); return 0;
	case KEY_TOKEN_SECONDS: p->token.seconds = number(arg, TOKEN_SECONDS_MAX, state); return 0;
	case KEY_ROTATE: p->token.rotate = true; return 0;
	case KEY_NO_MFA: p->token.mfa = false; return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static error_t
parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'd': a->listener.dir = arg; return 0;
	case 'p': a->listener.port = (unsigned)number(arg, 65535, state); return 0;
	case 'r': a->registry = arg; return 0;
	case 'w': a->pending_polls = number(arg, 1000000, state); return 0;
	case 'l': a->listener.latency_ms = number(arg, 3600000, state); return 0;
	case 'P': a->party = arg; return 0;
	case 'L': a->log = arg; return 0;
	case 's': a->scenario = arg; return 0;
	case KEY_TLS:
		if (!tls_version_by_name(arg, &a->listener.tls))
			argp_error(state, "expected 1.2 or 1.3, found \"%s\"", arg);
		return 0;
	case KEY_SERVER_CERTIFICATE:
		if (!pki_is_server(arg))
			argp_error(state, "\"%s\" is no server's certificate", arg);
		a->listener.certificate = arg;
		return 0;
	case KEY_NO_ALERT: a->listener.alert = false; return 0;
	case 'q': a->quiet = true; return 0;
	default: return parse_partner(key, arg, &a->partner, state);
	}
}

static int
write_number(const char *dir, const char *name, unsigned value, struct error *err)
{
	char *path = file_join(dir, name), *text = xasprintf("%u\n", value);
	int rc = file_write(path, FILE_MODE_PUBLIC, text, strlen(text), err);

	free(path);
	free(text);
	return rc;
}

/* A port file of an earlier run would say "ready" too soon, and to the wrong port. */
static void
remove_marks(const char *dir)
{
	static const char *const marks[] = {"port", "pid", "partner-center-port"};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		char *path = file_join(dir, marks[i]);
		(void)unlink(path);
		free(path);
	}
}

#define PARTNER_SECTION \
	"; Written by unpilot-sandbox: for practice only.\n" \
	"[partner]\nname = Fabrikam Repairs\ncontact = returns@fabrikam.example\n" \
	"support = +1 555 0100\n\n"

static int
write_conf(const char *dir, const char *name, char *text, struct error *err)
{
	char *path = file_join(dir, name);
	int rc = file_write(path, FILE_MODE_PUBLIC, text, strlen(text), err);

	free(path);
	free(text);
	return rc;
}

/* The configuration to use, and the port last: its presence says that the service is ready. */
static int
write_files(const char *dir, unsigned port, struct error *err)
{
	char *text = xasprintf(
		PARTNER_SECTION
		"[oem-direct]\nurl = https://localhost:%u" LISTENER_PATH "\n"
		"certificate = %s/client.pem\nkey = %s/client.key\nca-file = %s/ca.pem\n"
		"sold-to = 0000012345\nreceived-from = 0000012345\n"
		"poll-interval = 1s\npoll-deadline = 1m\n\n"
		"[ledger]\nurl = sqlite:%s/ledger.db\n\n[handoff]\ndirectory = %s/handoff\n",
		port, dir, dir, dir, dir, dir);

	if (write_conf(dir, "unpilot.conf", text, err) != 0 ||
	    write_number(dir, "pid", (unsigned)getpid(), err) != 0)
		return -1;
	return write_number(dir, "port", port, err);
}

static int
write_partner_files(const char *dir, unsigned port, struct error *err)
{
	char *text = xasprintf(
		PARTNER_SECTION
		"[run]\nroute = partner-center\n\n"
		"[partner-center]\nurl = https://localhost:%u\n"
		"authority = https://localhost:%u\n"
		"tenant = " TOKEN_TENANT "\nclient-id = " TOKEN_CLIENT "\n"
		"certificate = %s/app.pem\nkey = %s/app.key\nca-file = %s/ca.pem\n"
		"scope = " TOKEN_SCOPE "\npoll-interval = 1s\npoll-deadline = 1m\n\n"
		"[ledger]\nurl = sqlite:%s/ledger.db\n\n[handoff]\ndirectory = %s/handoff\n",
		port, port, dir, dir, dir, dir, dir);

	if (write_conf(dir, "partner-center.conf", text, err) != 0)
		return -1;
	return write_number(dir, "partner-center-port", port, err);
}

static int
fail(const struct error *err)
{
	fprintf(stderr, "unpilot-sandbox: %s\n", err->text);
	return 1;
}

static void
wait_for_end(void)
{
	sigset_t set;
	int number_seen;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigwait(&set, &number_seen);
}

/* What runs, or is NULL. */
struct playing {
	FILE *log;
	struct scenario *scenario;
	struct registry *registry;
	struct oem_service *service;
	struct partner_service *partner;
	struct listener *listener, *partner_listener;
};

static int
open_all(const struct arguments *a, struct playing *p, struct error *err)
{
	struct partner_options partner = a->partner;

	if (pki_make(a->listener.dir, err) != 0)
		return -1;
	if (a->scenario != NULL && (p->scenario = scenario_read(a->scenario, err)) == NULL)
		return -1;
	p->registry = registry_read(a->registry, a->party, err);
	if (p->registry == NULL)
		return -1;
	if (a->log != NULL && (p->log = fopen(a->log, "ae")) == NULL)
		return error_errno(err, "%s: cannot open", a->log);
	p->service = oem_service_new(p->registry, a->pending_polls, p->log);
	partner.dir = a->listener.dir;
	if (partner.fleet_file != NULL)
		p->partner = partner_service_new(&partner, p->log, err);
	return partner.fleet_file == NULL || p->partner != NULL ? 0 : -1;
}

/* Partner Center's port is any free one: the one asked for is OEM Direct's. */
static int
start_partner(const struct arguments *a, struct playing *p, struct error *err)
{
	struct listener_options o = a->listener;

	o.port = 0;
	p->partner_listener = listener_start(&o, p->service, p->partner, p->scenario, err);
	if (p->partner_listener == NULL)
		return -1;
	return write_partner_files(o.dir, listener_port(p->partner_listener), err);
}

static int
start_all(const struct arguments *a, struct playing *p, struct error *err)
{
	if (p->partner != NULL && start_partner(a, p, err) != 0)
		return -1;
	p->listener = listener_start(&a->listener, p->service, NULL, p->scenario, err);
	if (p->listener == NULL)
		return -1;
	return write_files(a->listener.dir, listener_port(p->listener), err);
}

static void
say_where(const char *dir, const struct playing *p)
{
	printf("unpilot-sandbox: https://localhost:%u" LISTENER_PATH
	       "\nunpilot-sandbox: use it with: unpilot -c %s/unpilot.conf run LIST.csv\n",
	       listener_port(p->listener), dir);
	if (p->partner_listener != NULL)
		printf("unpilot-sandbox: https://localhost:%u plays Partner Center"
		       "\nunpilot-sandbox: use it with: unpilot -c %s/partner-center.conf run "
		       "LIST.csv\n",
		       listener_port(p->partner_listener), dir);
	fflush(stdout);
}

static void
close_all(struct playing *p)
{
	if (p->partner_listener != NULL)
		listener_stop(p->partner_listener);
	if (p->listener != NULL)
		listener_stop(p->listener);
	partner_service_free(p->partner);
	if (p->service != NULL)
		oem_service_free(p->service);
	if (p->registry != NULL)
		registry_free(p->registry);
	scenario_free(p->scenario);
	if (p->log != NULL)
		fclose(p->log);
}

static int
run(const struct arguments *a)
{
	struct playing p = {.log = NULL};
	struct error err = {""};
	int rc = 0;

	if (open_all(a, &p, &err) != 0 || start_all(a, &p, &err) != 0) {
		rc = fail(&err);
	} else {
		if (!a->quiet)
			say_where(a->listener.dir, &p);
		wait_for_end();
	}
	close_all(&p);
	return rc;
}

/* Every thread inherits the mask: the signals that end us are waited for, not handled. */
static void
block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int
main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Plays the OEM Direct service over a registry, and Partner Center over an "
		       "inventory: for practice, demonstrations and tests.\v"
		       "A scenario has a line a fault: EVENT SELECTOR ACTION [ARGUMENT...]; # begins a "
		       "comment line; the first line that fits a request is played.\n"
		       "EVENT is check (HEAD), submit (POST) or poll (GET); of Partner Center, token, "
		       "customer, batches, devices or delete. SELECTOR is *, N (the Nth "
		       "request of the event), N-M, N-, with=TEXT (a submit's body, a poll's "
		       "BatchID or the decoded path contains TEXT), or N-M,with=TEXT (both).\n"
		       "ACTIONs without the work: reset-headers, reset-body, hang-before, status N "
		       "[Retry-After=V] [Location=URL] [html].\n"
		       "ACTIONs after the work: reset, empty, hang, drip, cut, cut-chunked, cut-reset, "
		       "cut-open, garbage, huge, type CONTENT-TYPE, html, say TEXT, work-status N, "
		       "id TEXT, id-length N, twice, foreign, less.",
	};
	struct arguments a = {
		.listener = {.dir = "sandbox-data",
	                     .certificate = "server",
	                     .port = DEFAULT_PORT,
	                     .alert = true},
		.partner = {.page_size = PARTNER_PAGE_MAX, .token = {.seconds = 3600, .mfa = true}},
		.party = "us",
		.pending_polls = 1,
	};
	char *dir;
	struct error err;
	int rc;

	argp_program_version = "unpilot-sandbox " UNPILOT_VERSION;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	block_signals();
	if (file_mkdirs(a.listener.dir, &err) != 0)
		return fail(&err);
	dir = realpath(a.listener.dir, NULL);
	if (dir == NULL) {
		error_errno(&err, "%s", a.listener.dir);
		return fail(&err);
	}
	a.listener.dir = dir;
	remove_marks(dir);
	rc = run(&a);
	free(dir);
	return rc;
}
