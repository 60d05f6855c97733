/* The rules about requests: judged when a POST arrives, by the history of the service alone. */
#include <string.h>

#include "tests/simulate/world.h"

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

/* -1: it does not name the device. */
static int
place_in(const struct send *p, int device)
{
	for (int k = 0; k < p->count; k++)
		if (p->device[k] == device)
			return k;
	return -1;
}

/* The program knows the BatchId of this request, and of no later one that names the device. A worker that another one
 * has taken the batch over from drops an answer that comes later. */
static bool
is_known(const struct send *p, const struct send *s, int device)
{
	if (!p->told ||
	    (!p->polled && !p->sure && p->command != s->command && !is_at_work(p->command)))
		return false;
	for (const struct send *q = p + 1; q < s; q++)
		if ((q->told ||
		     (world->on_server && q->command != p->command && !p->polled && !p->sure)) &&
		    strcmp(q->run, p->run) == 0 && place_in(q, device) >= 0)
			return false;
	return true;
}

/* This command has polled the BatchId. The service did not know it; with --resend, it is enough that the answer
 * says nothing of the device. */
static bool
was_polled_in_vain(const struct send *p, const struct send *s, int at)
{
	if (p->command == s->command) /* --resend is for earlier requests */
		return false;
	if (p->gone_in == s->command)
		return true;
	return world->resend && p->polled_in == s->command &&
	       (p->poll_failed || (p->last_clean & 1U << at) == 0);
}

static void
judge_resend(const struct send *s, int device)
{
	/* On a shared ledger a request of a worker that is stopped after its intent may leave until half of its lease is
	 * over. One that is stopped before its intent looks at resend-within once more. */
	bool may_wait = world->on_server && !world->freeze_at_request;
	int64_t slack = SLACK_MS + (may_wait ? world->set.lease_s * 500 : 0);

	for (const struct send *p = world->sends; p < s; p++) {
		int64_t age = s->wall - p->wall;
		int at = place_in(p, device);
		if (at < 0 || strcmp(p->run, s->run) != 0 || (!p->accepted && !p->unreadable))
			continue;
		if (!p->over && p->command != s->command && is_at_work(p->command))
			broken("device %d of run %s is asked while another worker waits for its answer",
			       device, s->run);
		else if (is_known(p, s, device) && !was_polled_in_vain(p, s, at))
			broken("device %d of run %s is asked again, although batch %s is known",
			       device, s->run, p->id);
		else if (!world->resend &&
		         (age > world->set.resend_within_s * 1000 + slack || age < -SLACK_MS))
			broken("device %d of run %s is asked again after %lld s, resend-within is %lld s",
			       device, s->run, (long long)age / 1000,
			       (long long)world->set.resend_within_s);
	}
}

/* Another run than that of the list deregistered the device last. */
static bool
is_deregistered(const struct list *l, int device)
{
	return world->deregistered[device] != 0 &&
	       &world->list[world->deregistered_by[device]] != l;
}

/* A worker that began with the options of this list shares its run with the others. One that has died leaves its
 * batches, which its guards have judged, until its leases end. */
static bool
is_shared(const struct list *l)
{
	return world->on_server &&
	       (l->group == world->group ||
	        world->begin_ms <= l->until_ms + world->set.lease_s * 1000 + SLACK_MS);
}

void
ready_begin(void)
{
	if (world->not_ready)
		world->ready_group = world->group;
}

void
ready_end(void)
{
	if (world->ready_group == world->group)
		world->ready_until_ms = world->wall_ms;
}

bool
is_let_go(const struct list *l)
{
	int64_t lease_ms = world->set.lease_s * 1000 + SLACK_MS;

	return world->not_ready || (world->on_server && world->ready_group != 0 &&
	                            (world->ready_group == world->group ||
	                             (l->first_seen <= world->ready_until_ms &&
	                              world->begin_ms <= world->ready_until_ms + lease_ms)));
}

