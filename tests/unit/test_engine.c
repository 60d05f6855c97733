/*
 * Tests each policy of the engine over a fake route: the requests that leave, with content and
 * time, and the ledger afterwards.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "partner/engine/pace.h"
#include "partner/ledger/canary.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/guards.h"
#include "partner/ledger/transaction.h"
#include "tests/unit/fixture_engine.h"
#include "tests/unit/fixture_skip.h"

#define SECOND 1000
#define MINUTE (60LL * SECOND)
#define HOUR (60LL * MINUTE)
#define TEN "A1 A2 A3 A4 A5 A6 A7 A8 A9 A10"
#define OTHER_TEN "B1 B2 B3 B4 B5 B6 B7 B8 B9 B10"

static const struct fake_answer busy = {.end = ROUTE_BUSY, .retry_after = -1};
static const struct fake_answer busy_30s = {.end = ROUTE_BUSY, .retry_after = 30};
static const struct fake_answer not_sent = {.end = ROUTE_NOT_SENT, .retry_after = -1};
static const struct fake_answer lost = {.end = ROUTE_LOST, .retry_after = -1};
static const struct fake_answer pending = {.end = ROUTE_PENDING, .retry_after = -1};
static const struct fake_answer denied = {.end = ROUTE_DENIED, .retry_after = -1};
static const struct fake_answer queued_5s = {
	.end = ROUTE_ACCEPTED, .retry_after = -1, .latency_ms = 5 * SECOND, .queued = true};
static const struct fake_answer lacking = {.end = ROUTE_ANSWERED, .retry_after = -1, .lacks = "S2"};
static const struct fake_answer forgotten = {.end = ROUTE_FORGOTTEN, .retry_after = -1};

/* ---- the way of a batch ---- */

static void
a_batch_is_sent_accepted_and_polled(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch = fixture_batch(x, "S1 S2 S3");

	fake_device(x, "S2", OUTCOME_NOT_FOUND);
	fixture_run(x);
	assert_requests(x, "check, submit S1 S2 S3, poll B1");
	assert_rows(x, "S1 deregistered, S2 not-found, S3 deregistered");
	assert_reason(x, "S2", "service: not-found");
	assert_batch(x, batch, BATCH_DONE);
	assert_stop(x, ENGINE_STOP_NONE);
	assert_int_equal(x->result.counters.decided[OUTCOME_DEREGISTERED], 2);
	assert_int_equal(x->result.counters.decided[OUTCOME_NOT_FOUND], 1);
	assert_int_equal(x->result.counters.in_flight, 0);
}

static void
the_intent_is_in_the_ledger_before_anything_leaves(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1");
	fake_answers(x, FAKE_SUBMIT, lost);
	fixture_run(x);
	assert_requests(x, "check, submit S1, submit S1, poll B1");
	assert_int_equal(x->fake.request[1].state, BATCH_SENT);
	assert_int_equal(x->fake.request[2].state, BATCH_SENT);
	assert_int_equal(x->fake.request[3].state, BATCH_ACCEPTED);
}

static void
a_pending_result_is_polled_by_the_interval(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1 S2");
	fake_answers_times(x, FAKE_POLL, pending, 2);
	fake_device(x, "S2", OUTCOME_PENDING);
	fake_answers(x, FAKE_POLL, (struct fake_answer){.end = ROUTE_ANSWERED, .latency_ms = 700});
	fake_answers(x, FAKE_POLL, pending);
	x->set.poll_deadline_ms = 3 * x->set.poll_interval_ms;
	fixture_run(x);
	/* the third answer names one device of two: it may still grow */
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 1);
	assert_int_equal(fixture_count(x, FAKE_POLL), 4);
	assert_int_equal(fixture_at_ms(x, FAKE_POLL, 1) - fixture_at_ms(x, FAKE_POLL, 0),
	                 x->set.poll_interval_ms + FAKE_LATENCY_MS);
	assert_int_equal(fixture_at_ms(x, FAKE_POLL, 3) - fixture_at_ms(x, FAKE_POLL, 2),
	                 x->set.poll_interval_ms + 700);
}

static void
no_more_than_parallel_requests_are_in_flight(void **state)
{
	struct engine_fixture *x = *state;

	x->set.parallel = 3;
	for (int i = 0; i < 9; i++)
		fixture_batch(x, (const char[]){'S', (char)('1' + i), '\0'});
	fixture_run(x);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 9);
	assert_int_equal(x->fake.most_in_flight, 3);
}

/* The route checks that a transaction is open when the second answer of a moment comes, and none when a request
 * leaves. */
static void
answers_that_come_together_share_a_commit(void **state)
{
	struct engine_fixture *x = *state;

	x->set.parallel = 3;
	x->fake.together = true;
	fixture_batch(x, "S1 S2");
	fixture_batch(x, "S3");
	fixture_batch(x, "S4 S5");
	fake_device(x, "S3", OUTCOME_NOT_OURS);
	fixture_run(x);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 3);
	assert_int_equal(fixture_count(x, FAKE_POLL), 3);
	for (size_t i = 1; i < x->fake.requests; i++)
		assert_int_equal(x->fake.request[i].state, i < 4 ? BATCH_SENT : BATCH_ACCEPTED);
	assert_int_equal(x->fake.joined, x->server != NULL ? 0 : 4);
	assert_rows(x, "S1 deregistered, S2 deregistered, S3 not-ours, S4 deregistered, S5 "
	               "deregistered");
	assert_stop(x, ENGINE_STOP_NONE);
}

static void
starts_keep_the_limit_of_a_second(void **state)
{
	struct engine_fixture *x = *state;

	x->set.tps = PACE_TPS_ONE / 2;
	for (int i = 0; i < 4; i++)
		fixture_batch(x, (const char[]){'S', (char)('1' + i), '\0'});
	fixture_run(x);
	assert_int_equal(x->fake.requests, 9); /* with the check */
	for (size_t i = 1; i < x->fake.requests; i++)
		assert_true(x->fake.request[i].at_ms - x->fake.request[i - 1].at_ms >= 2 * SECOND);
	assert_true(x->fake.request[8].at_ms < 17 * SECOND);
}

/* ---- a batch that is refused as a whole ---- */

static void
a_refused_batch_is_halved_until_the_row_stands_alone(void **state)
{
	struct engine_fixture *x = *state;

	x->set.parallel = 1;
	x->set.max_fail_percent = 100;
	fixture_batch(x, "S1 S2 S3 S4 S5");
	x->fake.refuses = "S3";
	fixture_run(x);
	assert_rows(x, "S1 deregistered, S2 deregistered, S3 refused, S4 deregistered, "
	               "S5 deregistered");
	for (size_t i = 1, bad = 0; i < x->fake.requests; i++) {
		const char *text = x->fake.request[i].text;
		if (x->fake.request[i].op != FAKE_SUBMIT)
			continue;
		bad += strstr(text, "S3") != NULL ? 1 : 0;
		assert_true(bad <= 3); /* of five, of three or two, of one */
	}
	assert_stop(x, ENGINE_STOP_NONE);
	assert_int_equal(x->result.counters.decided[OUTCOME_REFUSED], 1);
}

static void
a_refusal_that_every_batch_would_get_is_not_halved(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch = fixture_batch(x, "S1 S2 S3 S4");

	x->set.max_fail_percent = 100;
	fake_answers(x, FAKE_SUBMIT, (struct fake_answer){.end = ROUTE_REFUSED, .retry_after = -1});
	fixture_run(x);
	assert_requests(x, "check, submit S1 S2 S3 S4");
	assert_rows(x, "S1 refused, S2 refused, S3 refused, S4 refused");
	assert_batch(x, batch, BATCH_DONE);
}

static void
a_refusal_after_a_lost_answer_is_unknown(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1");
	fake_answers(x, FAKE_SUBMIT, lost);
	fake_answers(x, FAKE_SUBMIT, (struct fake_answer){.end = ROUTE_REFUSED, .retry_after = -1});
	fixture_run(x);
	assert_rows(x, "S1 unknown");
	assert_reason(x, "S1", "earlier answer was lost");
}

static void
both_halves_of_a_lost_batch_are_sent_again(void **state)
{
	struct engine_fixture *x = *state;

	x->set.max_fail_percent = 100;
	fixture_batch(x, "S1 S2");
	fake_answers(x, FAKE_SUBMIT, lost);
	x->fake.refuses = "S1";
	fixture_run(x);
	/* S1 stays unknown: its first request may have done something */
	assert_rows(x, "S1 unknown, S2 deregistered");
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 4);
}

/* ---- retries ---- */

static void
a_request_that_did_not_leave_is_tried_again_with_backoff(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch = fixture_batch(x, "S1");
	int64_t first, second, third;

	fake_answers_times(x, FAKE_SUBMIT, not_sent, 2);
	fixture_run(x);
	assert_requests(x, "check, submit S1, submit S1, submit S1, poll B1");
	first = fixture_at_ms(x, FAKE_SUBMIT, 0);
	second = fixture_at_ms(x, FAKE_SUBMIT, 1);
	third = fixture_at_ms(x, FAKE_SUBMIT, 2);
	assert_in_range(second - first - FAKE_LATENCY_MS, 750, 1250);
	assert_in_range(third - second - FAKE_LATENCY_MS, 1500, 2500);
	assert_rows(x, "S1 deregistered");
	assert_int_equal(x->result.counters.retries, 2);
	assert_batch(x, batch, BATCH_DONE);
}

static void
retries_used_up_end_the_run(void **state)
{
	struct engine_fixture *x = *state;
	int64_t first, second;

	x->set.parallel = 1;
	first = fixture_batch(x, "S1");
	second = fixture_batch(x, "S2");
	fake_answers_times(x, FAKE_SUBMIT, not_sent, 100);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_UNREACHABLE);
	assert_rows(x, "S1 not-sent, S2 not-sent");
	assert_reason(x, "S1", "could not be reached");
	assert_batch(x, first, BATCH_PLANNED);
	assert_batch(x, second, BATCH_PLANNED);
	/* one batch has used up its tries, the other at most as many */
	assert_in_range(fixture_count(x, FAKE_SUBMIT), 4, 8);
	assert_logged(x, "retries used up");
}

static void
a_run_that_ended_early_is_taken_up_where_it_stopped(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1");
	fake_answers_times(x, FAKE_SUBMIT, not_sent, 4);
	fixture_run(x);
	assert_rows(x, "S1 not-sent");
	fixture_run(x);
	assert_rows(x, "S1 deregistered");
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 5);
}

/* ---- throttling ---- */

static void
a_throttling_service_gets_the_pause_that_it_asks_for(void **state)
{
	struct engine_fixture *x = *state;
	int64_t pause_began;

	x->set.parallel = 2;
	for (int i = 0; i < 4; i++)
		fixture_batch(x, (const char[]){'S', (char)('1' + i), '\0'});
	fake_answers(x, FAKE_SUBMIT, busy_30s);
	fixture_run(x);
	/* the other request in flight is answered; nothing starts until the pause is over */
	pause_began = fixture_at_ms(x, FAKE_SUBMIT, 0) + FAKE_LATENCY_MS;
	for (size_t i = 3; i < x->fake.requests; i++)
		assert_true(x->fake.request[i].at_ms >= pause_began + 30 * SECOND);
	assert_in_range(x->fake.request[3].at_ms, pause_began + 30000, pause_began + 30300);
	assert_in_range(x->result.counters.throttled_ms, 30000, 30300);
	assert_rows(x, "S1 deregistered, S2 deregistered, S3 deregistered, S4 deregistered");
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 5);
}

static void
after_a_pause_fewer_requests_are_in_flight(void **state)
{
	struct engine_fixture *x = *state;
	int64_t pause_over;
	size_t together = 0;

	x->set.parallel = 4;
	for (int i = 0; i < 8; i++)
		fixture_batch(x, (const char[]){'S', (char)('1' + i), '\0'});
	fake_answers(x, FAKE_CHECK, busy_30s);
	fixture_run(x);
	pause_over = fixture_at_ms(x, FAKE_SUBMIT, 0);
	assert_in_range(pause_over, 30000, 30000 + 2 * FAKE_LATENCY_MS);
	for (size_t i = 0; i < x->fake.requests; i++)
		together += x->fake.request[i].at_ms == pause_over ? 1 : 0;
	assert_int_equal(together, 2);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 8);
}

