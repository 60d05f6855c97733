/*
 * unpilot-sandbox: plays the OEM Direct service over a registry, for practice and for tests.
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
#include "samples/sandbox/pki.h"
#include "samples/sandbox/registry.h"
#include "samples/sandbox/scenario.h"
#include "samples/sandbox/server.h"
#include "samples/sandbox/service.h"

#define DEFAULT_PORT 8443

struct arguments {
	struct server_options server;
	const char *registry, *party, *log, *scenario;
	long pending_polls;
	bool quiet;
};

enum { KEY_TLS = 256, KEY_SERVER_CERTIFICATE, KEY_NO_ALERT };

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
parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'd': a->server.dir = arg; return 0;
	case 'p': a->server.port = (unsigned)number(arg, 65535, state); return 0;
	case 'r': a->registry = arg; return 0;
	case 'w': a->pending_polls = number(arg, 1000000, state); return 0;
	case 'l': a->server.latency_ms = number(arg, 3600000, state); return 0;
	case 'P': a->party = arg; return 0;
	case 'L': a->log = arg; return 0;
	case 's': a->scenario = arg; return 0;
	case KEY_TLS:
		if (!tls_version_by_name(arg, &a->server.tls))
			argp_error(state, "expected 1.2 or 1.3, found \"%s\"", arg);
		return 0;
	case KEY_SERVER_CERTIFICATE:
		if (!pki_is_server(arg))
			argp_error(state, "\"%s\" is no server's certificate", arg);
		a->server.certificate = arg;
		return 0;
	case KEY_NO_ALERT: a->server.alert = false; return 0;
	case 'q': a->quiet = true; return 0;
	default: return ARGP_ERR_UNKNOWN;
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
	static const char *const marks[] = {"port", "pid"};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		char *path = file_join(dir, marks[i]);
		(void)unlink(path);
		free(path);
	}
}

/* The configuration to use, and the port last: its presence says that the service is ready. */
static int
write_files(const char *dir, unsigned port, struct error *err)
{
	char *conf = file_join(dir, "unpilot.conf");
	char *text = xasprintf(
		"; Written by unpilot-sandbox: for practice only.\n"
		"[partner]\nname = Fabrikam Repairs\ncontact = returns@fabrikam.example\n"
		"support = +1 555 0100\n\n"
		"[oem-direct]\nurl = https://localhost:%u" SERVER_PATH "\n"
		"certificate = %s/client.pem\nkey = %s/client.key\nca-file = %s/ca.pem\n"
		"sold-to = 0000012345\nreceived-from = 0000012345\n"
		"poll-interval = 1s\npoll-deadline = 1m\n\n"
		"[ledger]\nurl = sqlite:%s/ledger.db\n\n[handoff]\ndirectory = %s/handoff\n",
		port, dir, dir, dir, dir, dir);
	int rc = file_write(conf, FILE_MODE_PUBLIC, text, strlen(text), err);

	free(conf);
	free(text);
	if (rc != 0 || write_number(dir, "pid", (unsigned)getpid(), err) != 0)
		return -1;
	return write_number(dir, "port", port, err);
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

static int
serve(const struct arguments *a, struct service *service, const struct scenario *scenario)
{
	const char *dir = a->server.dir;
	struct error err;
	struct server *server = server_start(&a->server, service, scenario, &err);

	if (server == NULL)
		return fail(&err);
	if (write_files(dir, server_port(server), &err) != 0) {
		server_stop(server);
		return fail(&err);
	}
	if (!a->quiet)
		printf("unpilot-sandbox: https://localhost:%u" SERVER_PATH
		       "\nunpilot-sandbox: use it with: unpilot -c %s/unpilot.conf run LIST.csv\n",
		       server_port(server), dir);
	fflush(stdout);
	wait_for_end();
	server_stop(server);
	return 0;
}

static int
run(const struct arguments *a)
{
	struct error err = {""};
	struct scenario *scenario = NULL;
	struct registry *registry = NULL;
	FILE *log = NULL;
	int rc;

	if (file_mkdirs(a->server.dir, &err) != 0 || pki_make(a->server.dir, &err) != 0 ||
	    (a->scenario != NULL && (scenario = scenario_read(a->scenario, &err)) == NULL) ||
	    (registry = registry_read(a->registry, a->party, &err)) == NULL) {
		rc = fail(&err);
	} else if (a->log != NULL && (log = fopen(a->log, "ae")) == NULL) {
		error_errno(&err, "%s: cannot open", a->log);
		rc = fail(&err);
	} else {
		struct service *service = service_new(registry, a->pending_polls, log);
		rc = serve(a, service, scenario);
		service_free(service);
	}
	if (registry != NULL)
		registry_free(registry);
	scenario_free(scenario);
	if (log != NULL)
		fclose(log);
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
		.doc = "Plays the OEM Direct service over a registry: for practice, demonstrations "
		       "and tests.\v"
		       "A scenario has a line a fault: EVENT SELECTOR ACTION [ARGUMENT...]; # begins a "
		       "comment line; the first line that fits a request is played.\n"
		       "EVENT is check (HEAD), submit (POST) or poll (GET). SELECTOR is *, N (the Nth "
		       "request of the event), N-M, N-, or with=TEXT (a submit's body or a poll's "
		       "BatchID contains TEXT).\n"
		       "ACTIONs without the work: reset-headers, reset-body, hang-before, status N "
		       "[Retry-After=V] [Location=URL] [html].\n"
		       "ACTIONs after the work: reset, empty, hang, drip, cut, cut-chunked, cut-reset, "
		       "cut-open, garbage, huge, type CONTENT-TYPE, html, say TEXT, work-status N, "
		       "id TEXT, id-length N, twice, foreign, less.",
	};
	struct arguments a = {
		.server = {.dir = "sandbox-data",
	                   .certificate = "server",
	                   .port = DEFAULT_PORT,
	                   .alert = true},
		.party = "us",
		.pending_polls = 1,
	};
	char *dir;
	struct error err;
	int rc;

	argp_program_version = "unpilot-sandbox " UNPILOT_VERSION;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	block_signals();
	if (file_mkdirs(a.server.dir, &err) != 0)
		return fail(&err);
	dir = realpath(a.server.dir, NULL);
	if (dir == NULL) {
		error_errno(&err, "%s", a.server.dir);
		return fail(&err);
	}
	a.server.dir = dir;
	remove_marks(dir);
	rc = run(&a);
	free(dir);
	return rc;
}
