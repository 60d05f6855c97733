/*
 * Inside of the ledger: its handle, and every SQL text in one table (sql.c, schema.c). Not for
 * other folders.
 */
#ifndef PARTNER_LEDGER_STORE_H
#define PARTNER_LEDGER_STORE_H

#include "common/db.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/claims.h"
#include "partner/ledger/copy.h"
#include "partner/ledger/guards.h"
#include "partner/ledger/inspect.h"
#include "partner/ledger/lock.h"
#include "partner/ledger/open.h"
#include "partner/ledger/receipts.h"
#include "partner/ledger/recover.h"
#include "partner/ledger/report.h"
#include "partner/ledger/retention.h"
#include "partner/ledger/settle.h"
#include "partner/ledger/transaction.h"

enum sql {
	SQL_RUN_ADD,
	SQL_RUN_BY_NAME,
	SQL_RUN_LATEST,
	SQL_RUN_NEXT,
	SQL_RUN_OUT,
	SQL_RUN_DIGEST,
	SQL_RUN_DEVICES,
	SQL_OPEN_SINCE,
	SQL_OPEN,
	SQL_RUN_STATE,
	SQL_RUN_CLOSE_ROWS,
	SQL_RUN_FIRST_ROW,
	SQL_RUN_LAST_ROW,
	SQL_RUNS,
	SQL_LIST_TAKEN,
	SQL_LIST_ADD,
	SQL_LIST_DIGEST,
	SQL_CUSTOMER_FIND,
	SQL_CUSTOMER_NAME,
	SQL_CUSTOMER_ADD,
	SQL_CUSTOMERS,
	SQL_ROW_ADD,
	SQL_ROW_OUTCOME,
	SQL_BATCH_ADD,
	SQL_BATCH_NEXT,
	SQL_BATCH_SENT,
	SQL_BATCH_UNSENT,
	SQL_BATCH_STATE,
	SQL_BATCH_ACCEPTED,
	SQL_BATCH_LOST,
	SQL_BATCH_UNREAD,
	SQL_REOPEN_UNKNOWN,
	SQL_BATCH_REVIVE,
	SQL_ATTEMPT_ADD,
	SQL_BATCH_DEVICES,
	SQL_BATCH_ASKED,
	SQL_BATCH_OUTCOME,
	SQL_BATCH_PENDING,
	SQL_BATCH_COPY,
	SQL_BATCH_MIDDLE,
	SQL_BATCH_MOVE,
	SQL_UNSENT,
	SQL_DEVICES,
	SQL_ASKABLE_MOST,
	SQL_ANSWERED,
	SQL_SKIP_ADD,
	SQL_HELD_BY_SKIP,
	SQL_HELD_UNSENT,
	SQL_HELD_LOST,
	SQL_HELD_LEAVE,
	SQL_SHARE,
	SQL_COUNTS,
	SQL_LINES,
	SQL_LISTS,
	SQL_LINES_SORTED,
	SQL_LINES_OPEN,
	SQL_CUSTOMER_LAST,
	SQL_WORK,
	SQL_RECEIPT_FIND,
	SQL_RECEIPT_ADD,
	SQL_CUSTOMER_KNOWN,
	SQL_DONE_DEVICE,
	SQL_DONE_ADD,
	SQL_SETTLE_REPEATED,
	SQL_SETTLE_MAYBE,
	SQL_SETTLE_ANY_REPEATED,
	SQL_SETTLE_GROUPS,
	SQL_SETTLE_REJECT,
	SQL_SETTLE_TIE,
	SQL_SETTLE_BOTH_KINDS,
	SQL_SETTLE_TUPLES,
	SQL_SETTLE_ANY_TIED,
	SQL_SETTLE_ANY_TUPLES,
	SQL_SETTLE_REPEATED_TUPLES,
	SQL_SETTLE_TUPLE_REJECT,
	SQL_SETTLE_REJECT_FIRST,
	SQL_SETTLE_TUPLE_TIE,
	SQL_HOLD_FROM,
	SQL_HOLD_OLD,
	SQL_HOLD_OLD_TUPLE,
	SQL_HELD_BY_AGE,
	SQL_RUN_NEXT_OLD,
	SQL_OLD_DONE,
	SQL_OLD_VERDICTS,
	SQL_OLD_KEEP_NUMBER,
	SQL_OLD_ROWS,
	SQL_OLD_RECEIPTS,
	SQL_OLD_RUN,
	SQL_HELD_BY_RUN,
	SQL_RECEIPTS_OF,
	SQL_FORGET_DONE,
	SQL_FORGET_RECEIPTS,
	SQL_FORGET_VERDICTS,
	SQL_FORGET_KEEP,
	SQL_FORGET_ROWS,
	SQL_FORGET_ATTEMPTS,
	SQL_FORGET_BATCHES,
	SQL_FORGET_RANGES,
	SQL_FORGET_LISTS,
	SQL_FORGET_RUNS,
	SQL_FORGET_CUSTOMER,
	SQL_SWEEP_LISTS,
	SQL_SWEEP_CUSTOMERS,
	SQL_SWEEP_BATCHES,
	SQL_SWEEP_ATTEMPTS,
	SQL_SWEEP_RECEIPTS,
	SQL_SWEEP_KEPT,
	SQL_LAST_GOOD,
	SQL_RUN_COUNT,
	SQL_COPY_INTO, /* in a file only */
	SQL_NOW,       /* from here on: on a server only */
	SQL_LOCK_INTAKE,
	SQL_LOCK_FREE,
	SQL_LOCK_FINISH,
	SQL_UNLOCK_FINISH,
	SQL_IS_FINISHED,
	SQL_BATCH_CLAIM,
	SQL_CLAIM_HOLD,
	SQL_CLAIM_DROP,
	SQL_CLAIM_LEAVE,
	SQL_CLAIMS_RENEW,
	SQL_CLAIMS_LEAVE,
	SQL_OTHERS,
	SQL_OTHERS_ALIVE,
	SQL_ALIVE,
	SQL_PACE,
	SQL_COUNT
};

