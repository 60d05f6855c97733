/*
 * What a plan leaves out: how many further devices its customers have registered, which no row of the
 * plan names. Only for routes with an inventory, after the look-ups.
 */
#ifndef PARTNER_RUN_FURTHER_H
#define PARTNER_RUN_FURTHER_H

#include "common/json.h"
#include "partner/app/session.h"
#include "partner/ledger/runs.h"

/* Appends an object for each customer whose inventory was read completely; NULL: prints a line for each
 * that has further devices. */
int further_report(const struct session *session, const struct ledger_run *run,
                   struct json *customers, struct error *err) MUST_CHECK;

#endif
