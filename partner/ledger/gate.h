/*
 * The gate before the first byte: whether a device waits for its customer's answers to the letter. It
 * judges the rows of a run that were never sent. A row that waits is held, with a reason that says what
 * is missing, and its batch is WAITING, which nobody claims. When the row is ready, its batch is PLANNED
 * again, and it is sent like any other row.
 *
 *     PLANNED --not ready--> WAITING --ready, too old, or let through--> PLANNED
 */
#ifndef PARTNER_LEDGER_GATE_H
#define PARTNER_LEDGER_GATE_H

#include <string.h>

#include "partner/ledger/runs.h"
#include "partner/ledger/rows.h"

#define LEDGER_WAITING "waiting for the customer" /* every reason of a waiting row begins so */

enum ledger_gate_mode {
	LEDGER_GATE_OFF,    /* lets everything through */
	LEDGER_GATE_WARN,   /* lets everything through, and reports devices that are not ready */
	LEDGER_GATE_REQUIRE /* lets ready devices through */
};
struct ledger_gate {
	enum ledger_gate_mode mode;
	int64_t wait_s; /* a letter of this age is enough without answers; 0: no letter is */
};
/* Devices without their customer's answers; without_letter: those of them that
 * got no letter, or none since an earlier run used it. */
typedef void
ledger_unready_fn(void *ctx, const char *customer, int64_t devices, int64_t without_letter);
/* Judges the run. In a transaction. fn: called for each customer with devices that are not ready, or
 * NULL. */
int ledger_gate(struct ledger *l, int64_t run, const struct ledger_gate *gate,
                ledger_unready_fn *fn, void *ctx, struct error *err) MUST_CHECK;
/* Changes nothing. *ret: devices of the run that would wait. */
int ledger_gate_count(struct ledger *l, int64_t run, const struct ledger_gate *gate, int64_t *ret,
                      struct error *err) MUST_CHECK;
/* Writes the reasons of all waiting rows again, because answers or letters were recorded. */
int ledger_gate_refresh(struct ledger *l, struct error *err) MUST_CHECK;
/* Records that the packs of a letter are written, so that it counts from now on. */
int ledger_gate_written(struct ledger *l, struct ledger_run *letter, struct error *err) MUST_CHECK;

/* Whether the row waits for its customer. */
static inline bool
ledger_row_waits(const struct ledger_row *row)
{
	return row->outcome == OUTCOME_HELD &&
	       strncmp(row->reason, LEDGER_WAITING, strlen(LEDGER_WAITING)) == 0;
}

struct ledger_waiting {
	int64_t devices, customers;
	int64_t since; /* when the oldest run with a waiting device began */
};
/* run 0: of all runs. */
int ledger_waiting(struct ledger *l, int64_t run, struct ledger_waiting *ret,
                   struct error *err) MUST_CHECK;
/* true: the run waits for nothing but its customers. */
int ledger_only_waits(struct ledger *l, int64_t run, bool *ret, struct error *err) MUST_CHECK;

#endif
