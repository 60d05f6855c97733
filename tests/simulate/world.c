/* Random numbers, virtual time, history and crash points of a simulated world. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/simulate/server.h"
#include "tests/simulate/turns.h"
#include "tests/simulate/world.h"

#define CRASH_STATUS 137

struct world *world;

void *
shared_memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("simulate: shared memory");
		exit(2);
	}
	return p;
}

/* splitmix64 */
uint64_t
random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15U;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

int
random_below(uint64_t *state, int below)
{
	return below <= 1 ? 0 : (int)(random_next(state) % (uint64_t)below);
}

bool
random_chance(uint64_t *state, int percent)
{
	return random_below(state, 100) < percent;
}

bool
world_happens(int percent, enum fault fault)
{
	bool yes = random_chance(&world->service_rng, percent);

	world->faults[fault] += yes ? 1 : 0;
	return yes;
}

struct reply
reply_with(long status, const char *body)
{
	return (struct reply){.status = status,
	                      .type = "application/json",
	                      .body = strdup(body),
	                      .retry_after = -1};
}

uint64_t
random_mix(uint64_t seed, uint64_t a, uint64_t b)
{
	uint64_t s = seed;
	uint64_t x = random_next(&s) ^ a;
	uint64_t y = random_next(&x) ^ b;

	return random_next(&y);
}

void
history(const char *who, const char *format, ...)
{
	char line[600], time[CLOCK_STAMP_SIZE];
	va_list ap;
	int n, m;

	if (world->said_to < 0)
		return;
	clock_stamp(world->wall_ms / 1000, time);
	n = world->on_server /* commands at the same time: which one it is */
	            ? snprintf(line, sizeof(line), "%s %-8s %3d ", time, who, world->command)
	            : snprintf(line, sizeof(line), "%s %-8s ", time, who);
	va_start(ap, format);
	m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, ap);
	va_end(ap);
	n = n + m < (int)sizeof(line) - 2 ? n + m : (int)sizeof(line) - 2;
	line[n] = '\n';
	if (write(world->said_to, line, (size_t)n + 1) < 0)
		world->said_to = -1;
}

void
broken(const char *format, ...)
{
	va_list ap;

	if (world->failed)
		return;
	va_start(ap, format);
	vsnprintf(world->why, sizeof(world->why), format, ap);
	va_end(ap);
	world->failed = true;
	history("JUDGE", "%s", world->why);
}

void
crash_point(const char *where)
{
	world->points++;
	if (world->crash_in < 0 || world->crash_in-- > 0)
		return;
	world->crashed = true;
	world->faults[FAULT_CRASH]++;
	history("machine", "crash %s", where);
	_exit(CRASH_STATUS);
}

bool
disk_is_full(const char *what)
{
	if (world->full_in < 0 || world->full_in-- > 0)
		return false;
	if (world->full_for-- <= 0)
		return false; /* somebody has made room */
	world->full_in = 0;
	world->disk_full = true;
	world->faults[FAULT_FULL]++;
	history("machine", "no room for %s", what);
	return true;
}

static int64_t
virtual_now_ms(void)
{
	return world->wall_ms + world->clock_off_ms;
}

static int64_t
virtual_tick_ms(void)
{
	return world->tick_ms;
}

static void
virtual_sleep_ms(int64_t ms)
{
	turns_pass(world->tick_ms + ms);
}

void
time_passes(int64_t tick)
{
	if (tick > world->tick_ms) {
		world->wall_ms += tick - world->tick_ms;
		world->tick_ms = tick;
	}
	server_tell_time();
}

bool
is_at_work(int command)
{
	for (int i = 0; i < WORKERS_MAX; i++)
		if (world->worker[i].command == command && command != 0)
			return !world->worker[i].lapsed;
	return false;
}

static const struct clock_source virtual_clock = {
	.now_ms = virtual_now_ms,
	.tick_ms = virtual_tick_ms,
	.sleep_ms = virtual_sleep_ms,
};

void
use_virtual_time(void)
{
	clock_set_source(&virtual_clock);
}

const char *
customer_name(int customer)
{
	static const char *const names[WORLD_CUSTOMERS] = {"contoso", "fabrikam", "northwind",
	                                                   "litware"};

	return names[customer];
}

int
customer_of(const char *name)
{
	int i = 0;

	while (i < WORLD_CUSTOMERS && strcmp(customer_name(i), name) != 0)
		i++;
	return i < WORLD_CUSTOMERS ? i : -1;
}

void
device_name(int device, char dst[static 16])
{
	snprintf(dst, 16, "SN-%04d", device);
}

int
device_of(const char *serial)
{
	int n;

	if (serial == NULL || sscanf(serial, "SN-%4d", &n) != 1 || n < 0 || n >= WORLD_DEVICES)
		return -1;
	return n;
}
