/* The rules about deletions with Partner Center, and about the outcomes of its rows. */
#include <stdio.h>
#include <string.h>

#include "tests/simulate/center.h"
#include "tests/simulate/image.h"

enum { GOOD, NOT_REGISTERED, NOT_OURS, NOT_FOUND, NOT_UNIQUE, REFUSED, ALARM };

/* The row of the list that a deletion may be for; -1: none. */
static int
row_for(const struct list *l, const struct send *s)
{
	for (int i = 0; i < l->count; i++)
		if (l->device[i] == s->device[0] && l->customer[i] == s->customer && !l->bad[i] &&
		    !l->gone[i])
			return i;
	return -1;
}

/* A run that is open or new, and whose row has no outcome yet. */
static int
open_row(const struct list *l, const struct send *s)
{
	bool new = world->current_list >= 0 && l == &world->list[world->current_list];
	/* a plan sends only what it has found */
	bool unseen = l->was_plan && world->registration[s->device[0]].listed_from > l->given_ms;
	int row = unseen || l->letter || l->forgotten || (l->run[0] == '\0' && !new)
	                  ? -1
	                  : row_for(l, s);

	return row >= 0 && l->final[row] == 0 ? row : -1;
}

/* The program knows that this deletion was done. */
static bool
is_known(const struct send *p, const struct send *s)
{
	return p->device[0] == s->device[0] && p->number == s->number && p->told &&
	       (p->sure || p->command == s->command || is_at_work(p->command));
}

/* Runs that deregistered the device since the first of these workers began. */
static int
runs_ended(const struct send *s)
{
	int n = 0;

	for (int i = 0; world->on_server && i < world->lists; i++) {
		const struct list *l = &world->list[i];
		int row = row_for(l, s);
		n += row >= 0 && l->final[row] == GOOD + 1 &&
		                     l->decided_ms[row] >= world->group_begin_ms - SLACK_MS
		             ? 1
		             : 0;
	}
	return n;
}

/* Each run may delete a registration once, and one that is still listed after poll-deadline once more. open: runs that
 * ask for it now. */
static void
judge_twice(const struct send *s, int open)
{
	int64_t deadline = world->set.poll_deadline_s * 1000 - SLACK_MS, last = 0;
	int done = 0, ended = runs_ended(s);

	for (const struct send *p = world->sends; p < s; p++) {
		done += is_known(p, s) ? 1 : 0;
		last = is_known(p, s) ? p->tick : last;
	}
	if (!world->resend && (done >= 2 * (open + ended) ||
	                       (open == 1 && done > ended && s->tick - last < deadline)))
		broken("registration %d of device %d is deleted again, although the service said that it is done",
		       s->number, s->device[0]);
}

/* The same id only for a repeat of a request without an answer, within one command. */
static void
judge_request_id(const struct send *s)
{
	for (const struct send *p = s - 1; p >= world->sends; p--) {
		if (p->command != s->command || p->device[0] != s->device[0] ||
		    p->number != s->number)
			continue;
		if (p->answered && p->request_id == s->request_id)
			broken("a deletion of device %d has the request id of one that was answered",
			       s->device[0]);
		return;
	}
}

/* An earlier command had recorded this very registration: a repeat can meet no other. */
static bool
is_repeat(const struct send *s)
{
	const struct registration *r = &world->registration[s->device[0]];

	return r->intended == s->number && r->intended_in < world->command;
}

/* An earlier command deleted a device of the list. The program may know more of it than this judge. */
static bool
was_begun(const struct list *l)
{
	for (int i = 0; i < l->count; i++)
		for (const struct send *p = world->sends; p < world->sends + world->send_count; p++)
			if (p->command < world->command && p->device[0] == l->device[i])
				return true;
	return false;
}

/* Of a run of which nothing was deleted before, as far as nothing can have been learned from a listing. */
static void
judge_canary(const struct send *s, const struct list *only)
{
	if (world->set.canary == 0 || world->trusted || world->on_server || only == NULL ||
	    world->listed_since || is_canary_trusted() || was_begun(only))
		return;
	if (strcmp(world->canary_run, only->run) != 0)
		world->canary_out = 0;
	memcpy(world->canary_run, only->run, NAME_SIZE);
	world->canary_out |= 1ULL << s->device[0];
	if (__builtin_popcountll(world->canary_out) > world->set.canary)
		broken("%d devices of run %s are deleted before the canary of %d was answered",
		       __builtin_popcountll(world->canary_out), only->run, world->set.canary);
}

