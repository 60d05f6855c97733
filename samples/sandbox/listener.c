/* libmicrohttpd's callbacks: collect a request, find its fault, let a service answer, send. */
#include "samples/sandbox/listener.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/file.h"
#include "samples/sandbox/fault.h"

#define BODY_MAX ((size_t)64 * 1024 * 1024)
#define CONNECTION_MEMORY \
	((size_t)256 * 1024) /* so that the longest BatchID fits into a request line */
#define PEM_MAX ((size_t)256 * 1024)

struct listener {
	struct MHD_Daemon *daemon;
	struct oem_service *service;
	struct partner_service *partner; /* NULL: this listener plays OEM Direct or Graph */
	struct graph_service *graph;     /* NULL: this listener does not play Graph */
	const struct scenario *scenario;
	long latency_ms;
	bool alert;
	int stop_fd;
	struct buf ca, cert, key;
};

/* The part of a request that has come so far. */
struct request {
	struct buf body;
	const char *batch_id; /* of a poll, else NULL */
	char *path;           /* decoded, of a request to Partner Center or Graph, else NULL */
	bool counted;         /* event, number and fault are set */
	enum scenario_event event;
	long number;
	const struct scenario_fault *fault;
};

static enum MHD_Result
reply(struct MHD_Connection *c, const struct fault_answer *answer)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
		answer->body.len, answer->body.data, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	MHD_add_response_header(r, "Content-Type", answer->type);
	for (size_t i = 0; i < answer->header_count; i++)
		MHD_add_response_header(r, answer->header[i].name, answer->header[i].value);
	result = MHD_queue_response(c, answer->status, r);
	MHD_destroy_response(r);
	return result;
}

static unsigned
refuse(struct fault_answer *answer, unsigned status, const char *message)
{
	oem_service_error(&answer->body, answer->wire, status, message);
	return status;
}

static bool
is_base(const char *url)
{
	size_t n = strlen(LISTENER_PATH);

	return strncasecmp(url, LISTENER_PATH, n) == 0 &&
	       (url[n] == '\0' || strcmp(url + n, "/") == 0);
}