static void
a_pause_of_more_than_an_hour_is_not_waited_for(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch = fixture_batch(x, "S1");

	fake_answers(x, FAKE_SUBMIT, (struct fake_answer){.end = ROUTE_BUSY, .retry_after = 7200});
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_UNREACHABLE);
	assert_rows(x, "S1 not-sent");
	assert_batch(x, batch, BATCH_PLANNED);
	assert_requests(x, "check, submit S1");
	assert_true(fixture_tick_ms() < FIXTURE_TICK_MS + MINUTE);
}

static void
throttling_uses_up_no_retries(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1");
	fake_answers_times(x, FAKE_SUBMIT, busy_30s, 20);
	fixture_run(x);
	assert_rows(x, "S1 deregistered");
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 21);
	assert_stop(x, ENGINE_STOP_NONE);
}

static void
throttling_is_waited_for_until_its_deadline(void **state)
{
	struct engine_fixture *x = *state;

	x->set.busy_deadline_ms = 5 * MINUTE;
	fixture_batch(x, "S1");
	fake_answers_times(x, FAKE_SUBMIT, busy_30s, 100);
	fixture_run(x);
	assert_rows(x, "S1 not-sent");
	assert_stop(x, ENGINE_STOP_UNREACHABLE);
	assert_in_range(fixture_tick_ms() - FIXTURE_TICK_MS, 4 * MINUTE, 5 * MINUTE + SECOND);
	assert_logged(x, "busy-deadline");
}

static void
a_lost_answer_after_throttling_is_asked_for_again(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1");
	fake_answers_times(x, FAKE_SUBMIT, busy_30s, 3);
	fake_answers(x, FAKE_SUBMIT, lost);
	fixture_run(x);
	assert_rows(x, "S1 deregistered");
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 5);
}

static void
a_lost_answer_after_requests_that_did_not_leave_is_asked_for_again(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1");
	fake_answers_times(x, FAKE_SUBMIT, not_sent, x->set.retries);
	fake_answers_times(x, FAKE_SUBMIT, lost, x->set.retries);
	fixture_run(x);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 2 * x->set.retries + 1);
	assert_rows(x, "S1 deregistered");
}

static void
a_throttled_poll_costs_no_answer(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1");
	fake_answers(x, FAKE_POLL, busy_30s);
	fixture_run(x);
	assert_requests(x, "check, submit S1, poll B1, poll B1");
	assert_in_range(fixture_at_ms(x, FAKE_POLL, 1) - fixture_at_ms(x, FAKE_POLL, 0), 30200,
	                30500);
	assert_rows(x, "S1 deregistered");
}

/* S1 waits for its answer and S2 was not sent; collecting S1's answer gets a 429 with this pause. */
static void
collect_throttled(struct engine_fixture *x, struct pace *pace, long retry_after)
{
	x->set.pace = pace;
	x->set.parallel = 1;
	x->set.ends_ms = fixture_tick_ms() + FAKE_LATENCY_MS + 1;
	fixture_batch(x, "S1");
	fixture_batch(x, "S2");
	fake_answers_times(x, FAKE_POLL, pending, 3);
	fixture_run(x);
	assert_rows(x, "S1 pending, S2 not-sent");
	x->set.ends_ms = 0;
	x->fake.answers[FAKE_POLL] = 0;
	fake_answers(x, FAKE_POLL,
	             (struct fake_answer){.end = ROUTE_BUSY, .retry_after = retry_after});
	fixture_collect(x);
	assert_stop(x, ENGINE_STOP_UNREACHABLE);
	assert_requests(x, "check, submit S1, poll B1, poll B1, poll B1");
}

static void
a_pause_holds_for_the_next_run_of_the_command(void **state)
{
	struct engine_fixture *x = *state;
	struct pace pace = {0};
	int64_t began;

	collect_throttled(x, &pace, 19);
	began = fixture_tick_ms() - FIXTURE_TICK_MS;
	fixture_run(x);
	assert_requests(x, "check, poll B1, submit S2, poll B2");
	assert_in_range(fixture_at_ms(x, FAKE_CHECK, 1), began + 19000, began + 19300);
	assert_in_range(x->result.counters.throttled_ms, 19000, 19300);
	assert_rows(x, "S1 deregistered, S2 deregistered");
}

static void
a_pause_of_more_than_an_hour_ends_the_next_run_of_the_command(void **state)
{
	struct engine_fixture *x = *state;
	struct pace pace = {0};

	collect_throttled(x, &pace, 7200);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_UNREACHABLE);
	assert_requests(x, "");
	assert_rows(x, "S1 pending, S2 not-sent");
	assert_reason(x, "S2", "throttled");
	assert_logged(x, "a pause of 7200 s");
	fixture_move_ms(2 * HOUR);
	fixture_run(x);
	assert_rows(x, "S1 deregistered, S2 deregistered");
}

static void
max_duration_ends_a_pause_of_an_earlier_run(void **state)
{
	struct engine_fixture *x = *state;
	struct pace pace = {0};

	collect_throttled(x, &pace, 600);
	x->set.ends_ms = fixture_tick_ms() + MINUTE;
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_DURATION);
	assert_int_equal(fixture_count(x, FAKE_CHECK), 1);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 1);
	assert_rows(x, "S1 pending, S2 not-sent");
}

/* ---- throttling of one customer ---- */

static void
a_throttled_customer_does_not_hold_up_another(void **state)
{
	struct engine_fixture *x = *state;
	struct fake_answer throttled = busy_30s;

	fixture_look_up(x);
	throttled.customer_only = true;
	throttled.only = "S1";
	fixture_batch_of(x, "contoso", "S1");
	fixture_batch_of(x, "fabrikam", "S2");
	fake_answers(x, FAKE_SUBMIT, throttled);
	fixture_run(x);
	assert_rows(x, "S1 deregistered, S2 deregistered");
	for (size_t i = 0, first = 0; i < x->fake.requests; i++) {
		const struct fake_request *r = &x->fake.request[i];
		if (strcmp(r->text, "submit fabrikam: T-S2") == 0)
			assert_true(r->at_ms < SECOND);
		if (strcmp(r->text, "submit contoso: T-S1") == 0 && first++ > 0)
			assert_in_range(r->at_ms, 30000, 31500);
	}
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 3);
	assert_int_equal(x->result.counters.throttled_ms, 0);
}

static void
a_customer_that_stays_throttled_is_given_up_alone(void **state)
{
	struct engine_fixture *x = *state;
	struct fake_answer throttled = busy;
	int64_t batch;

	fixture_look_up(x);
	throttled.customer_only = true;
	throttled.only = "S1";
	batch = fixture_batch_of(x, "contoso", "S1");
	fixture_batch_of(x, "fabrikam", "S2");
	fake_answers_times(x, FAKE_SUBMIT, throttled, 200);
	fixture_run(x);
	assert_rows(x, "S1 not-sent, S2 deregistered");
	assert_stop(x, ENGINE_STOP_UNREACHABLE);
	assert_batch(x, batch, BATCH_PLANNED);
	assert_in_range(fixture_count(x, FAKE_SUBMIT), 50, 110); /* an hour, with backoff */
	assert_logged(x, "customer contoso");
}

/* ---- lost answers ---- */

static void
a_lost_answer_is_asked_for_again_within_resend_within(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1 S2");
	fake_answers(x, FAKE_SUBMIT, lost);
	fake_device(x, "S2", OUTCOME_NOT_REGISTERED);
	fixture_run(x);
	assert_requests(x, "check, submit S1 S2, submit S1 S2, poll B1");
	assert_in_range(fixture_at_ms(x, FAKE_SUBMIT, 1) - fixture_at_ms(x, FAKE_SUBMIT, 0),
	                FAKE_LATENCY_MS + 750, FAKE_LATENCY_MS + 1250);
	assert_rows(x, "S1 deregistered, S2 not-registered");
	assert_reason(x, "S2", "that request may have deregistered the device");
}

static void
a_lost_answer_that_is_too_old_waits_for_a_person(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch = fixture_batch(x, "S1");

	x->set.resend_within_ms = MINUTE;
	fake_answers(x, FAKE_SUBMIT,
	             (struct fake_answer){
			     .end = ROUTE_LOST, .retry_after = -1, .latency_ms = 2 * MINUTE});
	fixture_run(x);
	assert_requests(x, "check, submit S1");
	assert_rows(x, "S1 unknown");
	assert_batch(x, batch, BATCH_LOST);
	/* a later run does not send it either */
	fixture_move_ms(HOUR);
	fixture_run(x);
	assert_requests(x, "");
	assert_logged(x, "--resend");
	/* until a person asks for it */
	x->set.resend = true;
	fixture_run(x);
	assert_requests(x, "check, submit S1, poll B1");
	assert_rows(x, "S1 deregistered");
}

static void
resend_sends_once_more_and_no_oftener(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch = fixture_batch(x, "S1");

	x->set.resend_within_ms = 0;
	fake_answers_times(x, FAKE_SUBMIT, lost, 3);
	fixture_run(x);
	assert_requests(x, "check, submit S1");
	x->set.resend = true;
	fixture_run(x);
	assert_requests(x, "check, submit S1");
	assert_rows(x, "S1 unknown");
	assert_batch(x, batch, BATCH_LOST);
}

/* A device that the service still works on is not sent again. */
static void
resend_sends_what_the_answer_lacks_until_its_deadline(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1 S2");
	fixture_batch(x, "S3");
	x->set.canary = 2;
	x->set.poll_deadline_ms = 0;
	fake_answers_times(x, FAKE_POLL, lacking, 2);
	fixture_run(x);
	assert_rows(x, "S1 deregistered, S2 unknown, S3 not-sent");
	assert_int_equal(x->result.too_old, 0);
	x->set.resend_within_ms = 0; /* now a person has to ask for it */
	fixture_run(x);
	assert_int_equal(x->result.too_old, 1);
	assert_logged(x, "the answer still lacks devices");
	assert_requests(x, "check, submit S1 S2, poll B1, check, poll B1");
	x->set.resend = true;
	fake_device(x, "S2", OUTCOME_PENDING);
	fixture_run(x);
	assert_requests(x, "check, poll B1");
	fake_device(x, "S2", OUTCOME_DEREGISTERED);
	fake_answers(x, FAKE_POLL, lacking);
	fixture_run(x);
	assert_requests(x, "check, poll B1, submit S2, poll B2, submit S3, poll B3");
	assert_rows(x, "S1 deregistered, S2 deregistered, S3 deregistered");
}

static void
what_is_sent_again_has_not_failed_yet(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, TEN " " OTHER_TEN);
	x->set.resend = true;
	x->set.max_fail_percent = 1;
	x->set.poll_deadline_ms = 0;
	fake_answers_times(
		x, FAKE_POLL,
		(struct fake_answer){.end = ROUTE_ANSWERED, .retry_after = -1, .lacks = "B1"}, 2);
	fixture_run(x);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_NONE);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 2);
}

static void
nothing_is_sent_again_after_an_alarm(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch = fixture_batch(x, "S1 S2");

	x->set.poll_deadline_ms = 0;
	x->set.resend_within_ms = 0;
	fake_device(x, "S1", OUTCOME_PENDING);
	fixture_run(x);
	x->set.resend = true;
	fake_device(x, "S1", OUTCOME_ALARM);
	fake_answers(x, FAKE_POLL,
	             (struct fake_answer){.end = ROUTE_ANSWERED, .retry_after = -1, .lacks = "S2"});
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_GUARD);
	assert_batch(x, batch, BATCH_ACCEPTED);
}

static void
a_young_lost_answer_is_taken_up_by_a_later_run(void **state)
{
	struct engine_fixture *x = *state;

	x->set.retries = 0;
	fixture_batch(x, "S1");
	fake_answers(x, FAKE_SUBMIT, lost);
	fixture_run(x);
	assert_requests(x, "check, submit S1");
	assert_rows(x, "S1 unknown");
	fixture_move_ms(x->set.resend_within_ms / 2);
	fixture_run(x);
	assert_requests(x, "check, submit S1, poll B1");
	assert_rows(x, "S1 deregistered");
}

static void
a_pause_longer_than_resend_within_leaves_the_answer_lost(void **state)
{
	struct engine_fixture *x = *state;

	x->set.resend_within_ms = 30 * SECOND;
	x->set.parallel = 1;
	fixture_batch(x, "S1");
	fake_answers(x, FAKE_SUBMIT, lost);
	fake_answers(x, FAKE_SUBMIT, (struct fake_answer){.end = ROUTE_BUSY, .retry_after = 60});
	fixture_run(x);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 2);
	assert_rows(x, "S1 unknown");
	assert_logged(x, "resend-within is over");
}

