/*
 * unpilot-sandbox: plays the OEM Direct service over a registry, Partner Center over an inventory and
 * Microsoft Graph over a tenant, for practice and for tests. Parses the options, starts the listeners
 * and waits for a signal; the answers are made in oem_service.c, partner_service.c and
 * graph_service.c.
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
#include "samples/sandbox/graph_service.h"
#include "samples/sandbox/partner_service.h"
#include "samples/sandbox/pki.h"
#include "samples/sandbox/ports.h"
#include "samples/sandbox/registry.h"
#include "samples/sandbox/scenario.h"
#include "samples/sandbox/listener.h"
#include "samples/sandbox/oem_service.h"

#define DEFAULT_PORT 8443

struct arguments {
	struct listener_options listener;
	struct partner_service_options partner; /* fleet_file NULL: Partner Center is not played */
	struct graph_service_options graph;     /* tenant_file NULL: Graph is not played */
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
	KEY_NO_MFA,
	KEY_GRAPH,
	KEY_APPROVAL
};

static const struct argp_option options[] = {
	{.name = "dir",
         .key = 'd',
         .arg = "DIR",
         .doc = "certificates, configuration and port (default ./sandbox-data)"},
	{.name = "port",
         .key = 'p',
         .arg = "N",
         .doc = "port on 127.0.0.1 (default 8443; 0: any free one)"},
	{.name = "registry", .key = 'r', .arg = "FILE", .doc = "CSV of registered devices"},
	{.name = "pending-polls",
         .key = 'w',
         .arg = "N",
         .doc = "answer Pending to the first N polls of a batch (default 1)"},
	{.name = "latency", .key = 'l', .arg = "MS", .doc = "delay every answer"},
	{.name = "party",
         .key = 'P',
         .arg = "NAME",
         .doc = "who we are in the registry (default us)"},
	{.name = "log", .key = 'L', .arg = "FILE", .doc = "log every request to this file"},
	{.name = "scenario",
         .key = 's',
         .arg = "FILE",
         .doc = "faults to play, and on which requests (see below)"},
	{.name = "tls",
         .key = KEY_TLS,
         .arg = "VERSION",
         .doc = "offer 1.2 or 1.3 only (default both)"},
	{.name = "server-certificate",
         .key = KEY_SERVER_CERTIFICATE,
         .arg = "NAME",
         .doc = "show server (default), expired-server, other-name or foreign-server"},
	{.name = "no-alert",
         .key = KEY_NO_ALERT,
         .doc = "drop a refused client's handshake without an alert"},
	{.name = "partner-center",
         .key = KEY_PARTNER_CENTER,
         .arg = "FILE",
         .doc = "also play Partner Center, over a CSV of customers, batches and devices; "
                "its port is written to DIR/partner-center-port"},
	{.name = "page-size",
         .key = KEY_PAGE_SIZE,
         .arg = "N",
         .doc = "entries a page (default 100)"},
	{.name = "paging",
         .key = KEY_PAGING,
         .arg = "HOW",
         .doc = "how a list names its next page: token (default), links, bare, offset, or loop "
                "(wrongly)"},
	{.name = "disappear-after",
         .key = KEY_DISAPPEAR_AFTER,
         .arg = "N",
         .doc = "list a deleted device N more times (default 0)"},
	{.name = "throttle",
         .key = KEY_THROTTLE,
         .arg = "N",
         .doc = "refuse every Nth request for a customer with 429"},
	{.name = "token-seconds",
         .key = KEY_TOKEN_SECONDS,
         .arg = "N",
         .doc = "lifetime of an access token (default 3600)"},
	{.name = "rotate-refresh-token",
         .key = KEY_ROTATE,
         .doc = "accept a refresh token only once"},
	{.name = "no-mfa",
         .key = KEY_NO_MFA,
         .doc = "the refresh token stands for a sign-in without MFA"},
	{.name = "graph",
         .key = KEY_GRAPH,
         .arg = "FILE",
         .doc = "also play Microsoft Graph, over a CSV of a tenant's devices; its port is "
                "written to DIR/graph-port"},
	{.name = "approval",
         .key = KEY_APPROVAL,
         .doc = "Graph: deleting from Intune waits until the file DIR/approved exists"},
	{.name = "quiet", .key = 'q', .doc = "print no addresses at the start"},
	{0},
};

static long
number(const char *text, long max, struct argp_state *state)
{
	long long n;

	if (!text_number(text, 0, max, &n))
		argp_error(state, "expected a number from 0 to %ld, found \"%s\"", max, text);
	return (long)n;
}

