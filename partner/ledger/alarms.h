/*
 * Alarms: the service reported a registration (806 or 808). An alarm holds the whole ledger: no
 * command sends anything until a person clears the alarms of its run. Cleared alarms stay recorded.
 */
#ifndef PARTNER_LEDGER_ALARMS_H
#define PARTNER_LEDGER_ALARMS_H

#include "partner/ledger/ledger.h"
#include "partner/ledger/runs.h"

int
ledger_alarm_add(struct ledger *l, int64_t batch, const char *reason, struct error *err) MUST_CHECK;
/* *ret: this batch has raised an alarm for this reason since it was last sent, cleared or not. */
int ledger_alarm_known(struct ledger *l, int64_t batch, const char *reason, bool *ret,
                       struct error *err) MUST_CHECK;
/* *ret: the outcome of this row is an alarm already. */
int ledger_alarm_of_row(struct ledger *l, int64_t row, bool *ret, struct error *err) MUST_CHECK;

#define LEDGER_ALARM_REASON_SIZE 200
struct ledger_alarm {
	char run[LEDGER_RUN_ID_SIZE];
	int64_t at;
	char reason[LEDGER_ALARM_REASON_SIZE];
};
/* The oldest alarm that nobody has cleared. 1: *ret, 0: none, -1. */
int ledger_alarm_open(struct ledger *l, struct ledger_alarm *ret, struct error *err) MUST_CHECK;
/* Clears all alarms of the run. No earlier canary is trusted from now on. by: who does it.
 * *ret_count: how many. */
int ledger_alarm_clear(struct ledger *l, int64_t run, const char *by, int64_t *ret_count,
                       struct error *err) MUST_CHECK;

#endif
