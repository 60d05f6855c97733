/* Prints what everything waits for, for status: an alarm, and the customers. */
#ifndef PARTNER_CLI_STATUS_WAITING_H
#define PARTNER_CLI_STATUS_WAITING_H

#include "common/base.h"
#include "common/error.h"
#include "common/json.h"
#include "partner/ledger/ledger.h"
#include "partner/ledger/runs.h"

/* "waiting for customers: 12 devices of 3, oldest 6 days". run 0: of all runs. Prints nothing if no
 * device waits. */
int status_print_waiting(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;
/* The alarm that holds the ledger, with the command that clears it. run NULL: of any run. Prints nothing if
 * there is none. */
int status_print_alarm(struct ledger *l, const char *run, struct error *err) MUST_CHECK;
/* The devices that wait, as a member of the run's line, if a device waits. */
int
status_add_waiting(struct json *line, struct ledger *l, int64_t run, struct error *err) MUST_CHECK;
/* A letter with its customers: devices, and those whose steps are all answered. */
int status_print_letter(struct ledger *l, const struct ledger_run *letter,
                        struct error *err) MUST_CHECK;

#endif