static bool
is_type(const char *type, const char *want)
{
	size_t n = strlen(want);

	return type != NULL && strncasecmp(type, want, n) == 0 &&
	       (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

/* A request with a body names its format in Content-Type, one without a body in Accept. */
static enum oem_service_wire
wire_of(struct MHD_Connection *c)
{
	const char *type = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Content-Type");

	if (type == NULL)
		type = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Accept");
	return is_type(type, "application/xml") ? OEM_SERVICE_XML : OEM_SERVICE_JSON;
}

static void *
session_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		c, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	return info != NULL ? info->tls_session : NULL;
}

static void
on_connection(void *cls, struct MHD_Connection *c, void **state,
              enum MHD_ConnectionNotificationCode what)
{
	const struct listener *s = cls;
	void *session = session_of(c);

	(void)state;
	if (what == MHD_CONNECTION_NOTIFY_STARTED && session != NULL && s->partner == NULL &&
	    s->graph == NULL)
		tls_require_client(session, s->alert);
}

/* Checks the certificate again: it costs little, and does not rely on the hook of the handshake. */
static bool
certificate_is_ours(struct MHD_Connection *c)
{
	void *session = session_of(c);

	return session != NULL && tls_client_is_ours(session);
}

static unsigned
handle(struct listener *s, struct MHD_Connection *c, const char *url, const char *method,
       const struct request *q, struct fault_answer *answer)
{
	const char *type = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Content-Type");

	if (!certificate_is_ours(c))
		return refuse(answer, 403, "expected a client certificate of the practice CA");
	if (strcasecmp(url, LISTENER_PATH "/validate") == 0)
		return refuse(answer, 501, "validate is not played");
	if (!is_base(url))
		return refuse(answer, 404, "no such path");
	if (strcmp(method, "HEAD") == 0)
		return 200;
	if (strcmp(method, "GET") == 0)
		return q->batch_id != NULL ? oem_service_poll(s->service, answer->wire, q->batch_id,
		                                              q->fault, &answer->body)
		                           : refuse(answer, 400, "BatchID is missing");
	if (strcmp(method, "POST") != 0)
		return refuse(answer, 405, "expected GET, HEAD or POST");
	if (!is_type(type, "application/json") && !is_type(type, "application/xml"))
		return refuse(answer, 415,
		              "expected Content-Type application/json or application/xml");
	if (q->body.overflow)
		return refuse(answer, 413, "the request is too large");
	return oem_service_submit(s->service, answer->wire, q->body.data, q->body.len, q->fault,
	                          &answer->body);
}

/* False: the request is not an event of a scenario. */
static bool
event_of(const char *url, const char *method, enum scenario_event *ret_event)
{
	static const char *const methods[] = {
		[SCENARIO_CHECK] = "HEAD", [SCENARIO_SUBMIT] = "POST", [SCENARIO_POLL] = "GET"};

	for (size_t i = 0; is_base(url) && i < ARRAY_SIZE(methods); i++)
		if (strcmp(method, methods[i]) == 0) {
			*ret_event = (enum scenario_event)i;
			return true;
		}
	return false;
}

static void
find_fault(const struct listener *s, struct request *q, bool whole)
{
	const char *known = q->event == SCENARIO_POLL ? q->batch_id : q->path;
	const char *text = known != NULL ? known : whole ? q->body.data : NULL;
	size_t len = text == NULL ? 0 : text == known ? strlen(text) : q->body.len;

	if (q->counted)
		q->fault = scenario_match(s->scenario, q->event, q->number, text, len);
}

static bool
is_due(const struct request *q, enum scenario_moment moment)
{
	return q->fault != NULL && scenario_action_moment(q->fault->action) == moment;
}

/* Copied at once: libmicrohttpd 1.0 returns the same memory for every question about a connection. */
static int
socket_of(struct MHD_Connection *c)
{
	return MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

/* True: the connection was taken over. */
static bool
play(const struct listener *s, struct MHD_Connection *c, const struct request *q,
     const struct fault_answer *answer)
{
	struct fault_wire wire = {session_of(c), socket_of(c), s->stop_fd};

	oem_service_log_fault(s->service, q->fault, q->number);
	return fault_play(q->fault, &wire, answer);
}

static enum MHD_Result
begin(struct listener *s, struct MHD_Connection *c, const char *url, const char *method,
      struct request *q)
{
	q->batch_id = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "BatchID");
	if (s->graph != NULL) {
		struct graph_service_request r = {.method = method, .path = url};
		q->counted = graph_service_event(&r, &q->event, &q->path);
	} else if (s->partner != NULL) {
		struct partner_service_request r = {.method = method, .path = url};
		q->counted = partner_service_event(&r, &q->event, &q->path);
	} else {
		q->counted = event_of(url, method, &q->event);
	}
	if (q->counted)
		q->number = oem_service_count(s->service, q->event);
	find_fault(s, q, false);
	return is_due(q, SCENARIO_HEADERS) && play(s, c, q, NULL) ? MHD_NO : MHD_YES;
}

static enum MHD_Result
collect(struct listener *s, struct MHD_Connection *c, struct request *q, const char *data,
        size_t *len)
{
	if (is_due(q, SCENARIO_BODY) && play(s, c, q, NULL))
		return MHD_NO;
	buf_add(&q->body, data, *len);
	*len = 0;
	return MHD_YES;
}

static enum MHD_Result
send_answer(struct listener *s, struct MHD_Connection *c, const struct request *q,
            struct fault_answer *answer)
{
	return q->fault != NULL && play(s, c, q, answer) ? MHD_NO : reply(c, answer);
}

static bool
works(const struct request *q)
{
	return q->fault == NULL || scenario_action_works(q->fault->action);
}

static enum MHD_Result
finish(struct listener *s, struct MHD_Connection *c, const char *url, const char *method,
       struct request *q)
{
	struct fault_answer answer = {.wire = wire_of(c)};
	enum MHD_Result result;

	answer.type = oem_service_type(answer.wire);
	buf_init(&answer.body, BODY_MAX);
	find_fault(s, q, true);
	if (works(q))
		answer.status = handle(s, c, url, method, q, &answer);
	fault_pause(s->stop_fd, s->latency_ms);
	if (q->fault != NULL)
		fault_change(q->fault, &answer);
	result = send_answer(s, c, q, &answer);
	buf_release(&answer.body);
	return result;
}

static enum MHD_Result
finish_partner(struct listener *s, struct MHD_Connection *c, const char *url, const char *method,
               struct request *q)
{
	struct partner_service_request r = {
		.method = method, .path = url, .body = q->body.data, .len = q->body.len};
	struct partner_answer work = {.status = 0};
	struct fault_answer answer = {.wire = OEM_SERVICE_JSON,
	                              .type = oem_service_type(OEM_SERVICE_JSON)};
	enum MHD_Result result;

	buf_init(&work.body, BODY_MAX);
	find_fault(s, q, true);
	for (size_t i = 0; i < PARTNER_HEADER_COUNT; i++)
		r.header[i] = MHD_lookup_connection_value(
			c, MHD_HEADER_KIND,
			partner_service_header_name((enum partner_service_header)i));
	if (works(q))
		partner_service_handle(s->partner, &r, q->fault, &work);
	answer.status = work.status;
	answer.body = work.body;
	answer.authorization = r.header[PARTNER_AUTHORIZATION];
	answer.header = work.header;
	answer.header_count = work.header_count;
	fault_pause(s->stop_fd, s->latency_ms);
	if (q->fault != NULL)
		fault_change(q->fault, &answer);
	partner_service_log(s->partner, &r, answer.status);
	result = send_answer(s, c, q, &answer);
	partner_answer_release(&work);
	buf_release(&answer.body);
	return result;
}

static enum MHD_Result
finish_graph(struct listener *s, struct MHD_Connection *c, const char *url, const char *method,
             struct request *q)
{
	struct graph_service_request r = {.method = method, .path = url};
	struct partner_answer work = {.status = 0};
	struct fault_answer answer = {.wire = OEM_SERVICE_JSON,
	                              .type = oem_service_type(OEM_SERVICE_JSON)};
	enum MHD_Result result;

	buf_init(&work.body, BODY_MAX);
	find_fault(s, q, true);
	for (size_t i = 0; i < GRAPH_HEADER_COUNT; i++)
		r.header[i] = MHD_lookup_connection_value(
			c, MHD_HEADER_KIND,
			graph_service_header_name((enum graph_service_header)i));
	for (size_t i = 0; i < GRAPH_ARGUMENT_COUNT; i++)
		r.argument[i] = MHD_lookup_connection_value(
			c, MHD_GET_ARGUMENT_KIND,
			graph_service_argument_name((enum graph_service_argument)i));
	if (works(q))
		graph_service_handle(s->graph, &r, &work);
	answer.status = work.status;
	answer.body = work.body;
	answer.header = work.header;
	answer.header_count = work.header_count;
	fault_pause(s->stop_fd, s->latency_ms);
	if (q->fault != NULL)
		fault_change(q->fault, &answer);
	graph_service_log(s->graph, &r, answer.status);
	result = send_answer(s, c, q, &answer);
	partner_answer_release(&work);
	buf_release(&answer.body);
	return result;
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *c, const char *url, const char *method,
           const char *version, const char *data, size_t *len, void **state)
{
	struct listener *s = cls;
	struct request *q = *state;

	(void)version;
	if (q == NULL) {
		*state = q = xcalloc(1, sizeof(*q));
		buf_init(&q->body, BODY_MAX);
		return begin(s, c, url, method, q);
	}
	if (*len > 0)
		return collect(s, c, q, data, len);
	if (s->graph != NULL)
		return finish_graph(s, c, url, method, q);
	return s->partner != NULL ? finish_partner(s, c, url, method, q)
	                          : finish(s, c, url, method, q);
}

static void
on_completed(void *cls, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
	struct request *q = *state;

	(void)cls;
	(void)c;
	(void)why;
	if (q != NULL) {
		buf_release(&q->body);
		free(q->path);
	}
	free(q);
	*state = NULL;
}

static int
read_pem(const char *dir, const char *name, const char *suffix, struct buf *b, struct error *err)
{
	char *path = xasprintf("%s/%s%s", dir, name, suffix);
	int rc;

	buf_init(b, PEM_MAX);
	rc = file_read(path, b, err);
	free(path);
	return rc;
}

/* Ids of Partner Center may contain a slash, so the path must be split before it is decoded. */
static size_t
leave_encoded(void *cls, struct MHD_Connection *c, char *text)
{
	(void)cls;
	(void)c;
	return strlen(text);
}

static int
listen_on(struct listener *s, const struct listener_options *o, struct error *err)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)o->port)};
	struct MHD_OptionItem oem_direct[] = {{MHD_OPTION_HTTPS_MEM_TRUST, 0, s->ca.data},
	                                      {MHD_OPTION_END, 0, NULL}};
	struct MHD_OptionItem graph[] = {{MHD_OPTION_END, 0, NULL}};
	struct MHD_OptionItem partner[] = {
		{MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)leave_encoded, NULL},
		{MHD_OPTION_END, 0, NULL}};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->daemon = MHD_start_daemon(
		MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0,
		NULL, NULL, on_request, s, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
		MHD_OPTION_HTTPS_MEM_KEY, s->key.data, MHD_OPTION_HTTPS_MEM_CERT, s->cert.data,
		MHD_OPTION_ARRAY,
		s->graph != NULL     ? graph
		: s->partner != NULL ? partner
				     : oem_direct,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION,
		on_connection, s, MHD_OPTION_HTTPS_PRIORITIES, tls_priorities(o->tls),
		MHD_OPTION_CONNECTION_TIMEOUT, 60U, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		CONNECTION_MEMORY, MHD_OPTION_END);
	return s->daemon != NULL ? 0 : error_set(err, "cannot listen on 127.0.0.1:%u", o->port);
}