bool
is_held_back(const struct list *l, int device)
{
	int64_t age = world->wall_ms - world->deregistered[device];

	if ((world->given.skipped & 1ULL << device) != 0)
		return true;
	/* the guards judge when a command takes a run up */
	if (world->on_server && world->deregistered[device] >= world->begin_ms - SLACK_MS)
		return false;
	return world->set.hold_days > 0 && !world->again && !(is_shared(l) && l->opened) &&
	       is_deregistered(l, device) && age <= world->set.hold_days * DAY_MS - 3600 * 1000;
}

static void
judge_hold(const struct send *s, const struct list *l, int device)
{
	if ((world->given.skipped & 1ULL << device) != 0)
		broken("device %d of run %s is asked, and it stands on the skip list", device,
		       s->run);
	else if (is_held_back(l, device))
		broken("device %d of run %s is asked, although run %s deregistered it %lld s ago",
		       device, s->run, world->list[world->deregistered_by[device]].run,
		       (long long)(world->wall_ms - world->deregistered[device]) / 1000);
}

/* The row lists a device for its customer: it was not held; plans and letters list nothing. */
static bool
is_listing(const struct list *l, int row)
{
	return row >= 0 && l->run[0] != '\0' && !l->forgotten && !l->plan && !l->letter &&
	       l->now[row] != OUTCOME_HELD + 1;
}

/* A list between the two gave the device to this customer: from then on that listing counts. */
static bool
was_moved(const struct list *o, const struct list *l, int row)
{
	for (const struct list *m = o + 1; m < l; m++) {
		int other = row_of(m, l->device[row]);
		if (is_listing(m, other) && m->customer[other] == l->customer[row])
			return true;
	}
	return false;
}

bool
is_listed_elsewhere(const struct list *l, int row)
{
	for (const struct list *o = world->list; o < l; o++) {
		int other = row_of(o, l->device[row]);
		if (!world->moved && !(is_shared(l) && l->moved) && is_listing(o, other) &&
		    o->customer[other] != l->customer[row] && !was_moved(o, l, row))
			return true;
	}
	return false;
}

