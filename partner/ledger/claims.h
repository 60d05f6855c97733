/*
 * Several machines on one ledger. On a server nobody locks the whole ledger. A machine claims each
 * batch that it works on until its lease ends, by the server's clock, and renews its leases meanwhile.
 * Every change to a batch or its rows checks the claim. When another machine has taken the batch
 * over, the change fails, and ledger_claim_lost() says so.
 *
 *                  ledger_batch_claim()              ledger_batch_done(), ledger_claim_abandon()
 *     unclaimed ------------------------> claimed -----------------------------------> unclaimed
 *                                          |   ^
 *                 ledger_claim_expire(),   |   | ledger_batch_claim() of any machine
 *                 or the lease ends        v   |
 *                                         expired
 *
 * On Partner Center a batch is claimed together with its tenant, because a deletion by one machine
 * shifts the pages that another one reads. Nobody else, in any run, claims a batch of the tenant until
 * the machine releases it or its lease ends.
 *
 * In a file, whose one lock is held for a whole run, all claims succeed and change nothing.
 */
#ifndef PARTNER_LEDGER_CLAIMS_H
#define PARTNER_LEDGER_CLAIMS_H

#include "partner/ledger/ledger.h"
#include "partner/ledger/runs.h"

/* From now on this handle claims the batches that it works on. */
void ledger_claims_start(struct ledger *l, int64_t lease_ms);
/* Whether the last change failed because another machine had taken the batch over. Resets it. */
bool ledger_claim_lost(struct ledger *l);
/* In a transaction: fails unless we hold the claim, and then keeps it until the transaction ends. */
int ledger_claim_assert(struct ledger *l, int64_t batch, struct error *err) MUST_CHECK;
/* Gives back the claim on a batch that needs no more work in this run. If it has a tenant, no
 * machine claims it before ledger_claims_retry(). */
int ledger_claim_abandon(struct ledger *l, int64_t batch, struct error *err) MUST_CHECK;
/* Ends the lease of this batch, or of all our batches of the run, so that another machine can take
 * them over at once. */
int ledger_claim_expire(struct ledger *l, int64_t batch, struct error *err) MUST_CHECK;
int ledger_claims_expire(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;
int ledger_claims_renew(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;
/* A command starts: batches that earlier commands gave up may be claimed again. */
int ledger_claims_retry(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;
/* The leases of our tenants begin anew. */
int ledger_tenants_renew(struct ledger *l, struct error *err) MUST_CHECK;
/* In a transaction that changes unclaimed batches: nobody claims them before it ends, and a machine whose claim has
 * ended has lost it, because it would still send what it had read before. */
int ledger_claims_lock(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;
/* Releases the tenants that we claim: those without open work in the run, or all. */
int ledger_tenants_release(struct ledger *l, int64_t run, bool all, struct error *err) MUST_CHECK;
/* Counts unfinished batches of the run that others have claimed (expired or not), planned ones with
 * id > after that nobody has claimed, and all of a tenant that another machine works on. 0 in a file. */
int ledger_claims_of_others(struct ledger *l, int64_t run, int64_t after, int64_t *ret,
                            struct error *err) MUST_CHECK;

/* Reserves the next start of a request on any machine, gap_us after the one before it. *ret_wait_us:
 * microseconds until then; below zero: it may start now. On a server only. */
int ledger_pace_next(struct ledger *l, const char *route, int64_t gap_us, int64_t *ret_wait_us,
                     struct error *err) MUST_CHECK;

/* Only the last machine at work on a run writes its packs and its state. *ret_ours true: we do, and
 * others wait until ledger_finish_end(). false: another machine has done it, or will. */
int ledger_finish_begin(struct ledger *l, const struct ledger_run *run, bool *ret_ours,
                        struct error *err) MUST_CHECK;
void ledger_finish_end(struct ledger *l, const struct ledger_run *run);

#endif
