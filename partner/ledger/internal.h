/* The handle, and functions of runs.c that its neighbours share. Only for files of the ledger. */
#ifndef PARTNER_LEDGER_INTERNAL_H
#define PARTNER_LEDGER_INTERNAL_H

#include "common/db.h"
#include "partner/ledger/cache.h"
#include "partner/ledger/ledger.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/sql/statements.h"

/* known.c */
struct ledger_known {
	int64_t recent, listed; /* since when; 0: not judged */
	int64_t run;            /* that the temporary table "known" was made for; 0: none */
	unsigned connection;    /* that has the table */
	int64_t rows;           /* in it */
};
/* The temporary table "seen" contains rows since `since` that may name a device of the run. */
struct ledger_seen {
	int64_t run; /* 0: nothing */
	int64_t since, count;
};
/* The temporary table "not_again" contains rows to hold if their batch would be sent again. */
struct ledger_later {
	bool made;
	unsigned connection; /* that has the table */
	int64_t rows;        /* in it */
};

struct ledger {
	struct db *db;
	char *path;       /* of the file, or the server's URL */
	int lock_fd;      /* -1: not locked */
	int64_t ahead_ms; /* how far the server's clock is ahead of ours */
	int64_t worker;   /* the random id that claims batches; 0: claims nothing */
	int64_t lease_ms;
	bool claim_lost; /* the last change failed because the claim was lost */
	int64_t begun;   /* db_stamp() at the begin of the transaction */
	bool within;     /* a function is called by ledger_transact() */
	bool spoiled;    /* a part of what it does has failed */
	bool skipping;   /* the temporary table "skip" holds a skip list */
	struct ledger_known known;
	struct db_stmt *kept[SQL_COUNT]; /* prepared at first use */
	struct ledger_seen seen;
	struct ledger_later later;
	struct cache cache;
};

struct ledger_device;
/* Reads outcome, join, MDM, registrant, purpose and not-Dell from the columns from `first` on. */
int ledger_device_read(struct db_stmt *s, int first, struct ledger_device *d, struct error *err);
#define LEDGER_RUN_COLUMNS 9 /* the first columns of every statement that reads runs */
void ledger_run_read(struct db_stmt *s, struct ledger_run *r);
/* Steps s once and resets it. 1: *ret, 0: no run, -1. */
int ledger_run_step(struct db_stmt *s, struct ledger_run *ret, struct error *err);

#endif
