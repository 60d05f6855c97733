/*
 * What customers report done: receipts, steps, and what is left.
 */
#ifndef PARTNER_LEDGER_RECEIPTS_H
#define PARTNER_LEDGER_RECEIPTS_H

#include "partner/ledger/ledger.h"
#include "partner/vocabulary.h"

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
	bool not_dell; /* the list names a manufacturer, and it is not Dell */
	int64_t run_started;
};
/* A row of that customer in that run (0: in any). 1 found, 0 no such row, -1. */
int ledger_device_find(struct ledger *l, int64_t row, const char *customer, int64_t run,
                       struct ledger_device *ret, struct error *err) MUST_CHECK;
/* What a customer says of a step. The numbers are kept in ledgers: they never change. */
enum ledger_answer {
	LEDGER_ANSWER_DONE,
	LEDGER_ANSWER_NOT_APPLICABLE,
	LEDGER_ANSWER_GONE, /* the record was found gone already */
	LEDGER_ANSWER_COUNT
};
struct ledger_done {
	int64_t row;
	const char *step;
	int64_t said_at; /* seconds UTC */
	int64_t receipt;
	enum ledger_answer answer;
	const char *record; /* id of the deleted record, or "" */
};
/* 1: recorded; 0: the step has an answer already, which stays; -1. */
int ledger_done_add(struct ledger *l, const struct ledger_done *done, struct error *err) MUST_CHECK;

struct ledger_work { /* rows of one customer in one situation, with the same steps done */
	const char *customer;
	struct ledger_device device; /* run_started is not filled */
	const char *done;            /* "B1 B2:n": done, does not apply */
	int64_t rows;
	int64_t since; /* when the first of their outcomes became known, seconds UTC; 0: none is */
};
typedef int ledger_work_fn(void *ctx, const struct ledger_work *work, struct error *err);
/* A customer's groups follow one another. */
int ledger_each_work(struct ledger *l, int64_t run, ledger_work_fn *fn, void *ctx,
                     struct error *err) MUST_CHECK;

#endif
