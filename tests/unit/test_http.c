/*
 * Requests on kept connections, to a server and a proxy of this test: a POST or a DELETE reaches the service at
 * most once, and an answer that is missing is lost, not "not sent". Certificates that are renewed on disk.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/file.h"
#include "tests/unit/fixture_dir.h"
#include "tests/unit/fixture_https.h"

#define LEAVES_MS 3600000 /* more than a test takes */

static bool send_fails;

/* For libcurl. Fails once as on a connection that the other end has reset. */
__attribute__((visibility("default"))) ssize_t
send(int fd, const void *data, size_t len, int flags)
{
	static ssize_t (*real)(int, const void *, size_t, int);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "send");
	if (!send_fails)
		return real(fd, data, len, flags);
	send_fails = false;
	errno = ECONNRESET;
	return -1;
}

static void
a_body_is_sent_at_most_once(void **state)
{
	static const struct {
		enum second second;
		enum http_end end;
		int bodies;
	} cases[] = {
		{ANSWERS, HTTP_REPLIED, 2},    {CLOSES_BEFORE, HTTP_REPLIED, 2},
		{CLOSES_DURING, HTTP_LOST, 1}, {CLOSES_AFTER, HTTP_LOST, 2},
		{GOES_AWAY, HTTP_LOST, 2},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (int k = 0; k < 4; k++)
			if (fixture_two_posts(cases[i].second,
			                      k % 2 == 0 ? TLS1_2_VERSION : TLS1_3_VERSION, k >= 2,
			                      cases[i].end, cases[i].bodies) != 1 &&
			    cases[i].second == ANSWERS)
				fail_msg("the connection was not kept");
}

static void
renew(const char *script)
{
	assert_int_equal(fixture_script(script), 0);
}

/* A server and its client. */
struct pair {
	struct server server;
	struct http_client *client;
	char *ca, *url, *certificate, *key;
};

static void
open_pair(struct pair *p, enum second second, int tls, bool own_key_file)
{
	struct http_settings set = {.connect_timeout_ms = 10000,
	                            .timeout_ms = 20000,
	                            .leaves_ms = LEAVES_MS,
	                            .parallel = 1};
	struct error err;

	*p = (struct pair){.server = {.second = second, .tls = tls}};
	fixture_start_server(&p->server);
	p->ca = file_join(fixture_dir, "server.pem");
	p->url = xasprintf("https://127.0.0.1:%d/post", p->server.port);
	p->certificate = file_join(fixture_dir, own_key_file ? "now.cert" : "now.pem");
	p->key = own_key_file ? file_join(fixture_dir, "now.key") : NULL;
	set.ca_file = p->ca;
	set.certificate = p->certificate;
	set.key = p->key;
	p->client = http_client_new(&set, &err);
	assert_non_null(p->client);
}

static void
close_pair(struct pair *p)
{
	http_client_free(p->client);
	fixture_stop_server(&p->server);
	free(p->ca);
	free(p->url);
	free(p->certificate);
	free(p->key);
}

/* libcurl repeats a request if a kept connection turns out to be dead. The guard ends the second
 * attempt; nothing left with the first. */
static void
a_kept_connection_that_takes_nothing_is_not_sent(void **state)
{
	struct pair p;

	(void)state;
	renew("cp one.pem now.pem");
	open_pair(&p, ANSWERS, TLS1_3_VERSION, false);
	assert_int_equal(fixture_post(p.client, p.url), HTTP_REPLIED);
	send_fails = true;
	assert_int_equal(fixture_post(p.client, p.url), HTTP_NOT_SENT);
	assert_false(send_fails);
	assert_int_equal(p.server.seen->bodies, 1);
	assert_int_equal(fixture_post(p.client, p.url), HTTP_REPLIED);
	assert_int_equal(p.server.seen->bodies, 2);
	close_pair(&p);
}

/* The service may have done what the first attempt asked for, and refuse the second one. */
static void
a_deletion_is_sent_at_most_once(void **state)
{
	struct pair p;

	(void)state;
	renew("cp one.pem now.pem");
	for (int k = 0; k < 2; k++) {
		open_pair(&p, CLOSES_AFTER, k == 0 ? TLS1_2_VERSION : TLS1_3_VERSION, false);
		assert_int_equal(fixture_delete(p.client, p.url), HTTP_REPLIED);
		assert_int_equal(fixture_delete(p.client, p.url), HTTP_LOST);
		assert_int_equal(p.server.seen->requests, 2);
		close_pair(&p);
	}
}

static bool
refuse_to_leave(void *ctx)
{
	(void)ctx;
	return false;
}

static bool
let_leave(void *ctx)
{
	(void)ctx;
	return true;
}

/* A signal may come while the connection is made. */
static void
a_request_that_is_stopped_before_its_connection_does_not_leave(void **state)
{
	struct pair p;

	(void)state;
	renew("cp one.pem now.pem");
	open_pair(&p, ANSWERS, TLS1_3_VERSION, false);
	assert_int_equal(fixture_post_if(p.client, p.url, refuse_to_leave), HTTP_NOT_SENT);
	assert_int_equal(fixture_post_if(p.client, p.url, let_leave), HTTP_REPLIED);
	assert_int_equal(fixture_post_if(p.client, p.url, refuse_to_leave), HTTP_NOT_SENT);
	assert_int_equal(p.server.seen->requests, 1);
	close_pair(&p);
}

static int64_t late_ms;

static int64_t
late_clock(void)
{
	return 1000 + late_ms;
}

static void
pass_limit(void)
{
	late_ms += LEAVES_MS;
}

static void
pass_more_than_limit(void)
{
	late_ms += LEAVES_MS + 1;
}

/* Another machine may be at work on its batch by then. */
static void
a_request_does_not_leave_too_late(void **state)
{
	static const struct clock_source clock = {.now_ms = late_clock, .tick_ms = late_clock};
	struct pair p;

	(void)state;
	renew("cp one.pem now.pem");
	open_pair(&p, ANSWERS, TLS1_3_VERSION, false);
	clock_set_source(&clock);
	assert_int_equal(fixture_post_and(p.client, p.url, pass_limit), HTTP_REPLIED);
	assert_int_equal(fixture_post_and(p.client, p.url, pass_more_than_limit), HTTP_NOT_SENT);
	assert_int_equal(p.server.seen->bodies, 1);
	assert_int_equal(fixture_post(p.client, p.url), HTTP_REPLIED);
	clock_set_source(NULL);
	close_pair(&p);
}

/* Waits until the server has closed the connection, so that the next request opens a new one. */
static void
post_shows(struct pair *p, const char *name)
{
	int closed = p->server.seen->closed;

	assert_int_equal(fixture_post(p->client, p->url), HTTP_REPLIED);
	assert_string_equal((char *)(uintptr_t)p->server.seen->client, name);
	alarm(FIXTURE_PATIENCE_S);
	while (p->server.seen->closed == closed)
		sched_yield();
	alarm(0);
}

/* The server offers to resume sessions. */
static void
renew_while_connected(int tls)
{
	struct pair p;

	renew("cp one.pem now.pem");
	open_pair(&p, CLOSES_BEFORE, tls, false);
	post_shows(&p, "one");
	renew("cp two.pem new.pem; mv new.pem now.pem");
	post_shows(&p, "two");
	renew("head -c 700 one.pem > now.pem"); /* being written */
	post_shows(&p, "two");
	renew("cp one.pem now.pem");
	post_shows(&p, "one");
	renew("rm now.pem");
	post_shows(&p, "one");
	close_pair(&p);
}

static void
a_renewed_certificate_is_shown_by_the_next_connection(void **state)
{
	(void)state;
	renew_while_connected(TLS1_2_VERSION);
	renew_while_connected(TLS1_3_VERSION);
}

static void
a_certificate_is_renewed_together_with_its_key(void **state)
{
	struct pair p;

	(void)state;
	renew("cp one.cert now.cert; cp one.key now.key");
	open_pair(&p, CLOSES_BEFORE, TLS1_3_VERSION, true);
	post_shows(&p, "one");
	renew("cp two.cert new; mv new now.cert");
	post_shows(&p, "one");
	renew("cp two.key new; mv new now.key");
	post_shows(&p, "two");
	close_pair(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_is_sent_at_most_once),
		cmocka_unit_test(a_kept_connection_that_takes_nothing_is_not_sent),
		cmocka_unit_test(a_deletion_is_sent_at_most_once),
		cmocka_unit_test(a_request_that_is_stopped_before_its_connection_does_not_leave),
		cmocka_unit_test(a_request_does_not_leave_too_late),
		cmocka_unit_test(a_renewed_certificate_is_shown_by_the_next_connection),
		cmocka_unit_test(a_certificate_is_renewed_together_with_its_key),
	};

	return cmocka_run_group_tests(tests, fixture_make_certificate, fixture_remove_dir);
}
