/*
 * What is no longer wanted: runs that are long finished, and a customer over all runs.
 */
#ifndef PARTNER_LEDGER_RETENTION_H
#define PARTNER_LEDGER_RETENTION_H

#include "partner/ledger/runs.h"

/* The first run with id > after that finished before then (seconds UTC) and of which every row has
 * its last word: 1 found, 0 none, -1. */
int ledger_run_next_old(struct ledger *l, int64_t before, int64_t after, struct ledger_run *ret,
                        struct error *err) MUST_CHECK;
/* Those runs with rows, receipts and attempts, in one transaction. */
int
ledger_erase_runs(struct ledger *l, const int64_t *run, size_t count, struct error *err) MUST_CHECK;
struct ledger_held { /* what one run holds of a customer */
	struct ledger_run run;
	const char *folder;
	int64_t rows;
	int64_t open; /* of them, those without a last word while the run is open */
};
typedef int ledger_held_fn(void *ctx, const struct ledger_held *held, struct error *err);
int ledger_each_held(struct ledger *l, const char *key, ledger_held_fn *fn, void *ctx,
                     struct error *err) MUST_CHECK;
int ledger_count_receipts(struct ledger *l, const char *key, int64_t *ret,
                          struct error *err) MUST_CHECK;
/* The customer over all runs, with runs that held nothing else, in one transaction. */
int ledger_erase_customer(struct ledger *l, const char *key, struct error *err) MUST_CHECK;
/* Writes the ledger anew, so that nothing of what was erased is left in its files. */
int ledger_scrub(struct ledger *l, struct error *err) MUST_CHECK;

#endif
