/* Every duplicate is reported, nothing else in an ordinary run, little else in a huge one, and an overflow is noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "partner/ledger/dedup.h"

static void
only_duplicates_are_reported(void **state)
{
	struct dedup *d = dedup_new();
	const int64_t *repeated;
	size_t count;

	(void)state;
	for (int64_t i = 0; i < 1000000; i++)
		dedup_add(d, i);
	dedup_add(d, 7);
	dedup_add(d, 999999);
	assert_true(dedup_repeated(d, &repeated, &count));
	assert_int_equal(count, 2);
	assert_int_equal(repeated[0], 7);
	assert_int_equal(repeated[1], 999999);
	dedup_free(d);
}

/* Unusual bit patterns, such as 0, which also marks a free slot. */
static void
no_duplicate_is_missed(void **state)
{
	static const int64_t odd[] = {0, -1, INT64_MIN, INT64_MAX, 1LL << 32, 1LL << 21};
	struct dedup *d = dedup_new();
	const int64_t *repeated;
	size_t count;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd) * 2; i++) {
		dedup_prefetch(d, odd[i % ARRAY_SIZE(odd)]);
		dedup_add(d, odd[i % ARRAY_SIZE(odd)]);
	}
	assert_true(dedup_repeated(d, &repeated, &count));
	assert_int_equal(count, ARRAY_SIZE(odd));
	dedup_free(d);
}

/* The first and the last of the table, and one that only the filter knows. */
static void
beyond_its_room_it_misses_no_duplicate_and_reports_few_others(void **state)
{
	static const int64_t again[] = {0, DEDUP_ROOM - 1, DEDUP_ROOM, 2 * DEDUP_ROOM - 1};
	struct dedup *d = dedup_new();
	const int64_t *repeated;
	size_t count;

	(void)state;
	for (int64_t i = 0; i < DEDUP_ROOM; i++)
		dedup_add(d, i);
	assert_true(dedup_repeated(d, &repeated, &count));
	assert_int_equal(count, 0);
	for (int64_t i = DEDUP_ROOM; i < 2 * DEDUP_ROOM; i++) {
		dedup_prefetch(d, i);
		dedup_add(d, i);
	}
	assert_true(dedup_repeated(d, &repeated, &count));
	assert_in_range(count, 0, 2 * DEDUP_ROOM / 1000);
	for (size_t i = 0; i < ARRAY_SIZE(again); i++)
		dedup_add(d, again[i]);
	assert_true(dedup_repeated(d, &repeated, &count));
	assert_true(count >= ARRAY_SIZE(again));
	assert_memory_equal(repeated + count - ARRAY_SIZE(again), again, sizeof(again));
	dedup_free(d);
}

static void
too_many_duplicates_are_noticed(void **state)
{
	struct dedup *d = dedup_new();
	const int64_t *repeated;
	size_t count;

	(void)state;
	for (int64_t i = 0; i <= DEDUP_MAX; i++)
		dedup_add(d, 1);
	assert_true(dedup_repeated(d, &repeated, &count));
	assert_int_equal(count, DEDUP_MAX);
	dedup_add(d, 1);
	assert_false(dedup_repeated(d, &repeated, &count));
	dedup_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_duplicates_are_reported),
		cmocka_unit_test(no_duplicate_is_missed),
		cmocka_unit_test(beyond_its_room_it_misses_no_duplicate_and_reports_few_others),
		cmocka_unit_test(too_many_duplicates_are_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
