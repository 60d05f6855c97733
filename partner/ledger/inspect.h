/*
 * Looking at a ledger without changing a byte of it or beside it.
 */
#ifndef PARTNER_LEDGER_INSPECT_H
#define PARTNER_LEDGER_INSPECT_H

#include "partner/ledger/ledger.h"

/* Any schema: *ret_schema says which, 0: a server that holds no ledger yet. Only with LEDGER_SCHEMA may rows be asked for. */
struct ledger *
ledger_open_inspect(const char *url, int64_t *ret_schema, struct error *err) MUST_CHECK;
/* -1: the file is damaged, *err says where. */
int ledger_check(struct ledger *l, struct error *err) MUST_CHECK;
/* When the last run ended that left nothing open, seconds UTC; 0: none did. */
int ledger_last_good(struct ledger *l, int64_t *ret, struct error *err) MUST_CHECK;

#endif
