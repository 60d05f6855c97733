/* Files: either the old one or the new one, no leftovers, and secrets stay private. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/file.h"
#include "tests/unit/fixture_dir.h"

static char dir[FIXTURE_PATH_SIZE];

static int
set_up(void **state)
{
	(void)state;
	return mkdtemp(fixture_temp(dir, sizeof(dir), "unpilot-file")) != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	char *command = xasprintf("rm -rf '%s'", dir);
	int rc = system(command);

	(void)state;
	free(command);
	return rc;
}

static unsigned
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void
assert_holds(const char *path, const char *want)
{
	struct error err;
	struct buf b;

	buf_init(&b, 1000);
	assert_int_equal(file_read(path, &b, &err), 0);
	assert_string_equal(b.data, want);
	buf_release(&b);
}

static void
replaces_and_leaves_nothing_behind(void **state)
{
	char *path = file_join(dir, "f");
	struct error err;

	(void)state;
	umask(0077); /* the requested mode holds for any umask */
	assert_int_equal(file_write(path, FILE_MODE_PUBLIC, "one", 3, &err), 0);
	assert_holds(path, "one");
	assert_int_equal(mode_of(path), FILE_MODE_PUBLIC);
	umask(0);
	assert_int_equal(file_write(path, FILE_MODE_PRIVATE, "second", 6, &err), 0);
	assert_holds(path, "second");
	assert_int_equal(mode_of(path), FILE_MODE_PRIVATE);
	umask(0022);
	assert_int_equal(fixture_entries(dir), 1);
	free(path);
}

static void
keeps_the_old_one_until_the_commit(void **state)
{
	char *path = file_join(dir, "f");
	struct file_writer w;
	struct error err;

	(void)state;
	assert_int_equal(file_write(path, FILE_MODE_PUBLIC, "old", 3, &err), 0);
	assert_int_equal(file_begin(&w, path, FILE_MODE_PUBLIC, &err), 0);
	fputs("new", w.stream);
	fflush(w.stream);
	assert_holds(path, "old");
	file_abandon(&w);
	assert_holds(path, "old");
	assert_int_equal(fixture_entries(dir), 1);
	file_abandon(&w); /* zeroed by the first */
	assert_int_equal(file_begin(&w, path, FILE_MODE_PUBLIC, &err), 0);
	fputs("new", w.stream);
	assert_int_equal(file_commit(&w, &err), 0);
	assert_holds(path, "new");
	assert_int_equal(fixture_entries(dir), 1);
	free(path);
}

static void
fails_without_leftovers(void **state)
{
	char *nowhere = file_join(dir, "none/f"), *busy = file_join(dir, "d");
	struct error err = {""};
	struct file_writer w;

	(void)state;
	assert_int_equal(file_write(nowhere, FILE_MODE_PUBLIC, "x", 1, &err), -1);
	assert_non_null(strstr(err.text, "none/f"));
	assert_int_equal(mkdir(busy, 0755), 0);
	assert_int_equal(file_write(busy, FILE_MODE_PUBLIC, "x", 1, &err), -1);
	assert_int_equal(fixture_entries(dir), 1);
	/* a stream that failed before must not become the file */
	assert_int_equal(rmdir(busy), 0);
	assert_int_equal(file_begin(&w, busy, FILE_MODE_PUBLIC, &err), 0);
	w.stream = freopen("/dev/full", "w", w.stream);
	assert_non_null(w.stream);
	fputs("lost", w.stream);
	assert_int_equal(file_commit(&w, &err), -1);
	assert_int_equal(fixture_entries(dir), 0);
	/* nor one whose error closing it would not report again */
	assert_int_equal(file_begin(&w, busy, FILE_MODE_PUBLIC, &err), 0);
	assert_int_equal(fgetc(w.stream), EOF);
	assert_true(ferror(w.stream));
	assert_int_equal(file_commit(&w, &err), -1);
	assert_int_equal(fixture_entries(dir), 0);
	free(nowhere);
	free(busy);
}

