/* The handle, and what runs.c has for its neighbours. Inside of the ledger. */
#ifndef PARTNER_LEDGER_INTERNAL_H
#define PARTNER_LEDGER_INTERNAL_H

#include "common/db.h"
#include "partner/ledger/cache.h"
#include "partner/ledger/ledger.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/sql/statements.h"

struct ledger {
	struct db *db;
	char *path;       /* of the file, or the server's URL */
	int lock_fd;      /* -1: not locked */
	int64_t ahead_ms; /* how far the server's clock is ahead of ours */
	int64_t worker;   /* the random id that claims batches; 0: claims nothing */
	int64_t lease_ms;
	bool claim_lost;                 /* the last change failed because the claim was lost */
	struct db_stmt *kept[SQL_COUNT]; /* prepared at first use */
	struct cache cache;
};

/* First and last row of a run that is settled. */
int ledger_run_range(struct ledger *l, int64_t run, int64_t ret[static 2], struct error *err);
#define LEDGER_RUN_COLUMNS 9 /* of a run, in every statement that reads one */
void ledger_run_read(struct db_stmt *s, struct ledger_run *r);
/* Steps once. 1: *ret is filled, 0: no such run, -1. */
int ledger_run_step(struct db_stmt *s, struct ledger_run *ret, struct error *err);

#endif
