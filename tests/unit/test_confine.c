/* Tries in child processes the actions that a hijacked process must not be able to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/confine.h"
#include "common/file.h"
#include "tests/unit/fixture_dir.h"
#include "tests/unit/fixture_skip.h"

struct room {
	char dir[FIXTURE_PATH_SIZE], elsewhere[FIXTURE_PATH_SIZE];
	char *inside, *outside, *readable;
};

static int
setup(void **state)
{
	struct room *r = xcalloc(1, sizeof(*r));
	struct error err;

	assert_non_null(mkdtemp(fixture_temp(r->dir, sizeof(r->dir), "confine-in")));
	assert_non_null(mkdtemp(fixture_temp(r->elsewhere, sizeof(r->elsewhere), "confine-out")));
	r->inside = file_join(r->dir, "file");
	r->outside = file_join(r->elsewhere, "file");
	r->readable = file_join(r->elsewhere, "readable");
	assert_int_equal(file_write(r->inside, 0600, "x", 1, &err), 0);
	assert_int_equal(file_write(r->outside, 0600, "x", 1, &err), 0);
	assert_int_equal(file_write(r->readable, 0600, "x", 1, &err), 0);
	*state = r;
	return 0;
}

static int
teardown(void **state)
{
	struct room *r = *state;

	unlink(r->inside);
	unlink(r->outside);
	unlink(r->readable);
	rmdir(r->dir);
	rmdir(r->elsewhere);
	free(r->inside);
	free(r->outside);
	free(r->readable);
	free(r);
	return 0;
}

static int
try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* The child's exit status is the line of the first failed expectation. */
#define EXPECT(what) \
	do { \
		if (!(what)) \
			_exit(__LINE__ % 200 + 20); \
	} while (0)