/* Removes the files of a killed writer; keeps those of a living one. */
static void
sweeps_what_the_dead_left(void **state)
{
	char *target = file_join(dir, "f");
	struct error err = {""};
	struct file_writer w;
	char name[300];
	int status;

	(void)state;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(file_begin(&w, target, FILE_MODE_PUBLIC, &err) == 0 ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(file_begin(&w, target, FILE_MODE_PUBLIC, &err), 0);
	assert_int_equal(fixture_entries(dir), 2);
	file_reap(dir);
	assert_int_equal(fixture_entries(dir), 1);
	assert_int_equal(file_commit(&w, &err), 0);
	file_reap(dir);
	assert_int_equal(fixture_entries(dir), 1);
	assert_int_equal(unlink(target), 0);
	/* the same process id on another machine that shares the folder */
	snprintf(name, sizeof(name), "%s/.t.new-0badc0de-%ld-AbCdEf", dir, (long)child);
	assert_int_equal(close(open(name, O_CREAT | O_WRONLY, 0600)), 0);
	file_reap(dir);
	assert_int_equal(fixture_entries(dir), 1);
	assert_int_equal(unlink(name), 0);
	free(target);
}

static void
makes_no_folder_through_a_link(void **state)
{
	char *real = file_join(dir, "real"), *link = file_join(dir, "link"),
	     *below = file_join(dir, "link/below");
	struct error err;

	(void)state;
	assert_int_equal(file_mkdirs_own(real, &err), 0);
	assert_int_equal(file_mkdirs_own(real, &err), 0);
	assert_int_equal(symlink("real", link), 0);
	assert_int_equal(file_mkdirs(link, &err), 0);
	assert_int_equal(file_mkdirs_own(link, &err), -1);
	assert_non_null(strstr(err.text, "a symbolic link"));
	assert_int_equal(file_mkdirs_own(below, &err), 0); /* an administrator's link further up */
	assert_int_equal(rmdir(below), 0);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(rmdir(real), 0);
	free(real);
	free(link);
	free(below);
}

static void
reads_up_to_a_cap(void **state)
{
	char *path = file_join(dir, "f");
	struct error err;
	struct buf b;

	(void)state;
	assert_int_equal(file_write(path, FILE_MODE_PUBLIC, "12345", 5, &err), 0);
	buf_init(&b, 5);
	assert_int_equal(file_read(path, &b, &err), 0);
	buf_release(&b);
	buf_init(&b, 4);
	assert_int_equal(file_read(path, &b, &err), -1);
	buf_release(&b);
	buf_init(&b, 4);
	assert_int_equal(file_read(dir, &b, &err), -1);
	assert_int_equal(file_read("/nonexistent", &b, &err), -1);
	assert_non_null(strstr(err.text, "No such file"));
	alarm(10); /* a limit that is checked only at the end would read for ever */
	assert_int_equal(file_read("/dev/zero", &b, &err), -1);
	alarm(0);
	buf_release(&b);
	free(path);
}

/* A pipe stands for devices, which a test must not touch. */
static void
replaces_only_files(void **state)
{
	char *pipe = file_join(dir, "pipe"), *link = file_join(dir, "link");
	struct error err;
	struct stat st;

	(void)state;
	assert_int_equal(mkfifo(pipe, 0600), 0);
	assert_int_equal(symlink(pipe, link), 0);
	assert_int_equal(file_write(pipe, FILE_MODE_PUBLIC, "x", 1, &err), -1);
	assert_non_null(strstr(err.text, "pipe: not a regular file"));
	assert_int_equal(lstat(pipe, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(file_write(link, FILE_MODE_PUBLIC, "x", 1, &err), -1);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	/* a link to nothing leads to no device */
	assert_int_equal(unlink(pipe), 0);
	assert_int_equal(file_write(link, FILE_MODE_PUBLIC, "x", 1, &err), 0);
	free(pipe);
	free(link);
}

static void
makes_directories(void **state)
{
	char *deep = file_join(dir, "a/b//c/"), *file = file_join(dir, "f"), *below;
	struct error err;

	(void)state;
	assert_int_equal(file_mkdirs(deep, &err), 0);
	assert_int_equal(file_mkdirs(deep, &err), 0);
	assert_int_equal(access(deep, X_OK), 0);
	assert_int_equal(file_write(file, FILE_MODE_PUBLIC, "", 0, &err), 0);
	assert_int_equal(file_mkdirs(file, &err), -1); /* it exists, but is not a directory */
	below = file_join(file, "x");
	assert_int_equal(file_mkdirs(below, &err), -1);
	free(below);
	free(file);
	free(deep);
}

static void
guards_secrets(void **state)
{
	static const unsigned open_modes[] = {0640, 0604, 0610, 0601, 0666};
	char *path = file_join(dir, "key");
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(open_modes); i++) {
		assert_int_equal(file_write(path, open_modes[i], "x", 1, &err), 0);
		assert_int_equal(file_check_private(path, &err), -1);
		assert_non_null(strstr(err.text, "chmod 600"));
	}
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(file_check_private(path, &err), 0);
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(file_check_private(path, &err), 0);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(file_check_private(dir, &err), -1); /* not a regular file */
	assert_int_equal(file_check_private("/nonexistent", &err), -1);
	free(path);
}

static void
reads_a_secret_s_first_line(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"s3 cret", "s3 cret"}, {"a\n", "a"}, {"a\r\nb\n", "a"}, {"", ""}, {" a ", " a "}};
	char *path = file_join(dir, "s");
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *secret;
		assert_int_equal(file_write(path, 0600, cases[i].text, strlen(cases[i].text), &err),
		                 0);
		secret = file_read_secret(path, &err);
		assert_non_null(secret);
		assert_string_equal(secret, cases[i].want);
		free(secret);
	}
	assert_null(file_read_secret("/nonexistent", &err));
	free(path);
}