/* The canary of the run was answered well in this command. */
static bool
was_good(const struct send *s)
{
	for (const struct send *p = world->sends; p < s; p++)
		if (p->good_in >= world->group && strcmp(p->run, s->run) == 0)
			return true;
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

void
note_good_verdict(int64_t ms)
{
	world->good_wall_ms[world->goods++ % GOODS] = ms;
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

/* This request for the device or a later one has an answer that can be read, or was refused as a whole. */
static bool
was_settled(const struct send *p, const struct send *s, int device)
{
	for (const struct send *q = p; q < s; q++)
		if (strcmp(q->run, s->run) == 0 && place_in(q, device) >= 0 &&
		    (q->answered || (q->refused && q->count == 1)))
			return true;
	return false;
}

/* Devices that left as a canary of the run in an earlier command, and have no answer. One that contradicts itself
 * is an answer, and so is one that lacks a device until poll-deadline. A device that another run
 * deregistered may be held since then, for ever. */
static uint64_t
earlier_canary(const struct send *s, const struct list *l)
{
	uint64_t all = 0;

	for (const struct send *p = world->sends; p < s; p++)
		for (int k = 0; p->canary && strcmp(p->run, s->run) == 0 && k < p->count; k++) {
			int row = row_of(l, p->device[k]);
			if ((p->accepted || p->unreadable) && row >= 0 && l->final[row] == 0 &&
			    !was_settled(p, s, p->device[k]) && !is_deregistered(l, p->device[k]) &&
			    !l->elsewhere[row] && (world->ever_skipped & 1ULL << p->device[k]) == 0)
				all |= 1ULL << p->device[k];
		}
	return all;
}

/* The program decides at the begin of a command whether a run needs a canary. */
static void
judge_canary(struct send *s, const struct list *l)
{
	if (world->set.canary == 0 || was_good(s) || world->trusted || is_canary_trusted())
		return;
	if (strcmp(world->canary_run, s->run) != 0)
		world->canary_out = earlier_canary(s, l);
	memcpy(world->canary_run, s->run, NAME_SIZE);
	world->canary_out |= devices_of(s);
	if (world->on_server) /* other workers have sent meanwhile */
		world->canary_out |= earlier_canary(s, l);
	s->canary = true;
	if (__builtin_popcountll(world->canary_out) > world->set.canary)
		broken("%d devices of run %s left before the canary of %d was answered",
		       __builtin_popcountll(world->canary_out), s->run, world->set.canary);
}

/* The batch is accepted and waits for its answer. One whose answer was lost, that the service forgot or whose
 * answer contradicts itself, and one that --resend gives up after a failed poll, wait for nothing. */
static bool
is_waiting(const struct send *p, const struct send *s)
{
	bool polled = p->polled_in >= world->group;

	if (!p->told ||
	    (p->command != s->command && !p->polled && !p->sure && !is_at_work(p->command)) ||
	    p->gone_in >= world->group)
		return false;
	return !polled ||
	       !(p->contradicts || ((world->resend || p->poll_resend) && p->poll_failed));
}

/* Its devices without an answer. The ledger says which ones still waited before this command. */
static uint64_t
waiting_of(const struct send *p, const struct send *s)
{
	int n = list_of_run(p->run);
	uint64_t all = 0;

	for (int k = 0; is_waiting(p, s) && k < p->count; k++) {
		int row = n >= 0 ? row_of(&world->list[n], p->device[k]) : -1;
		if (((p->clean | p->odd) & 1U << k) != 0)
			continue;
		if (p->command == s->command || is_at_work(p->command) ||
		    (row >= 0 && world->list[n].now[row] == OUTCOME_PENDING + 1))
			all |= 1ULL << p->device[k];
	}
	return all;
}

/* A device counts by its last request in a run, and once in each run. */
static void
judge_window(const struct send *s)
{
	static uint64_t waiting[WORLD_LISTS];
	int count = 0, own = list_of_run(s->run);

	if (world->set.max_unanswered == 0)
		return;
	memset(waiting, 0, sizeof(waiting));
	for (const struct send *p = world->sends; p < s; p++) {
		int n = list_of_run(p->run);
		if (n >= 0)
			waiting[n] = (waiting[n] & ~devices_of(p)) | waiting_of(p, s);
	}
	if (own >= 0)
		waiting[own] |= devices_of(s);
	for (int n = 0; n < world->lists; n++)
		count += __builtin_popcountll(waiting[n]);
	if (count > world->set.max_unanswered)
		broken("%d devices without an answer, max-unanswered is %d", count,
		       world->set.max_unanswered);
}

/* Devices of the list that this command has asked for, with this request. */
static void
judge_most(const struct send *s, const struct list *l)
{
	uint64_t all = devices_of(s);

	if (world->given.max_devices == 0 || world->current_list < 0 ||
	    l != &world->list[world->current_list])
		return;
	for (const struct send *p = world->sends; p < s; p++)
		if (p->command == s->command && strcmp(p->run, s->run) == 0)
			all |= devices_of(p);
	if (__builtin_popcountll(all) > world->given.max_devices)
		broken("%d devices of run %s are asked, --max-devices is %d",
		       __builtin_popcountll(all), s->run, world->given.max_devices);
}

void
judge_sent(struct send *s)
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
		if (l->final[row] != 0)
			broken("device %d of run %s is asked again, although it is %s",
			       s->device[i], s->run, outcome_words[l->final[row] - 1]);
		judge_resend(s, s->device[i]);
		judge_hold(s, l, s->device[i]);
		if (is_listed_elsewhere(l, row))
			broken("device %d of run %s is asked, although another run has it for another customer",
			       s->device[i], s->run);
	}
	judge_canary(s, l);
	judge_window(s);
	judge_most(s, l);
}
