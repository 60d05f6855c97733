/*
 * Inside the ledger: the open store, its cached statements, and what its files share.
 * Numbers of outcomes and states stand in the SQL as texts; the assertions tie them to the enums.
 */
#ifndef PARTNER_LEDGER_STORE_H
#define PARTNER_LEDGER_STORE_H

#include "common/db.h"
#include "partner/ledger/ledger.h"

#define STORE_STATEMENTS_MAX 64 /* there are about 50 */
#define STORE_CUSTOMERS 256     /* direct-mapped: key to id without SQL */

#define SQL_DEREGISTERED "0"
#define SQL_PENDING "7"
#define SQL_UNKNOWN "8"
#define SQL_NOT_SENT "9"
#define SQL_HELD "10"
#define SQL_REJECTED "11"
_Static_assert(OUTCOME_DEREGISTERED == 0 && OUTCOME_PENDING == 7 && OUTCOME_UNKNOWN == 8 &&
                   OUTCOME_NOT_SENT == 9 && OUTCOME_HELD == 10 && OUTCOME_REJECTED == 11,
               "numbers in the ledger are never changed");
#define SQL_PLANNED "0"
#define SQL_SENT "1"
#define SQL_ACCEPTED "2"
#define SQL_DONE "3"
_Static_assert(BATCH_PLANNED == 0 && BATCH_SENT == 1 && BATCH_ACCEPTED == 2 && BATCH_DONE == 3,
               "numbers in the ledger are never changed");
_Static_assert(RUN_PLANNED == 0 && RUN_OPEN == 1 && RUN_FINISHED == 2,
               "numbers in the ledger are never changed");

/* Rows without a final outcome. */
#define SQL_OPEN(row) row ".outcome IN (" SQL_PENDING "," SQL_UNKNOWN "," SQL_NOT_SENT ")"
/* The rows of run ?1: a range of ids instead of an index. */
#define SQL_IN_RUN                                                                                 \
	" row.run = ?1 AND row.id >= (SELECT first_row FROM run WHERE id = ?1)"                          \
	" AND row.id <= (SELECT last_row FROM run WHERE id = ?1) "

struct store_customer {
	int64_t run, id;
	char *key;
	bool named;
};

struct ledger {
	struct db *db;
	char *path;
	int lock_fd;           /* -1: not locked */
	bool in_transaction;
	struct {
		const char *sql; /* compared as a pointer: texts are static */
		struct db_stmt *stmt;
	} cache[STORE_STATEMENTS_MAX];
	size_t cached;
	int64_t list, list_run; /* the list rows are being added to */
	struct store_customer customer[STORE_CUSTOMERS];
};

/* One parameter: a text, or a number where text is NULL. */
struct store_arg {
	const char *text;
	int64_t number;
};
#define NUM(n) {NULL, (n)}
#define TXT(t) {(t), 0}
#define ARGS(...)                                                                                  \
	(const struct store_arg[]){__VA_ARGS__}, ARRAY_SIZE(((const struct store_arg[]){__VA_ARGS__}))

extern const char store_schema[]; /* the tables, as text */

/* A cached statement of a static text. NULL with *err. */
struct db_stmt *store_stmt(struct ledger *l, const char *sql, struct error *err) MUST_CHECK;
void store_bind(struct db_stmt *s, const struct store_arg *arg, size_t count);
int store_run(struct ledger *l, const char *sql, const struct store_arg *arg, size_t count,
              struct error *err) MUST_CHECK;
/* First column of the first row: 1, 0 where there is no row, -1. */
int store_number(struct ledger *l, const char *sql, const struct store_arg *arg, size_t count,
                 int64_t *ret, struct error *err) MUST_CHECK;
/* A transaction of the function's own where the caller holds none. */
int store_begin(struct ledger *l, bool *ret_own, struct error *err) MUST_CHECK;
int store_end(struct ledger *l, bool own, int rc, struct error *err) MUST_CHECK;
void store_forget(struct ledger *l); /* what is remembered of rows that may be gone */
uint64_t store_ident(const struct device_id *d);
/* "acme", "M-ller-GmbH-1a2b3c4d", "unassigned"; number > 1 is appended. Freed by the caller. */
char *store_folder(const char *key, int number);

#endif
