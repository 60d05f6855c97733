/*
 * The history of one row: when it was asked, what was noted about its batch, where its pack is, and what
 * the customer reported. Each question is answered by the number of the row or of its batch.
 */
#ifndef PARTNER_LEDGER_HISTORY_H
#define PARTNER_LEDGER_HISTORY_H

#include "partner/ledger/receipts.h"
#include "partner/ledger/runs.h"

struct ledger_history {
	int64_t batch;      /* 0: the row is in none */
	int64_t first_sent; /* of the batch; 0: never */
	int64_t requests;   /* that sent the batch */
	const char *out;    /* folder of the run's packs; "": none */
	const char *folder; /* of the customer's pack, inside `out`; "": none */
};
typedef int ledger_history_fn(void *ctx, const struct ledger_history *history, struct error *err);
/* A row that shares the answer of an equal row has that one's batch. */
int ledger_history_of(struct ledger *l, int64_t row, ledger_history_fn *fn, void *ctx,
                      struct error *err) MUST_CHECK;

struct ledger_attempt {
	int64_t at;
	const char *what; /* "sent", "accepted", "lost", "done" and others */
	const char *note; /* of the service or the transport; "": none */
};
typedef void ledger_attempt_fn(void *ctx, const struct ledger_attempt *attempt);
/* The oldest first. */
int ledger_each_attempt(struct ledger *l, int64_t batch, ledger_attempt_fn *fn, void *ctx,
                        struct error *err) MUST_CHECK;

struct ledger_report { /* a step that the customer answered */
	const char *step, *by;
	int64_t at;
	enum ledger_answer answer;
	const char *record; /* the id of the deleted record, or "" */
};
typedef void ledger_report_fn(void *ctx, const struct ledger_report *report);
int ledger_each_report(struct ledger *l, int64_t row, ledger_report_fn *fn, void *ctx,
                       struct error *err) MUST_CHECK;

struct ledger_visit { /* a run that has a customer */
	const char *run, *key, *name, *out, *folder;
	enum run_state state;
	int64_t started;
};
/* Returns 0, 1 to end the reading, or -1. */
typedef int ledger_visit_fn(void *ctx, const struct ledger_visit *visit, struct error *err);
/* The runs and letters that have a customer with exactly this key, latest first. */
int ledger_each_visit(struct ledger *l, const char *key, ledger_visit_fn *fn, void *ctx,
                      struct error *err) MUST_CHECK;

#endif
