/*
 * The figures of a finished run, kept when it ends, so that nobody counts its rows again. Whatever may
 * change them forgets them first; then they are counted and kept once more.
 */
#ifndef PARTNER_LEDGER_TALLY_H
#define PARTNER_LEDGER_TALLY_H

#include "common/base.h"
#include "common/error.h"
#include "partner/ledger/ledger.h"
#include "partner/vocabulary.h"

struct ledger_tally {
	int64_t counts[OUTCOME_COUNT];         /* as in ledger_counts() */
	int64_t devices, steps, closed, since; /* as in struct open_steps */
};

/* 1: *ret, 0: nothing is kept of this run, -1. */
int ledger_tally_read(struct ledger *l, int64_t run, struct ledger_tally *ret,
                      struct error *err) MUST_CHECK;
int ledger_tally_write(struct ledger *l, int64_t run, const struct ledger_tally *tally,
                       struct error *err) MUST_CHECK;
int ledger_tally_forget(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;
/* Forgets those of the run with this row; letter: and of the runs whose rows were sent under it. */
int ledger_tally_forget_row(struct ledger *l, int64_t row, struct error *err) MUST_CHECK;
int ledger_tally_forget_letter(struct ledger *l, int64_t letter, struct error *err) MUST_CHECK;
/* The newest finished run before `before` of which nothing is kept. 1: *ret, 0: none, -1. */
int
ledger_tally_missing(struct ledger *l, int64_t before, int64_t *ret, struct error *err) MUST_CHECK;
/* The open steps of all finished runs of which figures are kept. */
int ledger_tally_steps(struct ledger *l, int64_t *ret, struct error *err) MUST_CHECK;

#endif
