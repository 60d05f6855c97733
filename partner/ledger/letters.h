/*
 * Letters: what customers do before the deregistration. A letter is recorded like a run, in the state
 * RUN_LETTER, so that its rows, customers, packs, receipts and erasure work as those of a run; nothing
 * of it is ever sent. Beside its rows the ledger counts their steps and how many are answered.
 */
#ifndef PARTNER_LEDGER_LETTERS_H
#define PARTNER_LEDGER_LETTERS_H

#include "partner/ledger/receipts.h"
#include "partner/ledger/runs.h"

#define LEDGER_LETTER_PREFIX "letter-" /* before the id of a letter: letter-20261123T031500Z-4f2a */
/* Length of that prefix at the start of a run's id, 0 if the run is no letter. */
size_t ledger_letter_prefix(const char *run);

/* How many steps a device in this situation has to answer. */
typedef int64_t ledger_steps_fn(const struct ledger_device *device);
/* Makes a settled run a letter. In a transaction. */
int ledger_letter_seal(struct ledger *l, struct ledger_run *letter, ledger_steps_fn *steps,
                       struct error *err) MUST_CHECK;
/* An unwritten letter is of the day on which its packs are written at last. */
int ledger_letter_date(struct ledger *l, struct ledger_run *letter, struct error *err) MUST_CHECK;
/* The packs of the letter are written. Until then nobody can have sent it: it does not count, and nobody is reminded of
 * it. gate.h has the function that commands call. */
int
ledger_letter_written(struct ledger *l, struct ledger_run *letter, struct error *err) MUST_CHECK;
bool ledger_letter_is_written(const struct ledger_run *letter);
/* A step of this row of a letter was answered. Counts it, and hands the answer on to the row that was
 * sent under the letter. */
int ledger_letter_answered(struct ledger *l, int64_t row, struct error *err) MUST_CHECK;

typedef void ledger_ready_fn(void *ctx, const char *customer, int64_t devices, int64_t ready);
/* The customers of a letter, with their devices and those whose steps are all answered. */
int ledger_each_ready(struct ledger *l, int64_t letter, ledger_ready_fn *fn, void *ctx,
                      struct error *err) MUST_CHECK;

struct ledger_report_before { /* a receipt of a letter, as far as it concerns a customer of a run */
	const char *by;
	int64_t at;             /* when it was written */
	int64_t steps, devices; /* answers, and the devices they are for */
};
typedef void ledger_before_fn(void *ctx, const struct ledger_report_before *report);
typedef void ledger_unconfirmed_fn(void *ctx, const struct ledger_device *device, const char *name);
/* The customers' answers to letters, given before a run deregistered. Ask for its customers in order of their ids, once each. */
struct ledger_before;
struct ledger_before *
ledger_before_open(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;
void ledger_before_close(struct ledger_before *b); /* accepts NULL */
/* Lists the answers to the letters under which the customer's devices were sent. customer: its id. */
int ledger_before_reports(struct ledger_before *b, int64_t customer, ledger_before_fn *fn,
                          void *ctx, struct error *err) MUST_CHECK;
/* Devices that were let through unanswered, and of which nobody has confirmed since that the keys are
 * saved. name: serial number, else PKID. */
int ledger_before_unconfirmed(struct ledger_before *b, int64_t customer, ledger_unconfirmed_fn *fn,
                              void *ctx, struct error *err) MUST_CHECK;

struct ledger_life {     /* of a row that was sent under a letter */
	int64_t started; /* when the letter was written */
	int64_t steps, answered, answered_at;
	int64_t reported_at; /* the last answer after the letter; 0: none */
};
/* 1: *ret, 0: the row was sent under no letter, -1. */
int ledger_letter_life(struct ledger *l, int64_t row, struct ledger_life *ret,
                       struct error *err) MUST_CHECK;

struct ledger_due {       /* a customer with devices of a letter that have steps to answer */
	int64_t customer; /* id */
	const char *key, *name, *folder;
	const char *letter;
	int64_t started; /* when the letter was written */
	int64_t devices;
};
typedef int ledger_due_fn(void *ctx, const struct ledger_due *due, struct error *err);
/* Letters that were written, and of which nobody was reminded, after `before`. */
int ledger_each_due(struct ledger *l, int64_t before, ledger_due_fn *fn, void *ctx,
                    struct error *err) MUST_CHECK;
/* The customer was reminded now of the devices that were due. */
int
ledger_reminded(struct ledger *l, int64_t customer, int64_t before, struct error *err) MUST_CHECK;

#endif
