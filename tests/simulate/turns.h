/*
 * Workers on one ledger take turns: one process runs, the others are stopped. Each has a wake-up time, and the one with the
 * earliest is next, so that all of them live in the same virtual time. A worker may give up its turn while
 * it waits, and between two transactions. At a turn that the seed chooses it is stopped for so long that
 * its leases may end, or dies.
 */
#ifndef TESTS_SIMULATE_TURNS_H
#define TESTS_SIMULATE_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "tests/simulate/world.h"

#define TURN_START offsetof(struct world, program_rng)
#define TURN_SIZE (offsetof(struct world, turn_end) - TURN_START)

/* The part of the world that belongs to the command whose turn it is. */
struct turn {
	unsigned char bytes[TURN_SIZE];
};
void turns_keep(struct turn *dst);
void turns_restore(const struct turn *src);

/* ---- in the child ---- */

/* Call first. */
void turns_child(void);
/* Virtual time passes until this tick; meanwhile others have their turns. */
void turns_pass(int64_t tick);
/* Calls this function each time before the plan stops this worker. */
void turns_before_freeze(void (*fn)(void));
/* The plan may stop this worker now. */
void turns_freeze(void);

/* ---- in the simulator ---- */

/* The child that is running is a worker from now on. `pending` more will be started. */
void turns_add(pid_t pid, int pending);
/* Lets workers run, until one of them ends (true: *ret_status and *ret_used are its own), or the first one has had
 * `count` turns (false: it is time to start another). The world holds that of the worker. */
bool turns_run(int64_t count, int *ret_status, struct rusage *ret_used);
/* The worker that has ended is none any more. Returns how many there are. */
int turns_remove(void);
int turns_count(void);
/* The next one has its turn. */
void turns_go_on(void);

#endif
