/*
 * Plays nights of the program in virtual time: the real commands, a simulated service, a file system that
 * loses what was not synced and is full at times, customers who send receipts, and an operator who erases
 * runs and customers. The service is OEM Direct or Partner Center (center.h). One seed decides everything.
 *
 *	simulate --seed S [--nights N] [--jobs J]      prints "N nights from seed S: F failures"
 *	simulate --seed S --until-failure              ends with the first failure
 *	simulate --seed S --history                    the history of that one world
 *	simulate --seed S --shrink                     leaves out nights while the world still fails
 *	simulate-shared --server URL --seed S …        worlds with two or three workers on one ledger
 *
 * With --server every ledger is on that PostgreSQL server, whose clock is the virtual one; the clocks of the
 * machines may be off. While a command is played, one or two others come. They take turns (turns.h); the
 * seed stops a worker for a part of its lease or for longer, or kills it. Only simulate-shared is linked
 * with libpq.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/simulate/compiled.h"
#include "tests/simulate/operator.h"
#include "tests/simulate/server.h"
#include "tests/simulate/settings.h"
#include "tests/simulate/store.h"
#include "tests/simulate/world.h"

#define JOBS_MAX 16
#define NIGHTS_A_WORLD 8

static const char *const fault_words[FAULT_COUNT] = {"connection refused",
                                                     "request lost",
                                                     "answer lost",
                                                     "throttled",
                                                     "5xx",
                                                     "batch refused",
                                                     "garbled answer",
                                                     "growing answer",
                                                     "batch forgotten",
                                                     "credentials refused",
                                                     "signal",
                                                     "alarm",
                                                     "crash",
                                                     "clock set",
                                                     "sector lost",
                                                     "file lost",
                                                     "damaged receipt",
                                                     "disk full",
                                                     "second command",
                                                     "another worker",
                                                     "worker stopped",
                                                     "odd answer"};

struct total {
	int64_t nights, failures, commands;
	int64_t faults[FAULT_COUNT];
};

struct asked {
	uint64_t seed;
	long nights;
	int jobs;
	bool history, shrink, until_failure;
	unsigned skip; /* nights left out, as bits */
	double seconds;
};

static char root[200];
static const char *server; /* the URL of one, for a shared ledger; NULL: each ledger is a file */

/* Everything that a process of the simulator needs before its first world. */
static void
prepare(int job)
{
	char identity[400];

	world = shared_memory(sizeof(*world));
	vfs_register();
	settings_identity(identity, sizeof(identity));
	compiled_prepare(identity);
	if (server != NULL)
		server_prepare(server, job);
}

