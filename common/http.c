/* Drives transfers with libcurl. http_answer.c judges how a transfer ended; http_tls.c keeps certificates. */
#include "common/http.h"

#include <curl/curl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/http_answer.h"
#include "common/http_headers.h"
#include "common/http_tls.h"
#include "common/text.h"
#include "common/wipe.h"

/* One transfer. The client keeps it with its TLS settings for a later request. */
struct transfer {
	struct transfer *next; /* in the idle list */
	bool busy;             /* in flight */
	bool secret;
	bool guarded;         /* libcurl asks us before it sends a request on any connection */
	bool changes;         /* the request must not be sent twice */
	bool reached;         /* a connection to the service was ready for the request */
	const char *withheld; /* why it was not sent although a connection was ready; or NULL */
	int64_t start_ms, start_tick_ms;
	long preamble; /* bytes that had been sent by then: to a proxy */
	struct http_client *client;
	CURL *easy;
	struct curl_slist *headers;
	struct buf body_out, body_in;
	struct http_headers headers_in;
	char why[CURL_ERROR_SIZE];
	char tls[64];
	bool (*may_leave)(void *ctx);
	void (*done)(void *ctx, const struct http_answer *answer);
	void *ctx;
};

struct http_client {
	CURLM *multi;
	struct transfer *idle;
	struct transfer **all;
	size_t count;
	unsigned in_flight;
	size_t body_max;
	struct http_settings set; /* owns its strings */
	struct http_tls *tls;
};

static char *
copy_or_null(const char *text)
{
	return text != NULL ? xstrdup(text) : NULL;
}

static void
drop(const char *text)
{
	free((void *)(uintptr_t)text);
}

struct http_client *
http_client_new(const struct http_settings *settings, struct error *err)
{
	struct http_client *c = xcalloc(1, sizeof(*c));

	c->set = *settings;
	c->set.certificate = copy_or_null(settings->certificate);
	c->set.key = copy_or_null(settings->key);
	c->set.passphrase = copy_or_null(settings->passphrase);
	c->set.ca_file = copy_or_null(settings->ca_file);
	c->set.proxy = copy_or_null(settings->proxy);
	c->body_max = settings->body_max != 0 ? settings->body_max : HTTP_BODY_MAX;
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, xmalloc, free, xrealloc, xstrdup, xcalloc) !=
	            CURLE_OK ||
	    (c->multi = curl_multi_init()) == NULL)
		error_set(err, "cannot start libcurl");
	else if ((c->tls = http_tls_open(&c->set, err)) != NULL)
		return c;
	http_client_free(c);
	return NULL;
}

#define SET(t, option, value) (void)curl_easy_setopt((t)->easy, option, value)

/* Headers and bodies may hold a token, so our copies are wiped before their memory is freed. */
static void
wipe_transfer(struct transfer *t)
{
	SET(t, CURLOPT_HTTPHEADER, NULL);
	for (struct curl_slist *h = t->headers; h != NULL; h = h->next)
		wipe(h->data, strlen(h->data));
	curl_slist_free_all(t->headers);
	t->headers = NULL;
	if (!t->secret)
		return;
	SET(t, CURLOPT_POSTFIELDS, NULL);
	wipe(t->body_out.data, t->body_out.len);
	wipe(t->body_in.data, t->body_in.len);
	wipe(t->headers_in.text.data, t->headers_in.text.len);
	http_headers_reset(&t->headers_in);
	buf_reset(&t->body_out);
	buf_reset(&t->body_in);
	t->secret = false;
}

static void
transfer_free(struct transfer *t)
{
	curl_multi_remove_handle(t->client->multi, t->easy);
	wipe_transfer(t);
	curl_easy_cleanup(t->easy);
	http_headers_release(&t->headers_in);
	buf_release(&t->body_in);
	buf_release(&t->body_out);
	free(t);
}

void
http_client_free(struct http_client *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->count; i++)
		transfer_free(c->all[i]);
	free(c->all);
	if (c->multi != NULL)
		curl_multi_cleanup(c->multi);
	if (c->set.passphrase != NULL)
		wipe((void *)(uintptr_t)c->set.passphrase, strlen(c->set.passphrase));
	http_tls_free(c->tls);
	drop(c->set.certificate);
	drop(c->set.key);
	drop(c->set.passphrase);
	drop(c->set.ca_file);
	drop(c->set.proxy);
	free(c);
	curl_global_cleanup();
}

static size_t
on_body(char *data, size_t size, size_t count, void *user)
{
	struct transfer *t = user;

	(void)size; /* always 1 (curl manual, CURLOPT_WRITEFUNCTION) */
	buf_add(&t->body_in, data, count);
	return t->body_in.overflow ? 0 : count;
}

static size_t
on_header(char *line, size_t size, size_t count, void *user)
{
	struct transfer *t = user;

	(void)size; /* always 1 */
	http_headers_add(&t->headers_in, line, count);
	return count;
}

