/*
 * What the Partner Center route does when the run stops: over a transport that the test answers, a DELETE
 * that waits for its turn, a token or an earlier answer does not leave.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/file.h"
#include "partner/route/partner_center/partner_center.h"
#include "tests/unit/fixture_dir.h"

#define TENANT "00000000-0000-4000-8000-00000000c001"
#define ONE "[[\"b\",\"d1\",\"\"]]"
#define OTHER "[[\"b\",\"d3\",\"\"]]"
#define TWO "[[\"b\",\"d1\",\"\"],[\"b\",\"d2\",\"\"]]"
#define STARTED_MAX 16

/* ---- the transport: keeps the requests, and the test answers them in order ---- */

struct http_client {
	struct http_request started[STARTED_MAX];
	size_t count, answered;
};
static struct http_client transport;

struct http_client *
http_client_new(const struct http_settings *settings, struct error *err)
{
	(void)settings;
	(void)err;
	transport = (struct http_client){.count = 0};
	return &transport;
}

void
http_client_free(struct http_client *c)
{
	(void)c;
}

int
http_start(struct http_client *c, const struct http_request *request, struct error *err)
{
	(void)err;
	assert_true(c->count < STARTED_MAX);
	c->started[c->count++] = *request;
	return 0;
}

void
http_drop(struct http_client *c)
{
	c->answered = c->count;
}

unsigned
http_in_flight(const struct http_client *c)
{
	return (unsigned)(c->count - c->answered);
}

int
http_wait(struct http_client *c, long timeout_ms, struct error *err)
{
	(void)c;
	(void)timeout_ms;
	(void)err;
	return 0;
}

const char *
http_header(const struct http_answer *answer, const char *name)
{
	(void)answer;
	(void)name;
	return NULL;
}

char *
http_escape(const char *text)
{
	return xstrdup(text);
}

/* Answers the oldest request that has no answer. */
static void
answer(long status, const char *body)
{
	struct http_answer a = {.end = HTTP_REPLIED,
	                        .status = status,
	                        .retry_after = HTTP_RETRY_AFTER_NONE,
	                        .content_type = "application/json",
	                        .body = body,
	                        .body_len = strlen(body),
	                        .detail = "",
	                        .address = "",
	                        .tls = ""};
	struct http_request r;

	assert_true(transport.answered < transport.count);
	r = transport.started[transport.answered++];
	r.done(r.ctx, &a);
}

static void
answer_token(void)
{
	answer(200, "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"t\"}");
}

/* "token", "delete" and "get" of all requests that have started. */
static void
assert_started(const char *expected)
{
	static const char *const words[] = {[HTTP_GET] = "get",
	                                    [HTTP_HEAD] = "head",
	                                    [HTTP_POST] = "token",
	                                    [HTTP_DELETE] = "delete"};
	char all[256] = "";

	for (size_t i = 0; i < transport.count; i++)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i > 0 ? " " : "",
		         words[transport.started[i].method]);
	assert_string_equal(all, expected);
}

/* ---- the route ---- */

struct result {
	bool done;
	enum route_end end;
	char reason[ROUTE_REASON_MAX];
};
struct fixture {
	struct route *route;
	bool stopped;
	char *secret;
	struct error err;
};

static void
on_done(void *ctx, const struct route_result *r)
{
	struct result *result = ctx;

	result->done = true;
	result->end = r->end;
	snprintf(result->reason, sizeof(result->reason), "%s", r->reason);
}

static bool
may_deregister(void *ctx)
{
	return !((struct fixture *)ctx)->stopped;
}

static int
set_up(void **state)
{
	struct fixture *x = xcalloc(1, sizeof(*x));
	struct partner_center_settings set = {.url = "https://partner.invalid", .relist_ms = 1000};

	x->secret = file_join(fixture_dir, "secret");
	set.token = (struct token_settings){.authority = "https://login.invalid",
	                                    .tenant = "tenant",
	                                    .client_id = "client",
	                                    .client_secret_file = x->secret};
	x->route = partner_center_new(&set, &x->err);
	assert_non_null(x->route);
	x->route->may_deregister = may_deregister;
	x->route->may_ctx = x;
	*state = x;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *x = *state;

	x->route->ops->free(x->route);
	free(x->secret);
	free(x);
	return 0;
}

static const struct device_id device = {
	.serial = "S1", .pkid = "", .manufacturer = "Contoso", .model = "One"};

static struct route_batch
batch_of(const char *target)
{
	return (struct route_batch){.reference = "run/1",
	                            .customer = TENANT,
	                            .target = target,
	                            .device = &device,
	                            .count = 1};
}

static void
submit(struct fixture *x, const char *target, struct result *result)
{
	const struct route_batch batch = batch_of(target);

	*result = (struct result){.done = false};
	assert_int_equal(x->route->ops->submit(x->route, &batch, on_done, result, &x->err), 0);
}

