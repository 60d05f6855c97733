/*
 * Batches: devices that are sent in one request, their states, and the outcomes of their rows. Each
 * change of state also records an attempt with a note.
 *
 *     PLANNED --sent--> SENT --accepted--> ACCEPTED --done--> DONE
 *        ^              | | ^                  |               |
 *        '----unsent----' | | sent        lost |               | reopen_unknown
 *                    lost v |                  v               v
 *                         LOST <---------------+---------------'
 *
 * A batch is SENT before its first byte leaves. `unread` takes PLANNED to LOST, `accepted` also
 * takes LOST to ACCEPTED, and `done` ends a batch in any state.
 */
#ifndef PARTNER_LEDGER_BATCHES_H
#define PARTNER_LEDGER_BATCHES_H

#include "partner/ledger/guards.h"
#include "partner/ledger/ledger.h"
#include "partner/vocabulary.h"

enum batch_state {
	BATCH_PLANNED,
	BATCH_SENT, /* bytes may have left */
	BATCH_ACCEPTED,
	BATCH_DONE,
	BATCH_LOST,    /* its rows are unknown: its answer was lost, or its look-up failed */
	BATCH_WAITING, /* never sent: its customers have not answered the letter (gate.h) */
	BATCH_STATE_COUNT
};
struct ledger_batch {
	int64_t id, run;
	enum batch_state state;
	int64_t first_sent;
	int attempts;
	int lost;         /* attempts whose answer was lost */
	bool canary;      /* a part of the run's canary (canary.h) */
	char *service_id; /* the service's BatchId, or the id that the look-up found; NULL: none */
	char *sold_to, *received_from;
	char *planned; /* digest of its look-up in the plan, LEDGER_...; NULL: there was none */
	char *tenant;  /* that the address of the request names; "" on routes without tenants */
};
#define LEDGER_UNSEEN "?"  /* planned: the plan could not look it up */
#define LEDGER_NOTHING "-" /* planned: the plan found nothing to delete */
/* In the reason of a row that this guard held. */
#define LEDGER_INVENTORY "max-inventory-percent is "
void ledger_batch_release(struct ledger_batch *b); /* frees the texts */

/* The first batch of the run in this state with id > after. 1 found, 0 none, -1. */
int ledger_batch_next(struct ledger *l, int64_t run, enum batch_state state, int64_t after,
                      struct ledger_batch *ret, struct error *err) MUST_CHECK;
/* Claims such a batch that nobody has claimed, or one of any id whose lease has ended (claims.h).
 * Without claims, ledger_batch_next(). */
int ledger_batch_claim(struct ledger *l, int64_t run, enum batch_state state, int64_t after,
                       struct ledger_batch *ret, struct error *err) MUST_CHECK;

/* Changes of state. They fail if another machine has claimed the batch. `sent`, `lost` and `unread`
 * also fail in a state that the diagram does not allow. */

/* Counts an attempt. target: the id that the look-up found, or NULL. */
int ledger_batch_sent(struct ledger *l, int64_t batch, const char *target,
                      struct error *err) MUST_CHECK;
/* The attempt certainly did nothing. Back to PLANNED, or to LOST if an earlier attempt was lost, or the batch was
 * LOST without one (lost). */
int ledger_batch_unsent(struct ledger *l, int64_t batch, bool lost, const char *note,
                        struct error *err) MUST_CHECK;
/* note: ids for the service's support, or NULL. */
int ledger_batch_accepted(struct ledger *l, int64_t batch, const char *service_id, const char *note,
                          struct error *err) MUST_CHECK;
/* Nobody knows whether the attempt did something. Its rows become unknown. */
int
ledger_batch_lost(struct ledger *l, int64_t batch, const char *note, struct error *err) MUST_CHECK;
/* The look-up failed before anything was sent. LOST; the attempt count does not change. */
int ledger_batch_unread(struct ledger *l, int64_t batch, const char *note,
                        struct error *err) MUST_CHECK;
/* answers: of all its devices, or NULL. */
int ledger_batch_done(struct ledger *l, int64_t batch, const struct ledger_answers *answers,
                      const char *note, struct error *err) MUST_CHECK;
/* DONE batches of the run with unknown devices become LOST, so that they are sent once more. */
int ledger_reopen_unknown(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;
/* Moves the second half of the open rows into a new batch that is otherwise a copy. 1: *ret_new,
 * 0: the batch has only one row, -1. */
int
ledger_batch_halve(struct ledger *l, int64_t batch, int64_t *ret_new, struct error *err) MUST_CHECK;
/* The same, but moves the open rows that do not fit into a batch of `room` devices. 0: all fit. */
int ledger_batch_split(struct ledger *l, int64_t batch, int64_t room, int64_t *ret_new,
                       struct error *err) MUST_CHECK;
/* *ret: the service gave this BatchId to another batch of the ledger. */
int ledger_batch_id_is_taken(struct ledger *l, int64_t batch, const char *service_id, bool *ret,
                             struct error *err) MUST_CHECK;

typedef int
ledger_device_fn(void *ctx, int64_t row, const struct device_id *device, struct error *err);
/* The devices of a batch without a final outcome; equal rows once. */
int ledger_batch_devices(struct ledger *l, int64_t batch, ledger_device_fn *fn, void *ctx,
                         struct error *err) MUST_CHECK;
/* The devices of the run that wait to be sent to this tenant. */
int ledger_tenant_devices(struct ledger *l, int64_t run, const char *tenant, ledger_device_fn *fn,
                          void *ctx, struct error *err) MUST_CHECK;
/* How many of its devices the run has deregistered. */
int ledger_tenant_deregistered(struct ledger *l, int64_t run, const char *tenant, int64_t *ret,
                               struct error *err) MUST_CHECK;
/* All devices that were sent with the batch: those that its answer may name. */
int ledger_batch_asked(struct ledger *l, int64_t batch, ledger_device_fn *fn, void *ctx,
                       struct error *err) MUST_CHECK;

/* All batches of a plan: nothing is looked up yet. */
int ledger_plan_unseen(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;
int ledger_batch_set_planned(struct ledger *l, int64_t batch, const char *digest,
                             struct error *err) MUST_CHECK;

/* Outcomes. A final outcome never changes again. */

int ledger_row_outcome(struct ledger *l, int64_t row, enum outcome outcome, const char *reason,
                       struct error *err) MUST_CHECK;
/* For all rows of the batch. PENDING: only for rows that are not-sent. */
int ledger_batch_outcome(struct ledger *l, int64_t batch, enum outcome outcome, const char *reason,
                         struct error *err) MUST_CHECK;
/* PENDING with the latest reason, also where it is PENDING already. */
int ledger_batch_still_pending(struct ledger *l, int64_t batch, const char *reason,
                               struct error *err) MUST_CHECK;
/* For all not-sent rows in PLANNED batches of the run: HELD by a guard, or the reason of a stop. */
int ledger_unsent_outcome(struct ledger *l, int64_t run, enum outcome outcome, const char *reason,
                          struct error *err) MUST_CHECK;

#endif
