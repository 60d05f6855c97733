/*
 * What guards ask of a run before it is sent, and the rows they hold.
 */
#ifndef PARTNER_LEDGER_GUARDS_H
#define PARTNER_LEDGER_GUARDS_H

#include "partner/ledger/ledger.h"

struct ledger_devices {
	int64_t askable;  /* are to be asked (equal rows once) */
	int64_t open;     /* without a last word, asked or not */
	int64_t repeated; /* rows that stand for a device which another row asks for */
};
int ledger_count_devices(struct ledger *l, int64_t run, struct ledger_devices *ret,
                         struct error *err) MUST_CHECK;
/* The customer with the most that are to be asked. key is freed by the caller. */
int ledger_askable_most(struct ledger *l, int64_t run, int64_t *ret_count, char **ret_key,
                        struct error *err) MUST_CHECK;
/* Devices that another run deregistered since then (seconds UTC), under whichever of their names,
 * become `held`; lost ones are not asked again. */
int ledger_hold_recent(struct ledger *l, int64_t run, int64_t since, struct error *err) MUST_CHECK;
/* A serial or PKID that must not be touched: begin, add each, then hold what was not sent of it;
 * what was sent and got no answer is not asked again. */
int ledger_skip_begin(struct ledger *l, struct error *err) MUST_CHECK;
int ledger_skip_add(struct ledger *l, const char *id, struct error *err) MUST_CHECK;
int ledger_skip_hold(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;
struct ledger_answers {
	int64_t answered; /* devices that have an answer */
	int64_t failed;   /* those whose answer is no good end */
	int64_t alarms;   /* those that are an alarm */
};
int ledger_answered(struct ledger *l, int64_t run, struct ledger_answers *ret,
                    struct error *err) MUST_CHECK;

#endif
