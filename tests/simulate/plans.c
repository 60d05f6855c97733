/* Chooses crashes, full disks, clocks, second commands and other workers. */
#include "tests/simulate/plans.h"

#include <stdbool.h>
#include <stddef.h>

#include "tests/simulate/play.h"
#include "tests/simulate/world.h"

#define CLOCK_OFF_MS (10 * 60 * 1000) /* how far the clock of a machine is off, at most */

static uint64_t world_seed, disk_seed, company_rng;
static const char *(*companion)(int choice);

/* Half of the worlds on a shared ledger have machines that differ. Those of older kept seeds (seeds.txt) do not. */
void
plans_begin(uint64_t seed, const char *(*choose)(int choice))
{
	world_seed = seed;
	disk_seed = random_mix(seed, 4, 5);
	companion = choose;
	world->machines = world->on_server && random_mix(seed, 4, 38) % 2 == 1;
	plans_end();
}

void
plans_end(void)
{
	world->crash_in = world->full_in = world->rival_in = world->freeze_in = -1;
	world->clock_off_ms = 0;
	play_in_company(&(struct company){0});
}

static void
fill_disk(uint64_t *choice)
{
	world->full_in = random_below(choice, random_chance(choice, 50) ? 12 : 100);
	world->full_for = random_chance(choice, 30) ? 1000000 : 1 + random_below(choice, 8);
}

/* In one world of four the disk is full now and then: for one write, for some, or until the command ends. */
static void
plan_full_disk(void)
{
	uint64_t choice = random_mix(disk_seed, 6, (uint64_t)world->command);

	world->full_in = -1;
	if (disk_seed % 4 != 0 || !random_chance(&choice, 25))
		return;
	world->ledger_fits = random_chance(&choice, 50);
	fill_disk(&choice);
}

/* Somebody starts a second command by mistake, while the first one waits for the service. */
static void
plan_rival(void)
{
	uint64_t choice = random_mix(disk_seed, 8, (uint64_t)world->command);

	world->rival_in = random_chance(&choice, 10) ? random_below(&choice, 12) : -1;
}

/* A worker dies, or is stopped for a part of its lease or for much longer. After a lost answer it is stopped before
 * its next request for most of its lease, now and then: its claim may live on, and resend-within may be over. */
static void
plan_worker(uint64_t *choice)
{
	static const int scales[] = {10, 50, 200, 1000}, tenths[] = {1, 3, 12, 30, 100};

	world->crash_in = random_chance(choice, 30)
	                          ? random_below(choice, scales[random_below(choice, 4)])
	                          : -1;
	world->freeze_in = random_chance(choice, 50)
	                           ? random_below(choice, scales[random_below(choice, 4)])
	                           : -1;
	world->freeze_at_request = random_chance(choice, 40);
	if (world->freeze_at_request && world->freeze_in >= 0)
		world->freeze_in = random_below(choice, 4);
	world->freeze_ms = world->set.lease_s * 100 * tenths[random_below(choice, 5)];
	world->freeze_after_loss = world->freeze_at_request && random_chance(choice, 60);
	if (world->freeze_after_loss) {
		world->freeze_in = 0;
		world->freeze_ms = world->set.lease_s * 600;
	}
}

/* The disk of its machine is full now and then; the ledger lies on the server. The machine's clock is right, or not. */
static void
plan_machine(void)
{
	uint64_t choice = random_mix(world_seed, 11, (uint64_t)world->commands);

	world->full_in = -1;
	world->clock_off_ms = 0;
	if (!world->machines)
		return;
	world->ledger_fits = true;
	if (random_chance(&choice, 10))
		fill_disk(&choice);
	if (random_chance(&choice, 60))
		world->clock_off_ms = random_below(&choice, 2 * CLOCK_OFF_MS) - CLOCK_OFF_MS;
}

static const char *
choose_companion(void)
{
	int choice = random_below(&company_rng, 10);

	plan_worker(&company_rng);
	plan_machine();
	return companion(choice);
}

/* On a shared ledger, one or two other workers come while the command is played. */
static void
plan_company(void)
{
	struct company c = {.choose = choose_companion};

	company_rng = random_mix(disk_seed, 9, (uint64_t)world->commands);
	c.count = random_chance(&company_rng, 70) ? 1 + random_below(&company_rng, 2) : 0;
	for (int i = 0; i < 2; i++)
		c.turns[i] = (i > 0 ? c.turns[0] : 0) + random_below(&company_rng, 12);
	plan_worker(&company_rng);
	plan_machine();
	play_in_company(&c);
}

void
plan_command(uint64_t *rng)
{
	static const int scales[] = {20, 100, 400, 1500};

	world->crash_in = random_chance(rng, 40) ? random_below(rng, scales[random_below(rng, 4)])
	                                         : -1;
	world->full_in = world->rival_in = world->freeze_in = -1;
	if (world->on_server) {
		plan_company();
		return;
	}
	plan_full_disk();
	plan_rival();
}

void
plan_command_alone(uint64_t *rng)
{
	plan_command(rng);
	play_in_company(&(struct company){0});
}
