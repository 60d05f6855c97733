/* Files that are replaced together: all old ones until they are placed, all new ones after, no leftovers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/file_set.h"
#include "tests/unit/fixture_dir.h"

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define MANY 40 /* more than are synced one by one */

static char dir[FIXTURE_PATH_SIZE];
static struct file_set *set;

static int
set_up(void **state)
{
	struct error err;

	(void)state;
	if (mkdtemp(fixture_temp(dir, sizeof(dir), "unpilot-set")) == NULL)
		return -1;
	set = file_set_open(dir, &err);
	return set != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	char *command = xasprintf("rm -rf '%s'", dir);
	int rc = system(command);

	(void)state;
	file_set_free(set);
	free(command);
	return rc;
}

static void
put(const char *name, const char *text)
{
	char *path = file_join(dir, name);
	struct error err;

	assert_int_equal(file_write(path, FILE_MODE_PUBLIC, text, strlen(text), &err), 0);
	free(path);
}

static void
add(const char *name, const char *text)
{
	struct file_writer w;
	struct error err;

	assert_int_equal(file_begin_in(&w, dir, name, &err), 0);
	fputs(text, w.stream);
	assert_int_equal(file_set_add(set, &w, &err), 0);
	assert_null(w.stream);
}

/* want NULL: there is no such file */
static void
assert_holds(const char *name, const char *want)
{
	char *path = file_join(dir, name);
	struct error err;
	struct buf b;

	buf_init(&b, 1000);
	if (want == NULL) {
		assert_int_equal(access(path, F_OK), -1);
	} else {
		assert_int_equal(file_read(path, &b, &err), 0);
		assert_string_equal(b.data, want);
	}
	buf_release(&b);
	free(path);
}

static void
places_few_and_many(void **state)
{
	static const int counts[] = {1, 20, 21, MANY};
	struct error err;
	char name[16];

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(counts); k++) {
		put("f0", "old");
		put("gone", "old");
		for (int i = 0; i < counts[k]; i++) {
			snprintf(name, sizeof(name), "f%d", i);
			add(name, name);
		}
		file_set_remove(set, dir, "gone");
		file_set_remove(set, dir, "never there");
		assert_holds("f0", "old");
		assert_holds("gone", "old");
		assert_int_equal(file_set_place(set, &err), 0);
		for (int i = 0; i < counts[k]; i++) {
			snprintf(name, sizeof(name), "f%d", i);
			assert_holds(name, name);
		}
		assert_holds("gone", NULL);
		assert_int_equal(fixture_entries(dir), counts[k]);
		assert_int_equal(file_set_count(set), 0);
	}
	assert_int_equal(file_set_place(set, &err), 0); /* an empty one */
}

static void
knows_what_it_will_place(void **state)
{
	char *path = file_join(dir, "a");

	(void)state;
	add("a", "abc");
	file_set_remove(set, dir, "b");
	assert_int_equal(file_set_count(set), 2);
	assert_string_equal(file_set_at(set, 0)->digest, ABC);
	assert_string_equal(file_set_at(set, 0)->path, path);
	assert_null(file_set_at(set, 1)->temp);
	free(path);
}

static void
an_abandoned_set_leaves_the_old_files(void **state)
{
	struct error err;

	(void)state;
	put("a", "old");
	add("a", "new");
	add("b", "new");
	assert_int_equal(fixture_entries(dir), 3);
	file_set_free(set);
	assert_holds("a", "old");
	assert_int_equal(fixture_entries(dir), 1);
	set = file_set_open(dir, &err);
	assert_non_null(set);
}

/* The files after the first failure stay as they were. */
static void
stops_at_a_file_that_cannot_be_placed(void **state)
{
	char *busy = file_join(dir, "b");
	struct error err;

	(void)state;
	put("c", "old");
	assert_int_equal(mkdir(busy, 0755), 0);
	add("a", "new");
	add("b", "new");
	add("c", "new");
	assert_int_equal(file_set_place(set, &err), -1);
	assert_non_null(strstr(err.text, busy));
	assert_holds("a", "new");
	assert_holds("c", "old");
	assert_int_equal(fixture_entries(dir), 3); /* no temporary file */
	assert_int_equal(file_set_count(set), 0);
	free(busy);
}

static void
reports_a_write_error(void **state)
{
	struct file_writer w;
	struct error err;

	(void)state;
	assert_int_equal(file_begin_in(&w, dir, "a", &err), 0);
	fputs("x", w.stream);
	assert_int_equal(close(fileno(w.stream)), 0);
	assert_int_equal(file_set_add(set, &w, &err), -1);
	assert_non_null(strstr(err.text, "cannot write"));
	file_set_free(set);
	assert_int_equal(fixture_entries(dir), 0);
	set = file_set_open(dir, &err);
	assert_non_null(set);
}

static void
needs_its_folder(void **state)
{
	char *nowhere = file_join(dir, "none");
	struct error err;

	(void)state;
	assert_null(file_set_open(nowhere, &err));
	assert_non_null(strstr(err.text, nowhere));
	free(nowhere);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(places_few_and_many),
		TEST(knows_what_it_will_place),
		TEST(an_abandoned_set_leaves_the_old_files),
		TEST(stops_at_a_file_that_cannot_be_placed),
		TEST(reports_a_write_error),
		TEST(needs_its_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
