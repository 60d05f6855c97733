/* Judges why a row becomes held: the reason that the ledger gives must be true, and the options of the command must have had an effect. */
#include "tests/simulate/holds.h"

#include <stdio.h>
#include <string.h>

#include "tests/simulate/world.h"

#define DAY_MS (24LL * 3600 * 1000)
#define REASON_SIZE 160
#define NOTED_MAX (WORLD_LISTS * LIST_ROWS)

/* Rows that the last command has held. */
static struct noted {
	const struct list *list;
	int row;
	char reason[REASON_SIZE];
} noted[NOTED_MAX];
static int count;

void
holds_begin(void)
{
	count = 0;
}

void
holds_note(const struct list *l, int row, const char *reason)
{
	struct noted *n = &noted[count++];

	n->list = l;
	n->row = row;
	snprintf(n->reason, sizeof(n->reason), "%s", reason);
}

/* The list whose run the reason names after these words. NULL: none. */
static const struct list *
list_named(const struct noted *n, const char *words)
{
	char run[NAME_SIZE];

	if (sscanf(n->reason + strlen(words), "%39s", run) != 1)
		return NULL;
	for (int i = 0; i < world->lists; i++)
		if (strcmp(world->list[i].run, run) == 0)
			return &world->list[i];
	return NULL;
}

/* Its deregistration is younger than hold-days. */
static bool
is_recent(const struct noted *n, const struct list *by)
{
	int64_t since = world->begin_ms - world->set.hold_days * DAY_MS - SLACK_MS;

	for (int i = 0; i < by->count; i++)
		if (by->device[i] == n->list->device[n->row] && by->now[i] == 1 &&
		    by->decided_ms[i] >= since)
			return true;
	return false;
}

static bool
is_moved(const struct noted *n, const struct list *from)
{
	for (int i = 0; i < from->count; i++)
		if (from->device[i] == n->list->device[n->row] && !from->bad[i] &&
		    from->customer[i] != n->list->customer[n->row])
			return true;
	return false;
}

static bool
begins(const char *text, const char *words)
{
	return strncmp(text, words, strlen(words)) == 0;
}

static bool
is_true(const struct noted *n)
{
	static const char recent[] = "deregistered in run ",
			  others[] = "deregistered for another customer in run ",
			  moved[] = "listed for another customer in run ";
	const struct given *given = &world->given;
	const struct list *other;

	if (begins(n->reason, recent) || begins(n->reason, others)) {
		bool own = begins(n->reason, recent);
		other = list_named(n, own ? recent : others);
		return !given->again && world->set.hold_days > 0 && other != NULL &&
		       is_recent(n, other) && is_moved(n, other) != own;
	}
	if (begins(n->reason, moved)) {
		other = list_named(n, moved);
		return !given->moved && other != NULL && is_moved(n, other);
	}
	if (begins(n->reason, "on the skip list"))
		return (given->skipped & 1ULL << n->list->device[n->row]) != 0;
	if (begins(n->reason, "waiting for the customer"))
		return world->set.letter == LETTER_REQUIRE && !given->not_ready;
	if (begins(n->reason, "held: a guard stopped the run"))
		return given->max_devices > 0 && n->list->count > given->max_devices;
	return world->by_partner && n->list->was_plan; /* its registration has changed since */
}

void
judge_holds(void)
{
	/* a crashed command may have held rows before the one that is judged now; other workers have other options */
	for (int i = 0; i < count && !world->on_server; i++)
		if (!is_true(&noted[i]))
			broken("run %s: device %d is held in this command, and this is not true: %s",
			       noted[i].list->run, noted[i].list->device[noted[i].row],
			       noted[i].reason);
}

/* The last request that names the device has an answer that nobody can use. */
static bool
has_contradiction(const struct list *l, int device)
{
	bool can_be_used = true;

	for (int i = 0; i < world->send_count; i++)
		for (int k = 0; k < world->sends[i].count; k++)
			if (strcmp(world->sends[i].run, l->run) == 0 &&
			    world->sends[i].device[k] == device)
				can_be_used = !world->sends[i].contradicts &&
				              (world->sends[i].odd & 1U << k) == 0;
	return !can_be_used;
}

/* With Partner Center, a registration that is newer than the list is left alone. */
static bool
is_registered_again(const struct list *l, int device)
{
	return world->by_partner && world->registration[device].listed_from > l->given_ms;
}

/* A batch whose answer nobody can use keeps its run open and fills max-unanswered for ever. */
static bool
is_blocked(void)
{
	for (int i = 0; i < world->send_count; i++)
		if (world->sends[i].contradicts || world->sends[i].odd != 0 ||
		    world->sends[i].lost_for_good)
			return true;
	return false;
}

void
judge_nothing_open(void)
{
	bool blocked = is_blocked();

	for (const struct list *l = world->list; l < world->list + world->lists; l++)
		for (int i = 0; i < l->count; i++) {
			int outcome = l->now[i] - 1;
			if (l->run[0] == '\0' || l->plan || l->letter || l->gone[i])
				continue;
			if (l->waits[i] || outcome == OUTCOME_PENDING ||
			    outcome == OUTCOME_NOT_SENT ||
			    (outcome == OUTCOME_UNKNOWN && !l->given_up[i] && !blocked &&
			     !is_registered_again(l, l->device[i]) &&
			     !has_contradiction(l, l->device[i])))
				broken("run %s: device %d is %s, although the operator has said everything",
				       l->run, l->device[i],
				       l->waits[i] ? "waiting" : outcome_words[outcome]);
		}
}
