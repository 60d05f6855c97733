/* Retry arithmetic: backoff, pauses and both limits. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/patience.h"

#define HOUR_MS (3600LL * 1000)

static const struct patience_limits limits = {.retries = 5, .trouble_ms = HOUR_MS};

static void
backoff_doubles_up_to_a_minute(void **state)
{
	static const int64_t middle[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(middle); i++)
		for (int n = 0; n < 200; n++) {
			int64_t ms = patience_backoff_ms(i + 1);
			assert_in_range(ms, middle[i] * 3 / 4, middle[i] * 5 / 4);
		}
	assert_in_range(patience_backoff_ms(UINT32_MAX), 45000, 75000);
}

static void
backoff_has_jitter(void **state)
{
	int64_t first = patience_backoff_ms(7);
	bool differs = false;

	(void)state;
	for (int n = 0; n < 100 && !differs; n++)
		differs = patience_backoff_ms(7) != first;
	assert_true(differs);
}

static void
doubling_keeps_a_first_wait_above_the_maximum(void **state)
{
	(void)state;
	assert_int_equal(patience_doubled_ms(60000, 1, 600000), 60000);
	assert_int_equal(patience_doubled_ms(60000, 4, 600000), 480000);
	assert_int_equal(patience_doubled_ms(60000, 5, 600000), 600000);
	assert_int_equal(patience_doubled_ms(60000, UINT32_MAX, 600000), 600000);
	assert_int_equal(patience_doubled_ms(900000, 6, 600000), 900000);
}

static void
a_pause_is_capped(void **state)
{
	(void)state;
	assert_int_equal(patience_pause_ms(0, HOUR_MS), 0);
	assert_int_equal(patience_pause_ms(90, HOUR_MS), 90000);
	assert_int_equal(patience_pause_ms(3600, HOUR_MS), HOUR_MS);
	assert_int_equal(patience_pause_ms(LONG_MAX, HOUR_MS), HOUR_MS); /* no overflow */
}

static void
retries_are_used_up(void **state)
{
	struct patience p = {0};

	(void)state;
	for (unsigned i = 0; i < limits.retries; i++)
		assert_true(patience_failed(&p, &limits, 7000, PATIENCE_UNNAMED) > 0);
	assert_int_equal(p.failures, 5);
	assert_int_equal(p.since_ms, 7000);
	assert_true(patience_failed(&p, &limits, 7000, PATIENCE_UNNAMED) == PATIENCE_GIVE_UP);
	patience_reset(&p);
	assert_true(patience_failed(&p, &limits, 9000, PATIENCE_UNNAMED) > 0);
	assert_int_equal(p.since_ms, 9000);
}

static void
retry_after_replaces_the_backoff(void **state)
{
	struct patience p = {0};
	int64_t wait;

	(void)state;
	wait = patience_failed(&p, &limits, 0, 120);
	assert_in_range(wait, 120000, 120125);
	p.failures = 4;
	wait = patience_failed(&p, &limits, 0, 0); /* "now": only the jitter is left */
	assert_in_range(wait, 1200, 2000);
}

static void
trouble_is_bounded(void **state)
{
	struct patience p = {0};

	(void)state;
	/* a pause of the whole hour and its jitter exceed the limit */
	assert_true(patience_failed(&p, &limits, 0, 3600) == PATIENCE_GIVE_UP);
	patience_reset(&p);
	assert_in_range(patience_failed(&p, &limits, 1000, 3000), 3000000, 3000125);
	/* counted from the first failure, not from the last one */
	assert_true(patience_failed(&p, &limits, 3001000, 1200) == PATIENCE_GIVE_UP);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(backoff_doubles_up_to_a_minute),
		cmocka_unit_test(backoff_has_jitter),
		cmocka_unit_test(doubling_keeps_a_first_wait_above_the_maximum),
		cmocka_unit_test(a_pause_is_capped),
		cmocka_unit_test(retries_are_used_up),
		cmocka_unit_test(retry_after_replaces_the_backoff),
		cmocka_unit_test(trouble_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
