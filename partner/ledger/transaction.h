/*
 * Transactions. A function that writes is durable once the transaction around it has been committed;
 * without one, once the function has returned 0.
 */
#ifndef PARTNER_LEDGER_TRANSACTION_H
#define PARTNER_LEDGER_TRANSACTION_H

#include "partner/ledger/ledger.h"

/* 0, or -1 with *err: the transaction is rolled back. */
typedef int ledger_transact_fn(struct ledger *l, void *ctx, struct error *err);
/* Calls fn in a transaction, then commits. When the connection to a server fails and comes back
 * within a minute, starts over, so fn may be called several times. Inside another transaction fn
 * becomes a part of that one: it is called once, and a failure rolls back only this part. Inside
 * another fn, a failure makes that one fail, too. 0 or -1. */
int
ledger_transact(struct ledger *l, ledger_transact_fn *fn, void *ctx, struct error *err) MUST_CHECK;

/* For transactions that span more than one function. */
int ledger_begin(struct ledger *l, struct error *err) MUST_CHECK;
int ledger_commit(struct ledger *l, struct error *err) MUST_CHECK;
void ledger_rollback(struct ledger *l);
/* A part of a transaction that can be rolled back alone, such as one list among several. */
int ledger_part_begin(struct ledger *l, struct error *err) MUST_CHECK;
int ledger_part_commit(struct ledger *l, struct error *err) MUST_CHECK;
int ledger_part_rollback(struct ledger *l, struct error *err) MUST_CHECK;

/* In a transaction: waits until no other machine imports lists, and makes others wait until this
 * transaction ends. */
int ledger_lock_intake(struct ledger *l, struct error *err) MUST_CHECK;
/* ledger_begin() and ledger_lock_intake(). */
int ledger_begin_intake(struct ledger *l, struct error *err) MUST_CHECK;

#endif
