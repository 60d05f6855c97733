/* Preparing, binding and running the statements of sql/. Only for files of the ledger. */
#ifndef PARTNER_LEDGER_STATEMENT_H
#define PARTNER_LEDGER_STATEMENT_H

#include "partner/ledger/internal.h"

/* The handle's own statement, prepared once and reset. NULL with *err. Not for reading with callbacks,
 * which may need the same statement. */
struct db_stmt *statement_get(struct ledger *l, enum sql which, struct error *err);
/* A new statement for reading with callbacks. The caller frees it. */
struct db_stmt *statement_reader(struct ledger *l, enum sql which, struct error *err);
/* Runs an INSERT that returns the new id. 1: *ret_id, 0: nothing was inserted, -1. */
int statement_insert(struct db_stmt *s, int64_t *ret_id, struct error *err);
/* Binds integers to the first parameters and runs the statement. */
int
statement_run(struct ledger *l, enum sql which, const int64_t *value, int count, struct error *err);
/* The same without waiting for a server's answer: see db_run_later(). */
int statement_run_later(struct ledger *l, enum sql which, const int64_t *value, int count,
                        struct error *err);
/* Reads the first columns of the first row. Without a row they are 0. */
int statement_ints(struct ledger *l, enum sql which, const int64_t *value, int count, int64_t *ret,
                   int columns, struct error *err);
int statement_int(struct ledger *l, enum sql which, const int64_t *value, int count, int64_t *ret,
                  struct error *err);
/* Runs a text that is used once. *ret: the first column of the first row. Fails without a row. */
int statement_query(struct ledger *l, const char *sql, int64_t *ret, struct error *err);

#endif