/* The age is looked at once more after the intent was written, which took long. */
static void
a_request_does_not_leave_after_resend_within(void **state)
{
	struct engine_fixture *x = *state;
	int64_t step = 10 * SECOND, age;

	for (int within = 30; within < 90; within += 5) {
		size_t before = fixture_count(x, FAKE_SUBMIT);
		char serial[16];
		snprintf(serial, sizeof(serial), "S%d", within);
		x->set.resend_within_ms = within * SECOND;
		fixture_batch(x, serial);
		fake_answers(x, FAKE_SUBMIT, lost);
		fixture_slow_ms(step);
		fixture_run(x);
		fixture_slow_ms(0);
		if (fixture_count(x, FAKE_SUBMIT) == before + 1)
			continue;
		age = fixture_at_ms(x, FAKE_SUBMIT, before + 1) -
		      fixture_at_ms(x, FAKE_SUBMIT, before);
		if (age > x->set.resend_within_ms)
			fail_msg("sent again after %lld ms, resend-within is %lld ms",
			         (long long)age, (long long)x->set.resend_within_ms);
	}
}

static void
a_first_send_in_the_future_is_too_old(void **state)
{
	struct engine_fixture *x = *state;

	x->set.retries = 0;
	fixture_batch(x, "S1");
	fake_answers(x, FAKE_SUBMIT, lost);
	fixture_run(x);
	fixture_move_ms(-HOUR); /* the clock was set back */
	fixture_run(x);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 1);
	assert_rows(x, "S1 unknown");
}

static void
a_known_batch_is_polled_before_it_is_sent_again(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1");
	fake_answers_times(x, FAKE_POLL, forgotten, 5);
	fixture_run(x);
	assert_rows(x, "S1 unknown");
	assert_int_equal(fixture_count(x, FAKE_POLL), 4);
	x->fake.told = x->fake.requests;
	x->set.resend = true;
	fixture_run(x); /* it is still not known: sent again */
	assert_requests(x, "check, poll B1, submit S1, poll B2");
	assert_rows(x, "S1 deregistered");
}

static void
a_lost_batch_that_the_service_knows_is_not_sent_again(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1");
	fake_answers_times(x, FAKE_POLL, forgotten, 4);
	fixture_run(x);
	x->fake.told = x->fake.requests;
	x->set.resend = true;
	fake_answers(x, FAKE_POLL, pending);
	fixture_run(x);
	assert_requests(x, "check, poll B1, poll B1");
	assert_rows(x, "S1 deregistered");
}

/* Both halves were in the batch that the service once accepted. */
static void
each_half_of_a_batch_that_is_sent_again_keeps_the_batch_id(void **state)
{
	struct engine_fixture *x = *state;

	x->set.resend_within_ms = 0;
	fixture_batch(x, "S1 S2");
	fake_answers_times(x, FAKE_POLL, forgotten, 5);
	fixture_run(x);
	x->fake.told = x->fake.requests;
	x->set.resend = true;
	x->set.parallel = 1;
	fake_answers(
		x, FAKE_SUBMIT,
		(struct fake_answer){.end = ROUTE_REFUSED, .retry_after = -1, .divisible = true});
	fake_answers(x, FAKE_SUBMIT,
	             (struct fake_answer){.end = ROUTE_LOST, .retry_after = -1, .only = "S2"});
	fixture_run(x);
	/* the second half was polled a moment ago, as a part of the whole */
	assert_int_equal(fixture_count(x, FAKE_POLL), 6);
	assert_rows(x, "S1 deregistered, S2 unknown");
	x->fake.told = x->fake.requests;
	x->set.resend = false;
	fixture_run(x);
	assert_requests(x, "check, poll B1");
	assert_rows(x, "S1 deregistered, S2 deregistered");
}

/* A batch of these devices was accepted, and then the service did not know its BatchId. */
static int64_t
forgotten_batch(struct engine_fixture *x, const char *serials)
{
	int64_t batch = fixture_batch(x, serials);

	fake_answers_times(x, FAKE_POLL, forgotten, 4);
	fixture_run(x);
	assert_batch(x, batch, BATCH_LOST);
	x->fake.told = x->fake.requests;
	return batch;
}

/* As "resume" does, with a skip list of this device. NULL: an empty one. */
static void
resume_with_skipped(struct engine_fixture *x, const char *serial)
{
	ledger_hold_reset(x->ledger);
	if (serial != NULL &&
	    (ledger_begin(x->ledger, &x->err) != 0 || ledger_skip_begin(x->ledger, &x->err) != 0 ||
	     ledger_skip_add(x->ledger, serial, &x->err) != 0 ||
	     ledger_skip_hold(x->ledger, x->run.id, &x->err) != 0 ||
	     ledger_commit(x->ledger, &x->err) != 0))
		fail_msg("%s", x->err.text);
	fixture_run(x);
}

static void
resend_is_proposed_only_where_it_would_help(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1 S2");
	x->set.poll_deadline_ms = 0;
	x->set.resend_within_ms = 0;
	fake_device(x, "S1", OUTCOME_PENDING);
	fake_answers_times(x, FAKE_POLL, lacking, 5);
	fixture_run(x); /* the service still works on the batch */
	assert_int_equal(x->result.too_old, 0);
	fake_device(x, "S1", OUTCOME_NOT_OURS);
	fixture_collect(x);
	assert_int_equal(x->result.too_old, 0);
	resume_with_skipped(x, "S2");
	assert_int_equal(x->result.too_old, 0);
	resume_with_skipped(x, NULL);
	assert_int_equal(x->result.too_old, 1);
}

static void
a_guard_does_not_keep_a_known_batch_from_being_polled(void **state)
{
	struct engine_fixture *x = *state;

	forgotten_batch(x, "S1 S2");
	resume_with_skipped(x, "S1");
	assert_requests(x, "check, poll B1");
	assert_rows(x, "S1 deregistered, S2 deregistered");
}

static void
a_held_device_is_left_out_when_its_batch_is_sent_again(void **state)
{
	struct engine_fixture *x = *state;

	forgotten_batch(x, "S1 S2 S3");
	x->set.resend = true;
	fake_answers(x, FAKE_POLL, forgotten);
	resume_with_skipped(x, "S2");
	assert_requests(x, "check, poll B1, submit S1 S3, poll B2");
	assert_rows(x, "S1 deregistered, S2 unknown, S3 deregistered");
	assert_reason(x, "S2", "; not asked again: on the skip list");
	/* its own answer may still come */
	x->set.resend = false;
	fake_answers(x, FAKE_POLL, forgotten);
	resume_with_skipped(x, "S2");
	assert_requests(x, "check, poll B1");
	assert_rows(x, "S1 deregistered, S2 unknown, S3 deregistered");
	resume_with_skipped(x, "S2");
	assert_requests(x, "check, poll B1");
	assert_rows(x, "S1 deregistered, S2 deregistered, S3 deregistered");
}

static void
a_lost_batch_of_held_devices_is_not_sent_again(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch = forgotten_batch(x, "S1");

	x->set.resend = true;
	for (int i = 0; i < 2; i++) {
		fake_answers(x, FAKE_POLL, forgotten);
		resume_with_skipped(x, "S1");
		assert_requests(x, "check, poll B1");
		assert_rows(x, "S1 unknown");
		assert_batch(x, batch, BATCH_LOST);
		assert_int_equal(x->result.too_old, 0);
	}
	fake_answers(x, FAKE_POLL, forgotten);
	resume_with_skipped(x, NULL); /* it was removed from the list */
	assert_requests(x, "check, poll B1, submit S1, poll B2");
	assert_rows(x, "S1 deregistered");
}

/* The guards judge when a command begins, and the batch is lost later. */
static void
a_held_device_of_an_accepted_batch_is_not_sent_again(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch = fixture_batch(x, "S1 S2");

	x->set.poll_deadline_ms = 0;
	fake_answers(x, FAKE_POLL, pending);
	fixture_run(x);
	assert_rows(x, "S1 pending, S2 pending");
	assert_batch(x, batch, BATCH_ACCEPTED);
	x->fake.told = x->fake.requests;
	x->set.resend = true;
	fake_answers(x, FAKE_POLL, forgotten);
	resume_with_skipped(x, "S1");
	assert_requests(x, "check, poll B1, submit S2, poll B2");
	assert_rows(x, "S1 unknown, S2 deregistered");
}

static void
a_held_device_does_not_hold_up_the_canary(void **state)
{
	struct engine_fixture *x = *state;

	x->set.canary = 1;
	forgotten_batch(x, "S1");
	fixture_batch(x, "S2");
	fake_answers(x, FAKE_POLL, forgotten);
	resume_with_skipped(x, "S1");
	assert_requests(x, "check, poll B1, submit S2, poll B2");
	assert_rows(x, "S1 unknown, S2 deregistered");
	assert_stop(x, ENGINE_STOP_NONE);
}

/* The service knows the batch: only a person may decide to send it again. */
static void
an_unreadable_answer_to_a_lost_batch_sends_nothing_by_itself(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch = forgotten_batch(x, "S1");

	fake_answers_times(x, FAKE_POLL, lost, 10);
	fixture_run(x);
	assert_requests(x, "check, poll B1, poll B1, poll B1, poll B1");
	assert_rows(x, "S1 unknown");
	assert_batch(x, batch, BATCH_LOST);
	x->set.poll_deadline_ms = 0;
	x->set.resend = true;
	fixture_run(x);
	assert_requests(x, "check, poll B1, submit S1, poll B2");
}

/* --resend is for requests that were unanswered when the command began. */
static void
resend_does_not_repeat_what_the_same_command_sent(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch = fixture_batch(x, "S1");

	x->set.resend = true;
	x->set.retries = 0;
	fake_answers(x, FAKE_POLL, lost);
	fixture_run(x);
	assert_requests(x, "check, submit S1, poll B1");
	assert_rows(x, "S1 unknown");
	assert_batch(x, batch, BATCH_ACCEPTED);
	fixture_run(x);
	assert_requests(x, "check, poll B1");
	assert_rows(x, "S1 deregistered");
}

/* The BatchId may still bring an answer, which the refusal of a later request does not. */
static void
a_refusal_leaves_a_known_batch_to_be_polled(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch = forgotten_batch(x, "S1");

	x->set.resend = true;
	fake_answers(x, FAKE_POLL, forgotten);
	fake_answers(x, FAKE_SUBMIT, (struct fake_answer){.end = ROUTE_REFUSED, .retry_after = -1});
	fixture_run(x);
	assert_requests(x, "check, poll B1, submit S1");
	assert_rows(x, "S1 unknown");
	assert_reason(x, "S1", "earlier answer was lost");
	assert_batch(x, batch, BATCH_LOST);
	x->set.resend = false;
	fixture_run(x);
	assert_requests(x, "check, poll B1");
	assert_rows(x, "S1 deregistered");
}

/* The canary does not wait for what became of the lost request, but a refusal lets nobody follow. */
static void
a_canary_that_was_refused_after_its_answer_was_lost_stops_the_run(void **state)
{
	struct engine_fixture *x = *state;

	x->set.canary = 1;
	forgotten_batch(x, "S1");
	fixture_batch(x, "S2");
	x->set.resend = true;
	fake_answers(x, FAKE_POLL, forgotten);
	fake_answers(x, FAKE_SUBMIT, (struct fake_answer){.end = ROUTE_REFUSED, .retry_after = -1});
	fixture_run(x);
	assert_requests(x, "check, poll B1, submit S1");
	assert_rows(x, "S1 unknown, S2 not-sent");
	assert_stop(x, ENGINE_STOP_GUARD);
	/* a person resumes it: another canary */
	x->set.resend = false;
	fake_answers(x, FAKE_POLL, forgotten);
	fixture_run(x);
	assert_requests(x, "check, poll B1, submit S2, poll B2, submit S1, poll B3");
	assert_rows(x, "S1 deregistered, S2 deregistered");
	assert_stop(x, ENGINE_STOP_NONE);
}

static void
one_batch_id_for_two_batches_is_unreadable(void **state)
{
	struct engine_fixture *x = *state;

	x->set.parallel = 1;
	x->set.resend_within_ms = 0;
	fixture_batch(x, "S1");
	fixture_batch(x, "S2");
	x->fake.same_id = true;
	fixture_run(x);
	assert_requests(x, "check, submit S1, poll B1, submit S2");
	assert_rows(x, "S1 deregistered, S2 unknown");
	assert_reason(x, "S2", "BatchId of another");
}

