/*
 * Takes the place of common/http.c: the same functions over a simulated network, in virtual time. A
 * request arrives, the service acts, the answer comes back; the machine may crash before and after each.
 */
#include "common/http.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "tests/simulate/center.h"
#include "tests/simulate/letters.h"
#include "tests/simulate/starts.h"
#include "tests/simulate/turns.h"
#include "tests/simulate/world.h"

#define WAITS_MAX 100000 /* of one command */

enum fate { FATE_NOT_SENT, FATE_LOST_REQUEST, FATE_LOST_ANSWER, FATE_ANSWERED };

struct transfer {
	struct transfer *next;
	struct http_request request;
	char *url, *body;
	enum fate fate;
	char page[32], request_id[40]; /* of Partner Center; "": none */
	bool acted;
	int64_t start_ms, act_ms, end_ms;
	int send;
	unsigned clean;
	struct reply reply;
};

struct http_client {
	struct transfer *first;
	unsigned in_flight;
	int64_t leaves_ms;
};

static struct http_client *client; /* of this process; NULL: none */
static void let_requests_leave(void);

struct http_client *
http_client_new(const struct http_settings *settings, struct error *err UNUSED)
{
	client = xcalloc(1, sizeof(struct http_client));
	client->leaves_ms = settings->leaves_ms;
	turns_before_freeze(let_requests_leave);
	return client;
}

static void
transfer_free(struct transfer *t)
{
	free(t->url);
	free(t->body);
	free(t->reply.body);
	free(t);
}

void
http_drop(struct http_client *c)
{
	while (c->first != NULL) {
		struct transfer *t = c->first;
		c->first = t->next;
		transfer_free(t);
	}
	c->in_flight = 0;
}

void
http_client_free(struct http_client *c)
{
	if (c == NULL)
		return;
	http_drop(c);
	free(c);
	client = NULL;
}

static enum fate
draw_fate(void)
{
	const struct weather *w = &world->weather;

	if (world_happens(w->refuse_connection, FAULT_CONNECTION))
		return FATE_NOT_SENT;
	if (world_happens(w->lose_request, FAULT_REQUEST))
		return FATE_LOST_REQUEST;
	if (world_happens(w->lose_answer, FAULT_ANSWER))
		return FATE_LOST_ANSWER;
	return FATE_ANSWERED;
}

/* It changes something at the service. */
static bool
is_action(const struct http_request *r)
{
	return r->method == (world->by_partner ? HTTP_DELETE : HTTP_POST);
}

/* The program keeps its headers only until the request has started. */
static void
keep_headers(struct transfer *t, const char *const *headers)
{
	for (; headers != NULL && *headers != NULL; headers++) {
		(void)sscanf(*headers, "MS-ContinuationToken: %31s", t->page);
		(void)sscanf(*headers, "MS-RequestId: %39s", t->request_id);
	}
}

int
http_start(struct http_client *c, const struct http_request *request, struct error *err UNUSED)
{
	struct transfer *t = xcalloc(1, sizeof(*t));

	if (is_action(request)) {
		crash_point("before a POST leaves");
		if (world->sends_nothing)
			broken("a command that must not send anything starts a POST");
		if (world->alarm_tick != 0 || world->alarm_stands)
			broken("a POST starts although an alarm holds the ledger");
	}
	if (request->method == HTTP_GET && !world->by_partner)
		service_asked(request->url);
	t->request = *request;
	t->url = xstrdup(request->url);
	t->body = xcalloc(1, request->body_len + 1);
	if (request->body_len > 0)
		memcpy(t->body, request->body, request->body_len);
	judge_start(t->url, t->body, is_action(request), c->in_flight);
	keep_headers(t, request->headers);
	if (is_action(request))
		judge_letters_start(t->body);
	t->fate = draw_fate();
	t->send = -1;
	t->reply.retry_after = -1;
	t->start_ms = world->tick_ms;
	t->act_ms = world->tick_ms + 1 + random_below(&world->service_rng, 400);
	t->end_ms = t->act_ms + 1 + random_below(&world->service_rng, 400);
	t->next = c->first;
	c->first = t;
	c->in_flight++;
	return 0;
}

unsigned
http_in_flight(const struct http_client *c)
{
	return c->in_flight;
}

static int64_t
due(const struct transfer *t)
{
	return t->acted ? t->end_ms : t->act_ms;
}

static struct transfer *
next_due(struct http_client *c)
{
	struct transfer *found = c->first;

	for (struct transfer *t = c->first; t != NULL; t = t->next)
		if (due(t) < due(found))
			found = t;
	return found;
}

/* The request reaches the service, unless it was lost on its way. */
static void
act(struct transfer *t)
{
	t->acted = true;
	if ((client->leaves_ms > 0 && is_action(&t->request) &&
	     world->tick_ms - t->start_ms > client->leaves_ms) ||
	    (t->request.may_leave != NULL && !t->request.may_leave(t->request.ctx)))
		t->fate = FATE_NOT_SENT;
	if (t->fate == FATE_NOT_SENT || t->fate == FATE_LOST_REQUEST)
		return;
	if (world->by_partner) {
		t->reply = center_answer(t->request.method == HTTP_DELETE, t->url,
		                         t->page[0] != '\0' ? t->page : NULL, t->request_id,
		                         &t->send);
		crash_point("after a request arrived");
		return;
	}
	switch (t->request.method) {
	case HTTP_POST: t->reply = service_submit(t->body, t->request.body_len, &t->send); break;
	case HTTP_GET: t->reply = service_poll(t->url, &t->send, &t->clean); break;
	case HTTP_HEAD:
	case HTTP_DELETE:
	case HTTP_METHOD_COUNT:
		t->reply = (struct reply){
			.status = 200, .type = "", .body = xstrdup(""), .retry_after = -1};
		break;
	}
	if (t->request.method == HTTP_POST)
		crash_point("after a POST arrived");
}

