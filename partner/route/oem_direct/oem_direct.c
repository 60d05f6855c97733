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
#include "partner/route/oem_direct/guard_xml.h"
#include "partner/route/oem_direct/wire_json.h"
#include "partner/route/oem_direct/wire_xml.h"

#define BODY_OUT_MAX \
	((size_t)4 * 1024 * 1024) /* 1000 tuples of 3 x 256 bytes, escaped, fit thrice */

/* How a batch is written and an answer is read; all else is one for both. */
struct wire {
	const char *type;          /* where the profile names none */
	const char *submit_accept; /* NULL: public callers of the JSON form send none (FACT) */
	const char *poll_accept;
	void (*encode)(const struct profile *p, const struct route_batch *batch, struct buf *body);
	int (*guard)(const struct profile *p, const struct route_batch *batch, const char *body,
	             size_t len, struct error *err);
	int (*read_batch_id)(const struct profile *p, const char *body, size_t len,
	                     char id[static ROUTE_ID_MAX], struct error *err);
	enum route_end (*read_devices)(const struct profile *p, const struct route_batch *batch,
	                               const char *body, size_t len, struct route_verdict *verdict,
	                               size_t *ret_unexpected, struct error *err);
	void (*error_text)(const char *body, size_t len, char *dst, size_t size);
};

static const struct wire wires[] = {
	[WIRE_JSON] = {"application/json", NULL, "Accept: application/json", wire_json_encode,
                       guard_check_json, answer_json_read_batch_id, answer_json_read_devices,
                       answer_json_error_text},
	[WIRE_XML] = {"application/xml", "Accept: application/xml", "Accept: application/xml",
                      wire_xml_encode, guard_check_xml, answer_xml_read_batch_id,
                      answer_xml_read_devices, answer_xml_error_text},
};
_Static_assert(ARRAY_SIZE(wires) == WIRE_COUNT, "every wire has its row");

struct oem_direct {
	struct route route; /* first */
	struct http_client *http;
	const struct profile *profile;
	const struct wire *wire;
	char *url;
	struct call *calls; /* on their way */
};

/* One request on its way; freed when its result has been delivered, or with the route. */
struct call {
	struct call *next;
	struct oem_direct *od;
	struct route_batch batch;
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
	free(c);
}

static void
deliver(struct call *c, struct route_result *result)
{
	route_deliver(c->done, c->ctx, result);
	call_free(c);
}

static bool
is_good(const struct http_answer *a)
{
	return a->status >= 200 && a->status < 300;
}

/* What transport and status say before any body is read; ROUTE_END_COUNT: read the body. */
static enum route_end
judge_transport(const struct http_answer *a)
{
	if (a->end == HTTP_NOT_SENT)
		return a->certificate_refused ? ROUTE_DENIED : ROUTE_NOT_SENT;
	if (a->end != HTTP_REPLIED)
		return ROUTE_LOST;
	if (a->status == 401 || a->status == 403)
		return ROUTE_DENIED;
	if (a->status == 429 || (a->status == 503 && a->retry_after >= 0))
		return ROUTE_BUSY;
	if (is_good(a))
		return ROUTE_END_COUNT;
	/* A client error is the service's refusal; redirects and server errors leave open what was
	 * done. */
	return a->status >= 400 && a->status < 500 && a->status != 408 ? ROUTE_REFUSED : ROUTE_LOST;
}

/* A good answer says nothing of errors, and is long: it is read once, for what it holds. */
static void
reason_of(const struct wire *w, const struct http_answer *a, char *dst, size_t size)
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

static struct route_result
result_of(const struct call *c, const struct http_answer *a, char *reason, size_t size)
{
	reason_of(c->od->wire, a, reason, size);
	return (struct route_result){.end = judge_transport(a),
	                             .certificate_refused = a->certificate_refused,
	                             .divisible = a->status == 400 || a->status == 413 ||
	                                          a->status == 422,
	                             .retry_after = a->retry_after,
	                             .reason = reason};
}

/* The profile's content type, or the wire's own. */
static const char *
type_of(const struct oem_direct *od, enum profile_text which)
{
	const char *named = od->profile->text[which];

	return named[0] != '\0' ? named : od->wire->type;
}

/* A page that says 200 is no answer of the service. One without a type is read for what it is. */
static bool
is_readable(const struct oem_direct *od, const struct http_answer *a, struct error *err)
{
	const char *want = type_of(od, ANSWER_CONTENT_TYPE);
	size_t n = strlen(want);

	if (a->content_type[0] == '\0' || text_equal_nocase(want, "any") ||
	    (strncasecmp(a->content_type, want, n) == 0 &&
	     strchr("; ", a->content_type[n]) != NULL))
		return true;
	error_set(err, "unreadable answer: its type is \"%s\", not %s", a->content_type, want);
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

	if (result.end == ROUTE_END_COUNT) {
		if (is_readable(c->od, a, &err) &&
		    c->od->wire->read_batch_id(c->od->profile, a->body, a->body_len, id, &err) ==
		            0) {
			result.end = ROUTE_ACCEPTED;
			result.service_id = id;
		} else {
			result.end = ROUTE_LOST; /* taken or not: the answer does not say */
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
	struct error err;

	if (a->status == 404 || a->status == 410) {
		result.end = ROUTE_FORGOTTEN;
	} else if (a->status == 202) {
		result.end = ROUTE_PENDING;
	} else if (result.end == ROUTE_END_COUNT) {
		verdict = xcalloc(c->batch.count + 1, sizeof(*verdict));
		result.end = is_readable(c->od, a, &err)
		                     ? c->od->wire->read_devices(c->od->profile, &c->batch, a->body,
		                                                 a->body_len, verdict,
		                                                 &result.unexpected, &err)
		                     : ROUTE_LOST;
		result.verdict = verdict;
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
		result.end = ROUTE_DENIED; /* a HEAD does nothing: bytes out do not matter */
	else if (result.end == ROUTE_END_COUNT || result.end == ROUTE_REFUSED)
		result.end = ROUTE_ANSWERED; /* it talks to us; that is all that was asked */
	deliver(c, &result);
}

/* Hands a request to the transport; the call is freed here where it cannot start. */
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
	if (body.overflow || w->guard(p, batch, body.data, body.len, err) != 0) {
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
	int rc = start(c, &request, err);

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
		od->url[n - 1] = '\0'; /* the profile's paths begin with the slash */
	od->http = http_client_new(&settings->http, err);
	if (od->http == NULL) {
		free(od->url);
		free(od);
		return NULL;
	}
	return &od->route;
}
