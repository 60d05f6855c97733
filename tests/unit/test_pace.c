/* The pace of requests, with a clock of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "partner/engine/guards.h"
#include "partner/engine/pace.h"

static void
starts_are_spread_evenly(void **state)
{
	struct pace p;
	int64_t now = 5000;
	int started = 0;

	(void)state;
	pace_init(&p, 64, 2500); /* two and a half a second */
	for (; now < 15000; now++)
		if (pace_wait_ms(&p, 0, now) == 0) {
			pace_started(&p, now);
			started++;
		}
	assert_int_equal(started, 25);
	/* a quiet minute is not saved up */
	now += 60000;
	assert_int_equal(pace_wait_ms(&p, 0, now), 0);
	pace_started(&p, now);
	assert_int_equal(pace_wait_ms(&p, 0, now), 400);
}

static void
without_a_limit_the_window_alone_counts(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, 2, 0);
	pace_started(&p, 100);
	assert_int_equal(pace_wait_ms(&p, 1, 100), 0);
	assert_true(pace_wait_ms(&p, 2, 100) == PACE_FULL);
}

static void
throttling_stops_all_and_then_lets_fewer_in(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, 8, 0);
	/* requests that were in flight together count once */
	for (int i = 0; i < 8; i++)
		pace_throttled(&p, 1000, 2000);
	assert_int_equal(p.window, 4);
	assert_int_equal(pace_wait_ms(&p, 0, 1000), 2000);
	assert_int_equal(pace_wait_ms(&p, 0, 3000), 0);
	/* a shorter pause does not end a longer one */
	pace_throttled(&p, 3000, 5000);
	pace_throttled(&p, 3100, 100);
	assert_int_equal(p.window, 2);
	assert_int_equal(pace_wait_ms(&p, 0, 3200), 4800);
	assert_int_equal(p.paused_ms, 2000 + 5000); /* pauses that overlap are one */
	pace_throttled(&p, 7000, 3000);
	assert_int_equal(p.paused_ms, 2000 + 7000);
	for (int64_t now = 10000; p.window > 1; now += 1000)
		pace_throttled(&p, now, 0);
	pace_throttled(&p, 100000, 0);
	assert_int_equal(p.window, 1); /* never none */
}

static void
the_next_run_goes_on_with_pause_and_window(void **state)
{
	struct pace first = {0}, next;

	(void)state;
	pace_init(&next, 8, 2 * PACE_TPS_ONE);
	pace_continue(&next, &first, 1000); /* there was none */
	assert_int_equal(next.window, 8);
	assert_int_equal(pace_wait_ms(&next, 0, 1000), 0);
	pace_init(&first, 8, 2 * PACE_TPS_ONE);
	pace_throttled(&first, 1000, 19000);
	pace_continue(&next, &first, 5000);
	assert_int_equal(next.window, 4);
	assert_int_equal(pace_pause_ms(&next, 5000), 15000);
	assert_int_equal(pace_wait_ms(&next, 0, 5000), 15000);
	assert_int_equal(next.paused_ms, 15000);
	assert_int_equal(pace_pause_ms(&next, 20000), 0);
	pace_started(&first, 20000);
	pace_init(&next, 2, 2 * PACE_TPS_ONE);
	pace_continue(&next, &first, 20100);
	assert_int_equal(next.window, 2);
	assert_int_equal(pace_wait_ms(&next, 0, 20100), 400);
	assert_int_equal(next.paused_ms, 0);
}

static void
answers_let_more_in_up_to_the_limit(void **state)
{
	struct pace p;
	int answers = 0;

	(void)state;
	pace_init(&p, 4, 0);
	pace_throttled(&p, 0, 0);
	pace_throttled(&p, 1, 0);
	assert_int_equal(p.window, 1);
	for (; p.window < 4; answers++)
		pace_taken(&p);
	assert_int_equal(answers, 1 + 2 + 3);
	for (int i = 0; i < 100; i++)
		pace_taken(&p);
	assert_int_equal(p.window, 4);
}

static void
failures_are_judged_from_twenty_answers_on(void **state)
{
	(void)state;
	assert_false(guards_failing(19, 19, 20));
	assert_false(guards_failing(20, 4, 20));
	assert_true(guards_failing(20, 5, 20));
	assert_false(guards_failing(1000, 1000, 100));
	assert_true(guards_failing(20, 1, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_are_spread_evenly),
		cmocka_unit_test(without_a_limit_the_window_alone_counts),
		cmocka_unit_test(throttling_stops_all_and_then_lets_fewer_in),
		cmocka_unit_test(the_next_run_goes_on_with_pause_and_window),
		cmocka_unit_test(answers_let_more_in_up_to_the_limit),
		cmocka_unit_test(failures_are_judged_from_twenty_answers_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
