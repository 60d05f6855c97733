#include "samples/sandbox/server.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/alloc.h"
#include "common/file.h"
#include "common/text.h"

#define BODY_MAX ((size_t)64 * 1024 * 1024)
#define PEM_MAX ((size_t)256 * 1024)

struct server {
	struct MHD_Daemon *daemon;
	struct service *service;
	long latency_ms;
	struct buf ca, cert, key;
};

/* What one request has brought so far. */
struct request {
	struct buf body;
};

static enum MHD_Result
reply(struct MHD_Connection *c, unsigned status, struct buf *answer)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(answer->len, answer->data,
	                                                         MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	MHD_add_response_header(r, "Content-Type", "application/json; charset=utf-8");
	result = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	buf_release(answer);
	return result;
}

static unsigned
refuse(struct buf *answer, unsigned status, const char *message)
{
	service_error(answer, status, message);
	return status;
}

static bool
is_base(const char *url)
{
	size_t n = strlen(SERVER_PATH);

	return strncasecmp(url, SERVER_PATH, n) == 0 &&
	       (url[n] == '\0' || strcmp(url + n, "/") == 0);
}

static bool
is_json(const char *type)
{
	static const char json[] = "application/json";
	size_t n = strlen(json);

	return type != NULL && strncasecmp(type, json, n) == 0 &&
	       (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

/* The alert that says why a peer is refused; false where there is nothing to refuse. */
static bool
refusal(gnutls_session_t session, gnutls_alert_description_t *ret_alert)
{
	unsigned n = 0, status = 0;

	if (gnutls_certificate_get_peers(session, &n) == NULL || n == 0)
		/* certificate_required exists in TLS 1.3 only (RFC 8446, 6.2). */
		*ret_alert = gnutls_protocol_get_version(session) == GNUTLS_TLS1_3
		                     ? GNUTLS_A_CERTIFICATE_REQUIRED
		                     : GNUTLS_A_HANDSHAKE_FAILURE;
	else if (gnutls_certificate_verify_peers2(session, &status) != 0)
		*ret_alert = GNUTLS_A_BAD_CERTIFICATE;
	else if (status != 0)
		*ret_alert = (status & GNUTLS_CERT_EXPIRED) != 0 ? GNUTLS_A_CERTIFICATE_EXPIRED
		                                                 : GNUTLS_A_UNKNOWN_CA;
	else
		return false;
	return true;
}

/*
 * Runs when the client's Finished has come: its certificate is known and proven by then.
 * GNUTLS_CERT_REQUIRE would do without this, but libmicrohttpd then closes without an alert, and a
 * client could not tell a refusal from a broken line.
 */
static int
on_finished(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
            const gnutls_datum_t *message)
{
	gnutls_alert_description_t alert;

	(void)type;
	(void)when;
	(void)message;
	if (incoming == 0 || !refusal(session, &alert))
		return 0;
	gnutls_alert_send(session, GNUTLS_AL_FATAL, alert);
	return GNUTLS_E_CERTIFICATE_ERROR;
}

static void
on_connection(void *cls, struct MHD_Connection *c, void **state,
              enum MHD_ConnectionNotificationCode what)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		c, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	(void)cls;
	(void)state;
	if (what == MHD_CONNECTION_NOTIFY_STARTED && info != NULL)
		gnutls_handshake_set_hook_function(info->tls_session, GNUTLS_HANDSHAKE_FINISHED,
		                                   GNUTLS_HOOK_POST, on_finished);
}

/* The handshake has seen to it already; a second look costs little and trusts no hook. */
static bool
certificate_is_ours(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		c, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	unsigned status = 0;

	return info != NULL && gnutls_certificate_verify_peers2(info->tls_session, &status) == 0 &&
	       status == 0;
}

static unsigned
handle(struct server *s, struct MHD_Connection *c, const char *url, const char *method,
       const struct request *q, struct buf *answer)
{
	const char *type = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Content-Type");
	const char *id = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "BatchID");

	if (!certificate_is_ours(c))
		return refuse(answer, 403, "a client certificate of the practice CA is required");
	if (strcasecmp(url, SERVER_PATH "/validate") == 0)
		return refuse(answer, 501, "validate is not played");
	if (!is_base(url))
		return refuse(answer, 404, "no such path");
	if (strcmp(method, "HEAD") == 0)
		return 200;
	if (strcmp(method, "GET") == 0)
		return id != NULL ? service_poll(s->service, id, answer)
		                  : refuse(answer, 400, "BatchID is missing");
	if (strcmp(method, "POST") != 0)
		return refuse(answer, 405, "only GET, HEAD and POST");
	if (!is_json(type))
		return refuse(answer, 415, "Content-Type must be application/json");
	if (q->body.overflow)
		return refuse(answer, 413, "the request is too large");
	return service_submit(s->service, q->body.data, q->body.len, answer);
}

