/* Sends requests with their tokens, and reads the replies. The schedule interprets them. */
#include "partner/route/partner_center/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/crypto.h"
#include "common/text.h"
#include "common/wipe.h"
#include "partner/route/partner_center/page.h"
#include "partner/route/partner_center/refusal.h"
#include "partner/route/partner_center/request_id.h"
#include "partner/route/unreadable.h"

#define HEADERS_FIXED 6
#define HEADERS_MAX (HEADERS_FIXED + 3) /* a page, ValidateMfa, the end */
#define TRACE_MAX 256                   /* three ids and their names */
#define VECTOR_MAX 127 /* bytes of MS-CV, as its format has it: a token is longer */
#define SILENT_MAX 12  /* requests in a row without an answer: more than one customer's trouble */

struct partner_client {
	const struct route *route;
	struct http_client *http;
	struct token_source *token;
	char *url;
	struct call *calls;
	struct request_id *delete_ids; /* of deletions without an answer */
	unsigned silent;               /* requests in a row without an answer */
};

/* One request under way. Freed after its reply was delivered, or with the client. */
struct call {
	struct call *next;
	struct partner_client *client;
	enum http_method method;
	char *path, *continuation; /* path NULL: only the token is wanted */
	char id[CRYPTO_GUID_SIZE];
	char trace[TRACE_MAX]; /* "": nothing was sent yet */
	char *token;           /* the token that was sent; wiped */
	bool validate_mfa;
	bool repeated; /* after a 401 */
	const int64_t *pause_ends_ms;
	partner_reply_fn *done;
	void *ctx;
};

struct partner_client *
partner_request_client_new(const char *url, const struct token_settings *token,
                           const struct http_settings *http, const struct route *route,
                           struct error *err)
{
	struct partner_client *c = xcalloc(1, sizeof(*c));

	c->route = route;
	c->http = http_client_new(http, err);
	if (c->http == NULL) {
		free(c);
		return NULL;
	}
	c->token = token_source_new(token, c->http);
	c->url = xstrdup(url);
	for (size_t n = strlen(url); n > 0 && c->url[n - 1] == '/'; n--)
		c->url[n - 1] = '\0'; /* paths begin with a slash */
	return c;
}

static void
forget_token(struct call *k)
{
	wipe_and_free(k->token);
	k->token = NULL;
}

static void
call_free(struct call *k)
{
	struct call **at = &k->client->calls;

	while (*at != k)
		at = &(*at)->next;
	*at = k->next;
	forget_token(k);
	free(k->path);
	free(k->continuation);
	free(k);
}

void
partner_request_drop(struct partner_client *c)
{
	http_drop(c->http);
	token_drop(c->token);
	while (c->calls != NULL)
		call_free(c->calls);
}

void
partner_request_client_free(struct partner_client *c)
{
	if (c == NULL)
		return;
	partner_request_drop(c);
	request_id_free_all(&c->delete_ids);
	token_source_free(c->token);
	http_client_free(c->http);
	free(c->url);
	free(c);
}

bool
partner_request_is_silent(const struct partner_client *c)
{
	return c->silent >= SILENT_MAX;
}

unsigned
partner_request_in_flight(const struct partner_client *c)
{
	return http_in_flight(c->http);
}

int
partner_request_wait(struct partner_client *c, long timeout_ms, struct error *err)
{
	return http_wait(c->http, timeout_ms, err);
}

/* After a real answer the next request needs a new id (doc/partner-center.md, section 1.4). */
static bool
is_answered(const struct call *k, const struct partner_reply *reply)
{
	return k->trace[0] != '\0' && !reply->web_page && reply->end != REPLY_LOST &&
	       reply->end != REPLY_NOT_SENT && reply->end != REPLY_TOO_LARGE;
}

static void
deliver(struct call *k, struct partner_reply *reply)
{
	char line[ERROR_TEXT_MAX];

	if (k->method == HTTP_DELETE && is_answered(k, reply))
		request_id_forget(&k->client->delete_ids, k->path);
	text_printable(line, sizeof(line), reply->reason != NULL ? reply->reason : "");
	reply->reason = line;
	reply->trace = k->trace[0] != '\0' ? k->trace : NULL;
	k->done(k->ctx, reply);
	call_free(k);
}

static bool
may_leave(void *ctx)
{
	const struct call *k = ctx;

	return k->method != HTTP_DELETE || route_may_deregister(k->client->route);
}

