/* What is taken as a list: which files of a spool, and which of a command line. */
#include "tests/unit/fixture_ledger.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/file.h"
#include "partner/intake/intake.h"
#include "partner/intake/spool.h"
#include "tests/unit/fixture_dir.h"

#define RUN "20261129T031500Z-4f2a"
#define SETTLE_MS 30000

static const char *
new_dir(void)
{
	assert_int_equal(fixture_make_dir("true"), 0);
	return fixture_dir;
}

static void
write_list(const char *path)
{
	static const char text[] = "Serial Number,Manufacturer,Model\nS-1,Contoso,Book\n";
	struct error err;

	if (file_write(path, FILE_MODE_PUBLIC, text, sizeof(text) - 1, &err) != 0)
		fail_msg("%s", err.text);
}

static int
take(struct ledger_fixture *fx, const char *path, bool spooled)
{
	const struct intake_settings settings = {.pkid_rule = "^[0-9]{13}$",
	                                         .sold_to = "1",
	                                         .received_from = "1",
	                                         .batch_size = 10,
	                                         .spooled = spooled};
	struct intake *in = intake_new(fx->l, fx->run.id, &settings, &fx->err);
	struct intake_result result;
	int rc;

	assert_non_null(in);
	rc = intake_list(in, path, &result, &fx->err);
	intake_free(in);
	return rc;
}

/* A list that was swapped after it was listed: reading a pipe would wait for ever. */
static void
only_regular_files_of_a_spool_are_opened(void **state)
{
	struct ledger_fixture *fx = *state;
	const char *dir = new_dir();
	char *list = file_join(dir, "list.csv"), *link = file_join(dir, "link.csv"),
	     *pipe = file_join(dir, "pipe.csv");

	write_list(list);
	assert_int_equal(symlink(list, link), 0);
	assert_int_equal(mkfifo(pipe, 0600), 0);
	OK(fx, take(fx, list, true));
	assert_int_equal(take(fx, link, true), -1);
	assert_non_null(strstr(fx->err.text, "not a regular file"));
	assert_int_equal(take(fx, pipe, true), -1);
	assert_non_null(strstr(fx->err.text, "not a regular file"));
	assert_int_equal(take(fx, dir, true), -1);
	assert_int_equal(take(fx, "/dev/null", true), -1);
	/* a person may name a link */
	OK(fx, take(fx, link, false));
	free(list);
	free(link);
	free(pipe);
	(void)fixture_remove_dir(NULL);
}

static bool
is_done(int exit_code)
{
	return exit_code == 0;
}

/* Returns how many files of the spool were claimed. */
static size_t
claim(struct ledger_fixture *fx, const char *dir)
{
	const struct spool_settings settings = {
		.dir = dir, .settle_ms = SETTLE_MS, .run = RUN, .is_done = is_done};
	struct spool s;
	size_t count;

	OK(fx, spool_claim(&s, fx->l, &settings, &fx->err));
	count = s.count;
	spool_release(&s);
	return count;
}

/* Sets the time of last modification; nobody can set that of the last change. */
static void
set_age(const char *path, int64_t seconds)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = clock_now() - seconds}};

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static int64_t moved_ms;

static int64_t
later_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + moved_ms;
}

static void
later_sleep_ms(int64_t ms UNUSED)
{
}

static void
a_list_dated_in_the_future_is_taken_once_it_has_settled(void **state)
{
	static const struct clock_source later = {later_now_ms, later_now_ms, later_sleep_ms};
	struct ledger_fixture *fx = *state;
	const char *dir = new_dir();
	char *list = xasprintf("%s/incoming/list.csv", dir);
	char *work = xasprintf("%s/work/" RUN ".list.csv", dir);

	assert_int_equal(claim(fx, dir), 0); /* creates the folders */
	write_list(list);
	set_age(list, -400 * 86400);
	assert_int_equal(claim(fx, dir), 0);
	clock_set_source(&later);
	moved_ms = SETTLE_MS + 1000;
	assert_int_equal(claim(fx, dir), 1);
	assert_int_equal(rename(work, list), 0);
	/* a clock that was set back: the list waits, and the log says so */
	moved_ms = -3600 * 1000;
	assert_int_equal(claim(fx, dir), 0);
	moved_ms = 0;
	clock_set_source(NULL);
	set_age(list, 3600);
	assert_int_equal(claim(fx, dir), 1);
	free(list);
	free(work);
	(void)fixture_remove_dir(NULL);
}

static void
anything_else_in_the_spool_stays_and_stops_nothing(void **state)
{
	static const char *const folders[] = {"incoming", "work"};
	struct ledger_fixture *fx = *state;
	const char *dir = new_dir();
	char *list = xasprintf("%s/incoming/list.csv", dir);

	assert_int_equal(claim(fx, dir), 0);
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		char *pipe = xasprintf("%s/%s/20260101T000000Z-dead.pipe.csv", dir, folders[i]);
		char *link = xasprintf("%s/%s/20260101T000000Z-dead.link.csv", dir, folders[i]);
		char *sub = xasprintf("%s/%s/20260101T000000Z-dead.folder.csv", dir, folders[i]);

		assert_int_equal(mkfifo(pipe, 0600), 0);
		assert_int_equal(symlink("/etc/passwd", link), 0);
		assert_int_equal(mkdir(sub, 0700), 0);
		free(pipe);
		free(link);
		free(sub);
	}
	write_list(list);
	set_age(list, 3600);
	assert_int_equal(claim(fx, dir), 1);
	free(list);
	(void)fixture_remove_dir(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(only_regular_files_of_a_spool_are_opened),
		LEDGER_TEST(a_list_dated_in_the_future_is_taken_once_it_has_settled),
		LEDGER_TEST(anything_else_in_the_spool_stays_and_stops_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