static void
delay(long ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *c, const char *url, const char *method,
           const char *version, const char *data, size_t *len, void **state)
{
	struct server *s = cls;
	struct request *q = *state;
	struct buf answer;

	(void)version;
	if (q == NULL) {
		*state = q = xcalloc(1, sizeof(*q));
		buf_init(&q->body, BODY_MAX);
		return MHD_YES;
	}
	if (*len > 0) {
		buf_add(&q->body, data, *len);
		*len = 0;
		return MHD_YES;
	}
	buf_init(&answer, BODY_MAX);
	unsigned status = handle(s, c, url, method, q, &answer);
	delay(s->latency_ms);
	return reply(c, status, &answer);
}

static void
on_completed(void *cls, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
	struct request *q = *state;

	(void)cls;
	(void)c;
	(void)why;
	if (q != NULL)
		buf_release(&q->body);
	free(q);
	*state = NULL;
}

static int
read_pem(const char *dir, const char *name, struct buf *b, struct error *err)
{
	char *path = file_join(dir, name);
	int rc;

	buf_init(b, PEM_MAX);
	rc = file_read(path, b, err);
	free(path);
	return rc;
}

static int
listen_on(struct server *s, unsigned port, struct error *err)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->daemon = MHD_start_daemon(
		MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0,
		NULL, NULL, on_request, s, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
		MHD_OPTION_HTTPS_MEM_KEY, s->key.data, MHD_OPTION_HTTPS_MEM_CERT, s->cert.data,
		MHD_OPTION_HTTPS_MEM_TRUST, s->ca.data, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
		NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, NULL,
		MHD_OPTION_CONNECTION_TIMEOUT, 60U, MHD_OPTION_END);
	return s->daemon != NULL ? 0 : error_set(err, "cannot listen on 127.0.0.1:%u", port);
}

struct server *
server_start(const char *dir, unsigned port, long latency_ms, struct service *service,
             struct error *err)
{
	struct server *s = xcalloc(1, sizeof(*s));

	s->service = service;
	s->latency_ms = latency_ms;
	if (read_pem(dir, "ca.pem", &s->ca, err) != 0 ||
	    read_pem(dir, "server.pem", &s->cert, err) != 0 ||
	    read_pem(dir, "server.key", &s->key, err) != 0 || listen_on(s, port, err) != 0) {
		server_stop(s);
		return NULL;
	}
	return s;
}

unsigned
server_port(const struct server *s)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon,
	                                                       MHD_DAEMON_INFO_BIND_PORT);

	return info != NULL ? info->port : 0;
}

void
server_stop(struct server *s)
{
	if (s->daemon != NULL)
		MHD_stop_daemon(s->daemon);
	if (s->ca.max != 0)
		buf_release(&s->ca);
	if (s->cert.max != 0)
		buf_release(&s->cert);
	if (s->key.max != 0)
		buf_release(&s->key);
	free(s);
}
