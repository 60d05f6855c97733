/* Writes the lists of a simulated world, and chooses the commands of each night. */
#include "tests/simulate/operator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/simulate/center.h"
#include "tests/simulate/erase.h"
#include "tests/simulate/image.h"
#include "tests/simulate/letters.h"
#include "tests/simulate/lists.h"
#include "tests/simulate/options.h"
#include "tests/simulate/plans.h"
#include "tests/simulate/play.h"
#include "tests/simulate/receipts.h"
#include "tests/simulate/reminders.h"
#include "tests/simulate/server.h"
#include "tests/simulate/settings.h"
#include "tests/simulate/world.h"

#define START_MS (1793000000LL * 1000) /* a night in 2026 */
#define HOUR_MS (3600LL * 1000)
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

/* The command of another worker that runs meanwhile. */
static const char *
companion(int choice)
{
	static char line[500];
	char path[400];
	int n = choice < 2 ? lists_write(&rng) : -1;

	if (n >= 0) {
		lists_path(n, path, sizeof(path));
		world->current_list = n;
		world->removes_old = true;
		world->again = world->list[n].opened;
		world->moved = world->list[n].moved;
		snprintf(line, sizeof(line), "run%s%s %s", world->list[n].opened ? " --again" : "",
		         world->list[n].moved ? " --moved" : "", path);
		return line;
	}
	world->resend = choice == 2;
	world->sends_nothing = choice == 3;
	return choice == 2 ? "resume --resend" : choice == 3 ? "resume --collect" : "resume";
}

/* One in sixteen worlds begins with "init" itself, with its large pages; it may crash, and is repeated. */
static void
make_ledger(uint64_t seed)
{
	uint64_t choice = random_mix(seed, 4, 0);

	if (choice % 16 != 0 || world->on_server) {
		play_init_from_template();
		return;
	}
	for (int i = 0; i < 3 && choice % 32 == 0; i++) {
		plan_command(&rng);
		if (play(false, "init") != PLAY_CRASHED)
			break;
	}
	world->crash_in = world->full_in = -1;
	world->has_ledger = true;
	if (play(false, "init") != 0)
		broken("init cannot create the ledger");
}

void
operator_begin(uint64_t seed, const char *directory, int said_to)
{
	/* each costs a pack in each run */
	static const int customers[] = {1, 1, 1, 2, 2, 2, 3, WORLD_CUSTOMERS};

	memset(world, 0, sizeof(*world));
	image_forget();
	packs_forget();
	receipts_forget(dir);
	snprintf(dir, sizeof(dir), "%s", directory);
	rng = random_mix(seed, 1, 0);
	world->said_to = said_to;
	world->wall_ms = START_MS;
	world->tick_ms = HOUR_MS;
	world->current_list = -1;
	world->on_server = server_url() != NULL;
	plans_begin(seed, companion);
	world->customers = customers[random_mix(seed, 4, 2) % 8];
	for (int d = 0; d < WORLD_DEVICES; d++) {
		world->device[d] = chance(70) ? STATE_OURS : (enum state)below(STATE_ALARM);
		world->owner[d] = below(world->customers);
	}
	center_begin(seed);
	lists_begin(dir, seed);
	options_begin(dir, seed);
	/* not those of older kept seeds (seeds.txt) */
	world->wide = !world->on_server && random_mix(seed, 15, 15892367) % 3 == 0;
	world->full_packs = random_mix(seed, 4, 1) % 8 == 0;
	settings_choose(&rng);
	letters_begin(dir, seed);
	reminders_begin(dir, seed);
	erase_begin(dir, seed);
	if (world->on_server && !world->machines) /* nothing is erased */
		world->set.keep_days = 0;
	if (world->wide && world->set.hold_days > 0 && world->set.keep_days == 0 &&
	    random_mix(seed, 4, 51) % 2 == 0)
		world->set.hold_days = 1 + (int)(random_mix(seed, 4, 52) % 3);
	settings_write(dir, &rng);
	play_in(dir, &rng);
	make_ledger(seed);
}

static void
clear_alarm(void)
{
	char run[NAME_SIZE], more[NAME_SIZE];

	if (!judge_find_run("EXISTS (SELECT 1 FROM alarm a WHERE a.run=r.id AND a.cleared=0)",
	                    run)) {
		if (world->alarm_stands)
			broken("an alarm was delivered, and the ledger holds none");
		return;
	}
	for (int i = 0; i < world->send_count; i++)
		world->sends[i].cleared = world->sends[i].cleared ||
		                          strcmp(world->sends[i].run, run) == 0;
	world->alarm_stands = judge_find_run(
		"EXISTS (SELECT 1 FROM alarm a WHERE a.run=r.id AND a.cleared=0) AND r.id<>"
		"(SELECT MAX(x.run) FROM alarm x WHERE x.cleared=0)",
		more);
	play_in_company(&(struct company){0});
	play(false, "resume --clear-alarm %s", run);
}