/* Nobody can be asked what became of the second batch. */
static void
an_alarm_with_the_batch_id_of_another_batch_is_one_of_every_row(void **state)
{
	struct engine_fixture *x = *state;

	x->set.parallel = 1;
	fixture_batch(x, "S1");
	fixture_batch(x, "S2 S3");
	fake_answers(x, FAKE_SUBMIT,
	             (struct fake_answer){.end = ROUTE_ACCEPTED, .retry_after = -1});
	fake_answers(x, FAKE_SUBMIT,
	             (struct fake_answer){.end = ROUTE_ACCEPTED, .retry_after = -1, .alarm = true});
	x->fake.same_id = true;
	fixture_run(x);
	assert_requests(x, "check, submit S1, poll B1, submit S2 S3");
	assert_rows(x, "S1 deregistered, S2 alarm, S3 alarm");
	assert_stop(x, ENGINE_STOP_GUARD);
}

static void
a_refused_certificate_after_sending_stops_and_is_unknown(void **state)
{
	struct engine_fixture *x = *state;

	x->set.parallel = 1;
	fixture_batch(x, "S1");
	fixture_batch(x, "S2");
	fake_answers(x, FAKE_SUBMIT,
	             (struct fake_answer){
			     .end = ROUTE_LOST, .retry_after = -1, .certificate_refused = true});
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_DENIED);
	assert_requests(x, "check, submit S1");
	assert_rows(x, "S1 unknown, S2 not-sent");
}

/* ---- results that never come ---- */

static void
a_batch_that_the_service_forgot_is_lost(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch = fixture_batch(x, "S1");

	fake_answers_times(x, FAKE_POLL, forgotten, 4);
	fixture_run(x);
	assert_rows(x, "S1 unknown");
	assert_batch(x, batch, BATCH_LOST);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 1);
}

static void
an_unreadable_result_is_asked_for_again_and_never_sent_again(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch = fixture_batch(x, "S1");

	fake_answers_times(x, FAKE_POLL, lost, 4);
	fixture_run(x);
	assert_requests(x, "check, submit S1, poll B1, poll B1, poll B1, poll B1");
	assert_rows(x, "S1 unknown");
	assert_batch(x, batch, BATCH_ACCEPTED);
	fixture_run(x);
	assert_requests(x, "check, poll B1");
	assert_rows(x, "S1 deregistered");
}

static void
a_service_that_goes_away_leaves_accepted_devices_pending(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch = fixture_batch(x, "S1");

	fake_answers_times(x, FAKE_POLL, not_sent, 100);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_UNREACHABLE);
	assert_rows(x, "S1 pending");
	assert_batch(x, batch, BATCH_ACCEPTED);
	assert_int_equal(fixture_count(x, FAKE_POLL), 1 + x->set.retries);
}

static void
polling_ends_at_its_deadline(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch = fixture_batch(x, "S1");

	x->set.poll_deadline_ms = 10 * MINUTE;
	fake_answers_times(x, FAKE_POLL, pending, 100);
	fixture_run(x);
	assert_rows(x, "S1 pending");
	assert_batch(x, batch, BATCH_ACCEPTED);
	assert_stop(x, ENGINE_STOP_NONE);
	/* the last one leaves when the deadline has passed */
	assert_int_equal(fixture_count(x, FAKE_POLL), 21);
	assert_in_range(fixture_at_ms(x, FAKE_POLL, 20), 10 * MINUTE, 10 * MINUTE + 30 * SECOND);
}

static void
collecting_asks_once_and_sends_nothing(void **state)
{
	struct engine_fixture *x = *state;

	x->set.poll_deadline_ms = 0;
	x->set.parallel = 1;
	x->set.ends_ms = fixture_tick_ms() + FAKE_LATENCY_MS + 1;
	fixture_batch(x, "S1");
	fixture_batch(x, "S2");
	fake_answers(x, FAKE_POLL, pending);
	fixture_run(x);
	assert_requests(x, "check, submit S1, poll B1");
	assert_rows(x, "S1 pending, S2 not-sent");
	x->set.ends_ms = 0;
	fake_answers(x, FAKE_POLL, lost);
	fixture_collect(x);
	assert_requests(x, "poll B1");
	assert_stop(x, ENGINE_STOP_NONE);
	assert_rows(x, "S1 pending, S2 not-sent");
	fake_answers(x, FAKE_POLL, pending);
	fixture_collect(x);
	assert_requests(x, "poll B1");
	assert_rows(x, "S1 pending, S2 not-sent");
	fixture_collect(x);
	assert_requests(x, "poll B1");
	assert_rows(x, "S1 deregistered, S2 not-sent");
}

static void
an_unreadable_answer_does_not_end_the_collecting(void **state)
{
	struct engine_fixture *x = *state;

	x->set.poll_deadline_ms = 0;
	x->set.parallel = 1;
	x->set.retries = 1;
	for (int i = 0; i < 4; i++)
		fixture_batch(x, (const char *const[]){"S1", "S2", "S3", "S4"}[i]);
	fake_answers_times(x, FAKE_POLL, pending, 4);
	fixture_run(x);
	assert_rows(x, "S1 pending, S2 pending, S3 pending, S4 pending");
	x->fake.told = x->fake.requests;
	fake_answers(x, FAKE_POLL, lost);
	fixture_collect(x);
	assert_int_equal(fixture_count(x, FAKE_POLL), 8);
	assert_int_equal(x->result.unreadable, 1);
	assert_stop(x, ENGINE_STOP_NONE);
	assert_rows(x, "S1 pending, S2 deregistered, S3 deregistered, S4 deregistered");
}

static void
collecting_gives_up_on_a_service_in_trouble(void **state)
{
	struct engine_fixture *x = *state;

	x->set.poll_deadline_ms = 0;
	x->set.parallel = 1;
	x->set.retries = 1;
	for (int i = 0; i < 4; i++)
		fixture_batch(x, (const char *const[]){"S1", "S2", "S3", "S4"}[i]);
	fake_answers_times(x, FAKE_POLL, pending, 4);
	fixture_run(x);
	fake_answers_times(x, FAKE_POLL, lost, 4);
	fixture_collect(x);
	assert_int_equal(fixture_count(x, FAKE_POLL), 6);
	assert_stop(x, ENGINE_STOP_UNREACHABLE);
	assert_rows(x, "S1 pending, S2 pending, S3 pending, S4 pending");
}

static void
collecting_asks_for_a_lost_batch_whose_id_is_known(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1");
	fake_answers_times(x, FAKE_POLL, forgotten, 5);
	fixture_run(x);
	assert_rows(x, "S1 unknown");
	x->fake.told = x->fake.requests;
	x->set.resend = true; /* collecting never sends */
	fixture_collect(x);
	assert_requests(x, "poll B1");
	assert_rows(x, "S1 unknown");
	fake_answers(x, FAKE_POLL, pending);
	fixture_collect(x);
	assert_requests(x, "poll B1");
	assert_rows(x, "S1 pending");
	fixture_collect(x);
	assert_requests(x, "poll B1");
	assert_rows(x, "S1 deregistered");
}

/* ---- what stops a run ---- */

static void
too_many_failures_stop_before_the_next_batch(void **state)
{
	struct engine_fixture *x = *state;
	int64_t third;

	x->set.parallel = 1;
	fixture_batch(x, TEN);
	fixture_batch(x, OTHER_TEN);
	third = fixture_batch(x, "C1");
	for (int i = 0; i < 5; i++)
		fake_device(x, (const char[]){'B', (char)('1' + i), '\0'}, OUTCOME_NOT_FOUND);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_FAILING);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 2);
	assert_reason(x, "C1", "too many devices failed");
	assert_batch(x, third, BATCH_PLANNED);
	/* the counts are those of the whole run: a later command stops at once, unless its limit is
	 * higher */
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_FAILING);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 2);
	x->set.max_fail_percent = 25;
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_NONE);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 3);
}

static void
an_alarm_stops_everything(void **state)
{
	struct engine_fixture *x = *state;
	int64_t first, second;

	x->set.parallel = 1;
	first = fixture_batch(x, "S1 S2");
	second = fixture_batch(x, "S3");
	fixture_batch(x, "S4");
	fake_device(x, "S1", OUTCOME_ALARM);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_GUARD);
	assert_requests(x, "check, submit S1 S2, poll B1");
	assert_rows(x, "S1 alarm, S2 deregistered, S3 not-sent, S4 not-sent");
	assert_reason(x, "S3", "alarm");
	assert_batch(x, first, BATCH_DONE);
	assert_batch(x, second, BATCH_PLANNED);
	/* no later run sends anything until a person allows it */
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_GUARD);
	assert_requests(x, "");
	assert_logged(x, "--clear-alarm");
	fixture_clear_alarms(x);
	fixture_run(x);
	assert_rows(x, "S1 alarm, S2 deregistered, S3 deregistered, S4 deregistered");
	assert_stop(x, ENGINE_STOP_NONE);
}

static void
an_alarm_holds_the_ledger_and_answers_are_still_collected(void **state)
{
	struct engine_fixture *x = *state;

	x->set.parallel = 2;
	x->set.max_unanswered = 2;
	fixture_batch(x, "S1");
	fixture_batch(x, "S2");
	fixture_batch(x, "S3");
	fake_answers(x, FAKE_POLL, (struct fake_answer){.end = ROUTE_PENDING, .only = "S1"});
	fake_device(x, "S2", OUTCOME_ALARM);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_GUARD);
	assert_rows(x, "S1 pending, S2 alarm, S3 not-sent");
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 2);
	fixture_run(x); /* as `resume` does: asks for S1, sends nothing */
	assert_stop(x, ENGINE_STOP_GUARD);
	assert_rows(x, "S1 deregistered, S2 alarm, S3 not-sent");
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 2);
}

static void
a_cleared_alarm_is_not_raised_again(void **state)
{
	struct engine_fixture *x = *state;

	x->set.parallel = 1;
	fixture_batch(x, "S1 S2");
	fixture_batch(x, "S3");
	fake_device(x, "S1", OUTCOME_ALARM);
	fake_device(x, "S2", OUTCOME_PENDING);
	fixture_run(x);
	assert_rows(x, "S1 alarm, S2 pending, S3 not-sent");
	fixture_clear_alarms(x);
	fake_device(x, "S2", OUTCOME_DEREGISTERED);
	fixture_run(x); /* the answer names S1 as an alarm once more */
	assert_stop(x, ENGINE_STOP_NONE);
	assert_rows(x, "S1 alarm, S2 deregistered, S3 deregistered");
}

/* The answer to another request speaks of something that happened since. */
static void
a_cleared_alarm_is_raised_again_after_another_request(void **state)
{
	static const struct fake_answer alarm = {
		.end = ROUTE_ANSWERED, .retry_after = -1, .alarm = true};
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1");
	fake_device(x, "S1", OUTCOME_PENDING);
	fake_answers(x, FAKE_POLL, alarm);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_GUARD);
	fixture_clear_alarms(x);
	fake_answers(x, FAKE_POLL, alarm);
	fake_answers_times(x, FAKE_POLL, forgotten, 4);
	fake_answers(x, FAKE_POLL, alarm);
	x->set.resend = true;
	x->fake.told = x->fake.requests;
	fixture_run(x);
	assert_requests(x,
	                "check, poll B1, poll B1, poll B1, poll B1, poll B1, submit S1, poll B2");
	assert_stop(x, ENGINE_STOP_GUARD);
}

static void
an_alarm_while_collecting_does_not_end_the_collecting(void **state)
{
	struct engine_fixture *x = *state;

	x->set.poll_deadline_ms = 0;
	fixture_batch(x, "S1");
	fixture_batch(x, "S2");
	fake_answers_times(x, FAKE_POLL, pending, 2);
	fixture_run(x);
	assert_rows(x, "S1 pending, S2 pending");
	fake_device(x, "S1", OUTCOME_ALARM);
	fake_device(x, "S2", OUTCOME_NOT_FOUND);
	x->set.parallel = 1;
	fixture_collect(x);
	assert_stop(x, ENGINE_STOP_GUARD);
	assert_rows(x, "S1 alarm, S2 not-found");
}

