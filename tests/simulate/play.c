/* Plays a command in a child, and judges its end. */
#include "tests/simulate/play.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "partner/cli/cli.h"
#include "tests/simulate/image.h"
#include "tests/simulate/kept.h"
#include "tests/simulate/server.h"
#include "tests/simulate/store.h"
#include "tests/simulate/turns.h"
#include "tests/simulate/world.h"

#define ARGS_MAX 12
#define CPU_SECONDS_MAX 20 /* of one command; they take milliseconds */
#define SECONDS_MAX 900    /* for a command that sleeps for ever on a busy machine */
#define SECONDS_OF_WORKERS_MAX \
	60 /* the server does their work, which CPU_SECONDS_MAX does not count */
#define MEMORY_MAX_KB (128L * 1024)

static const char *dir;
static uint64_t *rng;

void
play_in(const char *directory, uint64_t *random)
{
	dir = directory;
	rng = random;
}

static void
child(char **argv, int argc, const char *output)
{
	const struct rlimit cpu = {CPU_SECONDS_MAX, CPU_SECONDS_MAX};
	char path[400];
	int fd, code;

	snprintf(path, sizeof(path), "%s/%s", dir, output);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	use_virtual_time();
	turns_child();
	vfs_start();
	setrlimit(RLIMIT_CPU, &cpu);
	alarm(world->on_server ? SECONDS_OF_WORKERS_MAX : SECONDS_MAX);
	optind = 0;
	code = cli_main(argc, argv);
	fflush(NULL);
	_exit(code); /* without the tidying of the libraries, which costs more than some commands */
}

static void
begin_command(const char *line)
{
	world->command = ++world->commands;
	world->begin_ms = world->wall_ms;
	if (world->command == world->group)
		world->group_begin_ms = world->wall_ms;
	world->group_removes_old = world->removes_old ||
	                           (world->group_removes_old && world->command != world->group);
	if (world->current_list >= 0)
		world->list[world->current_list].group = world->group;
	world->service_rng = random_next(rng);
	world->program_rng = random_next(rng);
	world->points = world->waits = 0;
	world->crashed = world->disk_full = world->ledger_full = false;
	world->alarm_tick = 0;
	world->canary_out = 0;
	world->listed_since = false;
	world->trusted = is_canary_trusted();
	vfs_forget();
	files_forget();
	server_tell_time();
	history("operator", "unpilot %s", line);
}

/* A command that ended in good order has written what it learned, unless it lost its claims. */
static void
note_end(void)
{
	if (world->lapsed)
		return;
	for (int i = 0; i < world->send_count; i++) {
		struct send *s = &world->sends[i];
		if (s->command == world->command)
			s->sure = s->told;
	}
	if (world->alarm_tick != 0)
		world->alarm_stands = true;
}

static bool
has_sent(void)
{
	for (int i = world->send_count - 1; i >= 0; i--)
		if (world->sends[i].command == world->command)
			return true;
	return false;
}

static void
judge_end(int status, const struct rusage *used)
{
	static const int good[] = {0, 1, 3, 4, 5, 6, 10, 130, 143};
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	char run[NAME_SIZE];
	/* a ledger without runs has nothing to resume; a failed init may have begun one */
	bool known = code == 2 &&
	             (world->may_refuse || !world->has_ledger || !judge_find_run("r.state<3", run));

	known = known || (world->disk_full && (code == 2 || code == 7));
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		known = known || code == good[i];
	if (!world->crashed && !known)
		broken("the program ended with status 0x%x", (unsigned)status);
	if (code == 2 && has_sent())
		broken("the program ended with 2, and sent something");
	if (used->ru_maxrss > MEMORY_MAX_KB)
		broken("the program took %ld KiB of memory", used->ru_maxrss);
}

/* ---- a second command while the first one holds the lock ---- */

static int
run_rival(char **argv, int argc)
{
	uint64_t random = world->program_rng;
	int64_t crash_in = world->crash_in, full_in = world->full_in, points = world->points;
	bool nothing = world->sends_nothing;
	int status = 0;
	pid_t pid;

	world->crash_in = world->full_in = -1;
	world->sends_nothing = true;
	pid = fork();
	if (pid == 0)
		child(argv, argc, "output-of-second");
	while (waitpid(pid, &status, 0) < 0)
		;
	world->program_rng = random;
	world->crash_in = crash_in;
	world->full_in = full_in;
	world->points = points;
	world->sends_nothing = nothing;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A second command is refused if it would send, and runs if it only reads. */
static void
play_rival(char *config)
{
	static const struct {
		const char *command, *option;
		int code;
	} rivals[] = {{"resume", NULL, 11}, {"resume", "--collect", 11}, {"status", "--json", 0}};
	size_t n = (size_t)world->command % (sizeof(rivals) / sizeof(rivals[0]));
	char name[] = "unpilot", given[] = "-c", command[16], option[16];
	char *argv[] = {name, given, config, command, option, NULL};
	int code;

	snprintf(command, sizeof(command), "%s", rivals[n].command);
	snprintf(option, sizeof(option), "%s", rivals[n].option != NULL ? rivals[n].option : "");
	world->faults[FAULT_RIVAL]++;
	history("operator", "meanwhile: unpilot %s %s", command, option);
	code = run_rival(argv, rivals[n].option != NULL ? 5 : 4);
	history("program", "exit %d of the second command", code);
	if (code != rivals[n].code)
		broken("\"%s %s\" beside a command that sends ended with %d instead of %d", command,
		       option, code, rivals[n].code);
}

/* A child that stops itself waits for a second command. */
static int
wait_for(pid_t pid, char *config, struct rusage *ret_used)
{
	int status = 0;

	for (;;) {
		if (wait4(pid, &status, WUNTRACED, ret_used) < 0)
			continue;
		if (!WIFSTOPPED(status))
			return status;
		play_rival(config);
		kill(pid, SIGCONT);
	}
}

/* Begins a command in a child. */
static pid_t
start(const char *line, char *config, const char *output)
{
	char name[] = "unpilot", option[] = "-c", verbose[] = "-v";
	char copy[700], *argv[ARGS_MAX + 3] = {name, option, config};
	int argc = 3;
	pid_t pid;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok(copy, " "); word != NULL && argc < ARGS_MAX + 2;
	     word = strtok(NULL, " "))
		argv[argc++] = word;
	if (world->said_to >= 0)
		argv[argc++] = verbose;
	begin_command(line);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		child(argv, argc, output);
	return pid;
}

