/* The rules about requests: judged when a POST arrives, by the history of the service alone. */
#include <string.h>

#include "tests/simulate/world.h"

#define SLACK_MS 10000 /* between the program's note of the time and the arrival */
#define DAY_MS (24LL * 3600 * 1000)

static int
list_of_run(const char *run)
{
	for (int i = 0; i < world->lists; i++)
		if (strcmp(world->list[i].run, run) == 0)
			return i;
	return -1;
}

/* A run that is new must be the one of this command's list. */
static struct list *
list_of(const struct send *s)
{
	int n = list_of_run(s->run);

	if (n < 0 && world->current_list >= 0 && world->list[world->current_list].run[0] == '\0') {
		n = world->current_list;
		memcpy(world->list[n].run, s->run, NAME_SIZE);
		world->list[n].first_seen = world->wall_ms;
	}
	return n >= 0 ? &world->list[n] : NULL;
}

static int
row_of(const struct list *l, int device)
{
	for (int i = 0; i < l->count; i++)
		if (l->device[i] == device && !l->bad[i] && !l->gone[i])
			return i;
	return -1;
}

static void
judge_resend(const struct send *s, int device)
{
	for (int i = 0; i < world->send_count; i++) {
		const struct send *p = &world->sends[i];
		bool has = false, known;
		int64_t age = s->wall - p->wall;
		for (int k = 0; k < p->count; k++)
			has = has || p->device[k] == device;
		if (!has || p == s || strcmp(p->run, s->run) != 0 ||
		    (!p->accepted && !p->unreadable) || world->resend)
			continue;
		known = p->told && (p->polled || p->sure || p->command == s->command);
		if (known && !p->forgotten)
			broken("device %d of run %s is asked again, although batch %s is known",
			       device, s->run, p->id);
		else if (age > world->set.resend_within_s * 1000 + SLACK_MS || age < -SLACK_MS)
			broken("device %d of run %s is asked again after %lld s, resend-within is %lld s",
			       device, s->run, (long long)age / 1000,
			       (long long)world->set.resend_within_s);
	}
}

static void
judge_hold(const struct send *s, const struct list *l, int device)
{
	int64_t at = world->deregistered[device], age = world->wall_ms - at;
	int by = world->deregistered_by[device];

	if (at == 0 || l->opened || &world->list[by] == l || at >= l->first_seen || age < 0 ||
	    age > world->set.hold_days * DAY_MS - 3600 * 1000)
		return;
	broken("device %d of run %s is asked, although run %s deregistered it %lld s ago", device,
	       s->run, world->list[by].run, (long long)age / 1000);
}

/* A list between the two gave the device to this customer with --moved: from then on that listing counts. */
static bool
was_moved(const struct list *o, const struct list *l, int row)
{
	for (const struct list *m = o + 1; m < l; m++) {
		int other = row_of(m, l->device[row]);
		if (m->moved && other >= 0 && m->customer[other] == l->customer[row])
			return true;
	}
	return false;
}

static void
judge_moved(const struct send *s, const struct list *l, int row)
{
	for (const struct list *o = world->list; o < l; o++) {
		int other = row_of(o, l->device[row]);
		if (l->moved || other < 0 || o->run[0] == '\0' || o->forgotten || o->plan ||
		    o->customer[other] == l->customer[row] || o->first_seen > l->first_seen ||
		    l->first_seen - o->first_seen > DAY_MS || was_moved(o, l, row))
			continue;
		broken("device %d of run %s is asked, although run %s has it for %s",
		       l->device[row], s->run, o->run, customer_name(o->customer[other]));
	}
}

static bool
was_good_in(const char *run)
{
	for (int i = 0; i < world->send_count; i++) {
		const struct send *p = &world->sends[i];
		for (int k = 0; strcmp(p->run, run) == 0 && k < p->count; k++)
			if ((p->clean & 1U << k) != 0 &&
			    (p->verdict[k] == STATE_OURS || p->verdict[k] == STATE_NOT_REGISTERED))
				return true;
	}
	return false;
}

static uint64_t
devices_of(const struct send *s)
{
	uint64_t all = 0;

	for (int i = 0; i < s->count; i++)
		all |= 1ULL << s->device[i];
	return all;
}

bool
is_canary_trusted(void)
{
	/* the clock may have been set back since the last one */
	for (int i = 0; i < GOODS; i++) {
		int64_t good = world->good_wall_ms[i], age = world->wall_ms - good;
		if (good != 0 && age >= 0 && age <= world->set.trust_s * 1000)
			return true;
	}
	return false;
}

/* The program decides at the begin of a command whether a run needs a canary. */
static void
judge_canary(const struct send *s)
{
	if (world->set.canary == 0 || was_good_in(s->run) || world->trusted || is_canary_trusted())
		return;
	if (strcmp(world->canary_run, s->run) != 0)
		world->canary_out = 0;
	memcpy(world->canary_run, s->run, NAME_SIZE);
	world->canary_out |= devices_of(s);
	if (__builtin_popcountll(world->canary_out) > world->set.canary)
		broken("%d devices left before the canary of %d was answered",
		       __builtin_popcountll(world->canary_out), world->set.canary);
}

/* A device counts by its last request. One whose answer was lost, a batch that the service forgot or refused,
 * and one that --resend gives up after a failed poll, wait for nothing. */
static void
judge_window(const struct send *s)
{
	uint64_t waiting = 0;
	int count;

	for (int i = 0; i < world->send_count; i++) {
		const struct send *p = &world->sends[i];
		if (p->command != s->command)
			continue;
		if (p->told && p->clean == 0 && !p->contradicts && !p->forgotten &&
		    !(world->resend && p->poll_failed))
			waiting |= devices_of(p);
		else
			waiting &= ~devices_of(p);
	}
	count = __builtin_popcountll(waiting | devices_of(s));
	if (world->set.max_unanswered > 0 && count > world->set.max_unanswered)
		broken("%d devices without an answer, max-unanswered is %d", count,
		       world->set.max_unanswered);
}

void
judge_sent(const struct send *s)
{
	const struct list *l = list_of(s);

	if (l == NULL) {
		broken("a request for run \"%s\", which has no list", s->run);
		return;
	}
	if (s->count > world->set.batch_size)
		broken("a request of %d devices, batch-size is %d", s->count,
		       world->set.batch_size);
	for (int i = 0; i < s->count; i++) {
		int row = row_of(l, s->device[i]);
		if (row < 0) {
			broken("device %d is not on the list of run %s", s->device[i], s->run);
			return;
		}
		for (int k = 0; k < i; k++)
			if (s->device[k] == s->device[i])
				broken("device %d stands twice in a request", s->device[i]);
		judge_resend(s, s->device[i]);
		judge_hold(s, l, s->device[i]);
		judge_moved(s, l, row);
	}
	judge_canary(s);
	judge_window(s);
}
