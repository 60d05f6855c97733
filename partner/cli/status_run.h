/*
 * "status RUN": one run with its customers.
 */
#ifndef PARTNER_CLI_STATUS_RUN_H
#define PARTNER_CLI_STATUS_RUN_H

#include "common/json.h"
#include "partner/app/session.h"
#include "partner/ledger/runs.h"

const char *status_state_word(enum run_state state);
/* The line of a run, which the caller prints or frees. NULL with *err. */
struct json *status_run_json(struct session *session, const struct ledger_run *run,
                             struct error *err) MUST_CHECK;
/* Prints a run with its customers, as a table or as JSON lines. */
int status_run_print(struct session *session, const struct ledger_run *run,
                     struct error *err) MUST_CHECK;

#endif
