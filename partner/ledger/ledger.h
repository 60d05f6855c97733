/*
 * The ledger: every run, list, row, batch, attempt and outcome. The only SQL of the project
 * is in this folder. Opened from a URL, so that another engine can stand behind it later.
 *
 * Promises: WAL with synchronous=FULL; what a function that writes returned 0 for is durable
 * when the surrounding transaction (or, without one, the function) has ended. A list's intake
 * is one transaction. A batch is in state SENT before its first byte leaves.
 * Strings in records live until the next call on the same cursor.
 */
#ifndef PARTNER_LEDGER_H
#define PARTNER_LEDGER_H

#include "common/base.h"
#include "common/crypto.h"
#include "common/error.h"
#include "partner/vocabulary.h"

#define LEDGER_SCHEMA 7       /* an older one is brought up, a newer one refused */
#define LEDGER_RUN_ID_SIZE 32 /* "20261123T031500Z-4f2a" */

struct ledger;

struct ledger *
ledger_open(const char *url, struct error *err) MUST_CHECK; /* makes it where missing */
/* Reads only; needs no write access. NULL with *err where there is none. */
struct ledger *ledger_open_readonly(const char *url, struct error *err) MUST_CHECK;
void ledger_close(struct ledger *l); /* accepts NULL */
/* Its file; lives as long as l. NULL: it is on a server. */
const char *ledger_path(const struct ledger *l);
/* Files that are read again where the connection to a server is made anew. */
typedef void ledger_file_fn(void *ctx, const char *path);
void ledger_each_file(const struct ledger *l, ledger_file_fn *fn, void *ctx);
int ledger_begin(struct ledger *l, struct error *err) MUST_CHECK;
int ledger_commit(struct ledger *l, struct error *err) MUST_CHECK;
void ledger_rollback(struct ledger *l);
/* After a rollback: what failed was the connection to a server, and it stands again; nothing of the
 * transaction happened, and it may be begun anew. Waits a minute for a server at most. */
bool ledger_again(struct ledger *l) MUST_CHECK;
/* A part of a transaction that can be undone on its own: one list among several. */
int ledger_part_begin(struct ledger *l, struct error *err) MUST_CHECK;
int ledger_part_keep(struct ledger *l, struct error *err) MUST_CHECK;
int ledger_part_undo(struct ledger *l, struct error *err) MUST_CHECK;

/* ---- the exclusive right to write ---- */
enum ledger_lock { LEDGER_LOCKED, LEDGER_BUSY, LEDGER_LOCK_FAILED };
struct ledger_holder {
	long pid;      /* 0 where unknown */
	int64_t since; /* seconds UTC */
};
/* Held until close or exit. BUSY: *ret says who holds it. On a server there is none: see below. */
enum ledger_lock
ledger_lock(struct ledger *l, struct ledger_holder *ret, struct error *err) MUST_CHECK;

/* ---- one ledger, several machines ----
 * On a server nobody holds the whole ledger: a machine claims the batches that it works on, one by
 * one, until its lease is over by the server's clock, and renews them meanwhile. State and rows of a
 * batch are changed by whom it is claimed by, which every such statement checks; a change that is
 * not its own fails, and ledger_claim_lost() says why. In a file all of this is granted. */