static void
deliver_unsent(struct call *k, enum reply_end end, const char *why)
{
	struct partner_reply reply = {.end = end,
	                              .early = end == REPLY_BUSY,
	                              .retry_after = HTTP_RETRY_AFTER_NONE,
	                              .reason = why};

	deliver(k, &reply);
}

/* A pause may have begun while the request waited for its token. */
static bool
is_early(const struct call *k)
{
	return k->pause_ends_ms != NULL && *k->pause_ends_ms > clock_tick_ms();
}

static bool
is_web_page(const struct http_answer *a)
{
	return a->end == HTTP_REPLIED &&
	       unreadable_is_web_page(a->content_type, a->body, a->body_len);
}

/* The reply for a status, if the request is not repeated. */
static enum reply_end
end_of_status(const struct http_answer *a, const struct page_error *e)
{
	switch (a->status) {
	case 206: return REPLY_FAILED;
	case 400: return e->not_found ? REPLY_ABSENT : REPLY_REFUSED;
	case 401: return REPLY_DENIED;
	case 403: return REPLY_FORBIDDEN;
	case 404: return REPLY_ABSENT;
	case 408:
	case 504: return REPLY_LOST;
	case 429: return REPLY_BUSY;
	case 503: return a->retry_after >= 0 ? REPLY_BUSY : REPLY_FAILED;
	default: break;
	}
	if (a->status >= 200 && a->status < 300)
		return REPLY_DONE;
	return a->status >= 400 && a->status < 500 ? REPLY_REFUSED : REPLY_FAILED;
}

static enum reply_end
end_of_answer(const struct http_answer *a, const struct page_error *e, bool web_page)
{
	enum reply_end end;

	if (a->end == HTTP_NOT_SENT)
		return a->certificate_refused ? REPLY_DENIED : REPLY_NOT_SENT;
	if (a->too_large)
		return REPLY_TOO_LARGE;
	if (a->end != HTTP_REPLIED)
		return REPLY_LOST;
	end = end_of_status(a, e);
	if (web_page && end != REPLY_DENIED && end != REPLY_BUSY && end != REPLY_LOST)
		return REPLY_FAILED;
	return end;
}

static void
describe(const struct http_answer *a, const struct page_error *e, bool web_page, char *dst,
         size_t size)
{
	if (a->end != HTTP_REPLIED)
		snprintf(dst, size, "%s", a->detail);
	else if (web_page)
		snprintf(dst, size, "HTTP %ld: this looks like a web page (login or maintenance?)",
		         a->status);
	else
		refusal_describe(a->status, e, dst, size);
}

/* The service answered, so another attempt is another request. */
static void
new_request_id(struct call *k)
{
	struct request_id **all = &k->client->delete_ids;

	if (k->method != HTTP_DELETE) {
		crypto_guid(k->id);
		return;
	}
	request_id_forget(all, k->path);
	text_copy(k->id, sizeof(k->id), request_id_for(all, k->path));
}

/* The id that the service gave the request. Support asks for it, too. */
static void
add_vector(struct call *k, const char *vector)
{
	static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/=-_.";
	size_t len = strlen(k->trace);

	if (vector != NULL && strlen(vector) <= VECTOR_MAX && text_all_of(vector, base64))
		snprintf(k->trace + len, sizeof(k->trace) - len, ", MS-CV: %s", vector);
}

static void on_token(void *ctx, const struct token_result *r);

static void
on_answer(void *ctx, const struct http_answer *a)
{
	struct call *k = ctx;
	char reason[ERROR_TEXT_MAX];
	struct page_error e = {.retry_after = HTTP_RETRY_AFTER_NONE};
	struct partner_reply reply = {.body = a->body,
	                              .body_len = a->body_len,
	                              .web_page = is_web_page(a),
	                              .continuation = http_header(a, "MS-ContinuationToken"),
	                              .mfa = http_header(a, "isMfaCompliant")};

	add_vector(k, http_header(a, "MS-CV"));
	k->client->silent = a->end == HTTP_LOST ? k->client->silent + 1 : 0;
	if (a->end == HTTP_REPLIED && a->status >= 300 && !reply.web_page) {
		page_error(&e, a->body, a->body_len);
		refusal_log(k->trace, a->status, e.text);
	}
	reply.end = end_of_answer(a, &e, reply.web_page);
	reply.retry_after = a->retry_after >= 0 ? a->retry_after : e.retry_after;
	describe(a, &e, reply.web_page, reason, sizeof(reason));
	reply.reason = reason;
	if (a->status == 401 && strcmp(e.code, REFUSAL_MFA) != 0 && !k->repeated) {
		k->repeated = true;
		new_request_id(k);
		token_refused(k->client->token, k->token);
		token_get(k->client->token, on_token, k);
		return;
	}
	deliver(k, &reply);
}

