/* Writes the lists of a simulated world, chooses weather and commands, and plays each command in a child. */
#include "tests/simulate/operator.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "partner/cli/cli.h"
#include "tests/simulate/world.h"

#define START_MS (1793000000LL * 1000) /* a night in 2026 */
#define HOUR_MS (3600LL * 1000)
#define ARGS_MAX 12
#define CRASHED 137
#define SECONDS_MAX 60 /* of real time, for a command that hangs */
#define MEMORY_MAX_KB (128L * 1024)
#define QUIET_ROUNDS 40

static char dir[300];
static uint64_t rng;

static int
below(int n)
{
	return random_below(&rng, n);
}

static bool
chance(int percent)
{
	return random_chance(&rng, percent);
}

/* The file that stands beside the simulator. */
static void
beside_program(const char *name, char *dst, size_t size)
{
	char self[300];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n > 0 ? n : 0] = '\0';
	if (strrchr(self, '/') != NULL)
		*strrchr(self, '/') = '\0';
	snprintf(dst, size, "%s/%s", self, name);
}

static void
write_configuration(void)
{
	const struct settings *s = &world->set;
	char path[400], identity[400];
	FILE *f;

	snprintf(path, sizeof(path), "%s/unpilot.conf", dir);
	f = fopen(path, "we");
	if (f == NULL) {
		perror(path);
		exit(2);
	}
	beside_program("identity.pem", identity, sizeof(identity));
	fprintf(f, "[oem-direct]\nurl = https://service.example/v1\ncertificate = %s\nkey = %s\n",
	        identity, identity);
	fprintf(f, "batch-size = %d\nparallel = %d\nretries = %d\npoll-interval = 60s\n",
	        s->batch_size, s->parallel, s->retries);
	fprintf(f, "poll-deadline = %llds\nresend-within = %llds\nbusy-deadline = 30m\n",
	        (long long)s->poll_deadline_s, (long long)s->resend_within_s);
	fprintf(f, "[limits]\ncanary = %d\ncanary-trust = %llds\nmax-unanswered = %d\n", s->canary,
	        (long long)s->trust_s, s->max_unanswered);
	fprintf(f, "hold-days = %d\nmax-fail-percent = %d\nplan-max-age = 720h\n", s->hold_days,
	        s->max_fail_percent);
	/* its stylesheets cost as much as everything else */
	fprintf(f, "[handoff]\nrun-page = %s\n", chance(20) ? "yes" : "no");
	fprintf(f, "[ledger]\nurl = sqlite:%s/ledger.db\n[handoff]\ndirectory = %s/handoff\n", dir,
	        dir);
	fclose(f);
	chmod(path, 0600);
}

static void
choose_settings(void)
{
	static const int canaries[] = {0, 2, 4, 10};

	world->set = (struct settings){
		.canary = canaries[below(4)],
		.batch_size = 1 + below(8),
		.parallel = 1 + below(4),
		.retries = below(4),
		.max_unanswered = chance(50) ? 0 : 4 + below(12),
		.hold_days = chance(20) ? 0 : 30,
		.max_fail_percent = chance(50) ? 100 : 20 + below(60),
		.resend_within_s = 60 + below(3600),
		.poll_deadline_s = 300 + below(7200),
		.trust_s = 60 + below(48 * 3600),
	};
	if (world->set.max_unanswered != 0 && world->set.max_unanswered < world->set.batch_size)
		world->set.max_unanswered = world->set.batch_size;
}

static void
choose_weather(void)
{
	struct weather *w = &world->weather;

	*w = (struct weather){.answers_ms = 60000 * (1 + below(30))};
	if (chance(20))
		return;
	w->refuse_connection = below(10);
	w->lose_request = below(8);
	w->lose_answer = below(12);
	w->busy = below(15);
	w->fail = below(10);
	w->refuse_batch = chance(30) ? below(50) : 0;
	w->garble = below(10);
	w->grow = below(40);
	w->forget = chance(20) ? 30 : 0;
	w->deny = chance(10) ? 20 : 0;
	w->signal = chance(15) ? 1 : 0;
	w->alarm = chance(6);
	w->answers_ms = chance(10) ? 48 * HOUR_MS : chance(30) ? 6 * HOUR_MS : w->answers_ms;
}

static void
list_path(int list, char *dst, size_t size)
{
	snprintf(dst, size, "%s/list-%04d.csv", dir, list);
}