void
judge_center_intents(void)
{
	static const char sql[] = "SELECT service_id FROM batch WHERE first_sent>0 AND service_id"
				  " IS NOT NULL ORDER BY id";
	sqlite3_stmt *s = world->by_partner ? image_statement(sql, sql) : NULL;
	int device, number;

	while (s != NULL && sqlite3_step(s) == SQLITE_ROW) {
		const char *at = strstr((const char *)sqlite3_column_text(s, 0), CENTER_ID);
		struct registration *r;
		if (at == NULL ||
		    sscanf(at + sizeof(CENTER_ID) - 1, "%4d%8d", &device, &number) != 2)
			continue;
		r = &world->registration[device % WORLD_DEVICES];
		if (number > r->intended) {
			r->intended = number;
			r->intended_in = world->command;
		}
	}
	sqlite3_reset(s);
}

void
judge_deletion(const struct send *s)
{
	enum state now = world->device[s->device[0]];
	const struct list *only = NULL; /* NULL: not one run alone */
	int runs = 0, allowed = 0;

	for (const struct list *l = world->list; l < world->list + world->lists; l++) {
		int row = open_row(l, s);
		if (row < 0)
			continue;
		only = runs++ == 0 ? l : NULL;
		allowed += is_held_back(l, s->device[0]) || is_listed_elsewhere(l, row) ? 0 : 1;
	}
	if (runs == 0)
		broken("device %d of %s is deleted, and no run asks for it", s->device[0],
		       customer_name(s->customer));
	else if (allowed == 0 && !is_repeat(s))
		broken("device %d of %s is deleted, and every run must hold it", s->device[0],
		       customer_name(s->customer));
	if (now == STATE_NOT_UNIQUE || now == STATE_REFUSED)
		broken("device %d is deleted, and %s", s->device[0],
		       now == STATE_REFUSED ? "its registration does not allow it"
		                            : "it is not unique");
	judge_canary(s, only);
	judge_twice(s, runs);
	judge_request_id(s);
}

/* ---- outcomes ---- */

/* Its registration has been listed for the customer since the list was given. */
static bool
is_there(const struct list *l, int row)
{
	const struct registration *r = &world->registration[l->device[row]];

	return center_is_listed(r) && r->customer == l->customer[row] &&
	       r->listed_from <= l->given_ms;
}

static bool
is_registered_again(const struct list *l, int row)
{
	return world->registration[l->device[row]].listed_from > l->given_ms;
}

/* The program asked for a deletion since, or before of what was still listed then, and the service did it (or had done
 * it), or refused it. */
static bool
was_asked(const struct list *l, int row, bool refused)
{
	bool listed = world->registration[l->device[row]].listed_until > l->given_ms;

	for (int i = 0; i < world->send_count; i++) {
		const struct send *s = &world->sends[i];
		if (s->device[0] == l->device[row] && s->customer == l->customer[row] &&
		    (s->tick >= l->given_ms || listed) &&
		    (refused ? s->refused : s->accepted || s->gone))
			return true;
	}
	return false;
}

void
judge_center_row(const struct list *l, int row, int outcome, bool quiet)
{
	int device = l->device[row];
	const char *word = outcome_words[outcome];
	enum state now = world->device[device];
	bool new = l->final[row] == 0, lie = false;

	switch (outcome) {
	case GOOD:
		lie = new && (is_there(l, row) || !was_asked(l, row, false));
		if (new)
			note_good_verdict(world->wall_ms);
		break;
	case NOT_REGISTERED:
	case NOT_OURS:
	case ALARM: lie = true; break;
	case NOT_FOUND: lie = new &&is_there(l, row); break;
	case NOT_UNIQUE: lie = now != STATE_NOT_UNIQUE; break;
	case REFUSED: lie = now != STATE_REFUSED && !was_asked(l, row, true); break;
	case OUTCOME_UNKNOWN:
		if (quiet && !may_be_held(l, row) && !is_registered_again(l, row))
			broken("run %s: device %d is unknown for ever", l->run, device);
		break;
	default: break;
	}
	if (lie)
		broken("run %s: device %d is %s, and the service never said so", l->run, device,
		       word);
}
