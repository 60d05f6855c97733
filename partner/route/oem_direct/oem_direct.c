/* Sends the requests, and decides by transport, status and body how each of them ended. */
#include "partner/route/oem_direct/oem_direct.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/text.h"
#include "partner/route/oem_direct/answer_json.h"
#include "partner/route/oem_direct/answer_xml.h"
#include "partner/route/oem_direct/guard.h"
#include "partner/route/oem_direct/guard_address.h"
#include "partner/route/oem_direct/guard_xml.h"
#include "partner/route/oem_direct/wire_json.h"
#include "partner/route/oem_direct/wire_xml.h"
#include "partner/route/unreadable.h"

/* About three times 1,000 tuples of 3 x 256 bytes with escapes. */
#define BODY_OUT_MAX ((size_t)4 * 1024 * 1024)

/* How a batch is encoded and an answer is read. Everything else is the same for both wires. */
struct wire {
	const char *name;
	const char *type;          /* content type, unless the profile names one */
	const char *submit_accept; /* NULL: none, as in the public JSON callers */
	const char *poll_accept;
	void (*encode)(const struct profile *p, const struct route_batch *batch, struct buf *body);
	int (*guard)(const struct profile *p, const struct route_batch *batch, const char *body,
	             size_t len, struct error *err);
	int (*read_batch_id)(const struct profile *p, const char *body, size_t len,
	                     char id[static ROUTE_ID_MAX], struct error *err);
	enum route_end (*read_devices)(const struct profile *p, const struct route_batch *batch,
	                               const char *batch_id, const char *body, size_t len,
	                               struct route_verdict *verdict, struct answer_notes *notes,
	                               struct error *err);
	void (*error_text)(const char *body, size_t len, char *dst, size_t size);
};

static const struct wire wires[] = {
	[WIRE_JSON] = {.name = "JSON",
                       .type = "application/json",
                       .submit_accept = NULL,
                       .poll_accept = "Accept: application/json",
                       .encode = wire_json_encode,
                       .guard = guard_check_json,
                       .read_batch_id = answer_json_read_batch_id,
                       .read_devices = answer_json_read_devices,
                       .error_text = answer_json_error_text},
	[WIRE_XML] = {.name = "XML",
                      .type = "application/xml",
                      .submit_accept = "Accept: application/xml",
                      .poll_accept = "Accept: application/xml",
                      .encode = wire_xml_encode,
                      .guard = guard_xml_check,
                      .read_batch_id = answer_xml_read_batch_id,
                      .read_devices = answer_xml_read_devices,
                      .error_text = answer_xml_error_text},
};
_Static_assert(ARRAY_SIZE(wires) == WIRE_COUNT, "every wire has its row");

struct oem_direct {
	struct route route; /* first */
	struct http_client *http;
	const struct profile *profile;
	const struct wire *wire;
	char *url;
	struct call *calls; /* under way */
};

/* One request under way. Freed after its result was delivered, or with the route. */
struct call {
	struct call *next;
	struct oem_direct *od;
	struct route_batch batch;
	char *batch_id; /* of a poll, or NULL */
	route_done_fn *done;
	void *ctx;
};

static struct call *
call_new(struct route *r, const struct route_batch *batch, route_done_fn *done, void *ctx)
{
	struct call *c = xcalloc(1, sizeof(*c));

	c->od = (struct oem_direct *)r;
	if (batch != NULL)
		c->batch = *batch;
	c->done = done;
	c->ctx = ctx;
	c->next = c->od->calls;
	c->od->calls = c;
	return c;
}

static void
call_free(struct call *c)
{
	struct call **at = &c->od->calls;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	free(c->batch_id);
	free(c);
}

static void
deliver(struct call *c, struct route_result *result)
{
	route_deliver(c->done, c->ctx, result);
	call_free(c);
}

/* The service did the work. The body has the result. Excludes 206, because no request asks for a
 * part. */
