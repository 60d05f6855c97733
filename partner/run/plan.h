/*
 * A plan: a run in the ledger of which nothing was sent. Its digest covers every device that it
 * would ask, so that one person can plan and another can apply exactly that plan.
 */
#ifndef PARTNER_RUN_PLAN_H
#define PARTNER_RUN_PLAN_H

#include "partner/ledger/runs.h"
#include "partner/run/send.h"

/* Marks every batch as not looked up, if the route can look up, and records the digest. In the transaction of the
 * intake, so that `apply` holds all rows of a plan that was killed before its look-ups. */
int plan_record(struct session *session, struct ledger_run *run, struct error *err) MUST_CHECK;
/* Looks the devices up if the route can, prints the plan and its rows, and records the exit code.
 * guard: the exit code of the guards. Returns the exit code. */
int plan_finish(struct sender *s, struct ledger_run *run, int guard) MUST_CHECK;
/* Prints run id, digest and the count of each customer. */
int plan_print(struct session *session, const struct ledger_run *run, struct error *err) MUST_CHECK;

#endif