static void
assert_kept_counts(struct engine_fixture *x, int64_t answered, int64_t failed)
{
	struct ledger_answers a;

	for (int counted = 0; counted < 2; counted++) {
		assert_int_equal(ledger_answered(x->ledger, x->run.id, &a, &x->err), 0);
		assert_int_equal(a.answered, answered);
		assert_int_equal(a.failed, failed);
		fixture_sql(x, "UPDATE batch SET answered=-1"); /* the rows say the same */
	}
}

static void
the_counts_of_an_answer_are_those_of_its_rows(void **state)
{
	struct engine_fixture *x = *state;

	x->set.max_fail_percent = 100;
	fixture_batch(x, "S1 S2 S3 S4 S5");
	fake_device(x, "S2", OUTCOME_NOT_REGISTERED);
	fake_device(x, "S3", OUTCOME_NOT_OURS);
	fake_device(x, "S4", OUTCOME_UNKNOWN);
	fixture_run(x);
	assert_rows(x, "S1 deregistered, S2 not-registered, S3 not-ours, S4 unknown, "
	               "S5 deregistered");
	assert_kept_counts(x, 5, 2);
	fixture_batch(x, "S6 S7");
	fake_device(x, "S7", OUTCOME_PENDING);
	fixture_run(x);
	fake_device(x, "S6", OUTCOME_NOT_OURS); /* it contradicts itself: the first answer stays */
	fake_device(x, "S7", OUTCOME_NOT_FOUND);
	fixture_run(x);
	assert_rows(x, "S1 deregistered, S2 not-registered, S3 not-ours, S4 unknown, "
	               "S5 deregistered, S6 deregistered, S7 not-found");
	assert_kept_counts(x, 7, 3);
}

/* ---- the canary ---- */

static void
nothing_leaves_before_the_canary_is_answered(void **state)
{
	struct engine_fixture *x = *state;

	x->set.canary = 2;
	x->set.canary_trust_ms = HOUR;
	fixture_batch(x, "S1 S2 S3 S4 S5");
	fixture_batch(x, "S6");
	fake_answers_times(x, FAKE_POLL, pending, 5);
	fixture_run(x);
	assert_requests(x, "check, submit S1 S2, poll B1, poll B1, poll B1, poll B1, poll B1, "
	                   "poll B1, submit S6, submit S3 S4 S5, poll B2, poll B3");
	assert_rows(x, "S1 deregistered, S2 deregistered, S3 deregistered, S4 deregistered, "
	               "S5 deregistered, S6 deregistered");
	assert_stop(x, ENGINE_STOP_NONE);
}

static void
a_canary_of_failures_stops_the_run(void **state)
{
	struct engine_fixture *x = *state;

	x->set.canary = 2;
	x->set.canary_trust_ms = HOUR;
	fixture_batch(x, "S1 S2 S3");
	fixture_batch(x, "S4");
	fake_device(x, "S1", OUTCOME_REFUSED);
	fake_device(x, "S2", OUTCOME_NOT_OURS);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_GUARD);
	assert_requests(x, "check, submit S1 S2, poll B1");
	assert_rows(x, "S1 refused, S2 not-ours, S3 not-sent, S4 not-sent");
	assert_reason(x, "S3", "canary");
	/* a person resumes it: another canary, which is answered well */
	fixture_run(x);
	assert_requests(x, "check, submit S4, poll B2, submit S3, poll B3");
	assert_stop(x, ENGINE_STOP_NONE);
}

static void
a_canary_without_an_answer_sends_nothing_else(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch = fixture_batch(x, "S1");

	x->set.canary = 10;
	x->set.canary_trust_ms = HOUR;
	fixture_batch(x, "S2");
	fake_answers_times(x, FAKE_POLL, pending, 121);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_UNANSWERED);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 1);
	assert_rows(x, "S1 pending, S2 not-sent");
	assert_batch(x, batch, BATCH_ACCEPTED);
	fixture_run(x); /* `resume` goes on */
	assert_rows(x, "S1 deregistered, S2 deregistered");
	assert_stop(x, ENGINE_STOP_NONE);
}

static void
an_alarm_in_the_canary_stops_the_run(void **state)
{
	struct engine_fixture *x = *state;

	x->set.canary = 2;
	fixture_batch(x, "S1 S2 S3");
	fake_device(x, "S1", OUTCOME_ALARM);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_GUARD);
	assert_rows(x, "S1 alarm, S2 deregistered, S3 not-sent");
}

static void
a_trusted_canary_is_not_repeated(void **state)
{
	struct engine_fixture *x = *state;

	x->set.canary = 1;
	x->set.canary_trust_ms = HOUR;
	fixture_batch(x, "S1");
	fixture_run(x);
	assert_requests(x, "check, submit S1, poll B1");
	fixture_batch(x, "S2");
	fixture_batch(x, "S3");
	fixture_run(x);
	assert_requests(x, "check, submit S2, submit S3, poll B2, poll B3");
	fixture_batch(x, "S4");
	fixture_batch(x, "S5");
	x->set.identity = "another certificate";
	fixture_run(x);
	assert_requests(x, "check, submit S4, poll B4, submit S5, poll B5");
}

/* The last answer to the canary is a refusal. What was answered well is older than the trust. */
static void
a_canary_is_trusted_from_its_last_good_answer_on(void **state)
{
	struct engine_fixture *x = *state;

	x->set.canary = 2;
	x->set.canary_trust_ms = HOUR;
	x->set.max_fail_percent = 100;
	fixture_batch(x, "S1 S2");
	fake_device(x, "S2", OUTCOME_PENDING);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_UNANSWERED);
	assert_rows(x, "S1 deregistered, S2 pending");
	fixture_sql(x, "UPDATE verdict SET decided=decided-7200 WHERE decided>0");
	fake_device(x, "S2", OUTCOME_NOT_OURS);
	fixture_run(x);
	assert_rows(x, "S1 deregistered, S2 not-ours");
	fixture_batch(x, "S3 S4 S5");
	x->fake.told = x->fake.requests;
	fixture_run(x);
	assert_requests(x, "check, submit S3 S4, poll B2, submit S5, poll B3");
}

/* An earlier command sent the canary, and its last answer comes now. The good one is as old as that of a canary that is not
 * trusted any more. */
static void
a_canary_whose_good_answer_is_old_lets_nobody_follow(void **state)
{
	struct engine_fixture *x = *state;

	x->set.canary = 2;
	x->set.canary_trust_ms = HOUR;
	x->set.max_fail_percent = 100;
	fixture_batch(x, "S1 S2");
	fixture_batch(x, "S3 S4 S5");
	fixture_batch(x, "S6");
	fake_device(x, "S2", OUTCOME_PENDING);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_UNANSWERED);
	assert_rows(x, "S1 deregistered, S2 pending, S3 not-sent, S4 not-sent, S5 not-sent, "
	               "S6 not-sent");
	fixture_sql(x, "UPDATE verdict SET decided=decided-7200 WHERE decided>0");
	fake_device(x, "S2", OUTCOME_NOT_OURS);
	x->fake.told = x->fake.requests;
	fixture_run(x);
	assert_requests(
		x, "check, poll B1, submit S3 S4, poll B2, submit S6, submit S5, poll B3, poll B4");
	assert_stop(x, ENGINE_STOP_NONE);
}

static void
after_an_alarm_no_earlier_canary_is_trusted(void **state)
{
	struct engine_fixture *x = *state;

	x->set.canary = 1;
	x->set.canary_trust_ms = HOUR;
	fixture_batch(x, "S1");
	fixture_run(x);
	fixture_batch(x, "S2");
	fake_device(x, "S2", OUTCOME_ALARM);
	fixture_run(x); /* trusted */
	assert_stop(x, ENGINE_STOP_GUARD);
	fixture_clear_alarms(x);
	fixture_batch(x, "S3");
	fixture_batch(x, "S4");
	x->fake.told = x->fake.requests;
	fixture_run(x);
	assert_requests(x, "check, submit S3, poll B3, submit S4, poll B4");
}

static void
a_refused_canary_is_halved_before_the_rest_follows(void **state)
{
	struct engine_fixture *x = *state;

	x->set.canary = 4;
	x->set.max_fail_percent = 100;
	fixture_batch(x, "S1 S2 S3 S4 S5 S6");
	x->fake.refuses = "S1";
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_NONE);
	assert_rows(x, "S1 refused, S2 deregistered, S3 deregistered, S4 deregistered, "
	               "S5 deregistered, S6 deregistered");
	for (size_t i = 0; i < x->fake.requests; i++)
		if (strcmp(x->fake.request[i].text, "submit S5 S6") == 0)
			assert_int_equal(fixture_count(x, FAKE_POLL), 3);
}

static void
the_canary_of_single_devices_is_the_first_few(void **state)
{
	struct engine_fixture *x = *state;

	fixture_look_up(x);
	x->set.canary = 2;
	fixture_batch_of(x, "contoso", "S1");
	fixture_batch_of(x, "contoso", "S2");
	fixture_batch_of(x, "contoso", "S3");
	fixture_batch_of(x, "contoso", "S4");
	fake_device(x, "S1", OUTCOME_NOT_FOUND); /* it is not sent, so it shows nothing */
	fake_device(x, "S2", OUTCOME_REFUSED);
	fake_device(x, "S3", OUTCOME_REFUSED);
	fake_answers(x, FAKE_LOOKUP, (struct fake_answer){.end = ROUTE_FOUND, .only = "S2"});
	fixture_run(x);
	assert_int_equal(fixture_count(x, FAKE_LOOKUP), 4);
	assert_rows(x, "S1 not-found, S2 refused, S3 refused, S4 deregistered");
}

/* Nothing of them was sent: the listing was incomplete. A command that was killed had chosen the last one as its
 * canary. */
static void
three_devices_nobody_could_look_up(struct engine_fixture *x)
{
	static const char *const serial[] = {"S1", "S2", "S3"};
	int64_t batch = 0;
	bool full;

	fixture_look_up(x);
	for (size_t i = 0; i < 3; i++) {
		batch = fixture_batch_of(x, "contoso", serial[i]);
		fake_device(x, serial[i], OUTCOME_UNKNOWN);
	}
	fixture_run(x);
	assert_rows(x, "S1 unknown, S2 unknown, S3 unknown");
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 0);
	assert_int_equal(ledger_canary_join(x->ledger, x->run.id, batch, 1, &full, &x->err), 0);
	assert_false(full);
	for (size_t i = 0; i < 3; i++)
		fake_device(x, serial[i], OUTCOME_DEREGISTERED);
}

static void
the_canary_of_devices_that_were_looked_up_in_vain_is_no_larger(void **state)
{
	struct engine_fixture *x = *state;
	int polls = 0, submits = 0;

	three_devices_nobody_could_look_up(x);
	x->set.canary = 1;
	fixture_run(x);
	assert_rows(x, "S1 deregistered, S2 deregistered, S3 deregistered");
	for (size_t i = 0; i < x->fake.requests && polls == 0; i++) {
		polls += x->fake.request[i].op == FAKE_POLL;
		submits += x->fake.request[i].op == FAKE_SUBMIT;
	}
	assert_int_equal(submits, 1);
}

/* The answer that the service did nothing made the batch look like one that nobody works on. */
static void
a_batch_that_was_looked_up_in_vain_has_one_job(void **state)
{
	struct engine_fixture *x = *state;

	three_devices_nobody_could_look_up(x);
	x->set.parallel = 1;
	fake_answers(
		x, FAKE_SUBMIT,
		(struct fake_answer){.end = ROUTE_BUSY, .retry_after = 30, .customer_only = true});
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_NONE);
	assert_rows(x, "S1 deregistered, S2 deregistered, S3 deregistered");
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 4);
}

static void
such_a_batch_has_one_job_also_after_its_customer_was_given_up(void **state)
{
	static const struct fake_answer skipped = {.end = ROUTE_SKIPPED, .retry_after = -1};
	struct engine_fixture *x = *state;

	three_devices_nobody_could_look_up(x);
	fake_answers_times(x, FAKE_SUBMIT, skipped, 3);
	fixture_run(x);
	assert_rows(x, "S1 unknown, S2 unknown, S3 unknown");
	x->set.parallel = 1;
	fake_answers(
		x, FAKE_SUBMIT,
		(struct fake_answer){.end = ROUTE_BUSY, .retry_after = 30, .customer_only = true});
	resume_with_skipped(x, "S2");
	assert_stop(x, ENGINE_STOP_NONE);
	assert_rows(x, "S1 deregistered, S2 held, S3 deregistered");
}