static bool
is_good(const struct http_answer *a)
{
	return a->end == HTTP_REPLIED && a->status >= 200 && a->status < 300 && a->status != 206;
}

/* How a request ended, by transport and status. LOST for a good answer too, until it is read. */
static enum route_end
end_of_answer(const struct http_answer *a)
{
	if (a->end == HTTP_NOT_SENT)
		return a->certificate_refused ? ROUTE_DENIED : ROUTE_NOT_SENT;
	if (a->end != HTTP_REPLIED)
		return ROUTE_LOST;
	if (a->status == 401 || a->status == 403)
		return ROUTE_DENIED;
	if (a->status == 429 || (a->status == 503 && a->retry_after >= 0))
		return ROUTE_BUSY;
	/* after a redirect or a server error the work may have been done or not */
	return a->status >= 400 && a->status < 500 && a->status != 408 ? ROUTE_REFUSED : ROUTE_LOST;
}

/* The body of a good answer is long and names no error, so it is not parsed here. */
static void
describe(const struct wire *w, const struct http_answer *a, char *dst, size_t size)
{
	char said[ROUTE_REASON_MAX] = "";

	if (a->end != HTTP_REPLIED) {
		snprintf(dst, size, "%s", a->detail);
		return;
	}
	if (!is_good(a))
		w->error_text(a->body, a->body_len, said, sizeof(said));
	snprintf(dst, size, "HTTP %ld%s%s", a->status, said[0] != '\0' ? ": " : "", said);
}

static bool
body_is_alarm(const struct call *c, const struct http_answer *a)
{
	return a->end != HTTP_NOT_SENT &&
	       answer_body_is_alarm(c->od->profile, a->body, a->body_len);
}

/* The body of a good answer is searched for alarms by whoever reads it. */
static struct route_result
result_of(const struct call *c, const struct http_answer *a, char *reason, size_t size)
{
	describe(c->od->wire, a, reason, size);
	return (struct route_result){.end = end_of_answer(a),
	                             .certificate_refused = a->certificate_refused,
	                             .divisible = a->status == 400 || a->status == 413 ||
	                                          a->status == 422,
	                             .broken_off = a->end == HTTP_LOST,
	                             .alarm = !is_good(a) && body_is_alarm(c, a),
	                             .retry_after = a->retry_after,
	                             .reason = reason};
}

/* The content type of the profile, else that of the wire. */
static const char *
type_of(const struct oem_direct *od, enum profile_text which)
{
	const char *named = od->profile->text[which];

	return named[0] != '\0' ? named : od->wire->type;
}

/* A 200 with another content type, such as the HTML page of a proxy, is not an answer of the
 * service. A missing content type is accepted. */
static bool
has_expected_type(const struct oem_direct *od, const struct http_answer *a, struct error *err)
{
	const char *want = type_of(od, ANSWER_CONTENT_TYPE);
	size_t n = strlen(want);

	if (a->content_type[0] == '\0' || text_equal_nocase(want, "any") ||
	    (strncasecmp(a->content_type, want, n) == 0 &&
	     strchr("; ", a->content_type[n]) != NULL))
		return true;
	error_set(err, "the answer has the content type \"%s\", not %s", a->content_type, want);
	unreadable_explain(err, od->wire->name, a->body, a->body_len);
	return false;
}

static void
on_submitted(void *ctx, const struct http_answer *a)
{
	struct call *c = ctx;
	char reason[ERROR_TEXT_MAX];
	char id[ROUTE_ID_MAX];
	struct route_result result = result_of(c, a, reason, sizeof(reason));
	struct error err;

	if (is_good(a)) {
		result.alarm = body_is_alarm(c, a);
		if (has_expected_type(c->od, a, &err) &&
		    c->od->wire->read_batch_id(c->od->profile, a->body, a->body_len, id, &err) ==
		            0) {
			result.end = ROUTE_ACCEPTED;
			result.service_id = id;
		} else {
			result.reason = err.text;
		}
	}
	deliver(c, &result);
}