/* Runs fn in a child that is confined to the room. Returns the child's status. */
static int
in_child(struct room *r, void (*fn)(struct room *r))
{
	int status = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct confine *c = confine_new();
		confine_allow(c, CONFINE_WRITE, r->dir);
		confine_allow(c, CONFINE_READ, r->readable);
		confine_allow(c, CONFINE_READ, "/no/such/place");
		confine_apply(c);
		fn(r);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void
expect_well(int status)
{
	if (WIFSIGNALED(status))
		fail_msg("the child died of signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		fail_msg("the expectation in line 20 less than %d (modulo 200) does not hold",
		         WEXITSTATUS(status));
}

/* Kernels and containers without Landlock have nothing to test here. */
static bool
has_files(void)
{
	struct confine *c = confine_new();
	int status;
	pid_t child = fork();

	if (child == 0) {
		confine_apply(c);
		_exit(confine_status().files ? 0 : 1);
	}
	confine_free(c);
	return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void
open_files(struct room *r)
{
	char *made = file_join(r->dir, "made"), *moved = file_join(r->elsewhere, "moved");
	char *folder = file_join(r->dir, "folder"), *below = file_join(folder, "file");

	EXPECT(try_open(r->inside, O_RDWR) == 0);
	EXPECT(try_open(made, O_RDWR | O_CREAT | O_EXCL) == 0);
	EXPECT(mkdir(folder, 0700) == 0);
	EXPECT(rename(made, below) == 0); /* as the spool moves files */
	EXPECT(unlink(below) == 0 && rmdir(folder) == 0);
	EXPECT(try_open(r->readable, O_RDONLY) == 0);
	EXPECT(try_open(r->readable, O_WRONLY) == EACCES);
	EXPECT(truncate(r->readable, 0) != 0 && errno == EACCES);
	EXPECT(try_open(r->outside, O_RDONLY) == EACCES);
	EXPECT(try_open(r->outside, O_WRONLY) == EACCES);
	EXPECT(try_open(moved, O_WRONLY | O_CREAT) == EACCES);
	EXPECT(try_open(r->elsewhere, O_RDONLY | O_DIRECTORY) == EACCES);
	EXPECT(try_open("/etc/passwd", O_RDONLY) == EACCES);
	EXPECT(try_open("/etc/shadow", O_RDONLY) == EACCES);
	EXPECT(try_open("/root", O_RDONLY | O_DIRECTORY) == EACCES);
	EXPECT(unlink(r->outside) != 0 && errno == EACCES);
	EXPECT(rename(r->inside, moved) != 0 && (errno == EACCES || errno == EXDEV));
	EXPECT(link(r->outside, made) != 0 && (errno == EACCES || errno == EXDEV));
	EXPECT(symlink(r->outside, made) != 0 && errno == EACCES);
	EXPECT(try_open("/proc/self/status", O_RDONLY) == 0);
	EXPECT(try_open("/proc/1/environ", O_RDONLY) == EACCES);
	EXPECT(try_open("/dev/null", O_WRONLY) == 0);
}

static void
files_elsewhere_cannot_be_opened(void **state)
{
	if (!has_files())
		SKIP("no Landlock");
	expect_well(in_child(*state, open_files));
}

static void
make_calls(struct room *r)
{
	static const char *const argv[] = {"/bin/true", NULL};
	char *const *arguments = (char *const *)(uintptr_t)argv;

	(void)r;
	EXPECT(execve("/bin/true", arguments, NULL) != 0 && errno == EPERM);
	EXPECT(fexecve(0, arguments, (char *const[]){NULL}) != 0 && errno == EPERM);
	EXPECT(mount("none", "/mnt", "tmpfs", 0, NULL) != 0 && errno == EPERM);
	EXPECT(setuid(0) != 0 && errno == EPERM);
	EXPECT(setgid(0) != 0 && errno == EPERM);
	EXPECT(chroot("/") != 0 && errno == EPERM);
#ifndef __SANITIZE_ADDRESS__ /* the sanitizer needs it */
	EXPECT(ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 && errno == EPERM);
#endif
}

static void
programs_cannot_be_started_nor_users_changed(void **state)
{
	expect_well(in_child(*state, make_calls));
}

static void *
resolve(void *ret)
{
	struct addrinfo *found = NULL;

	*(int *)ret = getaddrinfo("localhost", "443", NULL, &found);
	if (found != NULL)
		freeaddrinfo(found);
	return ret;
}

static void
work_on(struct room *r)
{
	struct rlimit core;
	pthread_t thread;
	struct confine_state s = confine_status();
	int found = -1;

	(void)r;
	EXPECT(s.no_new_privileges && s.no_core && s.calls);
	EXPECT(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0);
#ifndef __SANITIZE_ADDRESS__
	EXPECT(s.not_dumpable);
#endif
	/* the resolver of the transport has its own thread */
	EXPECT(pthread_create(&thread, NULL, resolve, &found) == 0);
	EXPECT(pthread_join(thread, NULL) == 0);
	EXPECT(found == 0);
}

static void
what_the_program_needs_goes_on(void **state)
{
	expect_well(in_child(*state, work_on));
}

static void
crash(struct room *r)
{
	(void)r;
	signal(SIGABRT, SIG_DFL);
	abort();
}

static void
a_crash_leaves_no_core(void **state)
{
	int status = in_child(*state, crash);

	assert_true(WIFSIGNALED(status));
	assert_false(WCOREDUMP(status));
}

static void
nothing_is_on_before_it_is_applied(void **state)
{
	struct confine_state s = confine_status();

	(void)state;
	assert_false(s.files);
	assert_int_equal(try_open("/etc/passwd", O_RDONLY), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files_elsewhere_cannot_be_opened, setup, teardown),
		cmocka_unit_test_setup_teardown(programs_cannot_be_started_nor_users_changed, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(what_the_program_needs_goes_on, setup, teardown),
		cmocka_unit_test_setup_teardown(a_crash_leaves_no_core, setup, teardown),
		cmocka_unit_test(nothing_is_on_before_it_is_applied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