static struct http_answer
answer_of(const struct transfer *t)
{
	struct http_answer a = {.end = HTTP_LOST,
	                        .retry_after = HTTP_RETRY_AFTER_NONE,
	                        .content_type = "",
	                        .body = "",
	                        .detail = "simulated",
	                        .address = "192.0.2.1",
	                        .tls = "",
	                        .stage = HTTP_AT_ANSWER};

	if (t->fate == FATE_NOT_SENT) {
		a.end = HTTP_NOT_SENT;
		a.stage = HTTP_AT_CONNECTION;
	} else if (t->fate == FATE_ANSWERED) {
		a.end = HTTP_REPLIED;
		a.stage = HTTP_AT_END;
		a.status = t->reply.status;
		a.retry_after = t->reply.retry_after;
		a.content_type = t->reply.type;
		a.body = t->reply.body;
		a.body_len = strlen(t->reply.body);
	}
	return a;
}

static void
end(struct http_client *c, struct transfer *t)
{
	struct http_answer a = answer_of(t);
	struct transfer **at = &c->first;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	c->in_flight--;
	if (is_action(&t->request)) {
		service_over(t->send);
		world->answer_lost = world->answer_lost || a.end == HTTP_LOST;
	}
	if (a.end == HTTP_REPLIED && !world->by_partner)
		service_read(t->send);
	if (world->by_partner)
		center_delivered(t->send, a.end == HTTP_REPLIED ? a.status : 0);
	else if (a.end == HTTP_REPLIED && a.status == 200)
		service_delivered(t->send, t->request.method == HTTP_GET, t->clean);
	else if (a.end == HTTP_REPLIED && a.status == 404)
		service_denied(t->send);
	starts_answered(t->url, t->send, &a);
	crash_point("before an answer is read");
	t->request.done(t->request.ctx, &a);
	crash_point("after an answer was read");
	transfer_free(t);
}

static struct transfer *
next_to_act(struct http_client *c)
{
	struct transfer *found = NULL;

	for (struct transfer *t = c->first; t != NULL; t = t->next)
		if (!t->acted && (found == NULL || due(t) < due(found)))
			found = t;
	return found;
}

/* A process is stopped after the requests that it has started have left, or before. */
static void
let_requests_leave(void)
{
	if (random_chance(&world->service_rng, 50))
		return;
	for (struct transfer *t; client != NULL && (t = next_to_act(client)) != NULL;) {
		turns_pass(due(t));
		act(t);
	}
}

/* On a shared ledger a busy machine looks at it less often, so that a night costs less. */
static int64_t
wait_until(const struct http_client *c, long timeout_ms)
{
	int64_t until = world->tick_ms + (timeout_ms > 0 ? timeout_ms : 0);

	if (!world->on_server || timeout_ms <= 0 || c->first != NULL)
		return until;
	return until + random_below(&world->service_rng, (int)world->set.lease_s * 1000 / 6);
}

int
http_wait(struct http_client *c, long timeout_ms, struct error *err UNUSED)
{
	int64_t until = wait_until(c, timeout_ms);

	if (world->waits++ > WAITS_MAX) {
		broken("the program waits for ever");
		_exit(1);
	}
	if (world->rival_in >= 0 && world->rival_in-- == 0)
		kill(getpid(), SIGSTOP); /* play.c plays a second command */
	turns_freeze();
	if (world_happens(world->weather.signal, FAULT_SIGNAL)) {
		history("operator", "sends SIGTERM");
		world->weather.signal = 0;
		starts_stopped();
		kill(getpid(), SIGTERM);
		return 0;
	}
	for (;;) {
		struct transfer *t = next_due(c);
		if (t == NULL || due(t) > until)
			break;
		turns_pass(due(t));
		if (t->acted) {
			end(c, t);
			return 0;
		}
		act(t);
	}
	turns_pass(until);
	return 0;
}

const char *
http_header(const struct http_answer *answer UNUSED, const char *name UNUSED)
{
	return NULL;
}

char *
http_escape(const char *text)
{
	char *dst = xcalloc(1, 3 * strlen(text) + 1), *to = dst;

	for (; *text != '\0'; text++)
		if (isalnum((unsigned char)*text) || strchr("-._~:", *text) != NULL)
			*to++ = *text;
		else
			to += sprintf(to, "%%%02X", (unsigned char)*text);
	return dst;
}

/* The program's own choices come from the seed, too. --wrap=RAND_bytes calls this one. */
int __wrap_RAND_bytes(unsigned char *dst, int len);
int
__wrap_RAND_bytes(unsigned char *dst, int len)
{
	for (int i = 0; i < len; i++)
		dst[i] = (unsigned char)random_next(&world->program_rng);
	return 1;
}
