/* The handle, and what runs.c has for its neighbours. Inside of the ledger. */
#ifndef PARTNER_LEDGER_INTERNAL_H
#define PARTNER_LEDGER_INTERNAL_H

#include "common/db.h"
#include "partner/ledger/guards.h"
#include "partner/ledger/ledger.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/sql/statements.h"
#include "partner/vocabulary.h"

#define STORE_CUSTOMERS 1024 /* kept of those, a slot each */

struct customer_kept {
	int64_t run, id; /* 0: none is kept here */
	char *key;
	bool named;
};

/* Of the run that was counted last, as long as nothing has changed. */
struct kept_counts {
	int64_t run, stamp; /* 0: of none */
	int64_t counts[OUTCOME_COUNT];
};
struct kept_devices {
	int64_t run, stamp;
	struct ledger_devices devices;
};

struct ledger {
	struct db *db;
	char *path;       /* of the file, or the URL */
	int lock_fd;      /* -1: not held */
	int64_t ahead_ms; /* of our clock: the server's */
	int64_t worker;   /* who claims batches; 0: nobody, as in a file */
	int64_t lease_ms;
	bool claim_lost;                 /* why the last change failed */
	struct db_stmt *kept[SQL_COUNT]; /* prepared once */
	/* while lists are taken in: customers that rows named lately, by the hash of their key, and
	 * what was seen of sent identities and of tuples; NULL: it is not known */
	struct customer_kept *customer;
	struct seen *sent, *tuples;
	int64_t seen_run;
	int64_t seen_open; /* rows of it that are to be sent; -1: some of them were taken back */
	struct kept_counts kept_counts;
	struct kept_devices kept_devices;
};

/* First and last row of a run that is settled. */
int store_range(struct ledger *l, int64_t run, int64_t ret[static 2], struct error *err);
#define STORE_RUN_COLUMNS 9 /* of a run, in every statement that reads one */
void store_read_run(struct db_stmt *s, struct ledger_run *r);
/* Steps once. 1: *ret is filled, 0: no such run, -1. */
int store_find_run(struct db_stmt *s, struct ledger_run *ret, struct error *err);

#endif