static error_t
parse_partner(int key, const char *arg, struct partner_service_options *p, struct argp_state *state)
{
	switch (key) {
	case KEY_PARTNER_CENTER: p->fleet_file = arg; return 0;
	case KEY_PAGE_SIZE:
		p->page_size = number(arg, PARTNER_PAGE_MAX, state);
		if (p->page_size == 0)
			argp_error(state, "expected a page size of at least 1");
		return 0;
	case KEY_PAGING:
		if (!partner_paging_by_name(arg, &p->paging))
			argp_error(state, "expected token, links, loop or bare, found \"%s\"", arg);
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
parse_graph(int key, char *arg, struct arguments *a, struct argp_state *state)
{
	switch (key) {
	case KEY_GRAPH: a->graph.tenant_file = arg; return 0;
	case KEY_APPROVAL: a->graph.approval = true; return 0;
	default: return parse_partner(key, arg, &a->partner, state);
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
			argp_error(
				state,
				"expected server, expired-server, other-name or foreign-server, found \"%s\"",
				arg);
		a->listener.certificate = arg;
		return 0;
	case KEY_NO_ALERT: a->listener.alert = false; return 0;
	case 'q': a->quiet = true; return 0;
	default: return parse_graph(key, arg, a, state);
	}
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

/* Members that have not been started are NULL. */
struct playing {
	FILE *log;
	struct scenario *scenario;
	struct registry *registry;
	struct oem_service *service;
	struct partner_service *partner;
	struct graph_service *graph;
	struct listener *listener, *partner_listener, *graph_listener;
};

/* Pages and slow deletions are the same options as those of Partner Center. */
static int
open_graph(const struct arguments *a, struct playing *p, struct error *err)
{
	struct graph_service_options graph = a->graph;

	graph.dir = a->listener.dir;
	graph.page_size = a->partner.page_size;
	graph.disappear_after = a->partner.disappear_after;
	p->graph = graph_service_new(&graph, p->log, err);
	return p->graph != NULL ? 0 : -1;
}

static int
open_all(const struct arguments *a, struct playing *p, struct error *err)
{
	struct partner_service_options partner = a->partner;

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
	if (partner.fleet_file != NULL && p->partner == NULL)
		return -1;
	return a->graph.tenant_file != NULL ? open_graph(a, p, err) : 0;
}

/* Partner Center gets any free port, because the option names the port of OEM Direct. */
static int
start_partner(const struct arguments *a, struct playing *p, struct error *err)
{
	struct listener_options o = a->listener;

	o.port = 0;
	p->partner_listener = listener_start(&o, p->service, p->partner, p->scenario, err);
	if (p->partner_listener == NULL)
		return -1;
	return ports_write_partner(o.dir, listener_port(p->partner_listener), err);
}

static int
start_graph(const struct arguments *a, struct playing *p, struct error *err)
{
	struct listener_options o = a->listener;

	o.port = 0;
	o.graph = p->graph;
	p->graph_listener = listener_start(&o, p->service, NULL, p->scenario, err);
	if (p->graph_listener == NULL)
		return -1;
	return ports_write(o.dir, "graph-port", listener_port(p->graph_listener), err);
}

static int
start_all(const struct arguments *a, struct playing *p, struct error *err)
{
	if (p->partner != NULL && start_partner(a, p, err) != 0)
		return -1;
	if (p->graph != NULL && start_graph(a, p, err) != 0)
		return -1;
	p->listener = listener_start(&a->listener, p->service, NULL, p->scenario, err);
	if (p->listener == NULL)
		return -1;
	return ports_write_oem(a->listener.dir, listener_port(p->listener), err);
}

static void
print_addresses(const char *dir, const struct playing *p)
{
	printf("unpilot-sandbox: https://localhost:%u" LISTENER_PATH
	       "\nunpilot-sandbox: once:     unpilot -c %s/unpilot.conf init"
	       "\nunpilot-sandbox: and then: unpilot -c %s/unpilot.conf run LIST.csv\n",
	       listener_port(p->listener), dir, dir);
	if (p->partner_listener != NULL)
		printf("unpilot-sandbox: https://localhost:%u plays Partner Center"
		       "\nunpilot-sandbox: once:     unpilot -c %s/partner-center.conf init"
		       "\nunpilot-sandbox: and then: unpilot -c %s/partner-center.conf run "
		       "LIST.csv\n",
		       listener_port(p->partner_listener), dir, dir);
	if (p->graph_listener != NULL)
		printf("unpilot-sandbox: https://localhost:%u plays Microsoft Graph\n",
		       listener_port(p->graph_listener));
	fflush(stdout);
}

static void
close_all(struct playing *p)
{
	if (p->partner_listener != NULL)
		listener_stop(p->partner_listener);
	if (p->graph_listener != NULL)
		listener_stop(p->graph_listener);
	if (p->listener != NULL)
		listener_stop(p->listener);
	partner_service_free(p->partner);
	graph_service_free(p->graph);
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
			print_addresses(a->listener.dir, &p);
		wait_for_end();
	}
	close_all(&p);
	return rc;
}

/* Every thread inherits the mask, so that only wait_for_end() receives these signals. */
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
		.doc = "Plays the OEM Direct service over a registry, Partner Center over an "
		       "inventory, and Microsoft Graph over a tenant: for practice, demonstrations and tests.\v"
		       "Each line of a scenario is a fault: EVENT SELECTOR ACTION [ARGUMENT...]. # begins "
		       "a comment line. The first line that matches a request is played.\n"
		       "EVENT is check (HEAD), submit (POST) or poll (GET); for Partner Center it is "
		       "token, customer, batches, devices or delete; for Graph managed, autopilot, keys, "
		       "unmanage, deregister, unassign or sync. SELECTOR is *, N (the Nth "
		       "request of the event), N-M, N-, with=TEXT (a submit's body, a poll's "
		       "BatchID or the decoded path contains TEXT), or N-M,with=TEXT (both).\n"
		       "ACTIONs instead of the work: reset-headers, reset-body, hang-before, status N "
		       "[Retry-After=V] [Location=URL] [html].\n"
		       "ACTIONs after the work: reset, empty, hang, drip, cut, cut-chunked, cut-reset, "
		       "cut-open, garbage, huge, type CONTENT-TYPE, html, say TEXT, work-status N, "
		       "id TEXT, id-length N, twice, foreign, less, as STATUS, quote STATUS, anew, again.",
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
	ports_remove(dir);
	rc = run(&a);
	free(dir);
	return rc;
}
