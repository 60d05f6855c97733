/* Inspecting a ledger without changing a byte in it or beside it. */
#ifndef PARTNER_LEDGER_INSPECT_H
#define PARTNER_LEDGER_INSPECT_H

#include "partner/ledger/ledger.h"

/* Opens a ledger of any schema. *ret_schema: which (0: a server without a ledger). Read rows only if
 * it is LEDGER_SCHEMA. NULL with *err; *ret_schema is set before that if the database is another program's. */
struct ledger *
ledger_open_inspect(const char *url, int64_t *ret_schema, struct error *err) MUST_CHECK;
/* 1: there is a ledger, of any schema that this version can open or upgrade. 0: there is none: no
 * file, an empty one, or a server without tables. -1: something else is there, or it cannot be read. */
int ledger_exists(const char *url, struct error *err) MUST_CHECK;
/* Fails if the file is damaged; *err says where. A server checks its own files. */
int ledger_check(struct ledger *l, struct error *err) MUST_CHECK;
/* The end of the latest run that left nothing open; 0: there is none. */
int ledger_last_good(struct ledger *l, int64_t *ret, struct error *err) MUST_CHECK;

#endif
