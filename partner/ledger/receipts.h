/* Receipts: which clean-up steps customers report as done, and which devices still need some. */
#ifndef PARTNER_LEDGER_RECEIPTS_H
#define PARTNER_LEDGER_RECEIPTS_H

#include "partner/ledger/ledger.h"
#include "partner/vocabulary.h"

#define LEDGER_OPEN_PACK "open" /* instead of a run's name: a pack over all runs */

struct ledger_receipt {
	const char *run;      /* a name or LEDGER_OPEN_PACK */
	const char *customer; /* key */
	const char *by;
	int64_t generated;  /* these four identify a receipt */
	const char *digest; /* of its contents */
};
enum ledger_receipt_state {
	LEDGER_RECEIPT_NEW,   /* recorded as *ret_id */
	LEDGER_RECEIPT_KNOWN, /* recorded before with the same digest: nothing changed */
	LEDGER_RECEIPT_OTHER, /* recorded before with another digest: nothing changed */
	LEDGER_RECEIPT_FAILED /* *err */
};
enum ledger_receipt_state ledger_receipt_add(struct ledger *l, const struct ledger_receipt *receipt,
                                             int64_t *ret_id, struct error *err) MUST_CHECK;
/* run 0: any. 1: the run has rows of this customer, 0 it has none, -1. */
int
ledger_customer_known(struct ledger *l, int64_t run, const char *key, struct error *err) MUST_CHECK;

struct ledger_device { /* everything that decides which steps a row needs */
	enum outcome outcome;
	enum join_type join;
	enum mdm_state mdm;
	enum registrant via;
	enum purpose purpose;
	bool not_dell; /* the list names a manufacturer other than Dell */
	bool earlier;  /* held, because an earlier run deregistered it; not in ledger_work */
	int64_t run_started;
};
/* A row of this customer in this run (0: in any). 1 found, 0 no such row, -1. */
int ledger_device_find(struct ledger *l, int64_t row, const char *customer, int64_t run,
                       struct ledger_device *ret, struct error *err) MUST_CHECK;
/* A customer's answer about a step. The numbers are kept in ledgers: they never change. */
enum ledger_answer {
	LEDGER_ANSWER_DONE,
	LEDGER_ANSWER_NOT_APPLICABLE,
	LEDGER_ANSWER_GONE, /* the record was already gone */
	LEDGER_ANSWER_COUNT
};
struct ledger_done {
	int64_t row;
	const char *step;
	int64_t said_at;
	int64_t receipt;
	enum ledger_answer answer;
	const char *record; /* the id of the deleted record, or "" */
};
/* 1: recorded, 0: the step already has an answer, which stays, -1. */
int ledger_done_add(struct ledger *l, const struct ledger_done *done, struct error *err) MUST_CHECK;
/* The customer's Graph confirmed at that time that the step is done, or (holds false) that it is not.
 * An older report changes nothing. */
int ledger_done_verify(struct ledger *l, int64_t row, const char *step, int64_t at, bool holds,
                       struct error *err) MUST_CHECK;

struct ledger_work { /* devices of one customer in one situation with the same steps answered */
	const char *customer;
	struct ledger_device device; /* without run_started */
	const char *done;            /* "B1 B2:n": B1 is done, B2 does not apply */
	int64_t rows;
	int64_t since; /* when the first of their outcomes became known */
};
typedef int ledger_work_fn(void *ctx, const struct ledger_work *work, struct error *err);
/* All groups of one customer, then all of the next. */
int ledger_each_work(struct ledger *l, int64_t run, ledger_work_fn *fn, void *ctx,
                     struct error *err) MUST_CHECK;

#endif
