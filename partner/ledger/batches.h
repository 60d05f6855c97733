/*
 * Batches: what goes out together, and what becomes known of it.
 */
#ifndef PARTNER_LEDGER_BATCHES_H
#define PARTNER_LEDGER_BATCHES_H

#include "partner/ledger/ledger.h"
#include "partner/vocabulary.h"

enum batch_state {
	BATCH_PLANNED,
	BATCH_SENT, /* the intent: from here on bytes may have left */
	BATCH_ACCEPTED,
	BATCH_DONE,
	BATCH_LOST, /* sent, and no answer came or will come: its rows are unknown */
	BATCH_STATE_COUNT
};
struct ledger_batch {
	int64_t id, run;
	enum batch_state state;
	int64_t first_sent; /* seconds UTC, 0: never */
	int attempts;
	int lost;         /* attempts whose answer was lost */
	char *service_id; /* the service's BatchId or what `find` named, opaque; NULL: none */
	char *sold_to, *received_from;
	char *tenant; /* whose address the request goes to, on routes that have one; else "".
	               * This and the other texts are freed by ledger_batch_release() */
};
void ledger_batch_release(struct ledger_batch *b);
int ledger_batch_add(struct ledger *l, const struct ledger_batch *batch, int64_t *ret_id,
                     struct error *err) MUST_CHECK; /* run, account numbers and tenant */
/* The first batch of a run with id > after and in the state: 1, 0, -1. */
int ledger_batch_next(struct ledger *l, int64_t run, enum batch_state state, int64_t after,
                      struct ledger_batch *ret, struct error *err) MUST_CHECK;
/* The same for whoever will work on it, claimed on a server: one with id > after that nobody has
 * claimed, or one whose claim is over, whatever its id. */
int ledger_batch_claim(struct ledger *l, int64_t run, enum batch_state state, int64_t after,
                       struct ledger_batch *ret, struct error *err) MUST_CHECK;
/* The intent, durable on return: state SENT, an attempt more; target (or NULL) is what it is for. */
int ledger_batch_sent(struct ledger *l, int64_t batch, const char *target,
                      struct error *err) MUST_CHECK;
/* It is now known that this attempt did nothing: back to PLANNED, or to LOST where an earlier
 * attempt's answer was lost. */
int ledger_batch_unsent(struct ledger *l, int64_t batch, const char *note,
                        struct error *err) MUST_CHECK;
/* note: ids for the service's support, or NULL. */
int ledger_batch_accepted(struct ledger *l, int64_t batch, const char *service_id, const char *note,
                          struct error *err) MUST_CHECK;
/* Nothing certain is known of the attempt: state LOST, its rows unknown, in one transaction. */
int
ledger_batch_lost(struct ledger *l, int64_t batch, const char *note, struct error *err) MUST_CHECK;
/* Nothing was sent, for it could not be found out what there is: LOST likewise, no attempt more. */
int ledger_batch_unread(struct ledger *l, int64_t batch, const char *note,
                        struct error *err) MUST_CHECK;
int
ledger_batch_done(struct ledger *l, int64_t batch, const char *note, struct error *err) MUST_CHECK;
/* Moves the second half of an unsent batch's rows into a new one like it. 1: split; 0: one row only; -1. */
int
ledger_batch_halve(struct ledger *l, int64_t batch, int64_t *ret_new, struct error *err) MUST_CHECK;
/* The devices of a batch that are to be asked (equal rows once). */
typedef int
ledger_device_fn(void *ctx, int64_t row, const struct device_id *device, struct error *err);
int ledger_batch_devices(struct ledger *l, int64_t batch, ledger_device_fn *fn, void *ctx,
                         struct error *err) MUST_CHECK;
/* All devices that went out with the batch, answered ones as well: what an answer may name. */
int ledger_batch_asked(struct ledger *l, int64_t batch, ledger_device_fn *fn, void *ctx,
                       struct error *err) MUST_CHECK;
/* A row that has its final outcome keeps it. */
int ledger_row_outcome(struct ledger *l, int64_t row, enum outcome outcome, const char *reason,
                       struct error *err) MUST_CHECK;
/* All rows of a batch that have no final outcome yet. */
int ledger_batch_outcome(struct ledger *l, int64_t batch, enum outcome outcome, const char *reason,
                         struct error *err) MUST_CHECK;
/* All not-sent rows of a run get this outcome and reason (a guard's "held", a stop's reason). */
int ledger_unsent_outcome(struct ledger *l, int64_t run, enum outcome outcome, const char *reason,
                          struct error *err) MUST_CHECK;
/* DONE batches that hold `unknown` devices become LOST: they are wanted once more. */
int ledger_reopen_unknown(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;

#endif