/* libcurl reports the TLS version and the cipher only in its debug output. */
static int
on_debug(CURL *easy, curl_infotype type, char *data, size_t size, void *user)
{
	static const char mark[] = "SSL connection using ";
	struct transfer *t = user;
	size_t n = sizeof(mark) - 1;
	char line[128];

	(void)easy;
	if (type != CURLINFO_TEXT || size <= n || strncmp(data, mark, n) != 0)
		return 0;
	snprintf(line, sizeof(line), "%.*s", (int)text_line_length(data + n, size - n), data + n);
	text_printable(t->tls, sizeof(t->tls), line);
	return 0;
}

#if LIBCURL_VERSION_NUM >= 0x075000
/* A suspended machine shows the time that has passed on one of its clocks alone. */
static bool
is_late(const struct transfer *t)
{
	int64_t limit = t->client->set.leaves_ms;

	return limit > 0 && t->changes &&
	       (clock_tick_ms() - t->start_tick_ms > limit || clock_now_ms() - t->start_ms > limit);
}

/* NULL: it may leave. */
static const char *
why_withheld(const struct transfer *t)
{
	if (is_late(t))
		return "it could not leave for too long";
	return t->may_leave != NULL && !t->may_leave(t->ctx) ? "it was stopped before it left"
	                                                     : NULL;
}

/* If a kept connection ends without an answer, libcurl sends the request again on a new one. A request
 * that must not be sent twice ends here instead: on_ready() runs before each attempt. */
static int
on_ready(void *user, char *to UNUSED, char *from UNUSED, int to_port UNUSED, int from_port UNUSED)
{
	struct transfer *t = user;

	if (t->changes && t->reached)
		return CURL_PREREQFUNC_ABORT;
	t->withheld = why_withheld(t);
	if (t->withheld != NULL)
		return CURL_PREREQFUNC_ABORT;
	if (!t->reached)
		curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &t->preamble);
	t->reached = true;
	return CURL_PREREQFUNC_OK;
}

/* An older library may be installed than this program was built with. */
static bool
set_guard(struct transfer *t)
{
	SET(t, CURLOPT_PREREQDATA, t);
	return curl_easy_setopt(t->easy, CURLOPT_PREREQFUNCTION, on_ready) == CURLE_OK;
}
#else
static bool
set_guard(struct transfer *t UNUSED)
{
	return false;
}
#endif

/* The option by name came with libcurl 7.85; the one by number is deprecated since. */
static void
set_protocols(struct transfer *t)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	if (curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK)
		return;
#endif
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	SET(t, CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTPS);
#pragma GCC diagnostic pop
}

static struct transfer *
transfer_new(struct http_client *c)
{
	struct transfer *t = xcalloc(1, sizeof(*t));

	t->client = c;
	t->easy = curl_easy_init();
	if (t->easy == NULL)
		alloc_failed();
	buf_init(&t->body_in, c->body_max);
	buf_init(&t->body_out, HTTP_BODY_MAX);
	http_headers_init(&t->headers_in);
	http_tls_apply(c->tls, t->easy);
	t->guarded = set_guard(t);
	set_protocols(t);
	SET(t, CURLOPT_FOLLOWLOCATION, 0L);
	SET(t, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(t, CURLOPT_NOSIGNAL, 1L);
	SET(t, CURLOPT_USERAGENT, "unpilot/" UNPILOT_VERSION);
	SET(t, CURLOPT_CONNECTTIMEOUT_MS, c->set.connect_timeout_ms);
	SET(t, CURLOPT_TIMEOUT_MS, c->set.timeout_ms);
	SET(t, CURLOPT_WRITEFUNCTION, on_body);
	SET(t, CURLOPT_WRITEDATA, t);
	SET(t, CURLOPT_HEADERFUNCTION, on_header);
	SET(t, CURLOPT_HEADERDATA, t);
	SET(t, CURLOPT_ERRORBUFFER, t->why);
	SET(t, CURLOPT_PRIVATE, t);
	SET(t, CURLOPT_DEBUGFUNCTION, on_debug);
	SET(t, CURLOPT_DEBUGDATA, t);
	if (c->set.proxy != NULL)
		SET(t, CURLOPT_PROXY, c->set.proxy);
	c->all = xreallocarray(c->all, c->count + 1, sizeof(struct transfer *));
	c->all[c->count++] = t;
	return t;
}

/* The service may do it even if no answer arrives. */
static bool
is_change(const struct http_request *request)
{
	return request->method == HTTP_POST || request->method == HTTP_DELETE;
}

/* Without the guard each change gets its own connection. */
static void
set_method(struct transfer *t, const struct http_request *request)
{
	long fresh = is_change(request) && !t->guarded ? 1L : 0L;
	long last = request->method == HTTP_HEAD ? 1L : fresh; /* close it after a HEAD */

	SET(t, CURLOPT_FRESH_CONNECT, fresh);
	SET(t, CURLOPT_FORBID_REUSE, last);
	/* for HEAD on_debug() keeps one line, the TLS version, and drops all others */
	SET(t, CURLOPT_VERBOSE, request->method == HTTP_HEAD ? 1L : 0L);
	SET(t, CURLOPT_CUSTOMREQUEST, NULL);
	SET(t, CURLOPT_NOBODY, 0L);
	SET(t, CURLOPT_HTTPGET, 1L);
	switch (request->method) {
	case HTTP_POST:
		buf_reset(&t->body_out);
		buf_add(&t->body_out, request->body, request->body_len);
		SET(t, CURLOPT_POST, 1L);
		SET(t, CURLOPT_POSTFIELDS, t->body_out.data);
		SET(t, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body_out.len);
		t->headers = curl_slist_append(t->headers, "Expect:");
		break;
	case HTTP_HEAD: SET(t, CURLOPT_NOBODY, 1L); break;
	case HTTP_DELETE: SET(t, CURLOPT_CUSTOMREQUEST, "DELETE"); break;
	case HTTP_GET:
	case HTTP_METHOD_COUNT: break;
	}
}

static void
set_headers(struct transfer *t, const struct http_request *request)
{
	for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++)
		t->headers = curl_slist_append(t->headers, request->headers[i]);
	SET(t, CURLOPT_HTTPHEADER, t->headers);
}

