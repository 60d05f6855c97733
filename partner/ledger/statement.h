/* Statements: prepared once, bound, run. Inside of the ledger. */
#ifndef PARTNER_LEDGER_STATEMENT_H
#define PARTNER_LEDGER_STATEMENT_H

#include "partner/ledger/internal.h"

/* The kept statement, reset and unbound. NULL with *err. Not for statements that call back. */
struct db_stmt *statement_get(struct ledger *l, enum sql which, struct error *err);
/* A statement of its own, for reading with callbacks; the caller frees it. */
struct db_stmt *statement_reader(struct ledger *l, enum sql which, struct error *err);
/* Runs a statement that returns the id it gave. 1: *ret_id; 0: it inserted nothing; -1. */
int statement_insert(struct db_stmt *s, int64_t *ret_id, struct error *err);
/* One statement with up to four integer parameters. */
int
statement_run(struct ledger *l, enum sql which, const int64_t *value, int count, struct error *err);
/* The first columns of the first row; none: 0. */
int statement_ints(struct ledger *l, enum sql which, const int64_t *value, int count, int64_t *ret,
                   int columns, struct error *err);
int statement_int(struct ledger *l, enum sql which, const int64_t *value, int count, int64_t *ret,
                  struct error *err);
/* First column of the first row of a pragma or another text that is used once. */
int statement_query(struct ledger *l, const char *sql, int64_t *ret, struct error *err);

#endif
