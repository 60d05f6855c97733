/*
 * The cache of a handle: customers and identities of the run that is being imported, and the latest
 * counts. Owned by the handle, zero at first. Only for files of the ledger.
 */
#ifndef PARTNER_LEDGER_CACHE_H
#define PARTNER_LEDGER_CACHE_H

#include "common/base.h"
#include "partner/ledger/guards.h"
#include "partner/vocabulary.h"

struct dedup;
struct marks;

struct cache_customer {
	int64_t run, id; /* run 0: the slot is empty */
	char *key;
	bool named; /* the customer's name is in the ledger */
};

/* Valid for this run as long as db_stamp() is unchanged. run 0: none. */
struct cache_counts {
	int64_t run, stamp;
	int64_t counts[OUTCOME_COUNT];
};
struct cache_devices {
	int64_t run, stamp;
	struct ledger_devices devices;
};

#define CACHE_BATCHES 256
/* Numbers of batches that a server has reserved for this process. */
struct cache_batches {
	int64_t id[CACHE_BATCHES];
	size_t next, count, reserved; /* reserved: the last time */
};

struct cache {
	struct cache_customer *customer; /* a hash table, NULL until the first customer */
	struct dedup *sent, *tuples;     /* identities of the rows of dedup_run so far */
	int64_t dedup_run;               /* 0: no run is being imported from its first row on */
	bool taken_known;                /* false: a rollback has undone some of them */
	int64_t taken[OUTCOME_COUNT];    /* the rows of dedup_run so far by outcome */
	struct cache_counts counts;
	struct cache_devices devices;
	struct marks *marks; /* of the rows of marks_run so far */
	int64_t marks_run;
	bool marks_broken; /* after a rollback some belong to no row */
	int64_t next_row;  /* number of the next row; 0: unknown */
	struct cache_batches batches;
};

void cache_release(struct cache *c);
/* named: only an entry whose name is known. */
bool cache_find_customer(const struct cache *c, int64_t run, const char *key, bool named,
                         int64_t *ret_id);
void cache_add_customer(struct cache *c, int64_t run, const char *key, bool named, int64_t id);
void cache_forget_customers(struct cache *c);
/* Collects the identities of a run from its first row on, until cache_end_dedup(). */
void cache_begin_dedup(struct cache *c, int64_t run);
void cache_begin_marks(struct cache *c, int64_t run);
void cache_end_dedup(struct cache *c);
/* This many rows of the run have become rejected instead of not sent. */
void cache_reject(struct cache *c, int64_t rows);
void cache_set_counts(struct cache *c, int64_t run, int64_t stamp,
                      const int64_t counts[static OUTCOME_COUNT]);
/* A row's two identities: the one that is sent, and that of its tuple (0: none). */
void cache_prefetch_row(const struct cache *c, int64_t sent, int64_t tuple);
void cache_add_row(struct cache *c, int64_t sent, int64_t tuple, enum outcome outcome);
/* Forgets what a rollback may have undone. */
void cache_rollback(struct cache *c);
/* A change that touched no row took the stamp from `before` to `now`: counts stay valid, unless
 * another process changed something too. */
void cache_keep_counts(struct cache *c, int64_t before, int64_t now);

#endif
