/* Judges exit codes by the contract's table: the first row that applies wins. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/simulate/lists.h"
#include "tests/simulate/world.h"

enum {
	CODE_GOOD = 0,
	CODE_SOME = 1,
	CODE_UNUSABLE = 2,
	CODE_DENIED = 3,
	CODE_GUARD = 4,
	CODE_UNREACHABLE = 5,
	CODE_OPEN = 6,
	CODE_DURATION = 10,
	CODE_LOCKED = 11,
	CODE_SIGNAL = 143
};
/* In the order in which they win. */
static const int order[] = {CODE_UNUSABLE, CODE_DENIED,      CODE_LOCKED, CODE_GUARD, CODE_SIGNAL,
                            CODE_DURATION, CODE_UNREACHABLE, CODE_OPEN,   CODE_SOME,  CODE_GOOD};

#define ALARM 6

/* Rows of the runs that the command was for. */
struct rows {
	bool open, bad, alarm, failed; /* one at least; failed: the service said so */
	bool guarded;                  /* a guard stopped one of the runs as a whole */
};

static void
note_options(const char *line)
{
	static const char duration[] = "--max-duration ", devices[] = "--max-devices ";
	const char *most = strstr(line, devices);
	const char *ends = strstr(line, duration);

	world->given = (struct given){
		.resend = strstr(line, "--resend") != NULL,
		.again = strstr(line, "--again") != NULL,
		.moved = strstr(line, "--moved") != NULL,
		.not_ready = strstr(line, "--not-ready") != NULL,
		.skipped = strstr(line, "--skip-list") != NULL ? world->skip_list : 0,
		.ends_ms = ends != NULL
	                           ? world->tick_ms + atoi(ends + sizeof(duration) - 1) * 1000LL
	                           : 0,
	};
	world->given.max_devices = most != NULL ? atoi(most + sizeof(devices) - 1) : 0;
	world->given.repeats = world->current_list >= 0 && !world->given.again &&
	                       lists_was_sent(&world->list[world->current_list], true);
	world->ever_skipped |= world->given.skipped;
}

void
ends_begin(const char *line)
{
	static const struct {
		const char *word;
		enum task task;
	} kinds[] = {{"run ", TASK_RUN}, {"apply ", TASK_APPLY}, {"resume", TASK_RESUME}};
	const char *last = strrchr(line, ' ');

	world->task = TASK_OTHER;
	world->named[0] = '\0';
	note_options(line);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(line, kinds[i].word, strlen(kinds[i].word)) == 0)
			world->task = kinds[i].task;
	if (strstr(line, "--collect") != NULL || strstr(line, "--clear-alarm") != NULL)
		world->task = TASK_OTHER;
	if (world->task == TASK_RESUME && last != NULL && strchr(last, 'T') != NULL)
		snprintf(world->named, NAME_SIZE, "%s", last + 1);
}

static bool
is_run(const struct list *l)
{
	return l->run[0] != '\0' && !l->plan && !l->letter;
}

/* The command was to bring this run to its end. */
static bool
is_meant(const struct list *l)
{
	if (!is_run(l))
		return false;
	if (world->task != TASK_RESUME)
		return world->current_list >= 0 && l == &world->list[world->current_list];
	return world->named[0] != '\0' ? strcmp(l->run, world->named) == 0 : l->was_open || l->open;
}

/* "--resend" is for finished runs, too: for the newest one, if none is open. */
static void
find_newest(void)
{
	for (int n = 0; n < world->lists; n++)
		if (world->list[n].was_open && is_run(&world->list[n]))
			return;
	(void)judge_find_run("r.state<3", world->named);
}