static void
on_polled(void *ctx, const struct http_answer *a)
{
	struct call *c = ctx;
	char reason[ERROR_TEXT_MAX];
	struct route_result result = result_of(c, a, reason, sizeof(reason));
	struct route_verdict *verdict = NULL;
	struct answer_notes notes = {0};
	struct error err;

	if (a->status == 404 || a->status == 410) {
		result.end = ROUTE_FORGOTTEN;
	} else if (a->status == 202) {
		result.end = ROUTE_PENDING;
		result.alarm = body_is_alarm(c, a);
	} else if (is_good(a)) {
		verdict = xcalloc(c->batch.count + 1, sizeof(*verdict));
		result.end = has_expected_type(c->od, a, &err)
		                     ? c->od->wire->read_devices(c->od->profile, &c->batch,
		                                                 c->batch_id, a->body, a->body_len,
		                                                 verdict, &notes, &err)
		                     : ROUTE_LOST;
		result.verdict = verdict;
		result.unexpected = notes.unexpected;
		/* the verdicts have the alarms of devices */
		result.alarm = result.end == ROUTE_ANSWERED ? notes.alarm : body_is_alarm(c, a);
		if (result.end == ROUTE_LOST)
			result.reason = err.text;
	}
	deliver(c, &result);
	free(verdict);
}

static void
on_checked(void *ctx, const struct http_answer *a)
{
	struct call *c = ctx;
	char reason[ERROR_TEXT_MAX];
	struct route_result result = result_of(c, a, reason, sizeof(reason));

	if (a->certificate_refused)
		result.end = ROUTE_DENIED; /* even if bytes left: a HEAD does nothing */
	else if (is_good(a) || result.end == ROUTE_REFUSED)
		result.end = ROUTE_ANSWERED; /* a service that refuses a HEAD can be reached */
	deliver(c, &result);
}

/* Frees the call if the request cannot start. */
static int
start(struct call *c, const struct http_request *request, struct error *err)
{
	int rc = http_start(c->od->http, request, err);

	if (rc != 0)
		call_free(c);
	return rc;
}

static int
od_check(struct route *r, route_done_fn *done, void *ctx, struct error *err)
{
	struct call *c = call_new(r, NULL, done, ctx);
	struct http_request request = {
		.method = HTTP_HEAD, .url = c->od->url, .done = on_checked, .ctx = c};

	return start(c, &request, err);
}

static bool
may_leave(void *ctx)
{
	const struct call *c = ctx;

	return route_may_deregister(&c->od->route);
}

static int
od_submit(struct route *r, const struct route_batch *batch, route_done_fn *done, void *ctx,
          struct error *err)
{
	struct call *c = call_new(r, batch, done, ctx);
	const struct profile *p = c->od->profile;
	char *url = xasprintf("%s%s", c->od->url, p->text[PATH_SUBMIT]);
	const struct wire *w = c->od->wire;
	char *type = xasprintf("Content-Type: %s", type_of(c->od, REQUEST_CONTENT_TYPE));
	const char *headers[] = {type, w->submit_accept, NULL};
	struct buf body;
	int rc = 0;

	buf_init(&body, BODY_OUT_MAX);
	w->encode(p, batch, &body);
	if (body.overflow)
		error_set(err, "the request is larger than %zu bytes", BODY_OUT_MAX);
	if (body.overflow || guard_check_address(url, err) != 0 ||
	    guard_check_type(type_of(c->od, REQUEST_CONTENT_TYPE), err) != 0 ||
	    w->guard(p, batch, body.data, body.len, err) != 0) {
		struct route_result result = {.end = ROUTE_GUARDED,
		                              .retry_after = HTTP_RETRY_AFTER_NONE,
		                              .reason = err->text};
		deliver(c, &result);
	} else {
		struct http_request request = {.method = HTTP_POST,
		                               .url = url,
		                               .headers = headers,
		                               .body = body.data,
		                               .body_len = body.len,
		                               .may_leave = may_leave,
		                               .done = on_submitted,
		                               .ctx = c};
		rc = start(c, &request, err);
	}
	buf_release(&body);
	free(type);
	free(url);
	return rc;
}