/* All devices of one batch are held, when the other one has a job already. */
static void
the_other_batch_is_sent(struct engine_fixture *x, const char *held)
{
	static const char *const serial[] = {"S1", "S2"};

	x->set.poll_deadline_ms = 0;
	fixture_batch(x, serial[0]);
	fixture_batch(x, serial[1]);
	for (size_t i = 0; i < 4; i++)
		fake_answers(x, FAKE_POLL,
		             (struct fake_answer){.end = ROUTE_ANSWERED,
		                                  .retry_after = -1,
		                                  .lacks = serial[i % 2]});
	fixture_run(x);
	assert_rows(x, "S1 unknown, S2 unknown");
	x->set.canary = 1;
	x->set.resend = true;
	resume_with_skipped(x, held);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 3);
}

static void
another_batch_takes_the_place_of_a_held_canary(void **state)
{
	the_other_batch_is_sent(*state, "S1");
}

static void
a_held_batch_is_no_canary(void **state)
{
	the_other_batch_is_sent(*state, "S2");
}

/* ---- devices without an answer ---- */

static void
no_more_devices_wait_for_an_answer_than_allowed(void **state)
{
	struct engine_fixture *x = *state;

	x->set.max_unanswered = 4;
	fixture_batch(x, "S1 S2");
	fixture_batch(x, "S3 S4");
	fixture_batch(x, "S5 S6 S7 S8 S9");
	fake_answers_times(x, FAKE_POLL, pending, 4);
	fixture_run(x);
	assert_requests(x, "check, submit S1 S2, submit S3 S4, poll B1, poll B2, poll B1, poll B2, "
	                   "poll B1, poll B2, submit S5 S6 S7 S8, poll B3, submit S9, poll B4");
	assert_stop(x, ENGINE_STOP_NONE);
}

static void
a_canary_larger_than_the_limit_is_made_smaller(void **state)
{
	struct engine_fixture *x = *state;

	x->set.canary = 4;
	x->set.max_unanswered = 2;
	fixture_batch(x, "S1 S2 S3 S4 S5 S6");
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_NONE);
	assert_requests(x, "check, submit S1 S2, poll B1, submit S5 S6, poll B2, submit S3 S4, "
	                   "poll B3");
}

static void
a_service_that_never_answers_gets_no_more_devices(void **state)
{
	struct engine_fixture *x = *state;

	x->set.max_unanswered = 2;
	x->set.poll_deadline_ms = MINUTE;
	fixture_batch(x, "S1 S2");
	fixture_batch(x, "S3");
	fake_answers_times(x, FAKE_POLL, pending, 100);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_UNANSWERED);
	assert_rows(x, "S1 pending, S2 pending, S3 not-sent");
	assert_logged(x, "max-unanswered");
}

/* Nothing else is planned: without room the engine must still find that out. */
static void
the_last_devices_may_fill_the_window_and_stay_without_an_answer(void **state)
{
	struct engine_fixture *x = *state;

	x->set.max_unanswered = 2;
	x->set.poll_deadline_ms = MINUTE;
	fixture_batch(x, "S1 S2");
	fake_answers_times(x, FAKE_POLL, pending, 100);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_NONE);
	assert_rows(x, "S1 pending, S2 pending");
}

/* The canary has two devices, and there is room for one. A batch of one waits for the canary. */
static void
a_canary_without_room_does_not_wait_for_ever(void **state)
{
	struct engine_fixture *x = *state;

	x->set.canary = 2;
	x->set.resend_within_ms = 0;
	fixture_batch(x, "S1 S2");
	fake_answers(x, FAKE_SUBMIT, lost);
	fixture_run(x);
	x->set.canary = 0;
	x->set.poll_deadline_ms = 0;
	fixture_batch(x, "S3");
	fixture_batch(x, "S4 S5 S6");
	fake_answers(x, FAKE_SUBMIT, lost);
	fake_answers_times(x, FAKE_POLL, pending, 100);
	fixture_run(x);
	assert_rows(x, "S1 unknown, S2 unknown, S3 unknown, S4 pending, S5 pending, S6 pending");
	x->fake.told = x->fake.requests;
	x->set.canary = 2;
	x->set.max_unanswered = 3;
	x->set.resend = true;
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_UNANSWERED);
	assert_requests(x, "check, poll B1");
	assert_logged(x, "max-unanswered");
}

static void
an_alarm_does_not_wait_for_the_rest_of_its_batch(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch = fixture_batch(x, "S1 S2");

	fake_device(x, "S1", OUTCOME_PENDING);
	fake_device(x, "S2", OUTCOME_ALARM);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_GUARD);
	assert_requests(x, "check, submit S1 S2, poll B1");
	assert_rows(x, "S1 pending, S2 alarm");
	assert_batch(x, batch, BATCH_ACCEPTED);
}

static void
the_outbound_guard_stops_everything(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch;

	x->set.parallel = 1;
	batch = fixture_batch(x, "S1");
	fixture_batch(x, "S2");
	fake_answers(x, FAKE_SUBMIT, (struct fake_answer){.end = ROUTE_GUARDED, .retry_after = -1});
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_GUARD);
	assert_requests(x, "check, submit S1");
	assert_rows(x, "S1 not-sent, S2 not-sent");
	assert_batch(x, batch, BATCH_PLANNED);
}

static void
max_duration_sends_no_more_and_takes_what_was_accepted(void **state)
{
	struct engine_fixture *x = *state;
	int64_t second;

	x->set.parallel = 1;
	x->set.ends_ms = fixture_tick_ms() + FAKE_LATENCY_MS +
	                 1; /* the first batch is on its way */
	fixture_batch(x, "S1");
	second = fixture_batch(x, "S2");
	fake_answers(x, FAKE_POLL, pending);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_DURATION);
	assert_requests(x, "check, submit S1, poll B1, poll B1");
	assert_rows(x, "S1 deregistered, S2 not-sent");
	assert_reason(x, "S2", "max-duration");
	assert_batch(x, second, BATCH_PLANNED);
}

static void
max_duration_waits_no_longer_than_two_polls(void **state)
{
	struct engine_fixture *x = *state;

	x->set.ends_ms = fixture_tick_ms() + FAKE_LATENCY_MS + 1;
	fixture_batch(x, "S1");
	fake_answers_times(x, FAKE_POLL, pending, 100);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_DURATION);
	assert_rows(x, "S1 pending");
	assert_in_range(fixture_count(x, FAKE_POLL), 2, 3);
}

/* S1 gets this answer while S2 waits in the route, as on Partner Center for a listing or a token. */
static void
stop_while_queued(struct engine_fixture *x, const char *first, struct fake_answer answer)
{
	x->set.parallel = 2;
	fixture_batch(x, first);
	fixture_batch(x, "S2");
	fixture_batch(x, "S3");
	fake_answers(x, FAKE_SUBMIT, answer);
	fake_answers(x, FAKE_SUBMIT, queued_5s);
	fixture_run(x);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 2);
	assert_batch(x, 2, BATCH_PLANNED);
	assert_not_logged(x, "trying again");
}

static void
nothing_leaves_after_a_refusal_of_the_credentials(void **state)
{
	struct engine_fixture *x = *state;

	stop_while_queued(x, "S1", denied);
	assert_stop(x, ENGINE_STOP_DENIED);
	assert_rows(x, "S1 not-sent, S2 not-sent, S3 not-sent");
	assert_reason(x, "S2", "token refused");
}

static void
nothing_leaves_after_the_outbound_guard(void **state)
{
	struct engine_fixture *x = *state;

	stop_while_queued(x, "S1", (struct fake_answer){.end = ROUTE_GUARDED, .retry_after = -1});
	assert_stop(x, ENGINE_STOP_GUARD);
	assert_rows(x, "S1 not-sent, S2 not-sent, S3 not-sent");
}

static void
nothing_leaves_after_an_alarm(void **state)
{
	struct engine_fixture *x = *state;

	fake_device(x, "S1", OUTCOME_ALARM);
	stop_while_queued(x, "S1", (struct fake_answer){.end = ROUTE_ACCEPTED, .retry_after = -1});
	assert_stop(x, ENGINE_STOP_GUARD);
	assert_rows(x, "S1 alarm, S2 not-sent, S3 not-sent");
}

static void
nothing_leaves_after_too_many_failures(void **state)
{
	struct engine_fixture *x = *state;

	stop_while_queued(x, TEN " " OTHER_TEN,
	                  (struct fake_answer){.end = ROUTE_REFUSED, .retry_after = -1});
	assert_stop(x, ENGINE_STOP_FAILING);
	assert_reason(x, "S2", "too many devices failed");
}

static void
nothing_leaves_after_retries_are_used_up(void **state)
{
	struct engine_fixture *x = *state;

	x->set.retries = 0;
	stop_while_queued(x, "S1", not_sent);
	assert_stop(x, ENGINE_STOP_UNREACHABLE);
	assert_rows(x, "S1 not-sent, S2 not-sent, S3 not-sent");
}

static void
nothing_leaves_after_max_duration(void **state)
{
	struct engine_fixture *x = *state;

	x->set.ends_ms = fixture_tick_ms() + FAKE_LATENCY_MS + 1;
	stop_while_queued(x, "S1", (struct fake_answer){.end = ROUTE_ACCEPTED, .retry_after = -1});
	assert_stop(x, ENGINE_STOP_DURATION);
	assert_rows(x, "S1 deregistered, S2 not-sent, S3 not-sent");
	assert_reason(x, "S2", "max-duration");
}

/* On a slow ledger the intent takes long to write. */
static void
nothing_leaves_if_max_duration_ends_while_the_intent_is_written(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1");
	x->set.ends_ms = fixture_tick_ms() + FAKE_LATENCY_MS + 1;
	fixture_slow_ms(SECOND);
	fixture_run(x);
	fixture_slow_ms(0);
	assert_stop(x, ENGINE_STOP_DURATION);
	assert_requests(x, "check");
	assert_rows(x, "S1 not-sent");
	assert_batch(x, 1, BATCH_PLANNED);
}

static void
refused_credentials_stop_before_anything_is_sent(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch = fixture_batch(x, "S1");

	fake_answers(x, FAKE_CHECK, denied);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_DENIED);
	assert_requests(x, "check");
	assert_rows(x, "S1 not-sent");
	assert_reason(x, "S1", "certificate, key or token refused");
	assert_batch(x, batch, BATCH_PLANNED);
}

static void
credentials_refused_later_stop_everything(void **state)
{
	struct engine_fixture *x = *state;
	int64_t first, second;

	x->set.parallel = 1;
	first = fixture_batch(x, "S1");
	second = fixture_batch(x, "S2");
	fake_answers(x, FAKE_POLL, denied);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_DENIED);
	assert_requests(x, "check, submit S1, poll B1");
	assert_rows(x, "S1 pending, S2 not-sent");
	assert_batch(x, first, BATCH_ACCEPTED);
	assert_batch(x, second, BATCH_PLANNED);
}

static void
a_service_that_is_down_is_tried_again_and_nothing_is_sent(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1");
	fake_answers_times(x, FAKE_CHECK, not_sent, 100);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_UNREACHABLE);
	assert_requests(x, "check, check, check, check");
	assert_in_range(fixture_at_ms(x, FAKE_CHECK, 3) - fixture_at_ms(x, FAKE_CHECK, 2), 3000,
	                5000 + FAKE_LATENCY_MS);
	assert_rows(x, "S1 not-sent");
	assert_int_equal(x->result.counters.retries, 3);
}

static void
after_an_unanswered_check_batches_go_one_at_a_time(void **state)
{
	struct engine_fixture *x = *state;

	fake_answers(x, FAKE_CHECK, lost);
	fixture_batch(x, "S1");
	fixture_batch(x, "S2");
	fixture_batch(x, "S3");
	fixture_run(x);
	assert_requests(x, "check, submit S1, poll B1, submit S2, poll B2, submit S3, poll B3");
	assert_rows(x, "S1 deregistered, S2 deregistered, S3 deregistered");
}

static void
after_an_unanswered_check_a_lost_batch_goes_before_the_next(void **state)
{
	struct engine_fixture *x = *state;

	fake_answers(x, FAKE_CHECK, lost);
	fake_answers(x, FAKE_SUBMIT, lost);
	fixture_batch(x, "S1");
	fixture_batch(x, "S2");
	fixture_run(x);
	assert_requests(x, "check, submit S1, submit S1, poll B1, submit S2, poll B2");
}

