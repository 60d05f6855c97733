/* Plays a command in a child, and judges its end. */
#include "tests/simulate/play.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/simulate/child.h"
#include "tests/simulate/image.h"
#include "tests/simulate/kept.h"
#include "tests/simulate/server.h"
#include "tests/simulate/store.h"
#include "tests/simulate/turns.h"
#include "tests/simulate/world.h"

#define MEMORY_MAX_KB (64L * 1024) /* of a list of any size */

static const char *dir;
static uint64_t *rng;

void
play_in(const char *directory, uint64_t *random)
{
	dir = directory;
	rng = random;
	child_in(directory);
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
	world->crashed = world->disk_full = world->ledger_full = world->answer_lost = false;
	world->alarm_tick = 0;
	world->canary_out = 0;
	world->listed_since = false;
	world->trusted = is_canary_trusted();
	ends_begin(line);
	vfs_forget();
	files_forget();
	ready_begin();
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
run_rival(const char *line)
{
	uint64_t random = world->program_rng;
	int64_t crash_in = world->crash_in, full_in = world->full_in, points = world->points;
	bool nothing = world->sends_nothing;
	struct rusage used;
	int status;

	world->crash_in = world->full_in = -1;
	world->sends_nothing = true;
	status = child_wait(child_start(line, "output-of-second", true), NULL, &used);
	world->program_rng = random;
	world->crash_in = crash_in;
	world->full_in = full_in;
	world->points = points;
	world->sends_nothing = nothing;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A second command is refused if it would send, and runs if it only reads. */
static void
play_rival(void)
{
	static const struct {
		const char *line;
		int code;
	} rivals[] = {{"resume", 11}, {"resume --collect", 11}, {"status --json", 0}};
	size_t n = (size_t)world->command % (sizeof(rivals) / sizeof(rivals[0]));
	int code;

	world->faults[FAULT_RIVAL]++;
	history("operator", "meanwhile: unpilot %s", rivals[n].line);
	code = run_rival(rivals[n].line);
	history("program", "exit %d of the second command", code);
	if (code != rivals[n].code)
		broken("\"%s\" beside a command that sends ended with %d instead of %d",
		       rivals[n].line, code, rivals[n].code);
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
	ready_end();
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
start_companion(int started)
{
	static const char *const outputs[] = {"output-of-second", "output-of-third"};
	struct turn none = {0};
	const char *line;
	int left = company.count - started - 1;

	turns_restore(&none);
	world->current_list = -1;
	world->crash_in = world->full_in = world->rival_in = world->freeze_in = -1;
	world->others = turns_count() + left;
	world->faults[FAULT_WORKER]++;
	line = company.choose();
	begin_command(line);
	turns_add(child_start(line, outputs[started], true), left);
}

/* Returns the exit code of the first one, and leaves its state in the world. */
static int
play_workers(pid_t pid, bool quiet)
{
	int started = 0, code = 0, status, left;
	struct rusage used;
	struct turn first;

	turns_add(pid, company.count);
	do {
		while (!turns_run(company.turns[started], &status, &used))
			start_companion(started++);
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
	char line[700];
	struct rusage used;
	va_list ap;
	int status;
	pid_t pid;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	world->group = world->commands + 1;
	world->others = company.count;
	begin_command(line);
	pid = child_start(line, "output", world->on_server);
	if (world->on_server)
		return play_workers(pid, quiet);
	status = child_wait(pid, play_rival, &used);
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
	child_forget();
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