static struct rows
rows_meant(void)
{
	struct rows all = {.open = false};

	if (world->task == TASK_RESUME && world->named[0] == '\0' && world->given.resend)
		find_newest();
	for (const struct list *l = world->list; l < world->list + world->lists; l++)
		for (int i = 0; is_meant(l) && i < l->count; i++) {
			int outcome = l->now[i] - 1;
			if (l->gone[i] || outcome < 0)
				continue;
			all.open = all.open || l->waits[i] ||
			           (outcome >= OUTCOME_PENDING && outcome <= OUTCOME_NOT_SENT);
			all.bad = all.bad || outcome >= GOOD_OUTCOMES;
			/* a canary whose answer cannot be read has failed, too */
			all.failed = all.failed ||
			             (outcome >= GOOD_OUTCOMES && outcome < OUTCOME_ASKED) ||
			             (outcome == OUTCOME_UNKNOWN && world->set.canary > 0);
			all.alarm = all.alarm || outcome == ALARM;
			all.guarded = all.guarded || l->guarded;
		}
	return all;
}

static int
rank(int code)
{
	int i = 0;

	while (i < (int)(sizeof(order) / sizeof(order[0])) && order[i] != code)
		i++;
	return i;
}

static bool
is_ledger_held(void)
{
	char run[NAME_SIZE];

	return world->alarm_stands || world->alarmed_in == world->command ||
	       judge_find_run("EXISTS (SELECT 1 FROM alarm a WHERE a.run=r.id AND a.cleared=0)",
	                      run);
}

/* A plan that was not completed, or is too old, stays one. */
static bool
is_plan_refused(void)
{
	return world->task == TASK_APPLY && world->current_list >= 0 &&
	       world->list[world->current_list].plan;
}

static bool
may_repeat(void)
{
	return world->current_list >= 0 && !world->given.again &&
	       lists_was_sent(&world->list[world->current_list], false);
}

/* Whether the program has a reason for its code. */
static bool
is_true(int code, const struct rows *rows)
{
	bool now[] = {world->denied_in == world->command, world->stopped_in == world->command,
	              world->refused_in == world->command};
	/* runs whose devices had waited are taken up as well */
	bool others = world->task == TASK_RUN && world->set.letter == LETTER_REQUIRE;

	switch (code) {
	case CODE_GOOD: return !rows->open && !rows->bad;
	case CODE_SOME: return !rows->open && (rows->bad || others);
	case CODE_OPEN: return rows->open || others;
	case CODE_UNREACHABLE: return now[2];
	case CODE_SIGNAL: return now[1];
	case CODE_GUARD:
		return is_ledger_held() || rows->alarm || rows->failed || rows->guarded || others ||
		       is_plan_refused() || may_repeat();
	case CODE_DENIED: return now[0];
	case CODE_DURATION:
		return world->given.ends_ms != 0 && world->tick_ms >= world->given.ends_ms;
	default: return true;
	}
}

void
judge_end_code(int code)
{
	struct rows rows = rows_meant();

	if (code < 0 || world->task == TASK_OTHER || world->disk_full || world->may_refuse ||
	    world->on_server)
		return;
	/* a run whose devices had waited may end the command before */
	if (world->given.repeats && world->task == TASK_RUN &&
	    (world->list[world->current_list].run[0] != '\0' ||
	     (world->set.letter != LETTER_REQUIRE && rank(code) > rank(CODE_SIGNAL))))
		broken("the bytes of list %d were sent before, and its run ended with %d",
		       world->current_list, code);
	if (!is_true(code, &rows))
		broken("a command ended with %d: %s open, %s not deregistered, %s an alarm", code,
		       rows.open ? "a row is" : "no row is", rows.bad ? "a row is" : "no row is",
		       rows.alarm ? "there is" : "there is not");
	if (rows.guarded && (code == CODE_GOOD || code == CODE_SOME || code == CODE_OPEN))
		broken("a guard stopped the run as a whole, and a command for it ended with %d",
		       code);
	if (world->denied_in == world->command && !world->by_partner &&
	    rank(code) > rank(CODE_DENIED))
		broken("a command whose credentials were refused ended with %d", code);
	if (world->alarmed_in == world->command && rank(code) > rank(CODE_GUARD))
		broken("a command that got an alarm ended with %d", code);
	if (world->stopped_in == world->command && rank(code) > rank(CODE_SIGNAL))
		broken("a command that got SIGTERM ended with %d", code);
}
