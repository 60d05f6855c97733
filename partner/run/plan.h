/*
 * A plan: a run in the ledger that nobody has sent. Its digest covers every device it would ask,
 * so that one person may plan and another apply just that.
 */
#ifndef PARTNER_RUN_PLAN_H
#define PARTNER_RUN_PLAN_H

#include "partner/run/send.h"
#include "partner/ledger/runs.h"

/* Writes the digest of what would be asked into the ledger. */
int plan_seal(struct ledger *l, struct ledger_run *run, struct error *err) MUST_CHECK;
/* Prints run id, digest and counts by customer, then the rows. guard: what the guards said. */
int plan_finish(struct sender *s, struct ledger_run *run, int guard) MUST_CHECK;
/* Run id, digest and counts by customer alone. */
int plan_print(struct session *d, const struct ledger_run *run, struct error *err) MUST_CHECK;

#endif