struct listener *
listener_start(const struct listener_options *o, struct oem_service *service,
               struct partner_service *partner, const struct scenario *scenario, struct error *err)
{
	struct listener *s = xcalloc(1, sizeof(*s));

	s->service = service;
	s->partner = partner;
	s->graph = o->graph;
	s->scenario = scenario;
	s->latency_ms = o->latency_ms;
	s->alert = o->alert;
	s->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (s->stop_fd < 0)
		error_errno(err, "cannot make an event");
	else if (read_pem(o->dir, "ca", ".pem", &s->ca, err) == 0 &&
	         read_pem(o->dir, o->certificate, ".pem", &s->cert, err) == 0 &&
	         read_pem(o->dir, o->certificate, ".key", &s->key, err) == 0 &&
	         listen_on(s, o, err) == 0)
		return s;
	listener_stop(s);
	return NULL;
}

unsigned
listener_port(const struct listener *s)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon,
	                                                       MHD_DAEMON_INFO_BIND_PORT);

	return info != NULL ? info->port : 0;
}

void
listener_stop(struct listener *s)
{
	if (s->daemon != NULL) {
		(void)eventfd_write(s->stop_fd, 1);
		MHD_stop_daemon(s->daemon);
	}
	if (s->stop_fd >= 0)
		close(s->stop_fd);
	if (s->ca.max != 0)
		buf_release(&s->ca);
	if (s->cert.max != 0)
		buf_release(&s->cert);
	if (s->key.max != 0)
		buf_release(&s->key);
	free(s);
}