static void
joins_names(void **state)
{
	static const struct {
		const char *dir, *name, *want;
	} cases[] = {{"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"a", "/b", "/b"}, {"/", "b", "/b"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *got = file_join(cases[i].dir, cases[i].name);
		assert_string_equal(got, cases[i].want);
		free(got);
	}
}

/* A loop of links can be looked at by nobody, not even by root. */
static void
what_cannot_be_looked_at_is_not_missing(void **state)
{
	static const struct {
		const char *name;
		bool missing;
	} cases[] = {{"", false},    {"loop", false},     {"loop/file", false}, {"plain", false},
	             {"none", true}, {"none/file", true}, {"plain/file", true}};
	char *loop = file_join(dir, "loop"), *plain = file_join(dir, "plain");

	(void)state;
	assert_int_equal(symlink("loop", loop), 0);
	assert_int_equal(close(open(plain, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)), 0);
	for (size_t k = 0; k < ARRAY_SIZE(cases); k++) {
		char *path = file_join(dir, cases[k].name);
		if (file_is_missing(path) != cases[k].missing)
			fail_msg("\"%s\"", cases[k].name);
		free(path);
	}
	free(loop);
	free(plain);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(replaces_and_leaves_nothing_behind),
		TEST(keeps_the_old_one_until_the_commit),
		TEST(fails_without_leftovers),
		TEST(sweeps_what_the_dead_left),
		TEST(makes_no_folder_through_a_link),
		TEST(reads_up_to_a_cap),
		TEST(replaces_only_files),
		TEST(makes_directories),
		TEST(guards_secrets),
		TEST(reads_a_secret_s_first_line),
		cmocka_unit_test(joins_names),
		TEST(what_cannot_be_looked_at_is_not_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