static void
end_transfer(struct http_client *c, struct transfer *t)
{
	curl_multi_remove_handle(c->multi, t->easy);
	t->busy = false;
	c->in_flight--;
}

static void
make_idle(struct http_client *c, struct transfer *t)
{
	wipe_transfer(t);
	t->next = c->idle;
	c->idle = t;
}

int
http_start(struct http_client *c, const struct http_request *request, struct error *err)
{
	struct transfer *t = c->idle;

	if (request->method == HTTP_POST && request->body_len > HTTP_BODY_MAX)
		return error_set(err, "the request is larger than %zu bytes", HTTP_BODY_MAX);
	if (t != NULL)
		c->idle = t->next;
	else
		t = transfer_new(c);
	t->next = NULL;
	t->done = request->done;
	t->may_leave = request->may_leave;
	t->ctx = request->ctx;
	t->why[0] = '\0';
	t->secret = request->secret;
	t->changes = is_change(request);
	t->reached = false;
	t->withheld = NULL;
	t->start_ms = clock_now_ms();
	t->start_tick_ms = clock_tick_ms();
	t->preamble = 0;
	t->tls[0] = '\0';
	buf_reset(&t->body_in);
	http_headers_reset(&t->headers_in);
	SET(t, CURLOPT_URL, request->url);
	http_tls_refresh(c->tls, t->easy);
	set_method(t, request);
	set_headers(t, request);
	if (curl_multi_add_handle(c->multi, t->easy) != CURLM_OK) {
		make_idle(c, t);
		return error_set(err, "cannot start a request");
	}
	t->busy = true;
	c->in_flight++;
	return 0;
}

void
http_drop(struct http_client *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->all[i]->busy) {
			end_transfer(c, c->all[i]);
			make_idle(c, c->all[i]);
		}
}

unsigned
http_in_flight(const struct http_client *c)
{
	return c->in_flight;
}

static void
finish(struct http_client *c, CURL *easy, CURLcode code)
{
	struct http_ended ended = {.easy = easy, .code = code, .proxy = c->set.proxy != NULL};
	struct transfer *t;
	struct http_answer a;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
	end_transfer(c, t);
	ended.why = t->withheld != NULL ? t->withheld : t->why;
	ended.tls = t->tls;
	ended.body = &t->body_in;
	ended.headers = &t->headers_in;
	ended.guarded = t->guarded;
	ended.reached = t->reached;
	ended.preamble = t->preamble;
	a = http_answer_of(&ended);
	t->done(t->ctx, &a); /* may start another request, which must not reuse t yet */
	make_idle(c, t);
}

int
http_wait(struct http_client *c, long timeout_ms, struct error *err)
{
	CURLMsg *message;
	int running, queued;

	if (curl_multi_perform(c->multi, &running) != CURLM_OK)
		return error_set(err, "cannot drive requests");
	/* do not wait if a request has ended already */
	if ((unsigned)running == c->in_flight && timeout_ms > 0) {
		CURLMcode rc = curl_multi_poll(c->multi, NULL, 0, (int)timeout_ms, NULL);
		if (rc != CURLM_OK) /* a signal ends the wait without an error */
			return error_set(err, "cannot wait for requests: %s",
			                 curl_multi_strerror(rc));
		if (curl_multi_perform(c->multi, &running) != CURLM_OK)
			return error_set(err, "cannot drive requests");
	}
	/* one at a time, so that the request that done() starts is on its way before the next
	 * answer is read */
	message = curl_multi_info_read(c->multi, &queued);
	if (message != NULL && message->msg == CURLMSG_DONE)
		finish(c, message->easy_handle, message->data.result);
	return 0;
}

char *
http_escape(const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:";
	struct buf b;

	buf_init(&b, strlen(text) * 3 + 1);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		char escaped[3] = {'%', hex[c >> 4], hex[c & 15]};
		if (strchr(plain, *text) != NULL)
			buf_char(&b, *text);
		else
			buf_add(&b, escaped, sizeof(escaped));
	}
	return buf_detach(&b);
}
