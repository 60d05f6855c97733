/*
 * The canary of a run (the few devices that are sent alone before all others), how long its good
 * answer is trusted, and the number of devices that wait for an answer.
 */
#ifndef PARTNER_LEDGER_CANARY_H
#define PARTNER_LEDGER_CANARY_H

#include "partner/ledger/batches.h"
#include "partner/ledger/ledger.h"

struct ledger_canary {
	int64_t taken; /* devices that were sent as the canary, or will be by a machine at work */
	int64_t open;  /* of them: sent, and their batch is not over */
	int64_t good;  /* of them: deregistered or not registered */
	int64_t elsewhere; /* of the open ones: another machine works on them */
	int64_t good_at;   /* when the last of the good ones was answered, seconds UTC; 0: none */
};
int ledger_canary_state(struct ledger *l, int64_t run, struct ledger_canary *ret,
                        struct error *err) MUST_CHECK;
/* Forgets unsent batches of the canary that nobody works on. whole: also those that are over, so that
 * the run begins with another canary. */
int ledger_canary_forget(struct ledger *l, int64_t run, bool whole, struct error *err) MUST_CHECK;
/* Takes this batch out of the canary if it was never sent. */
int ledger_canary_leave(struct ledger *l, int64_t batch, struct error *err) MUST_CHECK;
/* The canary does not wait for the answer to this batch. */
int ledger_canary_excuse(struct ledger *l, int64_t batch, struct error *err) MUST_CHECK;
/* Claims the next planned batch as ledger_batch_claim() does, and makes it a part of the canary, as
 * long as the canary has fewer than `size` devices. 1: *ret, 0: none, or the canary is full, -1. */
int ledger_canary_claim(struct ledger *l, int64_t run, int64_t after, int64_t size,
                        struct ledger_batch *ret, bool *ret_full, struct error *err) MUST_CHECK;

/* Makes a batch that we have claimed a part of the canary, unless the canary is full. */
int ledger_canary_join(struct ledger *l, int64_t run, int64_t batch, int64_t size, bool *ret_full,
                       struct error *err) MUST_CHECK;

/* A canary was answered well, at this time. identity: a text that names service, profile and certificate. */
int ledger_trust(struct ledger *l, const char *identity, int64_t at, struct error *err) MUST_CHECK;
/* What was answered well at this time, seconds UTC, is still trusted. 0, or in the future: it is not. */
bool ledger_trusts(const struct ledger *l, int64_t at, int64_t trust_ms);
/* *ret: until when that canary is trusted, seconds UTC; 0: it is not, or a canary of the future was
 * recorded, because the clock was set back. */
int ledger_trusted_until(struct ledger *l, const char *identity, int64_t trust_ms, int64_t *ret,
                         struct error *err) MUST_CHECK;

/* For several machines: ledger_batch_sent(), unless an alarm holds the ledger (*ret_held), or `size` more
 * devices without an answer would exceed max (0: no limit; *ret_full). Machines do so one after the
 * other. */
int
ledger_batch_sent_within(struct ledger *l, int64_t batch, const char *target, int64_t size,
                         int64_t max, bool *ret_full, bool *ret_held, struct error *err) MUST_CHECK;

/* Devices of all open runs in batches that were sent or accepted and are not over. */
int ledger_unanswered(struct ledger *l, int64_t *ret, struct error *err) MUST_CHECK;

#endif
