/* Remembers answers of the database to save queries, and forgets them when they may have
 * changed. */
#include "partner/ledger/cache.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/db.h"
#include "common/text.h"
#include "partner/ledger/dedup.h"
#include "partner/ledger/marks.h"

#define CUSTOMERS 4096 /* slots */
#define PROBES 8       /* slots where a customer may be */

/* The customer's slot, or a free one. NULL: the slots where it may be belong to others. */
static struct cache_customer *
slot_of(const struct cache *c, int64_t run, const char *key)
{
	uint64_t hash = text_hash(TEXT_HASH_START, key, strlen(key));

	for (size_t i = 0; i < PROBES; i++) {
		struct cache_customer *k = &c->customer[(hash + i) % CUSTOMERS];
		if (k->run == 0 || (k->run == run && strcmp(k->key, key) == 0))
			return k;
	}
	return NULL;
}

bool
cache_find_customer(const struct cache *c, int64_t run, const char *key, bool named,
                    int64_t *ret_id)
{
	const struct cache_customer *k;

	if (c->customer == NULL)
		return false;
	k = slot_of(c, run, key);
	if (k == NULL || k->run == 0 || (named && !k->named))
		return false;
	*ret_id = k->id;
	return true;
}

void
cache_add_customer(struct cache *c, int64_t run, const char *key, bool named, int64_t id)
{
	struct cache_customer *k;

	if (c->customer == NULL)
		c->customer = xcalloc(CUSTOMERS, sizeof(*c->customer));
	k = slot_of(c, run, key);
	if (k == NULL) /* one of the others makes room */
		k = &c->customer[text_hash(TEXT_HASH_START, key, strlen(key)) % CUSTOMERS];
	free(k->key);
	*k = (struct cache_customer){.run = run, .id = id, .key = xstrdup(key), .named = named};
}

void
cache_forget_customers(struct cache *c)
{
	for (size_t i = 0; c->customer != NULL && i < CUSTOMERS; i++) {
		free(c->customer[i].key);
		c->customer[i] = (struct cache_customer){0};
	}
}

void
cache_end_dedup(struct cache *c)
{
	dedup_free(c->sent);
	dedup_free(c->tuples);
	c->sent = c->tuples = NULL;
	c->dedup_run = 0;
}

void
cache_begin_dedup(struct cache *c, int64_t run)
{
	cache_end_dedup(c);
	c->sent = dedup_new();
	c->tuples = dedup_new();
	c->dedup_run = run;
	c->taken_known = true;
	for (size_t i = 0; i < OUTCOME_COUNT; i++)
		c->taken[i] = 0;
}

void
cache_reject(struct cache *c, int64_t rows)
{
	c->taken[OUTCOME_NOT_SENT] -= rows;
	c->taken[OUTCOME_REJECTED] += rows;
}

void
cache_set_counts(struct cache *c, int64_t run, int64_t stamp,
                 const int64_t counts[static OUTCOME_COUNT])
{
	c->counts = (struct cache_counts){.run = run, .stamp = stamp};
	memcpy(c->counts.counts, counts, sizeof(c->counts.counts));
}

void
cache_begin_marks(struct cache *c, int64_t run)
{
	marks_free(c->marks);
	c->marks = marks_new();
	c->marks_run = run;
	c->marks_broken = false;
	c->next_row = 0;
}

void
cache_prefetch_row(const struct cache *c, int64_t sent, int64_t tuple)
{
	if (c->dedup_run == 0)
		return;
	dedup_prefetch(c->sent, sent);
	if (tuple != 0)
		dedup_prefetch(c->tuples, tuple);
}

void
cache_add_row(struct cache *c, int64_t sent, int64_t tuple, enum outcome outcome)
{
	if (c->dedup_run == 0)
		return;
	c->taken[outcome]++;
	dedup_add(c->sent, sent);
	if (tuple != 0)
		dedup_add(c->tuples, tuple);
}

void
cache_rollback(struct cache *c)
{
	cache_forget_customers(c);
	c->counts.run = c->devices.run = 0;
	c->marks_broken = true;
	c->next_row = 0;
	c->batches = (struct cache_batches){0}; /* a server that crashed may give them out again */
	c->taken_known = false;
	/* identities of undone rows may stay: they only cost a comparison */
}

void
cache_keep_counts(struct cache *c, int64_t before, int64_t now)
{
	if (!db_stamp_is_own(before, now))
		return;
	if (c->counts.stamp == before)
		c->counts.stamp = now;
	if (c->devices.stamp == before)
		c->devices.stamp = now;
}

void
cache_release(struct cache *c)
{
	cache_forget_customers(c);
	free(c->customer);
	cache_end_dedup(c);
	marks_free(c->marks);
}