static void
run_list(bool plan)
{
	char path[400], most[40];
	int n = lists_write(&rng);

	if (n < 0)
		return;
	lists_path(n, path, sizeof(path));
	world->current_list = n;
	world->sends_nothing = plan;
	world->removes_old = !plan;
	world->again = world->list[n].opened;
	world->moved = world->list[n].moved;
	options_for_run(&world->list[n], plan, most, sizeof(most));
	play(false, "%s%s%s%s %s", plan ? "plan" : "run", world->list[n].opened ? " --again" : "",
	     world->list[n].moved ? " --moved" : "", most, path);
	if (plan && chance(70) && !world->failed && world->list[n].run[0] != '\0') {
		plan_command(&rng);
		world->again = world->list[n].opened;
		world->moved = world->list[n].moved;
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
		if (judge_find_run("r.state=2", run))
			play(false, "report %s", run);
		break;
	case 3:
		world->sends_nothing = true;
		play(false, "status --json");
		break;
	case 4: run_list(chance(30)); break;
	default:
		if (world->wide) {
			options_resume();
			break;
		}
		world->not_ready = world->set.letter != LETTER_NONE && chance(10);
		play(false, world->not_ready ? "resume --not-ready" : "resume");
		world->not_ready = false;
		break;
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
		if (world->device[d] == STATE_NOT_REGISTERED && chance(3)) {
			world->device[d] = STATE_OURS;
			center_register(d);
		}
}

static void
write_letter(void)
{
	char path[400];
	int n = lists_write(&rng);

	if (n < 0)
		return;
	lists_path(n, path, sizeof(path));
	world->list[n].letter = world->sends_nothing = true;
	plan_command_alone(&rng);
	play(false, "letter %s", path);
	world->sends_nothing = false;
}

static void
letters_by_day(uint64_t reminder_choices)
{
	if (chance(60))
		write_letter();
	for (int i = below(4); i > 0 && !world->failed; i--) {
		plan_command_alone(&rng);
		letters_answer(&rng);
	}
	if (!world->failed && reminders_are_played() && random_chance(&reminder_choices, 40)) {
		plan_command_alone(&reminder_choices);
		reminders_write(&reminder_choices);
	}
}

/* It is refused. Its choice has random numbers of its own. */
static void
forget_on_server(uint64_t seed, int night)
{
	uint64_t choice = random_mix(seed, 12, (uint64_t)night);

	if (world->failed || !world->machines || !random_chance(&choice, 10))
		return;
	plan_command_alone(&choice);
	erase_customer(&choice);
}

/* Commands around the nights. They have random numbers of their own. */
static void
by_day(uint64_t seed, int night)
{
	uint64_t nightly = rng;

	rng = random_mix(seed, 5, (uint64_t)night);
	if (world->set.letter != LETTER_NONE) {
		letters_by_day(random_mix(seed, 13, (uint64_t)night));
		rng = nightly;
		return;
	}
	if (chance(20)) {
		plan_command_alone(&rng);
		receipts_close(&rng);
	}
	forget_on_server(seed, night);
	if (!world->failed && !world->on_server && chance(5)) {
		plan_command(&rng);
		erase_customer(&rng);
	}
	rng = nightly;
}

void
operator_night(uint64_t seed, int night)
{
	rng = random_mix(seed, 2, (uint64_t)night);
	pass_time();
	weather_choose(&rng);
	if (world->wide)
		weather_make_odd(random_mix(seed, 17, (uint64_t)night));
	plan_command(&rng);
	if (chance(90))
		run_list(chance(25));
	for (int i = below(4); i > 0 && !world->failed; i--) {
		if (chance(30)) {
			world->tick_ms += 60000 * (1 + below(200));
			world->wall_ms += 60000;
		}
		plan_command(&rng);
		any_command();
	}
	if (!world->failed)
		by_day(seed, night);
}

static bool
is_settled(void)
{
	char run[NAME_SIZE];

	return !judge_find_run("r.state=1 AND EXISTS (SELECT 1 FROM batch b WHERE b.run=r.id"
	                       " AND b.state IN (0,1,2))",
	                       run);
}

void
operator_quiet(uint64_t seed)
{
	rng = random_mix(seed, 3, 0);
	world->weather = (struct weather){.answers_ms = 60000};
	plans_end();
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
	if (!world->failed && world->wide)
		options_finish(clear_alarm, is_settled);
}
