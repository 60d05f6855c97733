/* Erasing: runs that finished long ago, and a customer in all runs. */
#ifndef PARTNER_LEDGER_RETENTION_H
#define PARTNER_LEDGER_RETENTION_H

#include "partner/ledger/runs.h"

/* The first run with id > after that finished before `before` and whose rows all have a final
 * outcome. 1 found, 0 none, -1. */
int ledger_run_next_old(struct ledger *l, int64_t before, int64_t after, struct ledger_run *ret,
                        struct error *err) MUST_CHECK;
/* Erases runs with their rows, receipts and attempts, in one transaction. */
int
ledger_erase_runs(struct ledger *l, const int64_t *run, size_t count, struct error *err) MUST_CHECK;

struct ledger_held { /* what one run holds about a customer */
	struct ledger_run run;
	const char *folder;
	int64_t rows;
	int64_t open;   /* of them: rows of an open run without a final outcome */
	int64_t alarms; /* of the run, that hold the ledger */
};
typedef int ledger_held_fn(void *ctx, const struct ledger_held *held, struct error *err);
int ledger_each_held(struct ledger *l, const char *key, ledger_held_fn *fn, void *ctx,
                     struct error *err) MUST_CHECK;
int ledger_count_receipts(struct ledger *l, const char *key, int64_t *ret,
                          struct error *err) MUST_CHECK;
/* Remembers the runs whose files must be written again once the customer is erased. Call before the files are removed. */
int ledger_erasing_begin(struct ledger *l, const int64_t *run, size_t count,
                         struct error *err) MUST_CHECK;
/* Erases the customer in all runs, and runs that held nothing else, in one transaction. */
int ledger_erase_customer(struct ledger *l, const char *key, struct error *err) MUST_CHECK;
/* *ret: this customer was erased last, and ledger_erasing_done() was not called for it. */
int
ledger_erasing_pending(struct ledger *l, const char *key, bool *ret, struct error *err) MUST_CHECK;
/* The first run with id > after that ledger_erasing_begin() remembers. 1 found, 0 none, -1. */
int ledger_erasing_next(struct ledger *l, int64_t after, struct ledger_run *ret,
                        struct error *err) MUST_CHECK;
/* Rewrites the whole ledger, so that no trace of erased rows stays in its files. */
int ledger_scrub(struct ledger *l, struct error *err) MUST_CHECK;
#define LEDGER_ERASING_CUSTOMER 0 /* instead of a run */
/* The files of the run are written again, or all is done for the customer. */
int ledger_erasing_done(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;

#endif