static void
fill_list(struct list *l)
{
	bool used[WORLD_DEVICES] = {false};

	memset(l, 0, sizeof(*l));
	l->count = 1 + below(LIST_ROWS - 1);
	for (int i = 0; i < l->count; i++) {
		int d = below(WORLD_DEVICES);
		while (used[d])
			d = (d + 1) % WORLD_DEVICES;
		used[d] = true;
		l->device[i] = d;
		if (chance(5))
			world->owner[d] = below(WORLD_CUSTOMERS); /* it changed hands */
		l->customer[i] = world->owner[d];
		l->bad[i] = chance(4);
	}
	l->opened = chance(15);
	l->moved = chance(15);
}

/* Returns its number, or -1 if there were enough. */
static int
write_list(void)
{
	int n = world->lists;
	char path[400], name[16];
	struct list *l;
	FILE *f;

	if (n == WORLD_LISTS)
		return -1;
	l = &world->list[n];
	fill_list(l);
	list_path(n, path, sizeof(path));
	f = fopen(path, "we");
	if (f == NULL) {
		perror(path);
		exit(2);
	}
	fprintf(f, "Serial Number,Manufacturer,Model,Customer,Ticket\n");
	for (int i = 0; i < l->count; i++) {
		device_name(l->device[i], name);
		fprintf(f, "%s,Contoso,Book 1,%s,T%d\n", l->bad[i] ? "Default string" : name,
		        customer_name(l->customer[i]), n);
	}
	fclose(f);
	world->lists++;
	return n;
}

