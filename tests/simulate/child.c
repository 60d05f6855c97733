/* Plays commands in children. One waits, stopped, until the next command is in the order. */
#include "tests/simulate/child.h"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "partner/cli/cli.h"
#include "tests/simulate/kept.h"
#include "tests/simulate/turns.h"
#include "tests/simulate/world.h"

#define ARGS_MAX 16
#define LINE_SIZE 700
#define CPU_SECONDS_MAX 20 /* of one command; they take milliseconds */
#define SECONDS_MAX 900    /* for a command that sleeps for ever on a busy machine */
#define SECONDS_OF_WORKERS_MAX \
	60 /* the server does their work, which CPU_SECONDS_MAX does not count */
#define PAGE ((size_t)4096)
#define OWN_MAP ((int)128 * 1024) /* larger memory comes from the kernel, which has zeroed it */
#define KEPT_FREE ((int)64 * 1024 * 1024) /* memory that is not given back to the kernel */

/* The command that the waiting process plays next, and its exit code afterwards. Process and simulator share it. */
static struct order {
	char line[LINE_SIZE], output[40];
	bool ended;
	int code;
} * order;
static pid_t waiting; /* 0: none */
static const char *dir;

/* The program's own variables: the build gives their sections these names. */
extern char __start_program_data[], __stop_program_data[];
extern char __start_program_bss[], __stop_program_bss[];
static struct {
	char *start, *end, *copy;
} variables[] = {{__start_program_data, __stop_program_data, NULL},
                 {__start_program_bss, __stop_program_bss, NULL}};

static void
keep_variables(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
		size_t size = (size_t)(variables[i].end - variables[i].start);
		variables[i].copy = malloc(size);
		if (variables[i].copy == NULL)
			_exit(2);
		memcpy(variables[i].copy, variables[i].start, size);
	}
}

/* Writes only where something has changed, because a page costs more to copy than to compare. */
static void
restore_variables(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
		size_t size = (size_t)(variables[i].end - variables[i].start);
		for (size_t at = 0; at < size; at += PAGE) {
			size_t len = size - at < PAGE ? size - at : PAGE;
			if (memcmp(variables[i].start + at, variables[i].copy + at, len) != 0)
				memcpy(variables[i].start + at, variables[i].copy + at, len);
		}
	}
}

static void
limit_time(void)
{
	struct rusage used;
	struct rlimit cpu = {0, RLIM_INFINITY};

	getrusage(RUSAGE_SELF, &used);
	cpu.rlim_cur = (rlim_t)used.ru_utime.tv_sec + (rlim_t)used.ru_stime.tv_sec +
	               CPU_SECONDS_MAX;
	setrlimit(RLIMIT_CPU, &cpu);
	alarm(world->on_server ? SECONDS_OF_WORKERS_MAX : SECONDS_MAX);
}

/* In the child. Returns the exit code. */
static int
play_line(const char *line, const char *output)
{
	char name[] = "unpilot", option[] = "-c", verbose[] = "-v";
	char copy[LINE_SIZE], config[400], path[400];
	char *argv[ARGS_MAX + 2] = {name, option, config};
	int argc = 3, fd, code;

	snprintf(config, sizeof(config), "%s/unpilot.conf", dir);
	snprintf(path, sizeof(path), "%s/%s", dir, output);
	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok(copy, " "); word != NULL && argc < ARGS_MAX;
	     word = strtok(NULL, " "))
		argv[argc++] = word;
	if (world->said_to >= 0)
		argv[argc++] = verbose;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
	use_virtual_time();
	turns_child();
	vfs_start();
	limit_time();
	optind = 0;
	code = cli_main(argc, argv);
	fflush(NULL);
	alarm(0);
	return code;
}

/* In the child. Temporary files of SQLite, which connections keep, do not count. */
static int
open_files(void)
{
	DIR *all = opendir("/proc/self/fd");
	struct dirent *e;
	char path[300], target[300];
	ssize_t len;
	int n = 0;

	while (all != NULL && (e = readdir(all)) != NULL) {
		snprintf(path, sizeof(path), "/proc/self/fd/%s", e->d_name);
		len = readlink(path, target, sizeof(target) - 1);
		target[len > 0 ? len : 0] = '\0';
		n += len > 0 && strstr(target, "etilqs_") == NULL ? 1 : 0;
	}
	if (all != NULL)
		closedir(all);
	return n;
}

/* In the child. A command that has ended leaves nothing open. */
static void
judge_left_open(void)
{
	static int before; /* after the first command; 0: none yet */
	int now = open_files();

	if (before != 0 && now > before)
		broken("%d files are open after a command, %d before", now, before);
	before = now;
	if (!kept_is_unused())
		broken("a command that has ended leaves the ledger or a statement in use");
}

/* In the child. Ends without the tidying of the libraries, which costs more than some commands. */
static void
play_orders(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#ifdef M_MMAP_THRESHOLD /* glibc */
	mallopt(M_MMAP_THRESHOLD, OWN_MAP);
	mallopt(M_TRIM_THRESHOLD, KEPT_FREE);
#endif
	keep_variables();
	for (;;) {
		order->code = play_line(order->line, order->output);
		judge_left_open();
		if (!kept_is_unused())
			_exit(order->code);
		restore_variables();
		order->ended = true;
		while (order->ended)
			raise(SIGSTOP);
	}
}

void
child_forget(void)
{
	if (waiting == 0)
		return;
	kill(waiting, SIGKILL);
	while (waitpid(waiting, NULL, 0) < 0)
		;
	waiting = 0;
}

void
child_in(const char *directory)
{
	if (order == NULL)
		order = shared_memory(sizeof(*order));
	dir = directory;
	child_forget();
}

static pid_t
start_own(const char *line, const char *output)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(play_line(line, output));
	return pid;
}

pid_t
child_start(const char *line, const char *output, bool own)
{
	fflush(NULL);
	if (own)
		return start_own(line, output);
	snprintf(order->line, sizeof(order->line), "%s", line);
	snprintf(order->output, sizeof(order->output), "%s", output);
	order->ended = false;
	if (waiting != 0) {
		kill(waiting, SIGCONT);
		return waiting;
	}
	waiting = fork();
	if (waiting == 0)
		play_orders();
	return waiting;
}

int
child_wait(pid_t pid, void (*on_stop)(void), struct rusage *ret_used)
{
	int status = 0;

	for (;;) {
		if (wait4(pid, &status, WUNTRACED, ret_used) < 0)
			continue;
		if (!WIFSTOPPED(status)) {
			waiting = pid == waiting ? 0 : waiting;
			return status;
		}
		if (pid == waiting && order->ended)
			return order->code << 8; /* as wait(2) keeps it */
		on_stop();
		kill(pid, SIGCONT);
	}
}
