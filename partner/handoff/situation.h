/*
 * The situation of a device, from its data in the ledger. Pure.
 */
#ifndef PARTNER_HANDOFF_SITUATION_H
#define PARTNER_HANDOFF_SITUATION_H

#include "common/base.h"
#include "partner/handoff/steps.h"
#include "partner/ledger/receipts.h"
#include "partner/ledger/report.h"

struct situation situation_of_row(const struct ledger_row *row);
bool situation_equal(const struct situation *a, const struct situation *b);
struct situation situation_of_device(const struct ledger_device *device);

#define SITUATION_DAY_SIZE sizeof("2026-11-24")
/* The day on which an earlier run deregistered a row that is held for this reason; "" when the row is
 * held for another reason or not at all. */
void situation_earlier_day(const struct ledger_row *row, char ret_day[static SITUATION_DAY_SIZE]);

#endif