static int
on_remove(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void
remove_directory(const char *dir)
{
	if (nftw(dir, on_remove, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
		fprintf(stderr, "simulate: cannot remove %s: %s\n", dir, strerror(errno));
}

static void
set_up_directory(const char *dir)
{
	remove_directory(dir);
	if ((mkdir(root, 0700) != 0 && errno != EEXIST) || mkdir(dir, 0700) != 0) {
		fprintf(stderr, "simulate: cannot create %s: %s\n", dir, strerror(errno));
		exit(2);
	}
}

/* Plays one world; returns whether it failed. */
static bool
play_world(uint64_t seed, unsigned skip, const char *dir, int said_to)
{
	set_up_directory(dir);
	operator_begin(seed, dir, said_to);
	for (int night = 0; night < NIGHTS_A_WORLD && !world->failed; night++)
		if ((skip & 1U << night) == 0)
			operator_night(seed, night);
	if (!world->failed)
		operator_quiet(seed);
	return world->failed;
}

static void
add_faults(struct total *t)
{
	t->commands += world->commands;
	for (int i = 0; i < FAULT_COUNT; i++)
		t->faults[i] += world->faults[i];
}

static double
elapsed(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - since->tv_sec) + (double)(now.tv_nsec - since->tv_nsec) / 1e9;
}

/* Plays every jobs-th world, from the job's own number on. */
static void
work(const struct asked *a, int job, struct total *t, bool *ended)
{
	long worlds = (a->nights + NIGHTS_A_WORLD - 1) / NIGHTS_A_WORLD;
	struct timespec start;
	char dir[300];

	clock_gettime(CLOCK_MONOTONIC, &start);
	snprintf(dir, sizeof(dir), "%s/%d", root, job);
	prepare(job);
	for (long w = job; w < worlds; w += a->jobs) {
		if (*ended || (a->seconds > 0 && elapsed(&start) > a->seconds))
			break;
		if (play_world(a->seed + (uint64_t)w, 0, dir, -1)) {
			t->failures++;
			printf("seed %llu: %s\n",
			       (unsigned long long)a->seed + (unsigned long long)w, world->why);
			fflush(stdout);
			*ended = a->until_failure; /* for every job */
		}
		t->nights += NIGHTS_A_WORLD;
		add_faults(t);
	}
	server_end();
}

static void
print_total(const struct asked *a, const struct total *t)
{
	printf("%lld commands", (long long)t->commands);
	for (int i = 0; i < FAULT_COUNT; i++)
		printf("; %s %lld", fault_words[i], (long long)t->faults[i]);
	printf("\n%lld nights from seed %llu: %lld failures\n", (long long)t->nights,
	       (unsigned long long)a->seed, (long long)t->failures);
}

static int
play_all(const struct asked *a)
{
	struct total *each = shared_memory(sizeof(*each) * JOBS_MAX), sum = {0};
	bool *ended = shared_memory(sizeof(*ended));
	bool died = false;
	int status;

	for (int job = 0; job < a->jobs; job++)
		if (fork() == 0) {
			work(a, job, &each[job], ended);
			_exit(0);
		}
	while (wait(&status) > 0 || errno == EINTR)
		died = died || status != 0;
	for (int job = 0; job < a->jobs; job++) {
		sum.nights += each[job].nights;
		sum.failures += each[job].failures;
		sum.commands += each[job].commands;
		for (int i = 0; i < FAULT_COUNT; i++)
			sum.faults[i] += each[job].faults[i];
	}
	if (died) {
		printf("simulate: a process of the simulator itself died\n");
		sum.failures++;
	}
	print_total(a, &sum);
	return sum.failures > 0 ? 1 : 0;
}

/* One world, with its history on standard output. */
static int
play_one(const struct asked *a)
{
	char dir[300];
	unsigned skip = a->skip;

	snprintf(dir, sizeof(dir), "%s/one", root);
	prepare(0);
	for (int night = 0; a->shrink && night < NIGHTS_A_WORLD; night++)
		if (play_world(a->seed, skip | 1U << night, dir, -1))
			skip |= 1U << night;
	printf("seed %llu, nights left out: 0x%x\n", (unsigned long long)a->seed, skip);
	fflush(stdout);
	play_world(a->seed, skip, dir, dup(STDOUT_FILENO));
	store_save();
	server_end();
	printf("%s\n", world->failed ? world->why : "no failure");
	return world->failed ? 1 : 0;
}

static void
usage(void)
{
	fprintf(stderr,
	        "usage: simulate --seed S [--nights N | --seconds T] [--jobs J] [--until-failure] [--history] [--shrink] [--skip MASK] [--server URL]\n");
	exit(2);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {{"seed", required_argument, NULL, 's'},
	                                        {"nights", required_argument, NULL, 'n'},
	                                        {"jobs", required_argument, NULL, 'j'},
	                                        {"history", no_argument, NULL, 'h'},
	                                        {"shrink", no_argument, NULL, 'k'},
	                                        {"skip", required_argument, NULL, 'x'},
	                                        {"seconds", required_argument, NULL, 't'},
	                                        {"until-failure", no_argument, NULL, 'u'},
	                                        {"server", required_argument, NULL, 'p'},
	                                        {NULL, 0, NULL, 0}};
	struct asked a = {.seed = 1, .nights = 1000, .jobs = 2};
	const char *tmp = getenv("TMPDIR");
	int c, rc;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 's': a.seed = strtoull(optarg, NULL, 10); break;
		case 'n': a.nights = strtol(optarg, NULL, 10); break;
		case 'j': a.jobs = atoi(optarg) > JOBS_MAX ? JOBS_MAX : atoi(optarg); break;
		case 't':
			a.seconds = atof(optarg);
			a.nights = 1000000000;
			break;
		case 'x': a.skip = (unsigned)strtoul(optarg, NULL, 0); break;
		case 'p': server = optarg; break;
		case 'u': a.until_failure = true; break;
		case 'h': a.history = true; break;
		case 'k': a.shrink = true; break;
		default: usage();
		}
	if (tmp == NULL)
		tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(root, sizeof(root), "%s/unpilot-simulate.%d", tmp, (int)getpid());
	rc = a.history || a.shrink ? play_one(&a) : play_all(&a);
	if (!a.history)
		remove_directory(root);
	return rc;
}