bool ledger_is_shared(const struct ledger *l);
/* From here on this handle claims. */
void ledger_work(struct ledger *l, int64_t lease_ms);
/* Seconds and milliseconds UTC, by the one clock that all machines of the ledger go by. */
int64_t ledger_now(const struct ledger *l);
int64_t ledger_now_ms(const struct ledger *l);
/* Whether the last failure was that the batch is another machine's by now; told once. */
bool ledger_claim_lost(struct ledger *l);
/* In a transaction: the claim cannot be lost before its end. */
int ledger_claim_hold(struct ledger *l, int64_t batch, struct error *err) MUST_CHECK;
/* Nobody works on it any longer, and in this run nobody will. */
int ledger_claim_drop(struct ledger *l, int64_t batch, struct error *err) MUST_CHECK;
/* To be taken over at once by whoever is at work on the run: this batch; all of ours. */
int ledger_claim_leave(struct ledger *l, int64_t batch, struct error *err) MUST_CHECK;
int ledger_claims_leave(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;
int ledger_claims_renew(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;
/* How many batches of the run others have claimed, alive or not, or nobody yet (those with
 * id > after). 0 in a file. */
int ledger_others(struct ledger *l, int64_t run, int64_t after, int64_t *ret,
                  struct error *err) MUST_CHECK;
/* Takes the next start of a request, gap_us behind the one before it on whatever machine: so many
 * microseconds from now, below zero where it is due. On a server only. */
int ledger_pace_next(struct ledger *l, const char *route, int64_t gap_us, int64_t *ret_wait_us,
                     struct error *err) MUST_CHECK;
/* ledger_begin() for taking lists in: one machine after another. */
int ledger_begin_intake(struct ledger *l, struct error *err) MUST_CHECK;

/* Everything of a ledger into one that holds no run yet, under the same ids and in one transaction.
 * Both are open for writing, and a file is locked. *ret_count: rows of all tables. */
int ledger_copy(struct ledger *from, struct ledger *to, int64_t *ret_count,
                struct error *err) MUST_CHECK;

/* ---- runs ---- */
enum run_state { RUN_PLANNED, RUN_OPEN, RUN_FINISHED, RUN_STATE_COUNT };
struct ledger_run {
	int64_t id;
	char name[LEDGER_RUN_ID_SIZE];
	enum run_state state;
	int64_t started, finished;    /* seconds UTC, 0: not yet */
	int exit_code;                /* of the last command on it; -1: none yet */
	char digest[CRYPTO_HEX_SIZE]; /* of what was planned; "" where nobody planned */
	char *out;                    /* <out>/<run>; freed by ledger_run_release() */
	char *route;                  /* its name; likewise */
};
void ledger_run_release(struct ledger_run *r);
/* A name for a run to be: sorts by time, and two of one second differ. */
void ledger_run_name(char name[static LEDGER_RUN_ID_SIZE]);
int ledger_run_create(struct ledger *l, const char *name, const char *out_dir, const char *route,
                      struct ledger_run *ret, struct error *err) MUST_CHECK;
/* name NULL: the latest. 1 found, 0 no such run, -1 error. */
int ledger_run_find(struct ledger *l, const char *name, struct ledger_run *ret,
                    struct error *err) MUST_CHECK;
/* Where its packs go from now on. */
int
ledger_run_set_out(struct ledger *l, int64_t run, const char *out, struct error *err) MUST_CHECK;
int ledger_run_set_state(struct ledger *l, int64_t run, enum run_state state, int exit_code,
                         struct error *err) MUST_CHECK;
/* The first run with id > after and in the state: 1 found, 0 none, -1 error. */
int ledger_run_next(struct ledger *l, enum run_state state, int64_t after, struct ledger_run *ret,
                    struct error *err) MUST_CHECK;
/* Packs and state of a run are written by one machine after another, and by the last one at work on
 * it. *ret_ours false: another one has done it meanwhile, or will. True: until ledger_finish_end(). */
int ledger_finish_begin(struct ledger *l, const struct ledger_run *run, bool *ret_ours,
                        struct error *err) MUST_CHECK;
void ledger_finish_end(struct ledger *l, const struct ledger_run *run);
/* SHA-256 over every device that the run would ask, with its customer and account numbers. */
int ledger_run_digest(struct ledger *l, int64_t run, char hex[static CRYPTO_HEX_SIZE],
                      struct error *err) MUST_CHECK;
int ledger_run_set_digest(struct ledger *l, int64_t run, const char *digest,
                          struct error *err) MUST_CHECK;
/* When the oldest request without a final answer was first sent, seconds UTC; 0: there is none. */
int ledger_open_since(struct ledger *l, int64_t run, int64_t *ret, struct error *err) MUST_CHECK;
typedef int ledger_run_fn(void *ctx, const struct ledger_run *run,
                          const int64_t counts[static OUTCOME_COUNT], struct error *err);
int ledger_each_run(struct ledger *l, ledger_run_fn *fn, void *ctx,
                    struct error *err) MUST_CHECK; /* latest first */
int ledger_counts(struct ledger *l, int64_t run, int64_t counts[static OUTCOME_COUNT],
                  struct error *err) MUST_CHECK;

/* ---- intake ---- */
struct ledger_list {
	const char *path;
	const char *header; /* the list's own header line as CSV, without line end */
	int64_t run;
};
/* Another run that took a list of the same bytes and was not merely a plan: 1 and *ret, 0, or -1.
 * ret_path (freed by the caller): which list of `run`. list 0: any of the run's. */
int ledger_find_taken(struct ledger *l, int64_t run, int64_t list, struct ledger_run *ret,
                      char **ret_path, struct error *err) MUST_CHECK;
int ledger_list_add(struct ledger *l, const struct ledger_list *list, int64_t *ret_id,
                    struct error *err) MUST_CHECK;
int ledger_list_set_digest(struct ledger *l, int64_t list, const char *digest,
                           struct error *err) MUST_CHECK;
int ledger_customer_id(struct ledger *l, int64_t run, const char *key, const char *name,
                       int64_t *ret_id, struct error *err) MUST_CHECK;

struct ledger_row {
	int64_t id, list, customer, batch; /* batch 0: none */
	long line;
	struct device_id device;
	enum join_type join;
	enum mdm_state mdm;
	enum registrant via;
	enum purpose purpose;
	const char *ticket, *sold_to, *received_from;
	enum outcome outcome;
	const char *reason; /* "" where there is none */
	const char *column; /* header name a rejection speaks of, or "" */
	const char *raw; /* the record as read, as CSV without line end; no hash, no product key */
	int64_t decided; /* when the outcome became known, seconds UTC; 0: not yet */
};
int ledger_row_add(struct ledger *l, const struct ledger_row *row, struct error *err) MUST_CHECK;
/* After the last row of a run: equal rows are tied together (asked once), rows with one identity
 * but different customers are rejected. */
int ledger_settle(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;

/* ---- what guards ask and do ---- */
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

/* ---- batches ---- */
enum batch_state {
	BATCH_PLANNED,
	BATCH_SENT, /* the intent: from here on bytes may have left */
	BATCH_ACCEPTED,
	BATCH_DONE,
	BATCH_LOST, /* sent, and no answer came or will come: its rows are unknown */
	BATCH_STATE_COUNT
};
struct ledger_batch {
	int64_t id, run;
	enum batch_state state;
	int64_t first_sent; /* seconds UTC, 0: never */
	int attempts;
	int lost;         /* attempts whose answer was lost */
	char *service_id; /* the service's BatchId or what `find` named, opaque; NULL: none */
	char *sold_to, *received_from;
	char *tenant; /* whose address the request goes to, on routes that have one; else "".
	               * This and the other texts are freed by ledger_batch_release() */
};
void ledger_batch_release(struct ledger_batch *b);
int ledger_batch_add(struct ledger *l, const struct ledger_batch *batch, int64_t *ret_id,
                     struct error *err) MUST_CHECK; /* run, account numbers and tenant */
/* The first batch of a run with id > after and in the state: 1, 0, -1. */
int ledger_batch_next(struct ledger *l, int64_t run, enum batch_state state, int64_t after,
                      struct ledger_batch *ret, struct error *err) MUST_CHECK;
/* The same for whoever will work on it, claimed on a server: one with id > after that nobody has
 * claimed, or one whose claim is over, whatever its id. */
int ledger_batch_claim(struct ledger *l, int64_t run, enum batch_state state, int64_t after,
                       struct ledger_batch *ret, struct error *err) MUST_CHECK;
/* The intent, durable on return: state SENT, an attempt more; target (or NULL) is what it is for. */
int ledger_batch_sent(struct ledger *l, int64_t batch, const char *target,
                      struct error *err) MUST_CHECK;
/* It is now known that this attempt did nothing: back to PLANNED, or to LOST where an earlier
 * attempt's answer was lost. */
int ledger_batch_unsent(struct ledger *l, int64_t batch, const char *note,
                        struct error *err) MUST_CHECK;
/* note: ids for the service's support, or NULL. */
int ledger_batch_accepted(struct ledger *l, int64_t batch, const char *service_id, const char *note,
                          struct error *err) MUST_CHECK;
/* Nothing certain is known of the attempt: state LOST, its rows unknown, in one transaction. */
int
ledger_batch_lost(struct ledger *l, int64_t batch, const char *note, struct error *err) MUST_CHECK;
/* Nothing was sent, for it could not be found out what there is: LOST likewise, no attempt more. */
int ledger_batch_unread(struct ledger *l, int64_t batch, const char *note,
                        struct error *err) MUST_CHECK;
int
ledger_batch_done(struct ledger *l, int64_t batch, const char *note, struct error *err) MUST_CHECK;
/* Moves the second half of an unsent batch's rows into a new one like it. 1: split; 0: one row only; -1. */
int
ledger_batch_halve(struct ledger *l, int64_t batch, int64_t *ret_new, struct error *err) MUST_CHECK;
/* The devices of a batch that are to be asked (equal rows once). */
typedef int
ledger_device_fn(void *ctx, int64_t row, const struct device_id *device, struct error *err);
int ledger_batch_devices(struct ledger *l, int64_t batch, ledger_device_fn *fn, void *ctx,
                         struct error *err) MUST_CHECK;
/* All devices that went out with the batch, answered ones as well: what an answer may name. */
int ledger_batch_asked(struct ledger *l, int64_t batch, ledger_device_fn *fn, void *ctx,
                       struct error *err) MUST_CHECK;
/* A row that has its final outcome keeps it. */
int ledger_row_outcome(struct ledger *l, int64_t row, enum outcome outcome, const char *reason,
                       struct error *err) MUST_CHECK;
/* All rows of a batch that have no final outcome yet. */
int ledger_batch_outcome(struct ledger *l, int64_t batch, enum outcome outcome, const char *reason,
                         struct error *err) MUST_CHECK;
/* All not-sent rows of a run get this outcome and reason (a guard's "held", a stop's reason). */
int ledger_unsent_outcome(struct ledger *l, int64_t run, enum outcome outcome, const char *reason,
                          struct error *err) MUST_CHECK;
/* DONE batches that hold `unknown` devices become LOST: they are wanted once more. */
int ledger_reopen_unknown(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;
/* After a crash: batches in SENT become LOST; on a server, those whose claim is over. */
int ledger_recover(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;

/* ---- what customers report done ---- */
#define LEDGER_OPEN_PACK "open" /* where a run's name stands: the pack goes over all runs */

struct ledger_receipt {
	const char *run;      /* name, or LEDGER_OPEN_PACK */
	const char *customer; /* key */
	const char *by;
	int64_t generated;  /* seconds UTC; these four are its identity */
	const char *digest; /* of what it says */
};
enum ledger_receipt_state {
	LEDGER_RECEIPT_NEW,   /* recorded; *ret_id */
	LEDGER_RECEIPT_KNOWN, /* recorded before, with the same digest: nothing changed */
	LEDGER_RECEIPT_OTHER, /* the same identity was recorded with another digest */
	LEDGER_RECEIPT_FAILED
};
enum ledger_receipt_state ledger_receipt_add(struct ledger *l, const struct ledger_receipt *receipt,
                                             int64_t *ret_id, struct error *err) MUST_CHECK;
/* run 0: any. 1: it has rows of this customer, 0, or -1. */
int
ledger_customer_known(struct ledger *l, int64_t run, const char *key, struct error *err) MUST_CHECK;
struct ledger_device { /* what decides about the steps of a row */
	enum outcome outcome;
	enum join_type join;
	enum mdm_state mdm;
	enum registrant via;
	enum purpose purpose;
	int64_t run_started;
};
/* A row of that customer in that run (0: in any). 1 found, 0 no such row, -1. */
int ledger_device_find(struct ledger *l, int64_t row, const char *customer, int64_t run,
                       struct ledger_device *ret, struct error *err) MUST_CHECK;
/* 1: recorded; 0: the step was known as done, which stands; -1. */
int ledger_done_add(struct ledger *l, int64_t row, const char *step, int64_t said_at,
                    int64_t receipt, struct error *err) MUST_CHECK;

struct ledger_work { /* rows of one customer in one situation, with the same steps done */
	const char *customer;
	struct ledger_device device; /* run_started is not filled */
	const char *done;            /* "B1 I1" */
	int64_t rows;
	int64_t since; /* when the first of their outcomes became known, seconds UTC; 0: none is */
};
typedef int ledger_work_fn(void *ctx, const struct ledger_work *work, struct error *err);
/* A customer's groups follow one another. */
int ledger_each_work(struct ledger *l, int64_t run, ledger_work_fn *fn, void *ctx,
                     struct error *err) MUST_CHECK;

/* ---- reading for reports ---- */
struct ledger_open { /* what a customer still waits for */
	const char *customer;
	int64_t pending, unknown, not_sent;
	int64_t since; /* first request without a final answer, seconds UTC; 0: none */
};
typedef int ledger_open_fn(void *ctx, const struct ledger_open *open, struct error *err);
int ledger_each_open(struct ledger *l, int64_t run, ledger_open_fn *fn, void *ctx,
                     struct error *err) MUST_CHECK;

struct ledger_customer {
	int64_t id;
	const char *key;    /* "" for rows without a customer */
	const char *name;   /* "" where the list gives none */
	const char *folder; /* safe and unique in the run */
};
typedef int
ledger_customer_fn(void *ctx, const struct ledger_customer *customer, struct error *err);
/* Of that run, also those whose rows were all rejected. */
int ledger_each_customer(struct ledger *l, int64_t run, ledger_customer_fn *fn, void *ctx,
                         struct error *err) MUST_CHECK;

/* The customer of that key in the latest run that has rows of it. 1: fn was called; 0: none; -1. */
int ledger_last_customer(struct ledger *l, const char *key, ledger_customer_fn *fn, void *ctx,
                         struct error *err) MUST_CHECK;

struct ledger_line { /* a row as reports see it */
	const struct ledger_row *row;
	/* where rows come by situation, these are "", as are the row's account numbers, column, raw */
	const char *list;       /* path of its list */
	const char *header;     /* that list's header */
	const char *customer;   /* key */
	const char *service_id; /* BatchId */
	const char *done;       /* steps reported done, "B1 I1"; only by situation */
};
typedef int ledger_line_fn(void *ctx, const struct ledger_line *line, struct error *err);
#define LEDGER_ALL ((1U << OUTCOME_COUNT) - 1) /* a bit for every outcome */
/* By list and line. outcomes: bits of those that are wanted. */
int ledger_each_line(struct ledger *l, int64_t run, unsigned outcomes, ledger_line_fn *fn,
                     void *ctx, struct error *err) MUST_CHECK;
/* A run customer after customer, each by situation: outcome, via, join, mdm, purpose, serial, line.
 * Sorted once as a whole: rows of one customer may lie far apart. */
struct ledger_lines;
struct ledger_lines *ledger_lines_open(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;
/* 1: that customer has a row that was not rejected, 0: none, -1. Before its rows are asked for. */
int ledger_lines_any(struct ledger_lines *lines, int64_t customer, struct error *err) MUST_CHECK;
/* That customer's rows; to be asked for with rising numbers. */
int ledger_lines_of(struct ledger_lines *lines, int64_t customer, ledger_line_fn *fn, void *ctx,
                    struct error *err) MUST_CHECK;
void ledger_lines_close(struct ledger_lines *lines); /* accepts NULL */
typedef int ledger_list_fn(void *ctx, const struct ledger_list *list, struct error *err);
int ledger_each_list(struct ledger *l, int64_t run, ledger_list_fn *fn, void *ctx,
                     struct error *err) MUST_CHECK;
/* A customer's rows over all runs, by situation: of each device the latest row that was sent. */
int ledger_each_open_line(struct ledger *l, const char *customer, ledger_line_fn *fn, void *ctx,
                          struct error *err) MUST_CHECK;

/* ---- a look that changes nothing ---- */
bool ledger_url_is_server(const char *url);
/* The file of a URL, borrowed from it; NULL where it is none of ours. */
const char *ledger_url_path(const char *url, struct error *err) MUST_CHECK;
/* Any schema: *ret_schema says which, 0: a server that holds no ledger yet. Only with LEDGER_SCHEMA may rows be asked for. */
struct ledger *
ledger_open_to_look(const char *url, int64_t *ret_schema, struct error *err) MUST_CHECK;
/* -1: the file is damaged, *err says where. */
int ledger_check(struct ledger *l, struct error *err) MUST_CHECK;
/* Who holds the lock, without touching it. 1: *ret, 0: nobody. */
int ledger_look_at_lock(const char *path, struct ledger_holder *ret);
/* When the last run ended that left nothing open, seconds UTC; 0: none did. */
int ledger_last_good(struct ledger *l, int64_t *ret, struct error *err) MUST_CHECK;

/* ---- what is no longer wanted ---- */
/* The first run with id > after that finished before then (seconds UTC) and of which every row has
 * its last word: 1 found, 0 none, -1. */
int ledger_run_next_old(struct ledger *l, int64_t before, int64_t after, struct ledger_run *ret,
                        struct error *err) MUST_CHECK;
/* Those runs with rows, receipts and attempts, in one transaction. */
int
ledger_erase_runs(struct ledger *l, const int64_t *run, size_t count, struct error *err) MUST_CHECK;
struct ledger_held { /* what one run holds of a customer */
	struct ledger_run run;
	const char *folder;
	int64_t rows;
	int64_t open; /* of them, those without a last word while the run is open */
};
typedef int ledger_held_fn(void *ctx, const struct ledger_held *held, struct error *err);
int ledger_each_held(struct ledger *l, const char *key, ledger_held_fn *fn, void *ctx,
                     struct error *err) MUST_CHECK;
int ledger_count_receipts(struct ledger *l, const char *key, int64_t *ret,
                          struct error *err) MUST_CHECK;
/* The customer over all runs, with runs that held nothing else, in one transaction. */
int ledger_erase_customer(struct ledger *l, const char *key, struct error *err) MUST_CHECK;
/* Writes the ledger anew, so that nothing of what was erased is left in its files. */
int ledger_scrub(struct ledger *l, struct error *err) MUST_CHECK;

#endif
