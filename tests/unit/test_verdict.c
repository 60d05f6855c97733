/* What an answer means for the devices of a batch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "partner/engine/verdict.h"

static void
a_missing_device_is_unknown_only_after_the_last_answer(void **state)
{
	const struct route_verdict missing = {.outcome = OUTCOME_PENDING, .missing = true};
	const struct route_verdict pending = {.outcome = OUTCOME_PENDING};
	const struct route_verdict done = {.outcome = OUTCOME_DEREGISTERED};

	(void)state;
	assert_int_equal(verdict_outcome(&missing, false), OUTCOME_PENDING);
	assert_int_equal(verdict_outcome(&missing, true), OUTCOME_UNKNOWN);
	assert_int_equal(verdict_outcome(&pending, true), OUTCOME_PENDING);
	assert_int_equal(verdict_outcome(&done, true), OUTCOME_DEREGISTERED);
	assert_int_equal(verdict_outcome(&done, false), OUTCOME_DEREGISTERED);
}

static void
one_pending_device_keeps_the_answer_open(void **state)
{
	const struct route_verdict v[] = {{.outcome = OUTCOME_DEREGISTERED},
	                                  {.outcome = OUTCOME_ALARM},
	                                  {.outcome = OUTCOME_PENDING}};

	(void)state;
	assert_true(verdict_any_pending(v, 3));
	assert_false(verdict_any_pending(v, 2));
	assert_false(verdict_any_pending(v, 0));
}

static void
a_lost_answer_is_a_part_of_the_reason(void **state)
{
	static const struct {
		enum outcome outcome;
		const char *want;
	} cases[] = {
		{OUTCOME_DEREGISTERED, "said"},
		{OUTCOME_PENDING, "said"},
		{OUTCOME_NOT_REGISTERED,
	         "said; an earlier answer was lost: that request may have deregistered the device"},
		{OUTCOME_NOT_OURS, "said; an earlier answer was lost"},
		{OUTCOME_UNKNOWN, "said; an earlier answer was lost"},
		{OUTCOME_ALARM, "said; an earlier answer was lost"},
	};
	char text[VERDICT_REASON_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct route_verdict v = {.outcome = cases[i].outcome, .reason = "said"};
		assert_string_equal(verdict_reason(&v, true, text), cases[i].want);
		assert_string_equal(verdict_reason(&v, false, text), "said");
	}
}

static void
counts_what_is_answered_failed_and_open(void **state)
{
	static const struct {
		enum outcome outcome;
		bool missing, answered, failed, pending, unknown;
	} cases[] = {
		{OUTCOME_DEREGISTERED, false, true, false, false, false},
		{OUTCOME_NOT_REGISTERED, false, true, false, false, false},
		{OUTCOME_NOT_FOUND, false, true, true, false, false},
		{OUTCOME_ALARM, false, true, true, false, false},
		{OUTCOME_UNKNOWN, false, true, true, false, true},
		{OUTCOME_UNKNOWN, true, true, true, true, true}, /* the batch is polled again */
		{OUTCOME_PENDING, false, false, false, true, false},
		{OUTCOME_PENDING, true, false, false, true, false},
	};
	struct verdict_tally all = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct verdict_tally t = {0};
		verdict_count(&t, cases[i].outcome, cases[i].missing);
		verdict_count(&all, cases[i].outcome, cases[i].missing);
		assert_int_equal(t.answered, cases[i].answered);
		assert_int_equal(t.failed, cases[i].failed);
		assert_int_equal(t.decided[cases[i].outcome], cases[i].answered);
		assert_int_equal(t.pending, cases[i].pending);
		assert_int_equal(t.unknown, cases[i].unknown);
	}
	assert_int_equal(all.answered, 6);
	assert_int_equal(all.failed, 4);
	assert_int_equal(all.decided[OUTCOME_UNKNOWN], 2);
	assert_true(all.pending && all.unknown);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_missing_device_is_unknown_only_after_the_last_answer),
		cmocka_unit_test(one_pending_device_keeps_the_answer_open),
		cmocka_unit_test(a_lost_answer_is_a_part_of_the_reason),
		cmocka_unit_test(counts_what_is_answered_failed_and_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
