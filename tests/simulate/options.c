/* Chooses options of commands, each by random numbers of its own. */
#include "tests/simulate/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/simulate/holds.h"
#include "tests/simulate/play.h"
#include "tests/simulate/world.h"

#define HOUR_MS (3600LL * 1000)
#define QUIET_ROUNDS 40

static const char *dir;
static uint64_t world_seed;

void
options_begin(const char *directory, uint64_t seed)
{
	dir = directory;
	world_seed = seed;
}

static void
write_skip_list(uint64_t *choice, char *path, size_t size)
{
	char name[16];
	FILE *f;

	world->skip_list = random_next(choice) & random_next(choice);
	snprintf(path, size, "%s/skip.txt", dir);
	f = fopen(path, "we");
	if (f == NULL) {
		perror(path);
		exit(2);
	}
	for (int d = 0; d < WORLD_DEVICES; d++) {
		device_name(d, name);
		if ((world->skip_list & 1ULL << d) != 0)
			fprintf(f, "%s # ask first\n", name);
	}
	fclose(f);
}

void
options_for_run(struct list *l, bool plan, char *dst, size_t size)
{
	uint64_t choice = random_mix(world_seed, 19, (uint64_t)world->commands);

	dst[0] = '\0';
	l->stopped = world->wide && !plan && random_chance(&choice, 15);
	if (l->stopped)
		snprintf(dst, size, " --max-devices %d", 1 + random_below(&choice, LIST_ROWS));
}

void
options_resume(void)
{
	uint64_t choice = random_mix(world_seed, 16, (uint64_t)world->commands);
	char line[600] = "resume", path[400], word[500], run[NAME_SIZE];
	const struct {
		bool *on;
		const char *word;
		int percent;
	} options[] = {
		{&world->resend, " --resend", 30},
		{&world->again, " --again", 30},
		{&world->moved, " --moved", 30},
		{&world->not_ready, " --not-ready", world->set.letter != LETTER_NONE ? 20 : 0}};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		*options[i].on = random_chance(&choice, options[i].percent);
		if (*options[i].on)
			strcat(line, options[i].word);
	}
	if (random_chance(&choice, 40)) {
		write_skip_list(&choice, path, sizeof(path));
		snprintf(word, sizeof(word), " --skip-list %s", path);
		strcat(line, word);
	}
	if (random_chance(&choice, 40)) {
		snprintf(word, sizeof(word), " --max-duration %ds", 1 + random_below(&choice, 900));
		strcat(line, word);
	}
	if (random_chance(&choice, 40) && judge_find_run("r.state=1", run)) {
		snprintf(word, sizeof(word), " %s", run);
		strcat(line, word);
	}
	play(false, "%s", line);
	world->not_ready = false;
}

/* A person says that everything is to be sent: nothing stays open. */
void
options_finish(void (*clear_alarm)(void), bool (*is_settled)(void))
{
	char run[NAME_SIZE];

	for (int i = 0; i < QUIET_ROUNDS && !world->failed && judge_find_run("r.state=1", run);
	     i++) {
		clear_alarm();
		world->resend = world->again = world->moved = true;
		world->not_ready = world->set.letter != LETTER_NONE;
		if (!world->failed)
			play(false, "resume --resend --again --moved%s",
			     world->not_ready ? " --not-ready" : "");
		world->not_ready = false;
		world->tick_ms += HOUR_MS;
		world->wall_ms += HOUR_MS;
		if (is_settled() && i > 1)
			break;
	}
	if (!world->failed)
		judge_nothing_open();
}