static void
child(char **argv, int argc)
{
	char path[400];
	int fd;

	snprintf(path, sizeof(path), "%s/output", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	use_virtual_time();
	alarm(SECONDS_MAX);
	optind = 0;
	exit(cli_main(argc, argv));
}

static void
plan_crash(void)
{
	static const int scales[] = {20, 100, 400, 1500};

	world->crash_in = chance(40) ? below(scales[below(4)]) : -1;
}

static void
begin_command(const char *line)
{
	world->command++;
	world->service_rng = random_next(&rng);
	world->program_rng = random_next(&rng);
	world->points = world->waits = 0;
	world->crashed = false;
	world->alarm_tick = 0;
	world->canary_out = 0;
	vfs_forget();
	files_forget();
	history("operator", "unpilot %s", line);
}

/* A command that ended in good order has written what it learned. */
static void
note_end(void)
{
	for (int i = 0; i < world->send_count; i++) {
		struct send *s = &world->sends[i];
		if (s->command == world->command)
			s->sure = s->told;
	}
	if (world->alarm_tick != 0)
		world->alarm_stands = true;
}

static void
judge_end(int status, const struct rusage *used)
{
	static const int good[] = {0, 1, 3, 4, 5, 6, 10, 130, 143};
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	char run[NAME_SIZE];
	/* a ledger without runs has nothing to resume */
	bool known = code == 2 && !judge_find_run(dir, "1", run);

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		known = known || code == good[i];
	if (!world->crashed && !known)
		broken("the program ended with status 0x%x", (unsigned)status);
	if (used->ru_maxrss > MEMORY_MAX_KB)
		broken("the program took %ld KiB of memory", used->ru_maxrss);
}

/* Plays one command. Returns its exit code, or CRASHED. */
static int
play(bool quiet, const char *format, ...)
{
	char name[] = "unpilot", option[] = "-c", verbose[] = "-v";
	char line[700], copy[700], config[400], *argv[ARGS_MAX + 3] = {name, option, config};
	int argc = 3, status = 0;
	struct rusage used;
	va_list ap;
	pid_t pid;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	snprintf(config, sizeof(config), "%s/unpilot.conf", dir);
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
		child(argv, argc);
	while (wait4(pid, &status, 0, &used) < 0)
		;
	world->resend = world->sends_nothing = false;
	if (world->crashed) {
		vfs_lose_unsynced(&rng);
		files_lose_unsynced(&rng);
	} else {
		note_end();
		history("program", "exit %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	}
	judge_end(status, &used);
	if (!world->failed)
		judge_ledger(dir, quiet);
	return world->crashed ? CRASHED : WEXITSTATUS(status);
}

void
operator_begin(uint64_t seed, const char *directory, int said_to)
{
	memset(world, 0, sizeof(*world));
	snprintf(dir, sizeof(dir), "%s", directory);
	rng = random_mix(seed, 1, 0);
	world->said_to = said_to;
	world->wall_ms = START_MS;
	world->tick_ms = HOUR_MS;
	world->current_list = -1;
	world->crash_in = -1;
	for (int d = 0; d < WORLD_DEVICES; d++) {
		world->device[d] = chance(70) ? STATE_OURS : (enum state)below(STATE_ALARM);
		world->owner[d] = below(WORLD_CUSTOMERS);
	}
	choose_settings();
	write_configuration();
	play(false, "init");
}

static void
clear_alarm(void)
{
	char run[NAME_SIZE], more[NAME_SIZE];

	if (!judge_find_run(dir, "EXISTS (SELECT 1 FROM alarm a WHERE a.run=r.id AND a.cleared=0)",
	                    run)) {
		if (world->alarm_stands)
			broken("an alarm was delivered, and the ledger holds none");
		return;
	}
	for (int i = 0; i < world->send_count; i++)
		world->sends[i].cleared = world->sends[i].cleared ||
		                          strcmp(world->sends[i].run, run) == 0;
	world->alarm_stands = judge_find_run(
		dir,
		"EXISTS (SELECT 1 FROM alarm a WHERE a.run=r.id AND a.cleared=0) AND r.id<>"
		"(SELECT MAX(x.run) FROM alarm x WHERE x.cleared=0)",
		more);
	play(false, "resume --clear-alarm %s", run);
}

static void
run_list(bool plan)
{
	char path[400];
	int n = write_list();

	if (n < 0)
		return;
	list_path(n, path, sizeof(path));
	world->current_list = n;
	world->sends_nothing = plan;
	play(false, "%s%s%s %s", plan ? "plan" : "run", world->list[n].opened ? " --again" : "",
	     world->list[n].moved ? " --moved" : "", path);
	if (plan && chance(70) && !world->failed && world->list[n].run[0] != '\0') {
		plan_crash();
		play(false, "apply%s%s %s", world->list[n].opened ? " --again" : "",
		     world->list[n].moved ? " --moved" : "", world->list[n].run);
	}
	world->current_list = -1;
}

static void
any_command(void)
{
	char run[NAME_SIZE];

	if (world->alarm_stands && chance(60)) {
		clear_alarm();
		return;
	}
	switch (below(10)) {
	case 0:
		world->resend = true;
		play(false, "resume --resend");
		break;
	case 1:
		world->sends_nothing = true;
		play(false, "resume --collect");
		break;
	case 2:
		world->sends_nothing = true;
		if (judge_find_run(dir, "r.state=2", run))
			play(false, "report %s", run);
		break;
	case 3:
		world->sends_nothing = true;
		play(false, "status --json");
		break;
	case 4: run_list(chance(30)); break;
	default: play(false, "resume"); break;
	}
	world->sends_nothing = world->resend = false;
}

static void
pass_time(void)
{
	int64_t ms = HOUR_MS * (1 + below(30));

	world->tick_ms += ms;
	world->wall_ms += ms;
	if (chance(8)) { /* somebody sets the clock */
		int64_t jump = (below(8) - 4) * HOUR_MS;
		world->wall_ms += jump;
		world->faults[FAULT_CLOCK]++;
		history("machine", "the clock jumps by %lld s", (long long)jump / 1000);
	}
	for (int d = 0; d < WORLD_DEVICES; d++)
		if (world->device[d] == STATE_NOT_REGISTERED && chance(3))
			world->device[d] = STATE_OURS;
}

void
operator_night(uint64_t seed, int night)
{
	rng = random_mix(seed, 2, (uint64_t)night);
	pass_time();
	choose_weather();
	plan_crash();
	if (chance(90))
		run_list(chance(25));
	for (int i = below(4); i > 0 && !world->failed; i--) {
		if (chance(30)) {
			world->tick_ms += 60000 * (1 + below(200));
			world->wall_ms += 60000;
		}
		plan_crash();
		any_command();
	}
}

static bool
is_settled(void)
{
	char run[NAME_SIZE];

	return !judge_find_run(dir,
	                       "r.state=1 AND EXISTS (SELECT 1 FROM batch b WHERE b.run=r.id"
	                       " AND b.state IN (0,1,2))",
	                       run);
}

void
operator_quiet(uint64_t seed)
{
	rng = random_mix(seed, 3, 0);
	world->weather = (struct weather){.answers_ms = 60000};
	world->crash_in = -1;
	world->tick_ms += 100 * HOUR_MS;
	world->wall_ms += 100 * HOUR_MS;
	for (int i = 0; i < QUIET_ROUNDS && !world->failed; i++) {
		clear_alarm();
		if (!world->failed)
			play(false, "resume");
		world->tick_ms += HOUR_MS;
		world->wall_ms += HOUR_MS;
		if (is_settled() && i > 2)
			break;
	}
	if (!world->failed)
		play(true, "status --json");
}
