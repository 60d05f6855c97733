/* Questions of the guards about a run, and holding rows, so that they are not sent. */
#ifndef PARTNER_LEDGER_GUARDS_H
#define PARTNER_LEDGER_GUARDS_H

#include <string.h>

#include "partner/ledger/ledger.h"
#include "partner/vocabulary.h"

struct ledger_devices {
	int64_t askable;  /* devices still to be sent; equal rows count once */
	int64_t open;     /* devices without a final outcome, sent or not */
	int64_t repeated; /* unsent rows that share the answer of an equal row */
};
int ledger_count_devices(struct ledger *l, int64_t run, struct ledger_devices *ret,
                         struct error *err) MUST_CHECK;
/* Whether that was counted already and is still true: then it takes no time. */
bool ledger_devices_known(const struct ledger *l, int64_t run);
/* Devices of the rows range[0] to range[1] that have no final outcome, or got it at `since` or later. */
int ledger_count_open(struct ledger *l, const int64_t range[static 2], int64_t since, int64_t *ret,
                      struct error *err) MUST_CHECK;
/* The customer with the most devices to be sent. The caller frees *ret_key. */
int ledger_askable_most(struct ledger *l, int64_t run, int64_t *ret_count, char **ret_key,
                        struct error *err) MUST_CHECK;
/* A device of a planned batch after this one may still be sent: all devices of a batch may be held. */
int ledger_any_unsent(struct ledger *l, int64_t run, int64_t after, bool *ret,
                      struct error *err) MUST_CHECK;
struct ledger_answers {
	int64_t answered; /* devices with an answer */
	int64_t failed;   /* of them: neither deregistered nor not registered */
};
int ledger_answered(struct ledger *l, int64_t run, struct ledger_answers *ret,
                    struct error *err) MUST_CHECK;
/* Keeps the answers of a batch that is done, so that nobody counts its rows again. NULL: counts them. */
int ledger_keep_answers(struct ledger *l, int64_t batch, const struct ledger_answers *answers,
                        struct error *err) MUST_CHECK;

/* In a transaction. Holding a row makes it `held` if it was not sent. If it was sent and got no
 * answer, it stays unknown and is not sent again. A row whose batch has a BatchId may still be answered: it is
 * held only when its batch would be sent again, by ledger_hold_batch(). */

/* Forgets the rows that wait for ledger_hold_batch(). */
void ledger_hold_reset(struct ledger *l);

/* Finds the rows since `since` that may name a device of the run. The next two functions use them until
 * ledger_hold_end(), and look themselves without it. */
int ledger_hold_begin(struct ledger *l, int64_t run, int64_t since, struct error *err) MUST_CHECK;
void ledger_hold_end(struct ledger *l);
/* Holds devices that another run deregistered at `since` or later, by any of their identities. */
int ledger_hold_recent(struct ledger *l, int64_t run, int64_t since, struct error *err) MUST_CHECK;
/* Holds devices that another run listed for another customer; reads runs since `since`. */
int ledger_hold_moved(struct ledger *l, int64_t run, int64_t since, struct error *err) MUST_CHECK;
/* Holds the devices of a skip list: begin, add every serial number and PKID, hold. */
int ledger_skip_begin(struct ledger *l, struct error *err) MUST_CHECK;
int ledger_skip_add(struct ledger *l, const char *id, struct error *err) MUST_CHECK;
/* 1: this serial number or PKID is on the skip list, 0: it is not, or there is no list; -1. */
int ledger_skip_has(struct ledger *l, const char *id, struct error *err) MUST_CHECK;
int ledger_skip_hold(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;

/* Before a lost batch is sent again: its held devices move to a batch of their own, which stays lost and
 * keeps the BatchId, so that a later command asks for their answer. 0: *ret_held devices were held, the
 * others may be sent; 1: nothing may be sent; -1. */
int
ledger_hold_batch(struct ledger *l, int64_t batch, int64_t *ret_held, struct error *err) MUST_CHECK;
/* *ret: ledger_hold_batch() would hold all its devices. Changes nothing. */
int ledger_batch_is_held(struct ledger *l, int64_t batch, bool *ret, struct error *err) MUST_CHECK;

#define LEDGER_EARLIER "deregistered in run " /* the reason begins so */
/* A guard held the row, because an earlier run had deregistered its device. */
static inline bool
ledger_is_earlier(enum outcome outcome, const char *reason)
{
	return outcome == OUTCOME_HELD &&
	       strncmp(reason, LEDGER_EARLIER, sizeof(LEDGER_EARLIER) - 1) == 0;
}

#endif