static void
assert_end(const struct result *r, enum route_end end, const char *words)
{
	assert_true(r->done);
	assert_int_equal(r->end, end);
	assert_non_null(strstr(r->reason, words));
}

/* ---- the tests ---- */

static void
both_registrations_of_a_device_are_deleted(void **state)
{
	struct fixture *x = *state;
	struct result r;

	submit(x, TWO, &r);
	answer_token();
	answer(204, "");
	answer(204, "");
	assert_started("token delete delete");
	assert_end(&r, ROUTE_ACCEPTED, "");
}

static void
a_stopped_run_asks_for_no_token(void **state)
{
	struct fixture *x = *state;
	struct result r;

	x->stopped = true;
	submit(x, ONE, &r);
	assert_started("");
	assert_end(&r, ROUTE_NOT_SENT, "the run stopped");
}

static void
a_deletion_that_waited_for_a_token_does_not_leave(void **state)
{
	struct fixture *x = *state;
	struct result r;

	submit(x, ONE, &r);
	x->stopped = true;
	answer_token();
	assert_started("token");
	assert_end(&r, ROUTE_NOT_SENT, "the run stopped");
}

static void
a_deletion_that_waited_for_a_new_token_does_not_leave_again(void **state)
{
	struct fixture *x = *state;
	struct result r;

	submit(x, ONE, &r);
	answer_token();
	answer(401, "{}");
	x->stopped = true;
	answer_token();
	assert_started("token delete token");
	assert_end(&r, ROUTE_NOT_SENT, "the run stopped");
}

static void
the_next_registration_of_a_device_is_not_deleted(void **state)
{
	struct fixture *x = *state;
	struct result r;

	submit(x, TWO, &r);
	answer_token();
	x->stopped = true;
	answer(204, "");
	assert_started("token delete");
	assert_end(&r, ROUTE_LOST, "1 of 2 registrations deleted: the run stopped");
}

/* The transport asks once more when the connection is ready. */
static void
a_deletion_that_waits_for_its_connection_does_not_leave(void **state)
{
	struct fixture *x = *state;
	const struct http_request *r = &transport.started[1];
	struct result result;

	submit(x, ONE, &result);
	answer_token();
	assert_started("token delete");
	assert_true(r->may_leave(r->ctx));
	x->stopped = true;
	assert_false(r->may_leave(r->ctx));
}

/* A listing goes on, because it only reads, and its last page starts no deletion. */
static void
a_deletion_that_waits_for_a_listing_does_not_leave(void **state)
{
	struct fixture *x = *state;
	const struct route_batch batch = batch_of(NULL);
	struct result deleted, polled = {.done = false}, waiting;

	submit(x, ONE, &deleted);
	answer_token();
	answer(204, "");
	assert_end(&deleted, ROUTE_ACCEPTED, "");
	assert_int_equal(x->route->ops->poll(x->route, ONE, &batch, on_done, &polled, &x->err), 0);
	assert_started("token delete get");
	submit(x, OTHER, &waiting);
	assert_int_equal(x->route->ops->wait(x->route, 0, &x->err), 0);
	assert_false(waiting.done);
	x->stopped = true;
	assert_int_equal(x->route->ops->wait(x->route, 0, &x->err), 0);
	assert_end(&waiting, ROUTE_NOT_SENT, "the run stopped");
	answer(404, "{}"); /* the batch is gone with its last device */
	assert_started("token delete get");
	assert_true(polled.done);
}

/* The listing ends before the route is asked to wait again. */
static void
a_deletion_does_not_follow_a_listing(void **state)
{
	struct fixture *x = *state;
	const struct route_batch batch = batch_of(NULL);
	struct result deleted, polled = {.done = false}, waiting;

	submit(x, ONE, &deleted);
	answer_token();
	answer(204, "");
	assert_int_equal(x->route->ops->poll(x->route, ONE, &batch, on_done, &polled, &x->err), 0);
	submit(x, OTHER, &waiting);
	x->stopped = true;
	answer(404, "{}"); /* the batch is gone with its last device */
	assert_started("token delete get");
	assert_end(&waiting, ROUTE_NOT_SENT, "the run stopped");
}

static int
make_files(void **state)
{
	(void)state;
	return fixture_make_dir("printf secret > secret; chmod 600 secret\n");
}

#define CENTER_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CENTER_TEST(both_registrations_of_a_device_are_deleted),
		CENTER_TEST(a_stopped_run_asks_for_no_token),
		CENTER_TEST(a_deletion_that_waited_for_a_token_does_not_leave),
		CENTER_TEST(a_deletion_that_waited_for_a_new_token_does_not_leave_again),
		CENTER_TEST(the_next_registration_of_a_device_is_not_deleted),
		CENTER_TEST(a_deletion_that_waits_for_its_connection_does_not_leave),
		CENTER_TEST(a_deletion_that_waits_for_a_listing_does_not_leave),
		CENTER_TEST(a_deletion_does_not_follow_a_listing),
	};

	return cmocka_run_group_tests(tests, make_files, fixture_remove_dir);
}
