/*
 * The lock that lets one process at a time write a ledger that is a file. The kernel holds it
 * (flock(2) on PATH.lock) and releases it when the process ends, however it ends. A server needs no
 * such lock: see claims.h.
 */
#ifndef PARTNER_LEDGER_LOCK_H
#define PARTNER_LEDGER_LOCK_H

#include "partner/ledger/ledger.h"

enum ledger_lock { LEDGER_LOCKED, LEDGER_BUSY, LEDGER_LOCK_FAILED };
struct ledger_holder {
	long pid;      /* 0: unknown */
	int64_t since; /* 0: unknown */
};
/* Held until ledger_close(). BUSY: *ret says who holds it. FAILED: *err. On a server always LOCKED. */
enum ledger_lock
ledger_lock(struct ledger *l, struct ledger_holder *ret, struct error *err) MUST_CHECK;
/* Who holds the lock of the ledger at path, without locking it. 1: *ret, 0: nobody. */
int ledger_lock_holder(const char *path, struct ledger_holder *ret);

#endif