static int
od_poll(struct route *r, const char *service_id, const struct route_batch *batch,
        route_done_fn *done, void *ctx, struct error *err)
{
	struct call *c = call_new(r, batch, done, ctx);
	const struct profile *p = c->od->profile;
	char *id = http_escape(service_id);
	char *url = xasprintf("%s%s?%s=%s", c->od->url, p->text[PATH_STATUS],
	                      p->text[PATH_BATCH_QUERY], id);
	const char *const headers[] = {c->od->wire->poll_accept, NULL};
	struct http_request request = {
		.method = HTTP_GET, .url = url, .headers = headers, .done = on_polled, .ctx = c};
	int rc;

	c->batch_id = xstrdup(service_id);
	rc = start(c, &request, err);
	free(url);
	free(id);
	return rc;
}

static unsigned
od_in_flight(const struct route *r)
{
	return http_in_flight(((const struct oem_direct *)r)->http);
}

static int
od_wait(struct route *r, long timeout_ms, struct error *err)
{
	return http_wait(((struct oem_direct *)r)->http, timeout_ms, err);
}

static void
od_drop(struct route *r)
{
	struct oem_direct *od = (struct oem_direct *)r;

	http_drop(od->http);
	for (struct call *c = od->calls, *next; c != NULL; c = next) {
		next = c->next;
		free(c->batch_id);
		free(c);
	}
	od->calls = NULL;
}

static void
od_free(struct route *r)
{
	struct oem_direct *od = (struct oem_direct *)r;

	od_drop(r);
	http_client_free(od->http);
	free(od->url);
	free(od);
}

static const struct route_ops oem_direct_ops = {
	.name = "oem-direct",
	.check = od_check,
	.submit = od_submit,
	.poll = od_poll,
	.in_flight = od_in_flight,
	.drop = od_drop,
	.wait = od_wait,
	.free = od_free,
};

/* Every address and header that the route will use, except for the BatchId of a poll. */
static int
check_addresses(const struct oem_direct *od, struct error *err)
{
	const struct profile *p = od->profile;
	char *submit = xasprintf("%s%s", od->url, p->text[PATH_SUBMIT]);
	char *poll = xasprintf("%s%s?%s=", od->url, p->text[PATH_STATUS],
	                       p->text[PATH_BATCH_QUERY]);
	int rc = -1;

	if (guard_check_address(submit, err) != 0 || guard_check_address(poll, err) != 0)
		error_prefix(err, "[oem-direct] url and the profile's paths");
	else if (guard_check_type(type_of(od, REQUEST_CONTENT_TYPE), err) != 0)
		error_prefix(err, "the profile's content-type");
	else
		rc = 0;
	free(submit);
	free(poll);
	return rc;
}

struct route *
oem_direct_new(const struct oem_direct_settings *settings, struct error *err)
{
	struct oem_direct *od = xcalloc(1, sizeof(*od));
	size_t n;

	od->route.ops = &oem_direct_ops;
	od->profile = settings->profile;
	od->wire = &wires[settings->profile->wire];
	od->url = xstrdup(settings->url);
	for (n = strlen(od->url); n > 0 && od->url[n - 1] == '/'; n--)
		od->url[n - 1] = '\0'; /* paths of the profile begin with a slash */
	od->http = check_addresses(od, err) == 0 ? http_client_new(&settings->http, err) : NULL;
	if (od->http == NULL) {
		free(od->url);
		free(od);
		return NULL;
	}
	return &od->route;
}