static void
after_an_unanswered_check_several_lost_batches_and_a_canary_still_end(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1");
	fixture_batch(x, "S2");
	fixture_batch(x, "S3");
	x->set.retries = 0;
	fake_answers_times(x, FAKE_SUBMIT, lost, 3);
	fixture_run(x);
	assert_rows(x, "S1 unknown, S2 unknown, S3 unknown");
	fixture_batch(x, "S4");
	x->fake.told = x->fake.requests;
	x->set.retries = 3;
	x->set.canary = 1;
	fake_answers(x, FAKE_CHECK, lost);
	fixture_run(x);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 7);
	assert_rows(x, "S1 deregistered, S2 deregistered, S3 deregistered, S4 deregistered");
}

static void
a_run_with_nothing_to_ask_makes_no_request(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1");
	fixture_run(x);
	assert_requests(x, "check, submit S1, poll B1");
	fixture_run(x);
	assert_requests(x, "");
}

/* ---- looking devices up first ---- */

static void
a_device_is_looked_up_before_it_is_deleted(void **state)
{
	struct engine_fixture *x = *state;
	int64_t poll_due;

	fixture_look_up(x);
	fixture_batch_of(x, "contoso", "S1");
	fixture_run(x);
	assert_requests(x, "check, lookup contoso: S1, submit contoso: T-S1, poll contoso: T-S1");
	assert_int_equal(x->fake.request[1].state, BATCH_PLANNED);
	assert_int_equal(x->fake.request[2].state, BATCH_SENT);
	/* a deletion shows in the listing after a while */
	poll_due = fixture_at_ms(x, FAKE_SUBMIT, 0) + FAKE_LATENCY_MS + x->set.poll_interval_ms;
	assert_int_equal(fixture_at_ms(x, FAKE_POLL, 0), poll_due);
	assert_rows(x, "S1 deregistered");
}

static void
a_device_that_is_not_listed_is_not_asked_for(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch;

	fixture_look_up(x);
	batch = fixture_batch_of(x, "contoso", "S1");
	fake_device(x, "S1", OUTCOME_NOT_FOUND);
	fixture_run(x);
	assert_requests(x, "check, lookup contoso: S1");
	assert_rows(x, "S1 not-found");
	assert_batch(x, batch, BATCH_DONE);
}

static void
a_listing_that_cannot_be_read_whole_leaves_the_device_unknown(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch;

	fixture_look_up(x);
	batch = fixture_batch_of(x, "contoso", "S1");
	fake_device(x, "S1", OUTCOME_UNKNOWN);
	fixture_run(x);
	assert_requests(x, "check, lookup contoso: S1");
	assert_rows(x, "S1 unknown");
	assert_batch(x, batch, BATCH_LOST);
	fake_device(x, "S1", OUTCOME_DEREGISTERED);
	fixture_run(x); /* it is looked up again */
	assert_requests(x, "check, lookup contoso: S1, submit contoso: T-S1, poll contoso: T-S1");
	assert_rows(x, "S1 deregistered");
}

static void
a_failed_look_up_is_repeated(void **state)
{
	struct engine_fixture *x = *state;

	fixture_look_up(x);
	fixture_batch_of(x, "contoso", "S1");
	fake_answers(x, FAKE_LOOKUP, lost);
	fake_answers(x, FAKE_LOOKUP, not_sent);
	fixture_run(x);
	assert_int_equal(fixture_count(x, FAKE_LOOKUP), 3);
	assert_rows(x, "S1 deregistered");
}

static void
a_skipped_customer_stays_unsent(void **state)
{
	struct engine_fixture *x = *state;
	struct fake_answer skipped = {.end = ROUTE_SKIPPED, .retry_after = -1};
	int64_t first, second;

	fixture_look_up(x);
	first = fixture_batch_of(x, "contoso", "S1");
	second = fixture_batch_of(x, "fabrikam", "S2");
	skipped.only = "S1";
	fake_answers(x, FAKE_LOOKUP, skipped);
	skipped.only = "S2";
	fake_answers(x, FAKE_SUBMIT, skipped);
	fixture_run(x);
	assert_rows(x, "S1 not-sent, S2 not-sent");
	assert_batch(x, first, BATCH_PLANNED);
	assert_batch(x, second, BATCH_PLANNED);
	assert_stop(x, ENGINE_STOP_NONE);
}

static void
a_lost_deletion_is_repeated_at_any_age(void **state)
{
	struct engine_fixture *x = *state;

	fixture_look_up(x);
	x->set.resend_within_ms = 0;
	fixture_batch_of(x, "contoso", "S1");
	fake_answers(x, FAKE_SUBMIT, lost);
	fixture_run(x);
	assert_requests(x, "check, lookup contoso: S1, submit contoso: T-S1, submit contoso: T-S1, "
	                   "poll contoso: T-S1");
	assert_rows(x, "S1 deregistered");
}

static void
a_refused_repeat_of_a_lost_deletion_is_looked_up_again(void **state)
{
	struct engine_fixture *x = *state;
	int64_t batch;

	fixture_look_up(x);
	batch = fixture_batch_of(x, "contoso", "S1");
	fake_answers(x, FAKE_SUBMIT, lost);
	fake_answers(x, FAKE_SUBMIT, (struct fake_answer){.end = ROUTE_REFUSED, .retry_after = -1});
	fixture_run(x);
	assert_rows(x, "S1 unknown");
	assert_batch(x, batch, BATCH_LOST);
	fixture_run(x);
	assert_requests(x, "check, lookup contoso: S1, submit contoso: T-S1, submit contoso: T-S1, "
	                   "check, lookup contoso: S1, submit contoso: T-S1, poll contoso: T-S1");
	assert_rows(x, "S1 deregistered");
}

static void
a_plan_looks_up_and_sends_nothing(void **state)
{
	struct engine_fixture *x = *state;

	fixture_look_up(x);
	fixture_batch_of(x, "contoso", "S1");
	fixture_batch_of(x, "contoso", "S2");
	fake_device(x, "S2", OUTCOME_NOT_FOUND);
	fixture_plan(x);
	assert_int_equal(fixture_count(x, FAKE_LOOKUP), 2);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 0);
	assert_int_equal(x->lookup.found, 1);
	assert_int_equal(x->lookup.other[OUTCOME_NOT_FOUND], 1);
	assert_rows(x, "S1 not-sent, S2 not-sent");
	assert_reason(x, "S1", "found: ");
	assert_reason(x, "S2", "not-found: ");
}

/* ---- several machines, on PostgreSQL ---- */

#define SKIP_WITHOUT_SERVER(x) \
	do { \
		if ((x)->server == NULL) \
			SKIP("the ledger is a file"); /* one machine locks it for a whole run */ \
	} while (0)

static void
run_peer(struct engine_fixture *x)
{
	/* it would wait for our batch, which cannot go on meanwhile */
	x->peer->set.ends_ms = fixture_tick_ms() + 30 * SECOND;
	fixture_run(x->peer);
}

static void
two_machines_share_the_batches_of_a_run(void **state)
{
	struct engine_fixture *x = *state;

	SKIP_WITHOUT_SERVER(x);
	x->set.parallel = 1;
	fixture_batch(x, "S1");
	fixture_batch(x, "S2");
	fixture_batch(x, "S3");
	x->fake.meanwhile = run_peer;
	fixture_run(x);
	assert_requests(x, "check, submit S1, poll B1");
	assert_int_equal(fixture_count(x->peer, FAKE_SUBMIT), 2);
	assert_rows(x, "S1 deregistered, S2 deregistered, S3 deregistered");
	assert_stop(x, ENGINE_STOP_NONE);
}

static void
machines_share_one_canary_and_one_alarm(void **state)
{
	struct engine_fixture *x = *state;

	SKIP_WITHOUT_SERVER(x);
	x->set.canary = x->peer->set.canary = 1;
	x->set.max_unanswered = x->peer->set.max_unanswered = 10;
	fixture_batch(x, "S1 S2");
	fixture_batch(x, "S3");
	x->fake.meanwhile = run_peer;
	fixture_run(x);
	assert_int_equal(fixture_count(x->peer, FAKE_SUBMIT), 0);
	assert_rows(x, "S1 deregistered, S2 deregistered, S3 deregistered");
	assert_stop(x, ENGINE_STOP_NONE);
	fixture_batch(x, "S4");
	fake_device(x, "S4", OUTCOME_ALARM);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_GUARD);
	fixture_batch(x, "S5");
	fixture_run(x->peer);
	assert_stop(x->peer, ENGINE_STOP_GUARD);
	assert_int_equal(fixture_count(x->peer, FAKE_SUBMIT), 0);
	fixture_clear_alarms(x);
	assert_int_equal(ledger_begin(x->ledger, &x->err), 0);
	if (ledger_hold_moved(x->ledger, x->run.id, 0, &x->err) != 0)
		fail_msg("%s", x->err.text);
	assert_int_equal(ledger_commit(x->ledger, &x->err), 0);
}

static void
machines_share_the_limit_of_unanswered_devices(void **state)
{
	struct engine_fixture *x = *state;

	SKIP_WITHOUT_SERVER(x);
	x->set.max_unanswered = x->peer->set.max_unanswered = 2;
	for (int i = 0; i < 4; i++)
		fixture_batch(x, (const char *const[]){"S1", "S2", "S3", "S4"}[i]);
	/* the peer sends S2, which is not answered, while S1 is on its way */
	x->set.parallel = 1;
	x->peer->set.poll_deadline_ms = 0;
	fake_answers(x->peer, FAKE_POLL, pending);
	fake_answers(x, FAKE_POLL, pending);
	x->fake.meanwhile = run_peer;
	fixture_run(x);
	assert_int_equal(fixture_count(x->peer, FAKE_SUBMIT), 1);
	assert_requests(
		x, "check, submit S1, poll B1, poll B1, submit S3, poll B2, submit S4, poll B3");
	assert_rows(x, "S1 deregistered, S2 pending, S3 deregistered, S4 deregistered");
}

static void
an_alarm_on_one_machine_stops_the_next_batch_of_another(void **state)
{
	struct engine_fixture *x = *state;

	SKIP_WITHOUT_SERVER(x);
	x->set.parallel = x->peer->set.parallel = 1;
	for (int i = 0; i < 3; i++)
		fixture_batch(x, (const char *const[]){"S1", "S2", "S3"}[i]);
	fake_device(x->peer, "S2", OUTCOME_ALARM);
	x->fake.meanwhile = run_peer;
	fixture_run(x);
	assert_stop(x->peer, ENGINE_STOP_GUARD);
	assert_stop(x, ENGINE_STOP_GUARD);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT) + fixture_count(x->peer, FAKE_SUBMIT), 2);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 1);
}

static void
a_batch_of_a_living_machine_is_left_alone(void **state)
{
	struct engine_fixture *x = *state;
	struct ledger_batch b;
	int64_t batch;

	SKIP_WITHOUT_SERVER(x);
	batch = fixture_batch(x, "S1");
	fixture_batch(x, "S2");
	assert_int_equal(
		ledger_batch_claim(x->peer->ledger, x->run.id, BATCH_PLANNED, 0, &b, &x->err), 1);
	assert_int_equal(b.id, batch);
	ledger_batch_release(&b);
	x->set.ends_ms = fixture_tick_ms() + MINUTE;
	fixture_run(x);
	assert_requests(x, "check, submit S2, poll B1");
	assert_stop(x, ENGINE_STOP_DURATION); /* it waited for the other machine until then */
}

static void
a_batch_of_a_dead_machine_is_taken_over(void **state)
{
	struct engine_fixture *x = *state;
	struct ledger_batch b;
	int64_t batch;

	SKIP_WITHOUT_SERVER(x);
	batch = fixture_batch(x, "S1");
	ledger_claims_start(
		x->peer->ledger,
		-1); /* its lease is over before it began, even within one millisecond */
	assert_int_equal(
		ledger_batch_claim(x->peer->ledger, x->run.id, BATCH_PLANNED, 0, &b, &x->err), 1);
	ledger_batch_release(&b);
	assert_int_equal(ledger_batch_sent(x->peer->ledger, batch, NULL, &x->err), 0);
	fake_device(x, "S1", OUTCOME_NOT_REGISTERED);
	fixture_run(x);
	assert_requests(x, "check, submit S1, poll B1");
	assert_rows(x, "S1 not-registered");
	assert_reason(x, "S1", "that request may have deregistered the device");
}

