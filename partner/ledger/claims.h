/*
 * One ledger, several machines.
 *
 * On a server nobody holds the whole ledger: a machine claims the batches that it works on, one by
 * one, until its lease is over by the server's clock, and renews them meanwhile. State and rows of a
 * batch are changed by whom it is claimed by, which every such statement checks; a change that is
 * not its own fails, and ledger_claim_lost() says why. In a file all of this is granted.
 */
#ifndef PARTNER_LEDGER_CLAIMS_H
#define PARTNER_LEDGER_CLAIMS_H

#include "partner/ledger/ledger.h"
#include "partner/ledger/runs.h"

/* From here on this handle claims. */
void ledger_claims_start(struct ledger *l, int64_t lease_ms);
/* Whether the last failure was that the batch is another machine's by now; told once. */
bool ledger_claim_lost(struct ledger *l);
/* In a transaction: the claim cannot be lost before its end. */
int ledger_claim_assert(struct ledger *l, int64_t batch, struct error *err) MUST_CHECK;
/* Nobody works on it any longer, and in this run nobody will. */
int ledger_claim_abandon(struct ledger *l, int64_t batch, struct error *err) MUST_CHECK;
/* To be taken over at once by whoever is at work on the run: this batch; all of ours. */
int ledger_claim_expire(struct ledger *l, int64_t batch, struct error *err) MUST_CHECK;
int ledger_claims_expire(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;
int ledger_claims_renew(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;
/* How many batches of the run others have claimed, alive or not, or nobody yet (those with
 * id > after). 0 in a file. */
int ledger_claims_of_others(struct ledger *l, int64_t run, int64_t after, int64_t *ret,
                            struct error *err) MUST_CHECK;
/* Takes the next start of a request, gap_us behind the one before it on whatever machine: so many
 * microseconds from now, below zero where it is due. On a server only. */
int ledger_pace_next(struct ledger *l, const char *route, int64_t gap_us, int64_t *ret_wait_us,
                     struct error *err) MUST_CHECK;
/* Packs and state of a run are written by one machine after another, and by the last one at work on
 * it. *ret_ours false: another one has done it meanwhile, or will. True: until ledger_finish_end(). */
int ledger_finish_begin(struct ledger *l, const struct ledger_run *run, bool *ret_ours,
                        struct error *err) MUST_CHECK;
void ledger_finish_end(struct ledger *l, const struct ledger_run *run);

#endif
