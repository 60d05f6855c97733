/* Identities that come again are named, and hardly another one; more than there is room for are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "partner/ledger/dedup.h"

static void
what_comes_again_is_named_and_nothing_else(void **state)
{
	struct seen *s = seen_new();
	const int64_t *repeated;
	size_t count;

	(void)state;
	for (int64_t i = 0; i < 1000000; i++)
		seen_add(s, i);
	seen_add(s, 7);
	seen_add(s, 999999);
	assert_true(seen_repeated(s, &repeated, &count));
	assert_int_equal(count, 2);
	assert_int_equal(repeated[0], 7);
	assert_int_equal(repeated[1], 999999);
	seen_free(s);
}

/* Whatever an identity is, that it came before is not missed. */
static void
no_repeated_one_is_missed(void **state)
{
	static const int64_t odd[] = {0, -1, INT64_MIN, INT64_MAX, 1LL << 32, 1LL << 21};
	struct seen *s = seen_new();
	const int64_t *repeated;
	size_t count;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd) * 2; i++) {
		seen_expect(s, odd[i % ARRAY_SIZE(odd)]);
		seen_add(s, odd[i % ARRAY_SIZE(odd)]);
	}
	assert_true(seen_repeated(s, &repeated, &count));
	assert_int_equal(count, ARRAY_SIZE(odd));
	seen_free(s);
}

static void
too_many_are_told(void **state)
{
	struct seen *different = seen_new(), *alike = seen_new();
	const int64_t *repeated;
	size_t count;

	(void)state;
	for (int64_t i = 0; i < SEEN_ROOM - 1; i++)
		seen_add(different, i);
	assert_true(seen_repeated(different, &repeated, &count));
	seen_add(different, SEEN_ROOM);
	assert_false(seen_repeated(different, &repeated, &count));
	seen_add(different, SEEN_ROOM + 1); /* and there is no way into a full table */
	for (int64_t i = 0; i <= SEEN_MAX; i++)
		seen_add(alike, 1);
	assert_true(seen_repeated(alike, &repeated, &count));
	seen_add(alike, 1);
	assert_false(seen_repeated(alike, &repeated, &count));
	seen_free(different);
	seen_free(alike);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_again_is_named_and_nothing_else),
		cmocka_unit_test(no_repeated_one_is_missed),
		cmocka_unit_test(too_many_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
