/* Marks come back as they were added, in parts that fit, and lead to their rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "partner/ledger/marks.h"

struct wanted {
	struct mark mark;
	int64_t row[8];
	size_t count, parts;
};

static int
search_part(void *ctx, size_t bucket, int64_t first, const char *part, struct error *err)
{
	struct wanted *w = ctx;

	(void)err;
	w->parts++;
	assert_int_equal(strlen(part), marks_count(part) * 9);
	for (size_t i = 0; bucket == w->mark.bucket && i < marks_count(part); i++) {
		struct mark_entry e = marks_entry(part, i);
		if (e.value == w->mark.value && w->count < ARRAY_SIZE(w->row))
			w->row[w->count++] = first + e.offset;
	}
	return 0;
}

static void
a_row_has_three_marks(void **state)
{
	struct wanted w[] = {{.mark = mark_of_device("FB-1001")},
	                     {.mark = mark_of_device("3300000000001")},
	                     {.mark = mark_of_ticket("RMA 7")},
	                     {.mark = mark_of_ticket("FB-1001")}};
	static const size_t expected[] = {1, 1, 2, 0};
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(w); i++) {
		struct marks *m = marks_new();
		assert_true(marks_add(m, 5000000000, "fb-1001", "", "rma 7"));
		assert_true(marks_add(m, 5000000003, "", "3300000000001", "RMA 7"));
		assert_int_equal(marks_flush(m, search_part, &w[i], &err), 0);
		assert_int_equal(w[i].count, expected[i]);
		marks_free(m);
	}
	assert_int_equal(w[0].row[0], 5000000000);
	assert_int_equal(w[1].row[0], 5000000003);
	assert_int_equal(w[2].row[1], 5000000003);
}

static void
a_full_one_is_flushed(void **state)
{
	struct wanted w = {.mark = mark_of_device("S7")};
	struct marks *m = marks_new();
	struct error err;
	char serial[24];
	int64_t row = 1;

	(void)state;
	do
		snprintf(serial, sizeof(serial), "S%lld", (long long)row);
	while (marks_add(m, row++, serial, "", ""));
	assert_true(row > 200000);
	assert_int_equal(marks_flush(m, search_part, &w, &err), 0);
	assert_int_equal(w.parts, MARKS_DEVICE_BUCKETS);
	assert_true(w.count >= 1);
	assert_int_equal(w.row[0], 7);
	assert_true(marks_add(m, row, "S", "", ""));
	assert_false(marks_add(m, row + MARKS_OFFSET_MAX + 1, "S", "", ""));
	marks_free(m);
}

static void
a_set_knows_its_values(void **state)
{
	struct mark_set s = {0};

	(void)state;
	assert_false(mark_set_has(&s, 0));
	for (uint32_t i = 0; i < 100000; i++)
		mark_set_add(&s, i * 7);
	mark_set_add(&s, 0);
	assert_int_equal(s.count, 100000);
	for (uint32_t i = 0; i < 700000; i++)
		assert_int_equal(mark_set_has(&s, i), i % 7 == 0);
	mark_set_release(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_has_three_marks),
		cmocka_unit_test(a_full_one_is_flushed),
		cmocka_unit_test(a_set_knows_its_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
