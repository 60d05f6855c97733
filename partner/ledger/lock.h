/*
 * The exclusive right to write a ledger that is a file.
 */
#ifndef PARTNER_LEDGER_LOCK_H
#define PARTNER_LEDGER_LOCK_H

#include "partner/ledger/ledger.h"

enum ledger_lock { LEDGER_LOCKED, LEDGER_BUSY, LEDGER_LOCK_FAILED };
struct ledger_holder {
	long pid;      /* 0 where unknown */
	int64_t since; /* seconds UTC */
};
/* Held until close or exit. BUSY: *ret says who holds it. On a server there is none: see below. */
enum ledger_lock
ledger_lock(struct ledger *l, struct ledger_holder *ret, struct error *err) MUST_CHECK;
/* Who holds the lock, without touching it. 1: *ret, 0: nobody. */
int ledger_lock_holder(const char *path, struct ledger_holder *ret);

#endif