extern const char *const ledger_schema[DB_ENGINE_COUNT]; /* DDL of version LEDGER_SCHEMA */
/* Brings a ledger of version index + 1 to the next one. */
extern const char *const ledger_upgrade[LEDGER_SCHEMA - 1];
extern const char *const ledger_upgrade_server[LEDGER_SCHEMA - 1]; /* NULL: there was none yet */
extern const char *const ledger_scratch[DB_ENGINE_COUNT]; /* temporary tables of ledger_settle() */
extern const char *const ledger_scratch_end[DB_ENGINE_COUNT];
extern const char *const ledger_skip_scratch;
extern const char *const ledger_hold_scratch[DB_ENGINE_COUNT];
extern const char *const ledger_sql[SQL_COUNT];
extern const char *const ledger_sql_server[SQL_COUNT]; /* where it is another one there, or NULL */

#define STORE_CUSTOMERS 1024 /* kept of those, a slot each */

struct customer_kept {
	int64_t run, id; /* 0: none is kept here */
	char *key;
	bool named;
};

/* Of the run that was counted last, as long as nothing has changed. */
struct kept_counts {
	int64_t run, stamp; /* 0: of none */
	int64_t counts[OUTCOME_COUNT];
};
struct kept_devices {
	int64_t run, stamp;
	struct ledger_devices devices;
};

struct ledger {
	struct db *db;
	char *path;       /* of the file, or the URL */
	int lock_fd;      /* -1: not held */
	int64_t ahead_ms; /* of our clock: the server's */
	int64_t worker;   /* who claims batches; 0: nobody, as in a file */
	int64_t lease_ms;
	bool claim_lost;                 /* why the last change failed */
	struct db_stmt *kept[SQL_COUNT]; /* prepared once */
	/* while lists are taken in: customers that rows named lately, by the hash of their key, and
	 * what was seen of sent identities and of tuples; NULL: it is not known */
	struct customer_kept *customer;
	struct seen *sent, *tuples;
	int64_t seen_run;
	int64_t seen_open; /* rows of it that are to be sent; -1: some of them were taken back */
	struct kept_counts kept_counts;
	struct kept_devices kept_devices;
};

/* The kept statement, reset and unbound. NULL with *err. Not for statements that call back. */
struct db_stmt *store_stmt(struct ledger *l, enum sql which, struct error *err);
/* A statement of its own, for reading with callbacks; the caller frees it. */
struct db_stmt *store_reader(struct ledger *l, enum sql which, struct error *err);
/* Runs a statement that returns the id it gave. 1: *ret_id; 0: it inserted nothing; -1. */
int store_insert(struct db_stmt *s, int64_t *ret_id, struct error *err);
/* One statement with up to four integer parameters. */
int store_run(struct ledger *l, enum sql which, const int64_t *value, int count, struct error *err);
/* The first columns of the first row; none: 0. */
int store_ints(struct ledger *l, enum sql which, const int64_t *value, int count, int64_t *ret,
               int columns, struct error *err);
int store_int(struct ledger *l, enum sql which, const int64_t *value, int count, int64_t *ret,
              struct error *err);
/* What is known of lists being taken in may be of rows that are gone again, or are settled. */
void store_forget_customers(struct ledger *l);
void store_forget_seen(struct ledger *l);
void store_see(struct ledger *l, int64_t run); /* from its first row on */
/* The batch of a row of BATCH_COLUMNS. */
void store_read_batch(struct db_stmt *s, struct ledger_batch *ret);
/* First and last row of a run that is settled. */
int store_range(struct ledger *l, int64_t run, int64_t ret[static 2], struct error *err);

#define STORE_APPLICATION_ID \
	1433293932 /* in the file's header, or the server's table: this is an unpilot ledger */
/* What the holder of a lock wrote into its file. */
void store_read_lock(int fd, struct ledger_holder *ret);
#define STORE_RUN_COLUMNS 9 /* of a run, in every statement that reads one */
void store_read_run(struct db_stmt *s, struct ledger_run *r);
/* Steps once. 1: *ret is filled, 0: no such run, -1. */
int store_find_run(struct db_stmt *s, struct ledger_run *ret, struct error *err);
/* What is there: a ledger of a version, something else, or nothing at all. */
struct store_found {
	int64_t version, application, tables;
};
int store_look(struct ledger *l, struct store_found *f, struct error *err);
/* First column of the first row of a pragma or another text that is used once. */
int store_pragma(struct ledger *l, const char *sql, int64_t *ret, struct error *err);
/* To LEDGER_SCHEMA in one transaction; what there was stays beside it as PATH.schemaN (mode 0600). */
int store_upgrade(struct ledger *l, int64_t version, struct error *err);

#endif