/* The machine of a command that was alone loses what was not synced. Of several workers, only the process dies. */
static void
lose_unsynced(void)
{
	if (world->commands != world->group)
		return;
	vfs_lose_unsynced(rng);
	files_lose_unsynced(rng);
}

/* Judges a command that has ended. Returns its exit code. */
static int
finish(bool quiet, int status, const struct rusage *used)
{
	if (world->current_list >= 0)
		world->list[world->current_list].until_ms = world->wall_ms;
	world->resend = world->again = world->moved = world->sends_nothing = false;
	world->full_in = world->rival_in = -1;
	if (world->crashed) {
		lose_unsynced();
	} else {
		if (!world->ledger_full)
			note_end();
		history("program", "exit %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	}
	if (world->on_server && world->has_ledger)
		server_copy(dir);
	image_read(dir);
	judge_end(status, used);
	if (!world->failed && world->has_ledger)
		judge_ledger(quiet, world->crashed ? -1 : WEXITSTATUS(status));
	world->may_refuse = world->removes_old = false;
	return world->crashed ? PLAY_CRASHED : WEXITSTATUS(status);
}

/* ---- workers on one ledger ---- */

static struct company company;

void
play_in_company(const struct company *c)
{
	company = *c;
}

static void
start_companion(char *config, int started)
{
	static const char *const outputs[] = {"output-of-second", "output-of-third"};
	struct turn none = {0};
	int left = company.count - started - 1;

	turns_restore(&none);
	world->current_list = -1;
	world->crash_in = world->full_in = world->rival_in = world->freeze_in = -1;
	world->others = turns_count() + left;
	world->faults[FAULT_WORKER]++;
	turns_add(start(company.choose(), config, outputs[started]), left);
}

/* Returns the exit code of the first one, and leaves its state in the world. */
static int
play_workers(pid_t pid, char *config, bool quiet)
{
	int started = 0, code = 0, status, left;
	struct rusage used;
	struct turn first;

	turns_add(pid, company.count);
	do {
		while (!turns_run(company.turns[started], &status, &used))
			start_companion(config, started++);
		left = turns_remove();
		server_await(left);
		if (world->command == world->group) {
			code = finish(quiet && left == 0, status, &used);
			turns_keep(&first);
		} else {
			(void)finish(quiet && left == 0, status, &used);
		}
		if (left > 0)
			turns_go_on();
	} while (left > 0);
	turns_restore(&first);
	company.count = 0;
	return code;
}

int
play(bool quiet, const char *format, ...)
{
	char line[700], config[400];
	struct rusage used;
	va_list ap;
	int status;
	pid_t pid;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	snprintf(config, sizeof(config), "%s/unpilot.conf", dir);
	world->group = world->commands + 1;
	world->others = company.count;
	pid = start(line, config, "output");
	if (world->on_server)
		return play_workers(pid, config, quiet);
	status = wait_for(pid, config, &used);
	return finish(quiet, status, &used);
}

/* The image that "init" made, with small pages, because most of its tables stay almost empty. */
static char *template;
static size_t template_size;

/* The program looks at the file, and SQLite at the memory. */
static void
place_template(const char *path)
{
	FILE *f = fopen(path, "we");

	if (f == NULL || fputc('\n', f) == EOF || fclose(f) != 0 || chmod(path, 0600) != 0) {
		perror(path);
		exit(2);
	}
	world->in_memory = true;
	store_begin(path, template, template_size);
	kept_begin(path);
}

/* The ledger on the server is emptied between two worlds. */
static void
init_on_server(void)
{
	if (server_begin()) {
		begin_command("init");
		note_end();
	} else {
		play(false, "init");
	}
	server_copy(dir);
}

static void
init_in_memory(void)
{
	char path[400];

	snprintf(path, sizeof(path), "%s/ledger.db", dir);
	if (template == NULL) {
		play(false, "init");
		template = image_with_small_pages(path, &template_size);
	} else {
		begin_command("init");
		note_end();
	}
	place_template(path);
}

void
play_init_from_template(void)
{
	if (world->on_server)
		init_on_server();
	else
		init_in_memory();
	world->has_ledger = true;
	image_read(dir);
	if (!world->failed)
		judge_ledger(false, 0);
}