/* ---- signals: these stay raised, so they come last and in this order ---- */

static void
a_signal_waits_for_answers_that_are_on_their_way(void **state)
{
	struct engine_fixture *x = *state;
	int64_t first, second, queued, planned;

	x->set.parallel = 3;
	first = fixture_batch(x, "S1");
	second = fixture_batch(x, "S2");
	queued = fixture_batch(x, "S3");
	planned = fixture_batch(x, "S4");
	fake_answers(x, FAKE_SUBMIT,
	             (struct fake_answer){.end = ROUTE_ACCEPTED,
	                                  .retry_after = -1,
	                                  .latency_ms = 20 * SECOND,
	                                  .raise = SIGTERM});
	fake_answers(
		x, FAKE_SUBMIT,
		(struct fake_answer){.end = ROUTE_ACCEPTED, .retry_after = -1, .latency_ms = HOUR});
	fake_answers(x, FAKE_SUBMIT, queued_5s);
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_SIGNAL);
	assert_int_equal(x->result.signal, SIGTERM);
	assert_requests(x, "check, submit S1, submit S2, submit S3");
	/* the second answer did not come within the grace of thirty seconds; the third request waited in the
	 * route, and did not leave */
	assert_rows(x, "S1 pending, S2 unknown, S3 not-sent, S4 not-sent");
	assert_reason(x, "S3", "signal");
	assert_batch(x, first, BATCH_ACCEPTED);
	assert_batch(x, second, BATCH_LOST);
	assert_batch(x, queued, BATCH_PLANNED);
	assert_batch(x, planned, BATCH_PLANNED);
	assert_in_range(fixture_tick_ms(), FIXTURE_TICK_MS + 30 * SECOND,
	                FIXTURE_TICK_MS + 33 * SECOND);
}

static void
a_signal_before_the_first_batch_sends_nothing(void **state)
{
	struct engine_fixture *x = *state;

	fixture_batch(x, "S1");
	fixture_run(x);
	assert_stop(x, ENGINE_STOP_SIGNAL);
	assert_int_equal(fixture_count(x, FAKE_SUBMIT), 0);
	assert_rows(x, "S1 not-sent");
	assert_reason(x, "S1", "signal");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TEST(a_batch_is_sent_accepted_and_polled),
		ENGINE_TEST(the_intent_is_in_the_ledger_before_anything_leaves),
		ENGINE_TEST(a_pending_result_is_polled_by_the_interval),
		ENGINE_TEST(no_more_than_parallel_requests_are_in_flight),
		ENGINE_TEST(answers_that_come_together_share_a_commit),
		ENGINE_TEST(starts_keep_the_limit_of_a_second),
		ENGINE_TEST(a_refused_batch_is_halved_until_the_row_stands_alone),
		ENGINE_TEST(a_refusal_that_every_batch_would_get_is_not_halved),
		ENGINE_TEST(a_refusal_after_a_lost_answer_is_unknown),
		ENGINE_TEST(both_halves_of_a_lost_batch_are_sent_again),
		ENGINE_TEST(a_request_that_did_not_leave_is_tried_again_with_backoff),
		ENGINE_TEST(retries_used_up_end_the_run),
		ENGINE_TEST(a_run_that_ended_early_is_taken_up_where_it_stopped),
		ENGINE_TEST(a_throttling_service_gets_the_pause_that_it_asks_for),
		ENGINE_TEST(after_a_pause_fewer_requests_are_in_flight),
		ENGINE_TEST(a_pause_of_more_than_an_hour_is_not_waited_for),
		ENGINE_TEST(throttling_uses_up_no_retries),
		ENGINE_TEST(throttling_is_waited_for_until_its_deadline),
		ENGINE_TEST(a_lost_answer_after_throttling_is_asked_for_again),
		ENGINE_TEST(a_lost_answer_after_requests_that_did_not_leave_is_asked_for_again),
		ENGINE_TEST(a_throttled_poll_costs_no_answer),
		ENGINE_TEST(a_pause_holds_for_the_next_run_of_the_command),
		ENGINE_TEST(a_pause_of_more_than_an_hour_ends_the_next_run_of_the_command),
		ENGINE_TEST(max_duration_ends_a_pause_of_an_earlier_run),
		ENGINE_TEST(a_throttled_customer_does_not_hold_up_another),
		ENGINE_TEST(a_customer_that_stays_throttled_is_given_up_alone),
		ENGINE_TEST(a_lost_answer_is_asked_for_again_within_resend_within),
		ENGINE_TEST(a_lost_answer_that_is_too_old_waits_for_a_person),
		ENGINE_TEST(resend_sends_once_more_and_no_oftener),
		ENGINE_TEST(resend_sends_what_the_answer_lacks_until_its_deadline),
		ENGINE_TEST(what_is_sent_again_has_not_failed_yet),
		ENGINE_TEST(nothing_is_sent_again_after_an_alarm),
		ENGINE_TEST(a_young_lost_answer_is_taken_up_by_a_later_run),
		ENGINE_TEST(a_pause_longer_than_resend_within_leaves_the_answer_lost),
		ENGINE_TEST(a_request_does_not_leave_after_resend_within),
		ENGINE_TEST(a_first_send_in_the_future_is_too_old),
		ENGINE_TEST(a_known_batch_is_polled_before_it_is_sent_again),
		ENGINE_TEST(a_lost_batch_that_the_service_knows_is_not_sent_again),
		ENGINE_TEST(each_half_of_a_batch_that_is_sent_again_keeps_the_batch_id),
		ENGINE_TEST(resend_is_proposed_only_where_it_would_help),
		ENGINE_TEST(a_guard_does_not_keep_a_known_batch_from_being_polled),
		ENGINE_TEST(a_held_device_is_left_out_when_its_batch_is_sent_again),
		ENGINE_TEST(a_lost_batch_of_held_devices_is_not_sent_again),
		ENGINE_TEST(a_held_device_of_an_accepted_batch_is_not_sent_again),
		ENGINE_TEST(a_held_device_does_not_hold_up_the_canary),
		ENGINE_TEST(an_unreadable_answer_to_a_lost_batch_sends_nothing_by_itself),
		ENGINE_TEST(resend_does_not_repeat_what_the_same_command_sent),
		ENGINE_TEST(a_refusal_leaves_a_known_batch_to_be_polled),
		ENGINE_TEST(a_canary_that_was_refused_after_its_answer_was_lost_stops_the_run),
		ENGINE_TEST(one_batch_id_for_two_batches_is_unreadable),
		ENGINE_TEST(an_alarm_with_the_batch_id_of_another_batch_is_one_of_every_row),
		ENGINE_TEST(a_refused_certificate_after_sending_stops_and_is_unknown),
		ENGINE_TEST(a_batch_that_the_service_forgot_is_lost),
		ENGINE_TEST(an_unreadable_result_is_asked_for_again_and_never_sent_again),
		ENGINE_TEST(a_service_that_goes_away_leaves_accepted_devices_pending),
		ENGINE_TEST(polling_ends_at_its_deadline),
		ENGINE_TEST(collecting_asks_once_and_sends_nothing),
		ENGINE_TEST(an_unreadable_answer_does_not_end_the_collecting),
		ENGINE_TEST(collecting_gives_up_on_a_service_in_trouble),
		ENGINE_TEST(collecting_asks_for_a_lost_batch_whose_id_is_known),
		ENGINE_TEST(too_many_failures_stop_before_the_next_batch),
		ENGINE_TEST(an_alarm_stops_everything),
		ENGINE_TEST(an_alarm_holds_the_ledger_and_answers_are_still_collected),
		ENGINE_TEST(a_cleared_alarm_is_not_raised_again),
		ENGINE_TEST(a_cleared_alarm_is_raised_again_after_another_request),
		ENGINE_TEST(an_alarm_while_collecting_does_not_end_the_collecting),
		ENGINE_TEST(nothing_leaves_before_the_canary_is_answered),
		ENGINE_TEST(a_canary_of_failures_stops_the_run),
		ENGINE_TEST(a_canary_without_an_answer_sends_nothing_else),
		ENGINE_TEST(an_alarm_in_the_canary_stops_the_run),
		ENGINE_TEST(the_counts_of_an_answer_are_those_of_its_rows),
		ENGINE_TEST(a_trusted_canary_is_not_repeated),
		ENGINE_TEST(a_canary_is_trusted_from_its_last_good_answer_on),
		ENGINE_TEST(a_canary_whose_good_answer_is_old_lets_nobody_follow),
		ENGINE_TEST(after_an_alarm_no_earlier_canary_is_trusted),
		ENGINE_TEST(a_refused_canary_is_halved_before_the_rest_follows),
		ENGINE_TEST(the_canary_of_single_devices_is_the_first_few),
		ENGINE_TEST(the_canary_of_devices_that_were_looked_up_in_vain_is_no_larger),
		ENGINE_TEST(a_batch_that_was_looked_up_in_vain_has_one_job),
		ENGINE_TEST(such_a_batch_has_one_job_also_after_its_customer_was_given_up),
		ENGINE_TEST(another_batch_takes_the_place_of_a_held_canary),
		ENGINE_TEST(a_held_batch_is_no_canary),
		ENGINE_TEST(no_more_devices_wait_for_an_answer_than_allowed),
		ENGINE_TEST(a_canary_larger_than_the_limit_is_made_smaller),
		ENGINE_TEST(a_service_that_never_answers_gets_no_more_devices),
		ENGINE_TEST(the_last_devices_may_fill_the_window_and_stay_without_an_answer),
		ENGINE_TEST(a_canary_without_room_does_not_wait_for_ever),
		ENGINE_TEST(an_alarm_does_not_wait_for_the_rest_of_its_batch),
		ENGINE_TEST(the_outbound_guard_stops_everything),
		ENGINE_TEST(max_duration_sends_no_more_and_takes_what_was_accepted),
		ENGINE_TEST(max_duration_waits_no_longer_than_two_polls),
		ENGINE_TEST(nothing_leaves_after_a_refusal_of_the_credentials),
		ENGINE_TEST(nothing_leaves_after_the_outbound_guard),
		ENGINE_TEST(nothing_leaves_after_an_alarm),
		ENGINE_TEST(nothing_leaves_after_too_many_failures),
		ENGINE_TEST(nothing_leaves_after_retries_are_used_up),
		ENGINE_TEST(nothing_leaves_after_max_duration),
		ENGINE_TEST(nothing_leaves_if_max_duration_ends_while_the_intent_is_written),
		ENGINE_TEST(refused_credentials_stop_before_anything_is_sent),
		ENGINE_TEST(credentials_refused_later_stop_everything),
		ENGINE_TEST(a_service_that_is_down_is_tried_again_and_nothing_is_sent),
		ENGINE_TEST(after_an_unanswered_check_batches_go_one_at_a_time),
		ENGINE_TEST(after_an_unanswered_check_a_lost_batch_goes_before_the_next),
		ENGINE_TEST(after_an_unanswered_check_several_lost_batches_and_a_canary_still_end),
		ENGINE_TEST(a_run_with_nothing_to_ask_makes_no_request),
		ENGINE_TEST(a_device_is_looked_up_before_it_is_deleted),
		ENGINE_TEST(a_device_that_is_not_listed_is_not_asked_for),
		ENGINE_TEST(a_listing_that_cannot_be_read_whole_leaves_the_device_unknown),
		ENGINE_TEST(a_failed_look_up_is_repeated),
		ENGINE_TEST(a_skipped_customer_stays_unsent),
		ENGINE_TEST(a_lost_deletion_is_repeated_at_any_age),
		ENGINE_TEST(a_refused_repeat_of_a_lost_deletion_is_looked_up_again),
		ENGINE_TEST(a_plan_looks_up_and_sends_nothing),
		SHARED_TEST(two_machines_share_the_batches_of_a_run),
		SHARED_TEST(machines_share_one_canary_and_one_alarm),
		SHARED_TEST(machines_share_the_limit_of_unanswered_devices),
		SHARED_TEST(an_alarm_on_one_machine_stops_the_next_batch_of_another),
		SHARED_TEST(a_batch_of_a_living_machine_is_left_alone),
		SHARED_TEST(a_batch_of_a_dead_machine_is_taken_over),
		ENGINE_TEST(a_signal_waits_for_answers_that_are_on_their_way),
		ENGINE_TEST(a_signal_before_the_first_batch_sends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