/* The caller wipes it; the transport wipes its own copy. */
static char *
authorization(const char *token)
{
	size_t size = sizeof("Authorization: Bearer ") + strlen(token);
	char *line = xmalloc(size);

	snprintf(line, size, "Authorization: Bearer %s", token);
	return line;
}

static int
send(struct call *k, struct error *err)
{
	char *url = xasprintf("%s%s", k->client->url, k->path);
	char *bearer = authorization(k->token);
	char correlation[CRYPTO_GUID_SIZE], request_line[64], correlation_line[64];
	char *page = k->continuation != NULL
	                     ? xasprintf("MS-ContinuationToken: %s", k->continuation)
	                     : NULL;
	const char *headers[HEADERS_MAX] = {bearer,
	                                    "Accept: application/json",
	                                    request_line,
	                                    correlation_line,
	                                    "MS-Contract-Version: v1",
	                                    "MS-PartnerCenter-Application: unpilot",
	                                    NULL};
	struct http_request request = {.method = k->method,
	                               .url = url,
	                               .headers = headers,
	                               .may_leave = may_leave,
	                               .done = on_answer,
	                               .ctx = k};
	size_t count = HEADERS_FIXED;
	int rc;

	if (page != NULL)
		headers[count++] = page;
	if (k->validate_mfa)
		headers[count++] = "ValidateMfa: true";
	crypto_guid(correlation);
	snprintf(request_line, sizeof(request_line), "MS-RequestId: %s", k->id);
	snprintf(correlation_line, sizeof(correlation_line), "MS-CorrelationId: %s", correlation);
	snprintf(k->trace, sizeof(k->trace), "%s, %s", request_line, correlation_line);
	rc = http_start(k->client->http, &request, err);
	wipe_and_free(bearer);
	free(page);
	free(url);
	return rc;
}

static enum reply_end
end_of_token(enum token_end end)
{
	switch (end) {
	case TOKEN_GIVEN: return REPLY_DONE;
	case TOKEN_REFUSED: return REPLY_DENIED;
	case TOKEN_BUSY: return REPLY_BUSY;
	case TOKEN_NOT_SENT:
	case TOKEN_LOST: /* nothing was sent to the service itself */
	case TOKEN_END_COUNT: break;
	}
	return REPLY_NOT_SENT;
}

static void
on_token(void *ctx, const struct token_result *r)
{
	struct call *k = ctx;
	struct partner_reply reply = {.end = end_of_token(r->end),
	                              .login = true,
	                              .retry_after = r->retry_after,
	                              .reason = r->reason};
	struct error err;

	if (!may_leave(k)) {
		deliver_unsent(k, REPLY_NOT_SENT, ROUTE_STOPPED);
		return;
	}
	if (r->end == TOKEN_GIVEN && is_early(k)) {
		deliver_unsent(k, REPLY_BUSY, PARTNER_PAUSED);
		return;
	}
	if (r->end == TOKEN_GIVEN && k->path != NULL) {
		forget_token(k);
		k->token = xstrdup(r->token);
		if (send(k, &err) == 0)
			return;
		reply.end = REPLY_NOT_SENT;
		reply.reason = err.text;
	}
	deliver(k, &reply);
}

void
partner_request_start(struct partner_client *c, const struct partner_request *request)
{
	struct call *k = xcalloc(1, sizeof(*k));

	k->client = c;
	k->method = request->method;
	k->path = request->path != NULL ? xstrdup(request->path) : NULL;
	k->continuation = request->continuation != NULL ? xstrdup(request->continuation) : NULL;
	k->validate_mfa = request->validate_mfa;
	k->pause_ends_ms = request->pause_ends_ms;
	k->done = request->done;
	k->ctx = request->ctx;
	if (k->method == HTTP_DELETE)
		text_copy(k->id, sizeof(k->id), request_id_for(&c->delete_ids, k->path));
	else
		crypto_guid(k->id);
	k->next = c->calls;
	c->calls = k;
	if (may_leave(k))
		token_get(c->token, on_token, k);
	else
		deliver_unsent(k, REPLY_NOT_SENT, ROUTE_STOPPED);
}

void
partner_request_token(struct partner_client *c, partner_reply_fn *done, void *ctx)
{
	struct partner_request request = {.done = done, .ctx = ctx};

	partner_request_start(c, &request);
}
