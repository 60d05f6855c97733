/* Writes lists. */
#include "tests/simulate/lists.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/simulate/center.h"
#include "tests/simulate/world.h"

static const char *dir;
static uint64_t world_seed;

void
lists_begin(const char *directory, uint64_t seed)
{
	dir = directory;
	world_seed = seed;
}

void
lists_path(int list, char *dst, size_t size)
{
	snprintf(dst, size, "%s/list-%04d.csv", dir, list);
}

static void
fill(struct list *l, uint64_t *rng)
{
	bool used[WORLD_DEVICES] = {false};

	l->count = 1 + random_below(rng, LIST_ROWS - 1);
	for (int i = 0; i < l->count; i++) {
		int d = random_below(rng, WORLD_DEVICES);
		while (used[d])
			d = (d + 1) % WORLD_DEVICES;
		used[d] = true;
		l->device[i] = d;
		if (random_chance(rng, 5)) /* it changed hands */
			world->owner[d] = random_below(rng, world->customers);
		l->customer[i] = world->owner[d];
		l->bad[i] = random_chance(rng, 4);
	}
	l->opened = random_chance(rng, 15);
	l->moved = random_chance(rng, 15);
}

/* One row in ten stands a second time at the end; or the list has the bytes of an earlier one. */
static void
widen(struct list *l, int n)
{
	uint64_t choice = random_mix(world_seed, 18, (uint64_t)n);

	if (n > 0 && random_chance(&choice, 25)) {
		const struct list *old = &world->list[random_below(&choice, n)];
		l->bytes_of = old->bytes_of;
		l->count = old->count;
		l->copies = old->copies;
		memcpy(l->device, old->device, sizeof(l->device));
		memcpy(l->customer, old->customer, sizeof(l->customer));
		memcpy(l->bad, old->bad, sizeof(l->bad));
		memcpy(l->copy_of, old->copy_of, sizeof(l->copy_of));
		return;
	}
	for (int i = 0; i < l->count && world->set.letter == LETTER_NONE; i++)
		if (!l->bad[i] && random_chance(&choice, 10))
			l->copy_of[l->copies++] = (signed char)i;
}

static void
write_row(FILE *f, const struct list *l, int row)
{
	char name[16], tenant[CENTER_TENANT_SIZE];

	device_name(l->device[row], name);
	center_tenant(l->customer[row], tenant);
	fprintf(f, "%s,Contoso,Book 1,%s,T%d%s%s\n", l->bad[row] ? "Default string" : name,
	        customer_name(l->customer[row]), l->bytes_of, world->by_partner ? "," : "",
	        world->by_partner ? tenant : "");
}

int
lists_write(uint64_t *rng)
{
	int n = world->lists;
	struct list *l = &world->list[n];
	char path[400];
	FILE *f;

	if (n == WORLD_LISTS)
		return -1;
	memset(l, 0, sizeof(*l));
	l->given_ms = world->tick_ms;
	l->bytes_of = n;
	fill(l, rng);
	if (world->wide)
		widen(l, n);
	lists_path(n, path, sizeof(path));
	f = fopen(path, "we");
	if (f == NULL) {
		perror(path);
		exit(2);
	}
	fprintf(f, "Serial Number,Manufacturer,Model,Customer,Ticket%s\n",
	        world->by_partner ? ",Customer Tenant ID" : "");
	for (int i = 0; i < l->count; i++)
		write_row(f, l, i);
	for (int i = 0; i < l->copies; i++)
		write_row(f, l, l->copy_of[i]);
	fclose(f);
	world->lists++;
	return n;
}

/* The service has said something of a device of the run. */
static bool
was_answered(const struct list *l)
{
	for (int i = 0; i < l->count && !world->by_partner; i++)
		if (l->final[i] != 0)
			return true;
	return false;
}

static bool
is_whole(const struct list *l)
{
	for (int i = 0; i < l->count; i++)
		if (l->gone[i])
			return false;
	return l->run[0] != '\0' && !l->plan && !l->letter && !l->forgotten && !l->half_erased;
}

bool
lists_was_sent(const struct list *l, bool surely)
{
	for (const struct list *o = world->list; o < world->list + world->lists; o++)
		if (o != l && o->bytes_of == l->bytes_of &&
		    (!surely || (is_whole(o) && was_answered(o))))
			return true;
	return false;
}
